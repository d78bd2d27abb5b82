// The result of an accepted appraisal as a token: claims under the names of Azure Attestation, so that
// release policies written for it can be evaluated, and ours in one object `assay`.
#pragma once
#include "models/verifier/cvm_appraisal.hpp"
#include "models/verifier/eat.hpp"

namespace assay::verifier {

inline constexpr std::chrono::seconds cvm_token_lifetime{28'800};

/// The claims of an accepted appraisal (std::logic_error otherwise) without iss, times and jti. JSON text.
/// `policy_hash` is the SHA-256 of the policy that was applied.
std::string claims_of(const CvmAppraisal& appraisal, ByteView policy_hash);

/// SHA-256 over the policy as JSON, members in order.
Bytes policy_hash(const CvmPolicy& policy);

/// A JWT with ES384: the claims with iss, iat, nbf, exp and jti (`token_id`, shown in hex).
std::string cvm_token(const TokenIssuer& issuer, const CvmAppraisal& appraisal, ByteView policy_hash,
                      Instant issued, ByteView token_id, std::chrono::seconds lifetime = cvm_token_lifetime);

}  // namespace assay::verifier
