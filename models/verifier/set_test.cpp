// Several devices: duplicates, nonces, counts, and the connections of protected PCIe.
#include <algorithm>
#include <functional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/golden_appraisal.hpp"
#include "models/verifier/topology.hpp"

namespace assay::verifier {
namespace {

using Set = GpuVerifier::SetAppraisal;

/// H100 and switch under one policy and clock that both stand.
struct Machine {
    golden::Case common = golden::h100();
    std::vector<gpu::Evidence> devices;

    Machine() {
        common.references.rims.push_back(golden::item(gpu::golden::switch_rim));
        common.times.rim_chain = *from_rfc3339("2026-05-21T00:00:00Z");
        common.policy.require_ocsp = false;
        common.policy.allow_expired_rim =
            true;  // the VBIOS manifest's signer expired before the switch's began
        devices = {common.evidence, golden::nvswitch().evidence};
    }
    Set run() const {
        return GpuVerifier{common.anchors, common.times, common.policy}.appraise_set(
            devices, common.references, common.expectation);
    }
};

std::string set_reasons(const Set& set) {
    std::string out;
    for (const Finding& f : set.refusals) out += f.text() + "\n";
    for (const auto& d : set.devices)
        for (const Finding& f : d.refusals) out += f.text() + "\n";
    return set.accepted ? "accepted" + out : out;
}

/// `count` identifiers, as a switch spells them, or backwards.
Bytes pdis(std::size_t first, std::size_t count, bool backwards, std::size_t size) {
    Bytes out;
    for (std::size_t i = first; i < first + count; ++i) {
        Bytes one{0x20, 0x3E, 0xB3, 0x1A, 0xD9, 0xED, 0x00, static_cast<std::uint8_t>(i)};
        if (backwards) std::ranges::reverse(one);
        append(out, one);
    }
    out.resize(size);
    return out;
}

gpu::Report with_fields(std::vector<std::pair<gpu::OpaqueType, Bytes>> fields) {
    gpu::Report out;
    for (auto& [type, data] : fields)
        out.response.opaque.items.push_back({type, static_cast<std::uint16_t>(data.size()), data});
    return out;
}

/// 8 GPUs and 4 switches that fit.
std::vector<GpuAppraisal> hgx() {
    using T = gpu::OpaqueType;
    std::vector<GpuAppraisal> out(12);
    for (std::size_t i = 0; i < 8; ++i) {
        out[i].kind = gpu::DeviceKind::gpu;
        // 18 links: each switch several times, unused ones zero.
        Bytes links = pdis(1, 4, true, 32);
        append(links, pdis(1, 4, true, 18 * 8 - 32));
        out[i].report = with_fields({{T::protected_pcie_status, {0xAA}}, {T::switch_pdi, links}});
    }
    for (std::size_t i = 8; i < 12; ++i) {
        out[i].kind = gpu::DeviceKind::nvswitch;
        out[i].report = with_fields(
            {{T::switch_pdi, pdis(i - 7, 1, false, 8)}, {T::switch_gpu_pdis, pdis(0x41, 8, false, 128)}});
    }
    return out;
}

std::string topology_of(const std::vector<GpuAppraisal>& devices) {
    const auto findings = check_topology(devices);
    std::string out;
    for (const Finding& f : findings) {
        BOOST_TEST(f.reason == "E_TOPOLOGY");
        out += f.what + "; ";
    }
    return out.empty() ? "fits" : out;
}

BOOST_AUTO_TEST_SUITE(sets)

BOOST_AUTO_TEST_CASE(a_gpu_and_a_switch_are_accepted_together) {
    if (!golden::present()) return;
    const Set set = Machine{}.run();
    BOOST_TEST(set_reasons(set) == "accepted");
    BOOST_TEST(device_ids(set) == (std::vector<std::string>{"GPU-0", "SWITCH-0"}),
               boost::test_tools::per_element());
    const auto claims = nlohmann::json::parse(claims_of(set));
    BOOST_TEST(claims.size() == 2U);
    BOOST_TEST(claims.at("SWITCH-0").at("measres") == "success");
    BOOST_TEST(claims.at("GPU-0").dump() == nlohmann::json::parse(set.devices[0].claims).dump());
}

BOOST_AUTO_TEST_CASE(one_device_counts_once) {
    if (!golden::present()) return;
    Machine m;
    m.devices = {m.common.evidence, m.common.evidence};
    BOOST_TEST(set_reasons(m.run()) == "E_GPU_IDENTITY_SET: set: GPU-0 and GPU-1 have the same ueid\n");
    m.common.policy.require_unique_devices = false;
    BOOST_TEST(set_reasons(m.run()) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_number_of_gpus_is_the_demanded_one) {
    if (!golden::present()) return;
    Machine m;
    m.common.policy.devices = 1;
    BOOST_TEST(set_reasons(m.run()) == "accepted");
    m.common.policy.devices = 2;
    BOOST_TEST(set_reasons(m.run()) == "E_DEVICE_COUNT: set: 1 GPUs found, 2 demanded\n");
    m.devices.clear();
    BOOST_TEST(set_reasons(m.run()) == "E_DEVICE_COUNT: set: no device\n");
}

BOOST_AUTO_TEST_CASE(all_devices_answer_one_nonce) {
    if (!golden::present()) return;
    Machine m;
    m.common.expectation.nonce.reset();
    m.devices[1] = golden::evidence(gpu::Arch::ls10, "negative/switchAttestationReportInvalidSignature.txt",
                                    gpu::golden::switch_chain);
    const Set set = m.run();
    BOOST_TEST(!set.accepted);
    BOOST_TEST(set.refusals.front().text() ==
               "E_SPDM_NONCE_MISMATCH: set: SWITCH-0 answers another nonce than GPU-0");
}

BOOST_AUTO_TEST_CASE(one_refused_device_refuses_the_set) {
    if (!golden::present()) return;
    Machine m;
    m.devices[1].report[200] ^= 1;
    const Set set = m.run();
    BOOST_TEST(!set.accepted);
    BOOST_TEST(set.refusals.empty());
    BOOST_TEST(set.devices[0].accepted);
    BOOST_TEST(golden::reasons_of(set.devices[1]) == "606: E_SPDM_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(protected_pcie_needs_the_connections_to_fit) {
    BOOST_TEST(topology_of(hgx()) == "fits");
    const auto changed = [](const std::function<void(std::vector<GpuAppraisal>&)>& change) {
        auto devices = hgx();
        change(devices);
        return topology_of(devices);
    };
    using Devices = std::vector<GpuAppraisal>;
    BOOST_TEST(changed([](Devices& d) { d.resize(8); }) == "protected PCIe without evidence of a switch; ");
    BOOST_TEST(changed([](Devices& d) { d.erase(d.begin(), d.begin() + 8); }) == "no GPU; ");
    BOOST_TEST(changed([](Devices& d) {
                   d.erase(d.begin());
               }).starts_with("SWITCH-0 is connected to 8 GPUs, evidence is of 7; "));
    BOOST_TEST(changed([](Devices& d) { d.pop_back(); }).starts_with("GPU-0 is connected to the switches "));
    BOOST_TEST(changed([](Devices& d) { d[3].report->response.opaque.items[0].data = {0x55}; }) ==
               "GPU-3 is not in protected PCIe mode; ");
    BOOST_TEST(changed([](Devices& d) {
                   d[3].report->response.opaque.items[1].data = pdis(1, 3, true, 144);
               }).starts_with("GPU-3 is connected to the switches "));
    // Not spelled backwards: another switch.
    BOOST_TEST(changed([](Devices& d) {
                   d[3].report->response.opaque.items[1].data = pdis(1, 4, false, 144);
               }) != "fits");
    BOOST_TEST(changed([](Devices& d) {
                   d[9].report->response.opaque.items[1].data = pdis(0x42, 8, false, 128);
               }).starts_with("SWITCH-1 is connected to the GPUs "));
    BOOST_TEST(changed([](Devices& d) {
                   d[9].report->response.opaque.items[0].data = pdis(1, 1, false, 8);
               }).starts_with("4 switches name 3 different identifiers"));
    BOOST_TEST(changed([](Devices& d) { d[9].report->response.opaque.items.clear(); }) != "fits");
    BOOST_TEST(changed([](Devices& d) { d[9].report.reset(); }) == "device 10 has no readable report; ");
    // What follows the eight identifiers is a map of ports.
    BOOST_TEST(changed([](Devices& d) { d[9].report->response.opaque.items[1].data.back() = 0xFF; }) ==
               "fits");
}

BOOST_AUTO_TEST_CASE(ppcie_is_told_from_flag_or_status) {
    using T = gpu::OpaqueType;
    BOOST_TEST(says_ppcie(with_fields({{T::protected_pcie_status, {0xAA}}})));
    BOOST_TEST(!says_ppcie(with_fields({{T::protected_pcie_status, {0x55}}})));
    BOOST_TEST(says_ppcie(with_fields({{T::feature_flag, {2, 0}}})));
    BOOST_TEST(!says_ppcie(with_fields({{T::feature_flag, {1, 0}}})));
    BOOST_TEST(!says_ppcie(with_fields({})));
    if (!golden::present()) return;
    Machine m;
    m.common.policy.feature = "ppcie";  // demanded, and not there
    BOOST_TEST(m.run().refusals.front().reason == "E_TOPOLOGY");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
