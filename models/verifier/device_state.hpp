// What an appraisal knows of a device while it goes on; claims and policy read it, nothing else.
#pragma once
#include <map>

#include "models/verifier/chain.hpp"

namespace assay::verifier {

/// One manifest's share. A GPU has two, "driver" and "vbios"; a switch one, "bios".
struct RimState {
    std::string key;      // in claim names
    std::string subject;  // in messages: "driver RIM"
    bool fetched = false;
    bool version_match = false;
    bool signature_verified = false;
    bool measurements_available = false;
    std::optional<Finding> absent;  // set where none was at hand and the policy can do without
    ChainState chain;
};

struct DeviceState {
    gpu::DeviceKind kind{};
    gpu::Arch arch{};
    std::string nonce;  // hex, of the report's request
    bool arch_ok = false, parsed = false, nonce_match = false, signature_verified = false, fwid_match = false;
    bool no_conflict = false;
    bool bound = false;  // to the confidential VM's key
    std::string hwmodel, ueid, oemid, driver_version, vbios_version;
    ChainState chain;
    std::vector<RimState> rims;
    std::string measres = "not-run";           // success, fail, absent, not-run
    std::vector<Comparison> comparisons;       // by index
    std::vector<Finding> measurement_faults;   // mismatches that refuse
    std::map<std::string, std::string> rules;  // policy: rule -> pass, fail, warning, skipped
};

/// Golden values of one manifest.
struct Goldens {
    std::string source;  // "driver", "vbios"
    std::map<unsigned, const gpu::RimResource*> active;
};

/// Opaque fields as switches of the judgement.
inline constexpr std::uint8_t status_on = 0xAA, status_off = 0x55;
inline constexpr unsigned nvdec0_index = 35;  // golden index that counts only while NVDEC0 is enabled

/// All goldens against the report (rules: docs/verifier.md). With `skip_nvdec0` a difference at index 35 does
/// not count.
std::vector<Comparison> compare(const gpu::Report& report, const std::vector<Goldens>& goldens,
                                bool skip_nvdec0);

/// Claims version 3, JSON text.
std::string claims_of(const DeviceState& state, const gpu::Report* report);

/// Tests every rule, one by one, whatever an earlier step said; adds findings and fills state.rules.
void apply_policy(const GpuPolicy& policy, const gpu::Report& report, DeviceState& state, GpuAppraisal& out);

/// FEATURE_FLAG as text: spt, mpt, ppcie; empty where it is absent; "unknown" for other values.
std::string feature_of(const gpu::Report& report);

}  // namespace assay::verifier
