// From policy text to a tree: the grammar, and nothing but the grammar.
#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "models/kms/authority.hpp"
#include "models/kms/release_policy_tree.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

struct OperatorName {
    std::string_view name;
    Operator op;
};
constexpr std::array operators{
    OperatorName{"equals", Operator::equals},   OperatorName{"notEquals", Operator::not_equals},
    OperatorName{"less", Operator::less},       OperatorName{"lessOrEquals", Operator::less_or_equals},
    OperatorName{"greater", Operator::greater}, OperatorName{"greaterOrEquals", Operator::greater_or_equals},
    OperatorName{"exists", Operator::exists},
};

bool is_order(Operator op) { return op >= Operator::less && op <= Operator::greater_or_equals; }

std::optional<std::vector<std::string>> claim_path(std::string_view dotted) {
    std::vector<std::string> out;
    for (;;) {
        const std::size_t dot = dotted.find('.');
        const std::string_view segment = dotted.substr(0, dot);
        if (segment.empty()) return {};
        out.emplace_back(segment);
        if (dot == std::string_view::npos) return out;
        dotted.remove_prefix(dot + 1);
    }
}

class PolicyParser {
public:
    explicit PolicyParser(PolicyProfile profile) : profile_(profile) {}

    std::optional<PolicyError> policy(const json& value, std::vector<AuthorityRule>& out) {
        if (!value.is_object()) return fault("", "an object is expected");
        for (const auto& [name, member] : value.items())
            if (name != "version" && name != "anyOf" && !is_alias(name, "anyof"))
                return fault("", "a member that the grammar does not have");
        const std::string* const version = text_member(value, "version");
        if (version == nullptr || *version != "1.0.0") return fault("/version", "1.0.0 is expected");
        const auto list = list_of(value, "");
        if (!list) return list.error();
        if (list->conjunction) return fault("", "anyOf is expected");
        for (std::size_t i = 0; i < list->items->size(); ++i) {
            if (auto error =
                    authority((*list->items)[i], list->pointer + '/' + std::to_string(i), out.emplace_back()))
                return error;
        }
        return {};
    }

private:
    struct List {
        const json* items;
        bool conjunction;
        std::string pointer;
    };

    static PolicyError fault(std::string pointer, std::string_view what,
                             std::string_view reason = "E_POLICY_INVALID") {
        return {std::move(pointer), what, reason};
    }
    bool is_alias(std::string_view name, std::string_view alias) const {
        return profile_ == PolicyProfile::azure_legacy && name == alias;
    }

    /// The one list of an object: `anyOf` or `allOf`, and never empty, which would be true or false for all.
    Result<List, PolicyError> list_of(const json& object, const std::string& pointer) const {
        std::optional<List> found;
        for (const auto& [name, member] : object.items()) {
            const bool all = name == "allOf" || is_alias(name, "allof");
            if (!all && name != "anyOf" && !is_alias(name, "anyof")) continue;
            if (found) return fault(pointer, "exactly one of anyOf and allOf is expected");
            found = List{&member, all, pointer + '/' + name};
        }
        if (!found) return fault(pointer, "anyOf or allOf is expected");
        if (!found->items->is_array()) return fault(found->pointer, "a list is expected");
        if (found->items->empty()) return fault(found->pointer, "the list is empty", "E_POLICY_EMPTY");
        return *std::move(found);
    }

    std::optional<PolicyError> authority(const json& value, const std::string& pointer, AuthorityRule& out) {
        if (!value.is_object()) return fault(pointer, "an object is expected");
        if (value.size() != 2) return fault(pointer, "authority and one list are expected");
        const std::string* const url = text_member(value, "authority");
        const auto normal = url == nullptr ? std::nullopt : normal_authority(*url);
        if (!normal) return fault(pointer + "/authority", "an absolute https URL is expected");
        out.authority = *normal;
        return group(value, pointer, 0, out.condition);
    }

