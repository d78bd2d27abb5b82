// Release policies: which claims a token must have before a key leaves (the secure key release grammar of
// Azure Key Vault, version 1.0.0).
//
//     auto policy = ReleasePolicy::parse(as_bytes(R"({"version": "1.0.0", "anyOf": [
//         {"authority": "https://verifier.example", "allOf": [
//             {"claim": "assay.gpu-cc-mode", "equals": "on"},
//             {"claim": "assay.gpu-count", "equals": 8}]}]})"), PolicyProfile::strict);
//     if (policy && policy->decide(claims).allowed()) ...
#pragma once
#include <memory>

#include "models/kms/strict_json.hpp"

namespace assay::kms {

/// `strict`: types are what they are. `azure_legacy`, only where a key names it: policy text "true", "false"
/// and decimal integers meet boolean and number claims, and `anyof`/`allof` are read as `anyOf`/`allOf`.
enum class PolicyProfile : std::uint8_t { strict, azure_legacy };
std::string_view name(PolicyProfile profile);
std::optional<PolicyProfile> policy_profile(std::string_view name);

/// Why a policy is none. `pointer` (RFC 6901) leads to the object with the fault; it consists of names of the
/// grammar and indices alone.
struct PolicyError {
    std::string pointer;
    std::string_view what;
    std::string_view reason;  // E_JSON_DUPLICATE_KEY, E_POLICY_EMPTY, E_POLICY_INVALID
};

/// What a policy says of a token's claims.
struct PolicyDecision {
    enum class Verdict : std::uint8_t { allow, deny_claims, deny_authority };
    Verdict verdict = Verdict::deny_authority;
    /// Index in the policy's `anyOf` of the authority that decided; nothing where none matched.
    std::optional<std::size_t> authority;
    /// RFC 6901, into the policy: the first condition that fails. A list of alternatives fails as a whole.
    std::string pointer;

    bool allowed() const { return verdict == Verdict::allow; }
};

/// Immutable; copies share it.
class ReleasePolicy {
public:
    static constexpr std::size_t max_bytes = 64 << 10, max_depth = 16, max_conditions = 256;

    /// Fails on everything that is not exactly of the grammar: a policy is never read leniently.
    static Result<ReleasePolicy, PolicyError> parse(ByteView text, PolicyProfile profile);

    /// `claims` is the object that a token carries. Absence and a type that differs never satisfy a
    /// comparison. Claims count only under the authority that is their `iss`.
    PolicyDecision decide(const nlohmann::json& claims) const;

    /// SHA-256 of the text as it was given.
    const Bytes& digest() const;

    struct Tree;

private:
    explicit ReleasePolicy(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}
    std::shared_ptr<const Tree> tree_;
};

}  // namespace assay::kms
