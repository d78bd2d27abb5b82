// What a policy says of claims.
#include "models/kms/release_policy.hpp"

#include <nlohmann/json.hpp>

#include "models/kms/authority.hpp"
#include "models/kms/release_policy_tree.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

/// Null where a member is missing, or a step leads through something that is no object.
const json* look_up(const json& claims, const std::vector<std::string>& path) {
    const json* at = &claims;
    for (const std::string& segment : path) {
        if (!at->is_object()) return nullptr;
        const auto found = at->find(segment);
        if (found == at->end()) return nullptr;
        at = &*found;
    }
    return at;
}

/// Text of a policy in the type of the claim, as the legacy profile reads it.
Operand as_claim_type(const std::string& text, const json& claim) {
    if (claim.is_boolean() && (text == "true" || text == "false")) return text == "true";
    if (claim.is_number())
        if (const auto number = integer_text(text)) return *number;
    return text;
}

bool holds(std::int64_t claim, Operator op, std::int64_t operand) {
    switch (op) {
        case Operator::equals: return claim == operand;
        case Operator::not_equals: return claim != operand;
        case Operator::less: return claim < operand;
        case Operator::less_or_equals: return claim <= operand;
        case Operator::greater: return claim > operand;
        case Operator::greater_or_equals: return claim >= operand;
        case Operator::exists: break;
    }
    return false;
}

template <class T>
bool holds(const T& claim, Operator op, const T& operand) {
    if (op == Operator::equals) return claim == operand;
    if (op == Operator::not_equals) return claim != operand;
    return false;
}

bool claim_holds(const Condition& condition, const json& claims, PolicyProfile profile) {
    const json* const claim = look_up(claims, condition.path);
    if (condition.op == Operator::exists) return (claim != nullptr) == std::get<bool>(condition.operand);
    if (claim == nullptr) return false;
    Operand operand = condition.operand;
    if (const auto* const text = std::get_if<std::string>(&operand);
        text != nullptr && profile == PolicyProfile::azure_legacy)
        operand = as_claim_type(std::string{*text}, *claim);
    if (const auto* const number = std::get_if<std::int64_t>(&operand)) {
        const auto found = exact_integer(*claim);
        return found && holds(*found, condition.op, *number);
    }
    if (const auto* const flag = std::get_if<bool>(&operand))
        return claim->is_boolean() && holds(claim->get<bool>(), condition.op, *flag);
    const auto* const found = claim->get_ptr<const std::string*>();
    return found != nullptr && holds(*found, condition.op, std::get<std::string>(operand));
}

/// Every condition is evaluated, also after the result is known. `failed` gets the place of the first failure
/// that counts.
bool condition_holds(const Condition& condition, const json& claims, PolicyProfile profile,
                     std::string& failed) {
    if (condition.kind == Condition::Kind::claim) {
        const bool held = claim_holds(condition, claims, profile);
        if (!held && failed.empty()) failed = condition.pointer;
        return held;
    }
    const bool conjunction = condition.kind == Condition::Kind::all_of;
    bool all = true, any = false;
    std::string first;
    for (const Condition& child : condition.children) {
        const bool held = condition_holds(child, claims, profile, first);
        all = all && held;
        any = any || held;
    }
    const bool held = conjunction ? all : any;
    if (!held && failed.empty()) failed = conjunction ? first : condition.pointer;
    return held;
}

}  // namespace

std::string_view name(PolicyProfile profile) {
    return profile == PolicyProfile::strict ? "strict" : "azure-legacy";
}

std::optional<PolicyProfile> policy_profile(std::string_view text) {
    for (const PolicyProfile profile : {PolicyProfile::strict, PolicyProfile::azure_legacy})
        if (name(profile) == text) return profile;
    return {};
}

PolicyDecision ReleasePolicy::decide(const json& claims) const {
    PolicyDecision out;
    const std::string* const issuer = text_member(claims, "iss");
    const auto authority = issuer == nullptr ? std::nullopt : normal_authority(*issuer);
    if (!authority) return out;
    for (std::size_t i = 0; i < tree_->rules.size(); ++i) {
        const AuthorityRule& rule = tree_->rules[i];
        if (rule.authority != *authority) continue;
        std::string failed;
        const bool held = condition_holds(rule.condition, claims, tree_->profile, failed);
        if (held && !out.allowed()) out = {PolicyDecision::Verdict::allow, i, {}};
        if (!held && out.verdict == PolicyDecision::Verdict::deny_authority)
            out = {PolicyDecision::Verdict::deny_claims, i, failed};
    }
    return out;
}

const Bytes& ReleasePolicy::digest() const { return tree_->digest; }

}  // namespace assay::kms
