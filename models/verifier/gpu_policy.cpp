// GpuPolicy as JSON, so that a deployment can keep it in a file.
#include <nlohmann/json.hpp>

#include "models/verifier/gpu_appraisal.hpp"
#include "sim/base/strict_json.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

/// One row per member: its name, and where it lives. Reading and writing walk the same rows.
template <class Policy, class Visit>
void each_member(Policy& p, const Visit& visit) {
    visit("require_ocsp", p.require_ocsp);
    visit("require_ocsp_nonce", p.require_ocsp_nonce);
    visit("allow_hold", p.allow_hold);
    visit("require_rims", p.require_rims);
    visit("require_fwid", p.require_fwid);
    visit("allow_expired_rim", p.allow_expired_rim);
    visit("require_cc_mode", p.require_cc_mode);
    visit("forbid_devtools", p.forbid_devtools);
    visit("forbid_debug", p.forbid_debug);
    visit("require_unique_devices", p.require_unique_devices);
    visit("min_driver_version", p.min_driver_version);
    visit("min_vbios_version", p.min_vbios_version);
    visit("feature", p.feature);
    visit("devices", p.devices);
    visit("ignore_mismatch_at", p.ignore_mismatch_at);
}

/// Each sets `out`, or gives what would have been right.
std::string take(const json& value, bool& out) {
    if (!value.is_boolean()) return "true or false";
    out = value.get<bool>();
    return {};
}
std::string take(const json& value, std::optional<std::string>& out) {
    out.reset();
    if (value.is_null()) return {};
    if (!value.is_string()) return "a string";
    out = value.get<std::string>();
    return {};
}
std::string take(const json& value, std::optional<std::size_t>& out) {
    out.reset();
    if (value.is_null()) return {};
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 64) return "a number up to 64";
    out = value.get<std::size_t>();
    return {};
}
std::string take(const json& value, std::vector<unsigned>& out) {
    constexpr std::string_view right = "an array of golden indices, 0 to 63";
    out.clear();
    if (!value.is_array()) return std::string{right};
    for (const json& one : value) {
        if (!one.is_number_unsigned() || one.get<std::uint64_t>() >= gpu::measurement_slots)
            return std::string{right};
        out.push_back(one.get<unsigned>());
    }
    return {};
}

json shown(const auto& value) { return value; }
template <class T>
json shown(const std::optional<T>& value) {
    return value ? json(*value) : json(nullptr);
}

/// What the members mean together.
std::string fault_of(const GpuPolicy& p) {
    const auto is_version = [](const std::optional<std::string>& v, int base) {
        return !v || compare_versions(*v, *v, base).has_value();
    };
    if (!is_version(p.min_driver_version, 10))
        return "min_driver_version: a version such as 550.90.07 expected";
    if (!is_version(p.min_vbios_version, 16))
        return "min_vbios_version: a version such as 96.00.9F.00.01 expected";
    if (p.feature && *p.feature != "spt" && *p.feature != "mpt" && *p.feature != "ppcie")
        return "feature: \"spt\", \"mpt\" or \"ppcie\" expected";
    return {};
}

}  // namespace

Result<GpuPolicy, std::string> GpuPolicy::from_json(ByteView text) {
    const auto parsed = parse_strict_json(text);
    if (!parsed) return "policy: " + parsed.error().text;
    const json& object = *parsed;
    if (!object.is_object()) return std::string{"policy: not a JSON object"};
    GpuPolicy out;
    std::string fault;
    std::size_t known = 0;
    each_member(out, [&](const char* name, auto& member) {
        const auto found = object.find(name);
        if (found == object.end()) return;
        ++known;
        if (const std::string right = take(*found, member); !right.empty() && fault.empty())
            fault = std::string{name} + ": " + right + " expected";
    });
    if (known != object.size())
        for (const auto& [name, value] : object.items()) {
            bool there = false;
            each_member(out, [&, &n = name](const char* member, auto&) { there = there || n == member; });
            if (!there && fault.empty()) fault = name + ": unknown member";
        }
    if (fault.empty()) fault = fault_of(out);
    if (!fault.empty()) return "policy: " + fault;
    return out;
}

json GpuPolicy::to_json() const {
    json out = json::object();
    each_member(*this, [&](const char* name, const auto& member) { out[name] = shown(member); });
    return out;
}

}  // namespace assay::verifier
