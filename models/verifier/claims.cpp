// Claims version 3, under the names that NVIDIA's SDK gives them, and ours under x-assay-.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "models/verifier/device_state.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

/// What did not fit, or null (x-nvidia-mismatch-measurement-records).
json mismatch_records(const std::vector<Comparison>& comparisons) {
    json out = json::array();
    for (const Comparison& c : comparisons) {
        const bool missing = c.outcome == Comparison::Outcome::missing;
        if (!missing && c.outcome != Comparison::Outcome::mismatch) continue;
        out.push_back({{"index", c.index},
                       {"goldenSize", c.golden.front().size()},
                       {"goldenValue", to_hex(c.golden.front())},
                       {"runtimeSize", c.runtime.size()},
                       {"runtimeValue", missing ? "NA" : to_hex(c.runtime)},
                       {"measurementSource", c.source == "driver" ? "Driver" : "Firmware"}});
    }
    return out.empty() ? json(nullptr) : out;
}

/// Upper-case hexadecimal, each once, in order; zero means unused. A GPU spells a switch backwards: its
/// claims name switches as these name themselves, so that they can be compared as text.
json identifiers(const gpu::OpaqueField& field, bool backwards) {
    std::set<std::string> out;
    for (Bytes& one : gpu::device_identifiers(field)) {
        if (std::ranges::all_of(one, [](std::uint8_t b) { return b == 0; })) continue;
        if (backwards) std::ranges::reverse(one);
        out.insert(to_upper_hex(one));
    }
    return out;
}

void add_identifiers(const gpu::Report& report, gpu::DeviceKind kind, json& out) {
    const auto* const own = report.find(gpu::OpaqueType::switch_pdi);
    if (kind == gpu::DeviceKind::gpu) {
        if (own != nullptr) out["x-nvidia-gpu-switch-pdis"] = identifiers(*own, true);
        return;
    }
    if (own != nullptr) out["x-nvidia-switch-pdi"] = to_upper_hex(own->data);
    if (const auto* const gpus = report.find(gpu::OpaqueType::switch_gpu_pdis))
        out["x-nvidia-switch-gpu-pdis"] = identifiers(*gpus, false);
}

}  // namespace

std::string claims_of(const DeviceState& s, const gpu::Report* report) {
    const bool is_gpu = s.kind == gpu::DeviceKind::gpu;
    const std::string prefix = is_gpu ? "x-nvidia-gpu-" : "x-nvidia-switch-";
    const std::string in_report = prefix + "attestation-report-";
    const bool success = s.measres == "success";
    json out{{"eat_nonce", text_or_null(s.nonce)},
             {"measres", s.measres},
             {"secboot", success ? json(true) : json(nullptr)},
             {"dbgstat", success ? json("disabled") : json(nullptr)},
             {"hwmodel", text_or_null(s.hwmodel)},
             {"ueid", text_or_null(s.ueid)},
             {"x-nvidia-device-type", is_gpu ? "gpu" : "nvswitch"},
             {is_gpu ? "x-nvidia-gpu-claims-version" : "x-nvidia-version", "3.0"},
             {prefix + "arch-check", s.arch_ok},
             {in_report + "parsed", s.parsed},
             {in_report + "nonce-match", s.nonce_match},
             {in_report + "signature-verified", s.signature_verified},
             {in_report + "cert-chain-fwid-match", s.fwid_match},
             {in_report + "cert-chain", s.chain.claims()},
             {"x-nvidia-mismatch-measurement-records", mismatch_records(s.comparisons)}};
    if (is_gpu) {
        out["oemid"] = text_or_null(s.oemid);
        out["x-nvidia-gpu-driver-version"] = text_or_null(s.driver_version);
        out["x-nvidia-gpu-vbios-version"] = text_or_null(s.vbios_version);
        out["x-nvidia-gpu-vbios-index-no-conflict"] = s.no_conflict;
    } else {
        out["x-nvidia-switch-bios-version"] = text_or_null(s.vbios_version);
    }
    for (const RimState& rim : s.rims) {
        const std::string rim_prefix = prefix + rim.key + "-rim-";
        out[rim_prefix + "fetched"] = rim.fetched;
        out[rim_prefix + "version-match"] = rim.version_match;
        out[rim_prefix + "signature-verified"] = rim.signature_verified;
        out[rim_prefix + "measurements-available"] = rim.measurements_available;
        out[rim_prefix + "cert-chain"] = rim.chain.claims();
    }
    if (report != nullptr) add_identifiers(*report, s.kind, out);
    out["x-assay-cc-mode"] = report == nullptr ? "unknown" : std::string{cc_mode(*report)};
    out["x-assay-feature"] = report == nullptr ? json(nullptr) : text_or_null(feature_of(*report));
    out["x-assay-cvm-binding"] = s.bound ? "bound" : "not-requested";
    out["x-assay-policy"] = s.rules;
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view cc_mode(const gpu::Report& report) {
    constexpr std::uint8_t on = 0x07, devtools = 0x08;
    const auto* const field = report.find(gpu::OpaqueType::sys_enable_status);
    if (field == nullptr || field->data.size() != 2) return "unknown";
    const std::uint8_t a = field->data[0], b = field->data[1];
    if (a == on && b == on) return "on";
    if (((a | b) & devtools) != 0) return "devtools";
    return a == 0 && b == 0 ? "off" : "unknown";
}

std::string feature_of(const gpu::Report& report) {
    constexpr std::array<const char*, 3> names{"spt", "mpt", "ppcie"};
    const auto* const field = report.find(gpu::OpaqueType::feature_flag);
    if (field == nullptr || field->data.size() != 2) return "";
    const auto flag = load<std::uint16_t>(field->data, gpu::byte_order);
    return flag < names.size() ? names.at(flag) : "unknown";
}

}  // namespace assay::verifier
