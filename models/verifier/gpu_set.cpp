// Several devices: each by itself, then what must hold between them.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "models/verifier/appraiser.hpp"
#include "models/verifier/topology.hpp"

namespace assay::verifier {
namespace {

using Set = GpuVerifier::SetAppraisal;

void refuse(Set& set, std::string_view reason, std::string what) {
    set.refusals.push_back({std::string{reason}, "set", "", {}, std::move(what)});
}

/// Devices that share what only one device can have.
void find_duplicates(const std::vector<std::string>& ids, const std::vector<std::string>& of,
                     std::string_view what, Set& set) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < of.size(); ++i) {
        if (of[i].empty()) continue;
        if (const auto [first, fresh] = seen.emplace(of[i], i); !fresh)
            refuse(set, "E_GPU_IDENTITY_SET",
                   ids[first->second] + " and " + ids[i] + " have the same " + std::string{what});
    }
}

void check_nonces(const std::vector<gpu::Evidence>& devices, const std::vector<std::string>& ids, Set& set) {
    for (std::size_t i = 1; i < devices.size(); ++i)
        if (devices[i].nonce != devices.front().nonce)
            refuse(set, "E_SPDM_NONCE_MISMATCH", ids[i] + " answers another nonce than " + ids.front());
}

/// Where a policy demands protected PCIe, or a GPU says that it is in that mode.
bool needs_topology(const GpuPolicy& policy, const Set& set) {
    return policy.feature == "ppcie" || std::ranges::any_of(set.devices, [](const GpuAppraisal& d) {
               return d.kind == gpu::DeviceKind::gpu && d.report && says_ppcie(*d.report);
           });
}

}  // namespace

GpuVerifier::SetAppraisal GpuVerifier::appraise_set(const std::vector<gpu::Evidence>& devices,
                                                    const ReferenceValues& references,
                                                    const Expectation& expectation) const {
    Set out;
    Bench bench{anchors_, times_, policy_, references, expectation, devices.size() == 1};
    std::vector<std::string> ueids, identities;
    for (const gpu::Evidence& evidence : devices) {
        Appraiser appraiser{evidence, bench};
        out.devices.push_back(appraiser.run());
        ueids.push_back(out.devices.back().ueid);
        identities.push_back(to_hex(appraiser.identity()));
    }
    if (out.devices.empty()) {
        refuse(out, "E_DEVICE_COUNT", "no device");
        return out;
    }
    bench.report_unused(out.devices.front());

    const auto ids = device_ids(out);
    check_nonces(devices, ids, out);
    if (policy_.require_unique_devices) {
        find_duplicates(ids, ueids, "ueid", out);
        if (out.refusals.empty()) find_duplicates(ids, identities, "device identity key", out);
    }
    const auto gpus =
        static_cast<std::size_t>(std::ranges::count(out.devices, gpu::DeviceKind::gpu, &GpuAppraisal::kind));
    if (policy_.devices && gpus != *policy_.devices)
        refuse(out, "E_DEVICE_COUNT",
               std::to_string(gpus) + " GPUs found, " + std::to_string(*policy_.devices) + " demanded");
    if (needs_topology(policy_, out))
        for (Finding& f : check_topology(out.devices)) out.refusals.push_back(std::move(f));

    out.accepted = out.refusals.empty() &&
                   std::ranges::all_of(out.devices, [](const GpuAppraisal& d) { return d.accepted; });
    return out;
}

std::vector<std::string> device_ids(const GpuVerifier::SetAppraisal& set) {
    std::vector<std::string> out;
    std::size_t gpus = 0, switches = 0;
    for (const GpuAppraisal& d : set.devices)
        out.push_back(d.kind == gpu::DeviceKind::gpu ? "GPU-" + std::to_string(gpus++)
                                                     : "SWITCH-" + std::to_string(switches++));
    return out;
}

std::string claims_of(const GpuVerifier::SetAppraisal& set) {
    const auto ids = device_ids(set);
    nlohmann::json out = nlohmann::json::object();
    for (std::size_t i = 0; i < ids.size(); ++i) out[ids[i]] = nlohmann::json::parse(set.devices[i].claims);
    return out.dump();
}

}  // namespace assay::verifier
