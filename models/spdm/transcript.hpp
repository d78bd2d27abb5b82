// Transcripts and signatures of SPDM (DSP0274): what enters which, what begins one anew, what is signed.
//
//     A       GET_VERSION to ALGORITHMS, whole messages without transport padding
//     B       GET_DIGESTS, DIGESTS, GET_CERTIFICATE, CERTIFICATE as they crossed; may be empty
//     M1/M2   A, B, CHALLENGE, CHALLENGE_AUTH up to its signature. Of a requester that is challenged:
//             the encapsulated messages, from 1.2 on with A in front
//     L1/L2   1.0, 1.1: GET_MEASUREMENTS and MEASUREMENTS pairs up to the signature; from 1.2 with A
//             in front.
//             In a session the pairs of that session alone.
//     TH      A, digest of the responder's chain, KEY_EXCHANGE, KEY_EXCHANGE_RSP, FINISH, FINISH_RSP; read at
//             the points that SessionTranscript names
#pragma once
#include "models/spdm/messages.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::spdm {

/// Parts of a connection's transcript, as a set of bits.
namespace piece {
inline constexpr std::uint8_t none = 0, vca = 1, certificates = 2, measurements = 4;
}

/// Three columns of a request's row in the command table.
struct TranscriptRule {
    std::uint8_t enters = piece::none;  // request and response, once it is answered in the clear
    std::uint8_t clears = piece::none;  // before the request is handled in the clear; vca: all of them
    bool skips_challenge = false;       // clears B until CHALLENGE_AUTH has authenticated the responder
    bool carries = false;               // it only carries other messages: L goes on
};

/// A, B and the pairs of L of one connection. Both ends keep one. Pairs are kept by whoever makes or checks
/// their signature; any other request, and any error, ends them.
class Transcript {
public:
    /// A request of that row is handled now, or sent.
    void begin(const TranscriptRule& rule, bool in_session);
    /// It was answered in the clear, and not by ERROR; both without transport padding.
    void answered(const TranscriptRule& rule, ByteView request, ByteView response);
    /// CHALLENGE_AUTH was sent or accepted: B begins anew. Where the requester has yet to be challenged
    /// (`pending`) nobody is authenticated until it is.
    void authenticated(bool pending = false);

    ByteView vca() const { return vca_; }
    /// The first DIGESTS after ALGORITHMS, which enters TH in a multi-key connection.
    ByteView first_digests() const { return digests_; }
    ByteView certificates() const { return certificates_; }
    Bytes& measurements() { return measurements_; }
    const Bytes& measurements() const { return measurements_; }

private:
    Bytes vca_, digests_, certificates_, measurements_;
    bool authenticated_ = false;
};

/// L1/L2 from A and the pairs.
Bytes l1_l2(Version version, ByteView vca, ByteView pairs);

/// M1/M2 of a challenged requester from A and what crossed encapsulated.
Bytes requester_m1_m2(Version version, ByteView vca, ByteView messages);

/// TH of one session: bytes are appended as they cross, digests are taken on the way. In this order:
/// KEY_EXCHANGE, KEY_EXCHANGE_RSP up to Signature (what it signs), Signature (TH1), ResponderVerifyData if
/// there is one, FINISH's header (RequesterVerifyData), the rest of FINISH, FINISH_RSP's header (in the
/// clear: ResponderVerifyData), the rest of FINISH_RSP (TH2).
class SessionTranscript {
public:
    /// `chain_digest` is that of the responder's chain structure; empty for PSK.
    SessionTranscript(crypto::Hash hash, ByteView vca, ByteView chain_digest);
    void add(ByteView part) { append(bytes_, part); }
    ByteView bytes() const { return bytes_; }
    Bytes digest() const { return crypto::digest(hash_, {bytes_}); }

private:
    crypto::Hash hash_;
    Bytes bytes_;
};

/// Who signs what, as the context strings of 1.2 say it.
namespace signing {
inline constexpr std::string_view challenge_auth = "responder-challenge_auth signing",
                                  measurements = "responder-measurements signing",
                                  key_exchange_rsp = "responder-key_exchange_rsp signing",
                                  finish = "requester-finish signing",
                                  requester_challenge_auth = "requester-challenge_auth signing",
                                  endpoint_info = "responder-endpoint_info signing";
}

/// The message whose digest is signed: 1.0 and 1.1 the transcript itself; from 1.2 on the 100-byte
/// combined_spdm_prefix, then the transcript's digest.
Bytes signed_message(Version version, crypto::Hash hash, std::string_view context, ByteView transcript);

}  // namespace assay::spdm
