// One fault between the devices of a platform.
#include <algorithm>

#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace set_table {

void two_devices(World& w) { w.add_device(gpu::Arch::hopper); }
void same_device_twice(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.devices.push_back(request.devices.front());
    };
}
void one_of_two_twice(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.devices[1] = request.devices[0];
    };
}
void nonces_differ(World& w) {
    w.devices[1].report.nonce = w.random(32);
    w.arrange = [](AppraisalRequest& request) {
        request.nonce.reset();
    };
}
void nonce_not_demanded(World& w) {
    w.add_device(gpu::Arch::hopper);
    w.arrange = [](AppraisalRequest& request) {
        request.nonce.reset();
    };
}
void second_is_altered(World& w) {
    Bytes& value = w.devices[1].report.block(21).value;
    value[0] = static_cast<std::uint8_t>(value[0] ^ 1);
}
void second_is_forged(World& w) { w.devices[1].other_signer = true; }
void chains_exchanged(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        std::swap(request.devices[0].chain_pem, request.devices[1].chain_pem);
    };
}
void no_device(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.devices.clear();
    };
}
void two_demanded(World& w) {
    w.policy = R"({"devices": 2})";
    w.add_device(gpu::Arch::hopper);
}
void one_is_missing(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.devices.pop_back();
    };
}
void a_third(World& w) { w.add_device(gpu::Arch::hopper); }
void ppcie_without_switches(World& w) {
    w.report().field(36).data = {2, 0};
    w.report().field(21).data = {0xAA};
}

}  // namespace set_table

std::vector<Row> set_rows() {
    using gpu::Arch;
    namespace t = set_table;
    const auto h = Arch::hopper;
    return {
        {"set.two", "Two different devices are accepted", {"GPUV-SET-001"}, h, t::two_devices},
        {"set.duplicate",
         "The same device twice is refused",
         {"GPUV-SET-001"},
         h,
         nullptr,
         t::same_device_twice,
         {"E_GPU_IDENTITY_SET"}},
        {"set.substituted",
         "One device in the place of another is refused",
         {"GPUV-SET-001"},
         h,
         t::two_devices,
         t::one_of_two_twice,
         {"E_GPU_IDENTITY_SET"}},
        {"set.nonces",
         "Devices that answer different nonces are refused",
         {"GPUV-SET-002"},
         h,
         t::nonce_not_demanded,
         t::nonces_differ,
         {"E_SPDM_NONCE_MISMATCH", "E_STALE_EVIDENCE"}},
        {"set.second-altered",
         "A fault of the second device is not hidden by the first",
         {"GPUV-SET-003"},
         h,
         t::two_devices,
         t::second_is_altered,
         {"E_MEAS_MISMATCH"},
         std::vector<unsigned>{21}},
        {"set.second-forged",
         "A forged second report is refused",
         {"GPUV-SET-003"},
         h,
         t::two_devices,
         t::second_is_forged,
         {"E_SPDM_SIGNATURE"}},
        {"set.chains-exchanged",
         "Two devices with each other's chains are refused",
         {"GPUV-SET-003"},
         h,
         t::two_devices,
         t::chains_exchanged,
         {"E_SPDM_SIGNATURE", "E_FWID_MISMATCH"}},
        {"set.none",
         "No evidence at all is refused",
         {"GPUV-SET-004"},
         h,
         nullptr,
         t::no_device,
         {"E_DEVICE_COUNT", "E_EVIDENCE_PARSE"}},
        {"set.too-few",
         "Fewer devices than demanded are refused",
         {"GPUV-SET-004"},
         h,
         t::two_demanded,
         t::one_is_missing,
         {"E_DEVICE_COUNT"}},
        {"set.too-many",
         "More devices than demanded are refused",
         {"GPUV-SET-004"},
         h,
         t::two_demanded,
         t::a_third,
         {"E_DEVICE_COUNT"}},
        {"set.ppcie-alone",
         "A GPU in protected-PCIe mode without its switches is refused",
         {"GPUV-SET-005"},
         h,
         nullptr,
         t::ppcie_without_switches,
         {"E_TOPOLOGY"}},
    };
}

}  // namespace assay::conformance::gpu_appraisal
