// Certificate chains as an appraisal sees them: the path, the times, the revocation state, the claims about
// it.
#pragma once
#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier {

/// What is known of one chain. `faults` refuse the device when the appraisal gets to its policy.
struct ChainState {
    std::string expires;             // the earliest notAfter, RFC 3339; empty: not reached
    std::string status = "";         // valid, expired, revoked, invalid
    std::string ocsp = "undefined";  // good, revoked, unknown, undefined
    std::optional<std::string> revocation_reason;
    bool ocsp_nonce_matches = false;
    bool ocsp_response_valid = false;
    bool in_time = false;    // every certificate at the given time
    bool ocsp_good = false;  // every certificate that is checked is good, certificateHold where allowed
    std::vector<Finding> faults;
    std::vector<Finding> notices;

    /// The claims object (x-nvidia-cert-*).
    nlohmann::json claims() const;
};

/// The finding for a chain that does not hold.
Finding chain_finding(const crypto::CertificateError& error, std::string subject);

/// The path of `chain` to one of `roots`, and that the leaf may sign. Times are not looked at.
std::optional<Finding> check_path(const std::vector<crypto::Certificate>& chain,
                                  const std::vector<crypto::Certificate>& roots,
                                  std::optional<std::size_t> length, const std::string& subject);

/// Sets expires, status, in_time and faults.
void check_times(const std::vector<crypto::Certificate>& chain, Instant at, const std::string& subject,
                 ChainState& out);

/// `CN=..., ...` for messages: certificate number and name.
std::string label(const std::vector<crypto::Certificate>& chain, std::size_t index);

}  // namespace assay::verifier
