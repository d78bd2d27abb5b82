// A secure session between two SPDM endpoints: its transcript, secrets, channel and state. Both ends hold
// one.
//
// What others take from it: the export master secret (DSP0274, key schedule), from which a data path derives
// its own keys once the session is established, and must forget when it ends:
//
//     if (const spdm::Session* session = responder.established()) {
//         const Secret dma = crypto::hkdf_expand(session->schedule().hash(), session->export_master_secret(),
//                                                as_bytes("h2d"), 32);
#pragma once
#include "models/spdm/peer_identity.hpp"
#include "models/spdm/secured_channel.hpp"
#include "models/spdm/transcript.hpp"
#include "models/spdm/twinned.hpp"
#include "sim/base/clock.hpp"

namespace assay::spdm {

enum class SessionState : std::uint8_t { handshaking, established };
/// Where a session's secret comes from: KEY_EXCHANGE, or a key that both ends have had before.
enum class SecretKind : std::uint8_t { exchanged, pre_shared };

class Session {
public:
    /// A session of `connection` in its handshake, whose TH begins with A and the digest of the responder's
    /// certificate chain. Precondition: a hash and an AEAD are negotiated.
    Session(const Connection& connection, Role role, std::uint32_t id, RecordFormat format,
            SessionTranscript transcript);
    /// A twin (SecuredChannel::twin), at the same place.
    explicit Session(const Session& from) = default;

    std::uint32_t id() const { return id_; }
    SessionState state() const { return state_; }
    const KeySchedule& schedule() const { return schedule_; }
    SessionTranscript& transcript() { return transcript_; }
    SecuredChannel& channel() { return *channel_; }

    /// TH stands at TH1: handshake secrets and keys. `shared` is the Diffie-Hellman secret, or the pre-shared
    /// key.
    void begin_handshake(ByteView shared, SecretKind kind = SecretKind::exchanged);
    bool by_psk() const { return kind_ == SecretKind::pre_shared; }
    /// ResponderVerifyData or RequesterVerifyData over TH as `transcript` has it.
    Bytes verify_data(Role sender, const SessionTranscript& transcript) const;
    /// TH stands at TH2: the data secrets are there; the keys still are those of the handshake, under which
    /// FINISH_RSP travels.
    void finish();
    /// FINISH_RSP has crossed: from now on application keys. Precondition: finish() was called.
    void establish();
    bool finished() const { return data_.has_value(); }

    /// As long as the base hash. Empty until the session is established.
    ByteView export_master_secret() const;

    std::uint8_t mutual_auth = 0;             // MutAuthRequested
    std::optional<PeerIdentity> requester{};  // who it is, once the responder knows
    Bytes requester_digests{};                // DIGESTS of the requester in a multi-key connection
    /// L1/L2 of this session, without A.
    Bytes measurements;
    std::uint8_t heartbeat_period = 0;  // seconds, 0: none
    Instant last_seen{};                // when the last record of the peer came, where there is a clock
    bool ended = false;                 // END_SESSION was taken: its answer is the last

private:
    Role role_;
    std::uint32_t id_;
    SessionState state_ = SessionState::handshaking;
    SecretKind kind_ = SecretKind::exchanged;
    KeySchedule schedule_;
    SessionTranscript transcript_;
    Twinned<SecuredChannel> channel_;
    Twinned<HandshakeSecrets> handshake_;
    std::optional<Twinned<DataSecrets>> data_;
};

}  // namespace assay::spdm
