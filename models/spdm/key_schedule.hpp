// The key schedule of SPDM sessions (DSP0274, key schedule): from a shared secret and transcript hashes to
// the keys of records. Pure functions over HKDF and HMAC; known answers pin every value.
#pragma once
#include "models/spdm/messages.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::spdm {

/// Key and IV of one direction.
struct RecordKeys {
    Secret key;
    Secret iv;  // 12 bytes
};

/// What follows from TH1 (the transcript up to KEY_EXCHANGE_RSP's signature, or PSK_EXCHANGE_RSP's opaque
/// data).
struct HandshakeSecrets {
    Secret handshake;
    Secret request, response;                    // of the two directions
    Secret request_finished, response_finished;  // keys of RequesterVerifyData, ResponderVerifyData
    HandshakeSecrets twin() const {
        return {handshake.twin(), request.twin(), response.twin(), request_finished.twin(),
                response_finished.twin()};
    }
};

/// What follows from TH2 (the transcript with FINISH and FINISH_RSP).
struct DataSecrets {
    Secret master;
    Secret request, response;
    Secret export_master;
    DataSecrets twin() const {
        return {master.twin(), request.twin(), response.twin(), export_master.twin()};
    }
};

/// `hash` is the negotiated base hash: every secret here is as long as its digest. `version` is the
/// connection's.
///
///     const KeySchedule schedule{crypto::Hash::sha384, Version::v1_2};
///     const HandshakeSecrets hs = schedule.handshake(*shared_x, th1);
///     const Bytes mac = schedule.verify_data(hs.response_finished.bytes(), th1);
///     const DataSecrets data = schedule.data(hs, th2);
///     const RecordKeys keys = schedule.record_keys(crypto::Aead::aes_256_gcm, data.request.bytes());
class KeySchedule {
public:
    KeySchedule(crypto::Hash hash, Version version) : hash_(hash), version_(version) {}

    crypto::Hash hash() const { return hash_; }
    Version version() const { return version_; }

    /// BinConcat: Length (u16) || "spdm1.x " || label || context.
    Bytes bin_concat(std::size_t length, std::string_view label, ByteView context = {}) const;

    /// From the Diffie-Hellman secret (the X coordinate, leading zeros kept).
    HandshakeSecrets handshake(ByteView shared_secret, ByteView th1) const;
    /// From a pre-shared key: another salt in 1.3.
    HandshakeSecrets handshake_psk(ByteView psk, ByteView th1) const;
    /// Salt_1, which extracts the master secret.
    Secret salt_1(const HandshakeSecrets& secrets) const;
    DataSecrets data(const HandshakeSecrets& secrets, ByteView th2) const;

    /// RequesterVerifyData and ResponderVerifyData: HMAC of a transcript hash by the sender's finished key.
    Bytes verify_data(ByteView finished_key, ByteView transcript_hash) const;

    RecordKeys record_keys(crypto::Aead aead, ByteView direction_secret) const;
    /// KEY_UPDATE: the secret of that direction after `direction_secret`.
    Secret next(ByteView direction_secret) const;

private:
    HandshakeSecrets from(Secret handshake, ByteView th1) const;
    Secret expand(ByteView secret, std::string_view label, ByteView context = {}) const;

    crypto::Hash hash_;
    Version version_;
};

}  // namespace assay::spdm
