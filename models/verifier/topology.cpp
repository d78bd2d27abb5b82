#include "models/verifier/topology.hpp"

#include <algorithm>
#include <set>

#include "models/verifier/device_state.hpp"

namespace assay::verifier {
namespace {

using Identifiers = std::set<std::string>;  // as a switch spells itself, upper-case hexadecimal

Identifiers listed(const gpu::Report& report, gpu::OpaqueType type, bool backwards) {
    Identifiers out;
    const auto* const field = report.find(type);
    if (field == nullptr) return out;
    for (Bytes& one : gpu::device_identifiers(*field)) {
        if (std::ranges::all_of(one, [](std::uint8_t b) { return b == 0; })) continue;
        if (backwards) std::ranges::reverse(one);
        out.insert(to_upper_hex(one));
    }
    return out;
}

std::string shown(const Identifiers& all) {
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : " ") + one;
    return out.empty() ? "none" : out;
}

class Topology {
public:
    explicit Topology(const std::vector<GpuAppraisal>& devices) {
        for (std::size_t i = 0; i < devices.size(); ++i) {
            const auto& d = devices[i];
            if (!d.report)
                wrong("device " + std::to_string(i + 1) + " has no readable report");
            else
                (d.kind == gpu::DeviceKind::gpu ? gpus_ : switches_).push_back(&*d.report);
        }
    }

    std::vector<Finding> run() && {
        if (gpus_.empty()) wrong("no GPU");
        if (switches_.empty()) wrong("protected PCIe without evidence of a switch");
        if (findings_.empty()) {
            modes();
            switches_of_gpus();
            gpus_of_switches();
        }
        return std::move(findings_);
    }

private:
    void wrong(std::string what) { findings_.push_back({"E_TOPOLOGY", "set", "", {}, std::move(what)}); }

    void modes() {
        for (std::size_t i = 0; i < gpus_.size(); ++i)
            if (!says_ppcie(*gpus_[i])) wrong("GPU-" + std::to_string(i) + " is not in protected PCIe mode");
    }

    void switches_of_gpus() {
        Identifiers present;
        for (const gpu::Report* report : switches_)
            present.merge(listed(*report, gpu::OpaqueType::switch_pdi, false));
        if (present.size() != switches_.size())
            wrong(std::to_string(switches_.size()) + " switches name " + std::to_string(present.size()) +
                  " different identifiers of their own");
        for (std::size_t i = 0; i < gpus_.size(); ++i)
            if (const auto seen = listed(*gpus_[i], gpu::OpaqueType::switch_pdi, true); seen != present)
                wrong("GPU-" + std::to_string(i) + " is connected to the switches " + shown(seen) +
                      ", evidence is of " + shown(present));
    }

    void gpus_of_switches() {
        const Identifiers first = listed(*switches_.front(), gpu::OpaqueType::switch_gpu_pdis, false);
        for (std::size_t i = 0; i < switches_.size(); ++i) {
            const auto seen = listed(*switches_[i], gpu::OpaqueType::switch_gpu_pdis, false);
            const std::string who = "SWITCH-" + std::to_string(i);
            if (seen.size() != gpus_.size())
                wrong(who + " is connected to " + std::to_string(seen.size()) + " GPUs, evidence is of " +
                      std::to_string(gpus_.size()));
            if (seen != first)
                wrong(who + " is connected to the GPUs " + shown(seen) + ", SWITCH-0 to " + shown(first));
        }
    }

    std::vector<const gpu::Report*> gpus_, switches_;
    std::vector<Finding> findings_;
};

}  // namespace

bool says_ppcie(const gpu::Report& report) {
    const auto* const status = report.find(gpu::OpaqueType::protected_pcie_status);
    const bool on = status != nullptr && !status->data.empty() && status->data.front() == status_on;
    return on || feature_of(report) == "ppcie";
}

std::vector<Finding> check_topology(const std::vector<GpuAppraisal>& devices) {
    return Topology{devices}.run();
}

}  // namespace assay::verifier
