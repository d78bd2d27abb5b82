// Evidence as JSON, the form in which NVIDIA's tools exchange it.
#include "models/gpu/evidence.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"

namespace assay::gpu {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> arch_names{"HOPPER", "BLACKWELL", "LS10"};
constexpr std::array<const char*, 4> members{"arch", "nonce", "evidence", "certificate"};
constexpr std::size_t max_devices = 64;

Result<Evidence, EvidenceError> device_of(const json& object, const std::string& at) {
    if (!object.is_object()) return EvidenceError{at, "not an object"};
    for (const auto& [key, value] : object.items())
        if (std::ranges::find(members, key) == members.end())
            return EvidenceError{at + "." + key, "unknown member"};
    for (const char* const member : members) {
        const auto found = object.find(member);
        if (found == object.end()) return EvidenceError{at + "." + member, "missing"};
        if (!found->is_string()) return EvidenceError{at + "." + member, "not a string"};
    }
    const auto text = [&](const char* member) -> const std::string& {
        return object.at(member).get_ref<const std::string&>();
    };
    Evidence out;
    const auto arch = arch_from_name(text("arch"));
    if (!arch)
        return EvidenceError{at + ".arch",
                             "\"" + text("arch") + "\" found, HOPPER, BLACKWELL or LS10 expected"};
    out.arch = *arch;
    auto nonce = from_hex(text("nonce"));
    if (!nonce || nonce->size() != spdm::nonce_size)
        return EvidenceError{at + ".nonce", "not 32 bytes in hexadecimal"};
    out.nonce = std::move(*nonce);
    auto report = from_base64(text("evidence"));
    if (!report) return EvidenceError{at + ".evidence", "not base64"};
    out.report = std::move(*report);
    const auto chain = from_base64(text("certificate"));
    if (!chain) return EvidenceError{at + ".certificate", "not base64"};
    out.chain_pem = as_text(*chain);
    return out;
}

}  // namespace

std::string_view name(Arch arch) { return arch_names.at(static_cast<std::size_t>(arch)); }

std::optional<Arch> arch_from_name(std::string_view name) {
    for (std::size_t i = 0; i < arch_names.size(); ++i)
        if (arch_names.at(i) == name) return static_cast<Arch>(i);
    return {};
}

DeviceKind kind_of(Arch arch) { return arch == Arch::ls10 ? DeviceKind::nvswitch : DeviceKind::gpu; }

std::string EvidenceError::text() const {
    return path.empty() ? "evidence: " + what : "evidence" + path + ": " + what;
}

Result<std::vector<Evidence>, EvidenceError> parse_evidence(ByteView text) {
    const auto parsed = parse_strict_json(text);
    if (!parsed) return EvidenceError{"", parsed.error().text};
    const json& array = *parsed;
    if (!array.is_array()) return EvidenceError{"", "not an array"};
    if (array.empty()) return EvidenceError{"", "no device"};
    if (array.size() > max_devices)
        return EvidenceError{"", std::to_string(array.size()) + " devices found, at most 64 allowed"};
    std::vector<Evidence> out;
    for (std::size_t i = 0; i < array.size(); ++i) {
        auto one = device_of(array[i], "[" + std::to_string(i) + "]");
        if (!one) return one.error();
        out.push_back(*std::move(one));
    }
    return out;
}

std::string write_evidence(const std::vector<Evidence>& devices) {
    json out = json::array();
    for (const Evidence& e : devices)
        out.push_back({{"arch", name(e.arch)},
                       {"nonce", to_hex(e.nonce)},
                       {"evidence", to_base64(e.report)},
                       {"certificate", to_base64(as_bytes(e.chain_pem))}});
    return out.dump();
}

}  // namespace assay::gpu
