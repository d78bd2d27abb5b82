#include "models/verifier/cvm_policy.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

constexpr std::size_t sha256_size = 32, sha384_size = 48, chip_id_size = 64, max_list = 4096;
constexpr unsigned max_number = 1 << 30;

/// A member that the rows below walk: bytes of one size each where `size` is not 0.
template <class Policy, class Visit>
void cvm_policy_members(Policy& p, const Visit& visit) {
    visit("hcl_v1", p.hcl_v1, 0);
    visit("require_event_log", p.require_event_log, 0);
    visit("require_wrapping_key", p.require_wrapping_key, 0);
    visit("require_gpu", p.require_gpu, 0);
    visit("require_secure_boot", p.require_secure_boot, 0);
    visit("allow_smt", p.allow_smt, 0);
    visit("pcrs", p.pcrs, 24);
    visit("report_versions", p.report_versions, 16);
    visit("min_guest_svn", p.min_guest_svn, max_number);
    visit("min_boot_loader", p.min_boot_loader, 256);
    visit("min_tee", p.min_tee, 256);
    visit("min_snp", p.min_snp, 256);
    visit("min_microcode", p.min_microcode, 256);
    visit("denied_chips", p.denied_chips, chip_id_size);
    visit("gpus", p.gpus, 65);
    visit("gpu", p.gpu, 0);
}
template <class References, class Visit>
void cvm_reference_members(References& r, const Visit& visit) {
    visit("launch_measurements", r.launch_measurements, sha384_size);
    visit("host_data", r.host_data, sha256_size);
    visit("id_keys", r.id_keys, sha384_size);
    visit("author_keys", r.author_keys, sha384_size);
    visit("firmware_versions", r.firmware_versions, 0);
    visit("firmware", r.firmware, sha256_size);
    visit("loaders", r.loaders, sha256_size);
    visit("kernels", r.kernels, sha256_size);
    visit("command_lines", r.command_lines, 0);
    visit("verity_roots", r.verity_roots, sha256_size);
    visit("runtime_policies", r.runtime_policies, sha256_size);
    visit("images", r.images, sha256_size);
    visit("required_images", r.required_images, sha256_size);
}

/// Each sets `out`, or gives what would have been right. `limit`: size of bytes, or bound of numbers.
std::string read_member(const json& value, bool& out, std::size_t) {
    if (!value.is_boolean()) return "true or false";
    out = value.get<bool>();
    return {};
}
std::string read_member(const json& value, unsigned& out, std::size_t limit) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= limit)
        return "a number below " + std::to_string(limit);
    out = value.get<unsigned>();
    return {};
}
std::string read_member(const json& value, std::vector<unsigned>& out, std::size_t limit) {
    const std::string right = "an array of numbers below " + std::to_string(limit);
    if (!value.is_array() || value.empty() || value.size() > max_list) return right;
    out.clear();
    for (const json& one : value) {
        unsigned number = 0;
        if (!read_member(one, number, limit).empty()) return right;
        out.push_back(number);
    }
    return {};
}
std::string read_member(const json& value, std::vector<Bytes>& out, std::size_t size) {
    const std::string right = "an array of " + std::to_string(size) + " bytes each, in hexadecimal";
    if (!value.is_array() || value.size() > max_list) return right;
    out.clear();
    for (const json& one : value) {
        auto bytes = one.is_string() ? from_hex(one.get_ref<const std::string&>()) : std::optional<Bytes>{};
        if (!bytes || bytes->size() != size) return right;
        out.push_back(*std::move(bytes));
    }
    return {};
}
std::string read_member(const json& value, std::optional<std::vector<Bytes>>& out, std::size_t size) {
    out.reset();
    return value.is_null() ? std::string{} : read_member(value, out.emplace(), size);
}
std::string read_member(const json& value, std::vector<std::string>& out, std::size_t) {
    const std::string right = "an array of strings";
    if (!value.is_array() || value.size() > max_list) return right;
    out.clear();
    for (const json& one : value) {
        if (!one.is_string()) return right;
        out.push_back(one.get<std::string>());
    }
    return {};
}
std::string read_member(const json& value, GpuPolicy& out, std::size_t) {
    const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    auto policy = GpuPolicy::from_json(as_bytes(text));
    if (!policy) return "a GPU policy (" + policy.error() + ")";
    out = *std::move(policy);
    return {};
}

json written(const auto& value) { return value; }
json written(const std::vector<Bytes>& list) {
    json out = json::array();
    for (const Bytes& one : list) out.push_back(to_hex(one));
    return out;
}
json written(const std::optional<std::vector<Bytes>>& list) { return list ? written(*list) : json(nullptr); }
json written(const GpuPolicy& policy) { return policy.to_json(); }

/// Fills `out` by its rows; the fault is one line.
template <class T, class Walk>
Result<T, std::string> read_document(ByteView text, const std::string& name, const Walk& walk) {
    const auto parsed = parse_strict_json(text);
    if (!parsed) return name + ": " + parsed.error().text;
    const json& object = *parsed;
    if (!object.is_object()) return name + ": not a JSON object";
    T out;
    std::string fault;
    std::size_t known = 0;
    walk(out, [&](const char* member, auto& value, std::size_t limit) {
        const auto found = object.find(member);
        if (found == object.end()) return;
        ++known;
        if (const std::string right = read_member(*found, value, limit); !right.empty() && fault.empty())
            fault = std::string{member} + ": " + right + " expected";
    });
    if (fault.empty() && known != object.size())
        for (const auto& [member, value] : object.items()) {
            bool there = false;
            walk(out, [&, &n = member](const char* one, auto&, std::size_t) { there = there || n == one; });
            if (!there) fault = member + ": unknown member";
        }
    if (!fault.empty()) return name + ": " + fault;
    return out;
}

}  // namespace

GpuPolicy CvmPolicy::strict_gpu() {
    GpuPolicy out;
    out.require_cc_mode = true;
    return out;
}

Result<CvmPolicy, std::string> CvmPolicy::from_json(ByteView text) {
    return read_document<CvmPolicy>(text, "policy",
                                    [](auto& p, const auto& visit) { cvm_policy_members(p, visit); });
}

json CvmPolicy::to_json() const {
    json out = json::object();
    cvm_policy_members(*this,
                       [&](const char* name, const auto& value, std::size_t) { out[name] = written(value); });
    return out;
}

Result<CvmReferences, std::string> CvmReferences::from_json(ByteView text) {
    return read_document<CvmReferences>(text, "reference values",
                                        [](auto& r, const auto& visit) { cvm_reference_members(r, visit); });
}

json CvmReferences::to_json() const {
    json out = json::object();
    cvm_reference_members(
        *this, [&](const char* name, const auto& value, std::size_t) { out[name] = written(value); });
    return out;
}

}  // namespace assay::verifier
