#include "models/spdm/key_schedule.hpp"

#include "sim/crypto/mac.hpp"

namespace assay::spdm {
namespace {

/// `spdm1.2 ` (DSP0274, key schedule, BinConcat).
std::string version_text(Version version) {
    return "spdm1." + std::to_string(static_cast<unsigned>(version) & 0x0FU) + ' ';
}

}  // namespace

Bytes KeySchedule::bin_concat(std::size_t length, std::string_view label, ByteView context) const {
    return concat({store(static_cast<std::uint16_t>(length), byte_order), as_bytes(version_text(version_)),
                   as_bytes(label), context});
}

Secret KeySchedule::expand(ByteView secret, std::string_view label, ByteView context) const {
    const std::size_t size = crypto::digest_size(hash_);
    return crypto::hkdf_expand(hash_, secret, bin_concat(size, label, context), size);
}

HandshakeSecrets KeySchedule::from(Secret handshake, ByteView th1) const {
    HandshakeSecrets out{std::move(handshake), {}, {}, {}, {}};
    out.request = expand(out.handshake.bytes(), "req hs data", th1);
    out.response = expand(out.handshake.bytes(), "rsp hs data", th1);
    out.request_finished = expand(out.request.bytes(), "finished");
    out.response_finished = expand(out.response.bytes(), "finished");
    return out;
}

HandshakeSecrets KeySchedule::handshake(ByteView shared_secret, ByteView th1) const {
    const Bytes salt_0(crypto::digest_size(hash_));
    return from(crypto::hkdf_extract(hash_, salt_0, shared_secret), th1);
}

HandshakeSecrets KeySchedule::handshake_psk(ByteView psk, ByteView th1) const {
    const Bytes salt_0(crypto::digest_size(hash_),
                       version_ >= Version::v1_3 ? std::uint8_t{0xFF} : std::uint8_t{0});
    return from(crypto::hkdf_extract(hash_, salt_0, psk), th1);
}

Secret KeySchedule::salt_1(const HandshakeSecrets& secrets) const {
    return expand(secrets.handshake.bytes(), "derived");
}

DataSecrets KeySchedule::data(const HandshakeSecrets& secrets, ByteView th2) const {
    const Bytes zeros(crypto::digest_size(hash_));
    DataSecrets out{crypto::hkdf_extract(hash_, salt_1(secrets).bytes(), zeros), {}, {}, {}};
    out.request = expand(out.master.bytes(), "req app data", th2);
    out.response = expand(out.master.bytes(), "rsp app data", th2);
    out.export_master = expand(out.master.bytes(), "exp master", th2);
    return out;
}

Bytes KeySchedule::verify_data(ByteView finished_key, ByteView transcript_hash) const {
    return crypto::hmac(hash_, finished_key, {transcript_hash});
}

RecordKeys KeySchedule::record_keys(crypto::Aead aead, ByteView direction_secret) const {
    const std::size_t key_size = crypto::key_size(aead);
    return {crypto::hkdf_expand(hash_, direction_secret, bin_concat(key_size, "key"), key_size),
            crypto::hkdf_expand(hash_, direction_secret, bin_concat(crypto::aead_nonce_size, "iv"),
                                crypto::aead_nonce_size)};
}

Secret KeySchedule::next(ByteView direction_secret) const { return expand(direction_secret, "traffic upd"); }

}  // namespace assay::spdm
