// What a responder asks its requester, one request after the other (DSP0274, encapsulated request flows): who
// it is, with a challenge where no session proves it (basic mutual authentication), or to take a new key.
#pragma once
#include "models/spdm/session.hpp"
#include "sim/base/random.hpp"

namespace assay::spdm {

/// One flow of one session, or in the clear, as the responder keeps it.
class EncapsulatedFlow {
public:
    enum class Ask : std::uint8_t { digests, certificate, challenge, update_key, verify_key };

    /// DIGESTS and CERTIFICATE of that slot. `implicit`: the requester takes GET_DIGESTS for asked, with
    /// RequestID 0.
    static EncapsulatedFlow identity(std::uint32_t session_id, std::uint8_t slot, bool implicit);
    /// DIGESTS, CERTIFICATE and CHALLENGE_AUTH of that slot, without a session.
    static EncapsulatedFlow basic(std::uint8_t slot);
    /// KEY_UPDATE: the responder's own direction.
    static EncapsulatedFlow key_update(std::uint32_t session_id);

    /// While identity is asked nothing else is answered.
    bool blocks() const { return blocks_; }
    /// None: in the clear.
    std::optional<std::uint32_t> session_id() const { return session_id_; }
    std::uint8_t slot() const { return slot_; }
    std::uint8_t request_id() const { return request_id_; }
    /// A request is on its way, and its answer is awaited.
    bool outstanding() const { return outstanding_; }
    bool done() const { return left_.empty(); }

    /// The next request, under the next RequestID. Precondition: not done, none outstanding.
    Bytes next(const Connection& connection, Random& random);
    /// The answer to it; `session` is null in the clear, `vca` is A. False where it is none, and the flow has
    /// failed.
    bool take(const Connection& connection, Session* session, ByteView vca, ByteView answer);
    /// The chain structure that came; nothing where it is not well formed, or not the one of DIGESTS.
    std::optional<PeerIdentity> identity(const Connection& connection) const;

private:
    EncapsulatedFlow(std::optional<std::uint32_t> session_id, std::vector<Ask> asks, bool blocks)
        : session_id_(session_id), left_(std::move(asks)), blocks_(blocks) {}
    Bytes request(const Connection& connection, Random& random);
    bool take_digests(const Connection& connection, Session* session, ByteView answer);
    bool take_challenge_auth(const Connection& connection, ByteView vca, ByteView answer) const;

    std::optional<std::uint32_t> session_id_;
    std::vector<Ask> left_;  // the first is the current one
    bool blocks_;
    bool outstanding_ = false;
    std::uint8_t request_id_ = 0, slot_ = 0, tag_ = 0;
    Bytes digest_;
    ChainReader chain_;
    Bytes messages_;  // requests and answers as they crossed; the last may be CHALLENGE alone
};

}  // namespace assay::spdm
