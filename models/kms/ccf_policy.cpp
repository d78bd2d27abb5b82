#include "models/kms/ccf_policy.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "models/kms/release_policy_tree.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 25> known_names{
    "vm-configuration-secure-boot",
    "vm-configuration-secure-boot-template-id",
    "vm-configuration-tpm-enabled",
    "vm-configuration-vmUniqueId",
    "x-ms-attestation-type",
    "x-ms-compliance-status",
    "x-ms-policy-hash",
    "x-ms-sevsnpvm-authorkeydigest",
    "x-ms-sevsnpvm-bootloader-svn",
    "x-ms-sevsnpvm-familyId",
    "x-ms-sevsnpvm-guestsvn",
    "x-ms-sevsnpvm-hostdata",
    "x-ms-sevsnpvm-idkeydigest",
    "x-ms-sevsnpvm-imageId",
    "x-ms-sevsnpvm-is-debuggable",
    "x-ms-sevsnpvm-launchmeasurement",
    "x-ms-sevsnpvm-microcode-svn",
    "x-ms-sevsnpvm-migration-allowed",
    "x-ms-sevsnpvm-reportdata",
    "x-ms-sevsnpvm-reportid",
    "x-ms-sevsnpvm-smt-allowed",
    "x-ms-sevsnpvm-snpfw-svn",
    "x-ms-sevsnpvm-tee-svn",
    "x-ms-sevsnpvm-vmpl",
    "x-ms-ver",
};

bool is_known(std::string_view name) { return std::ranges::find(known_names, name) != known_names.end(); }

/// Text, integers and booleans as text; nothing for all else.
std::optional<std::string> as_claim_text(const json& value) {
    if (const auto* const text = value.get_ptr<const std::string*>()) return *text;
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (const auto number = exact_integer(value)) return std::to_string(*number);
    return {};
}

std::optional<std::int64_t> as_number(const json& value) {
    if (const auto* const text = value.get_ptr<const std::string*>()) return integer_text(*text);
    return exact_integer(value);
}

/// `gte` or `gt`; absent is empty.
bool read_bounds(const json& policy, const char* name, std::map<std::string, std::int64_t>& out) {
    const auto found = policy.find(name);
    if (found == policy.end()) return true;
    if (!found->is_object()) return false;
    for (const auto& [claim, bound] : found->items()) {
        const auto number = as_number(bound);
        if (!is_known(claim) || !number) return false;
        out.emplace(claim, *number);
    }
    return true;
}

}  // namespace

Result<CcfPolicy, std::string_view> CcfPolicy::parse(ByteView text) {
    constexpr std::size_t max_bytes = 64 << 10;
    const auto parsed = parse_shared_json(text, {max_bytes, 4});
    if (!parsed || !(*parsed)->is_object())
        return std::string_view{"not a JSON object, or a member comes twice"};
    const json& policy = **parsed;
    for (const auto& [name, member] : policy.items())
        if (name != "claims" && name != "gte" && name != "gt") return std::string_view{"an unknown member"};
    const auto claims = policy.find("claims");
    if (claims == policy.end() || !claims->is_object() || claims->empty())
        return std::string_view{"claims are missing or empty"};
    CcfPolicy out;
    for (const auto& [name, values] : claims->items()) {
        if (!is_known(name)) return std::string_view{"a claim that no evidence has"};
        const json list = values.is_array() ? values : json::array({values});
        if (list.empty()) return std::string_view{"a claim without allowed values"};
        for (const json& value : list) {
            auto allowed = as_claim_text(value);
            if (!allowed) return std::string_view{"a value that is no text, integer or boolean"};
            out.claims_[name].push_back(*std::move(allowed));
        }
    }
    if (!read_bounds(policy, "gte", out.at_least_) || !read_bounds(policy, "gt", out.above_))
        return std::string_view{"a bound that is no integer, or on a claim that no evidence has"};
    return out;
}

bool CcfPolicy::allows(const json& claims) const {
    if (!claims.is_object()) return false;
    const auto value_of = [&](const std::string& name) -> const json* {
        const auto found = claims.find(name);
        return found == claims.end() ? nullptr : &*found;
    };
    bool all = true;  // every block and every claim counts, also after the first that fails
    for (const auto& [name, allowed] : claims_) {
        const json* const value = value_of(name);
        const auto text = value == nullptr ? std::nullopt : as_claim_text(*value);
        all = all && text && std::ranges::find(allowed, *text) != allowed.end();
    }
    const auto number_of = [&](const std::string& name) {
        const json* const value = value_of(name);
        return value == nullptr ? std::nullopt : as_number(*value);
    };
    for (const auto& [name, bound] : at_least_) {
        const auto number = number_of(name);
        all = all && number && *number >= bound;
    }
    for (const auto& [name, bound] : above_) {
        const auto number = number_of(name);
        all = all && number && *number > bound;
    }
    return all;
}

}  // namespace assay::kms
