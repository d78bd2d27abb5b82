// OCSP responses that were handed in: each matched to its certificate by content, verified once.
#pragma once
#include <set>

#include "models/verifier/chain.hpp"

namespace assay::verifier {

/// What a chain's revocation check needs besides the chain.
struct OcspRules {
    Instant at;
    bool required = true;
    bool nonce_required = false;
    bool allow_hold = false;
    std::optional<Bytes> nonce;  // what a response's nonce is compared with
};

class OcspDesk {
public:
    explicit OcspDesk(const std::vector<ReferenceValues::Item>& items);

    /// From the certificate below the root down to `last` (index, 0 the leaf). `chain` ends in the root or
    /// is issued by one of `roots`. Sets the OCSP members of `out`, and adds faults and notices.
    void check(const std::vector<crypto::Certificate>& chain, const std::vector<crypto::Certificate>& roots,
               std::size_t last, const OcspRules& rules, const std::string& subject, ChainState& out);

    /// Responses that were for no certificate so far.
    std::vector<std::string> unused() const;
    /// Items that are no OCSP response.
    const std::vector<Finding>& unreadable() const { return unreadable_; }

private:
    struct Response {
        std::string name;
        Bytes der;
        bool used = false;
    };
    struct Answer {
        crypto::Certificate subject;
        Instant at;
        std::string name;  // of the response's file; empty: there is none
        std::optional<crypto::OcspAnswer> answer;
        std::optional<crypto::OcspError> error;
    };
    const Answer& ask(const crypto::Certificate& subject, const crypto::Certificate& issuer, Instant at);
    void set_aside(const crypto::Certificate& subject, const crypto::Certificate& issuer);

    std::vector<Response> responses_;
    std::vector<Answer> answers_;
    std::vector<Finding> unreadable_;
};

}  // namespace assay::verifier