    std::optional<PolicyError> group(const json& value, const std::string& pointer, std::size_t depth,
                                     Condition& out) {
        const auto list = list_of(value, pointer);
        if (!list) return list.error();
        out.kind = list->conjunction ? Condition::Kind::all_of : Condition::Kind::any_of;
        out.pointer = list->pointer;
        for (std::size_t i = 0; i < list->items->size(); ++i)
            if (auto error = condition((*list->items)[i], list->pointer + '/' + std::to_string(i), depth + 1,
                                       out.children.emplace_back()))
                return error;
        return {};
    }

    std::optional<PolicyError> condition(const json& value, const std::string& pointer, std::size_t depth,
                                         Condition& out) {
        if (depth > ReleasePolicy::max_depth) return fault(pointer, "nested too deep");
        if (++conditions_ > ReleasePolicy::max_conditions) return fault(pointer, "too many conditions");
        if (!value.is_object()) return fault(pointer, "an object is expected");
        if (value.contains("claim")) return claim(value, pointer, out);
        if (value.size() != 1) return fault(pointer, "one list is expected");
        return group(value, pointer, depth, out);
    }

    std::optional<PolicyError> claim(const json& value, const std::string& pointer, Condition& out) const {
        if (value.size() != 2) return fault(pointer, "claim and exactly one operator are expected");
        const std::string* const name = text_member(value, "claim");
        auto path = name == nullptr ? std::nullopt : claim_path(*name);
        if (!path) return fault(pointer + "/claim", "segments joined by dots are expected");
        out.kind = Condition::Kind::claim;
        out.pointer = pointer;
        out.path = *std::move(path);
        for (const OperatorName& known : operators)
            if (const auto found = value.find(known.name); found != value.end()) {
                out.op = known.op;
                return operand(*found, pointer + '/' + std::string{known.name}, out);
            }
        return fault(pointer, "an operator that the grammar does not have");
    }

    std::optional<PolicyError> operand(const json& value, std::string pointer, Condition& out) const {
        if (value.is_string())
            out.operand = value.get<std::string>();
        else if (value.is_boolean())
            out.operand = value.get<bool>();
        else if (const auto number = exact_integer(value))
            out.operand = *number;
        else
            return fault(std::move(pointer), "text, a 64-bit integer or a boolean is expected");
        if (out.op == Operator::exists && !std::holds_alternative<bool>(out.operand))
            return fault(std::move(pointer), "true or false is expected");
        if (is_order(out.op) && !std::holds_alternative<std::int64_t>(out.operand)) {
            const auto* const text = std::get_if<std::string>(&out.operand);
            if (profile_ == PolicyProfile::strict || text == nullptr || !integer_text(*text))
                return fault(std::move(pointer), "a number is expected");
        }
        return {};
    }

    PolicyProfile profile_;
    std::size_t conditions_ = 0;
};

PolicyError json_fault(const JsonFault& fault) {
    switch (fault.kind) {
        case JsonFault::Kind::too_long: return {"", "longer than 64 KiB", "E_POLICY_INVALID"};
        case JsonFault::Kind::duplicate_name: return {"", "a member comes twice", "E_JSON_DUPLICATE_KEY"};
        case JsonFault::Kind::too_deep: return {"", "nested too deep", "E_POLICY_INVALID"};
        case JsonFault::Kind::not_json: break;
    }
    return {"", "not JSON", "E_POLICY_INVALID"};
}

}  // namespace

std::optional<std::int64_t> integer_text(std::string_view text) {
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    constexpr std::size_t max_digits = 19;
    if (digits.empty() || digits.size() > max_digits) return {};
    if (digits.front() == '0' && text != "0") return {};
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return out;
}

Result<ReleasePolicy, PolicyError> ReleasePolicy::parse(ByteView text, PolicyProfile profile) {
    // Two levels of JSON for each level of conditions, and those around them.
    const auto parsed = parse_shared_json(text, {max_bytes, 2 * max_depth + 8});
    if (!parsed) return json_fault(parsed.error());
    Tree tree{profile, crypto::digest(crypto::Hash::sha256, {text}), {}};
    if (auto error = PolicyParser{profile}.policy(**parsed, tree.rules)) return *std::move(error);
    return ReleasePolicy{std::make_shared<const Tree>(std::move(tree))};
}

}  // namespace assay::kms
