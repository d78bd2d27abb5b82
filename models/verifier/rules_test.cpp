// Policy, versions, comparison, modes: each rule by itself.
#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/device_state.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

gpu::Report report_with(std::vector<std::pair<gpu::OpaqueType, Bytes>> fields) {
    gpu::Report out;
    for (auto& [type, data] : fields)
        out.response.opaque.items.push_back({type, static_cast<std::uint16_t>(data.size()), data});
    return out;
}

ChainState good_chain() {
    ChainState out;
    out.expires = "2030-01-01T00:00:00Z";
    out.status = "valid";
    out.ocsp = "good";
    out.ocsp_nonce_matches = out.ocsp_response_valid = out.in_time = out.ocsp_good = true;
    return out;
}

/// A device for which every rule holds, under the strictest policy.
struct Judged {
    gpu::Report report = report_with({{gpu::OpaqueType::fwid, Bytes(48)},
                                      {gpu::OpaqueType::sys_enable_status, {7, 7}},
                                      {gpu::OpaqueType::feature_flag, {2, 0}}});
    DeviceState state;
    GpuPolicy policy;

    Judged() {
        state.arch_ok = state.parsed = state.nonce_match = state.signature_verified = state.fwid_match = true;
        state.no_conflict = true;
        state.chain = good_chain();
        for (const char* const key : {"driver", "vbios"})
            state.rims.push_back({key, key, true, true, true, true, {}, good_chain()});
        state.measres = "success";
        state.driver_version = "550.90.07";
        state.vbios_version = "96.00.9F.00.01";
        policy.require_ocsp_nonce = policy.require_fwid = policy.require_cc_mode = true;
        policy.min_driver_version = "550.90.07";
        policy.min_vbios_version = "96.00.9f.00.01";
        policy.feature = "ppcie";
    }
    /// `accepted` or the reasons, and after them the rules that failed.
    std::string run() {
        GpuAppraisal out;
        apply_policy(policy, report, state, out);
        std::string text;
        for (const Finding& f : out.refusals) {
            text += f.reason + " ";
            BOOST_TEST(find_reason(f.reason) != nullptr, f.reason);
        }
        for (const auto& [rule, outcome] : state.rules)
            if (outcome == "fail") text += rule + " ";
        return text.empty() ? "accepted" : text;
    }
};
template <class Change>
std::string judged_after(const Change& change) {
    Judged j;
    change(j);
    return j.run();
}

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(a_device_that_keeps_every_rule_is_accepted) {
    Judged j;
    BOOST_TEST(j.run() == "accepted");
    BOOST_TEST(j.state.rules.size() == 25U);
}

BOOST_AUTO_TEST_CASE(each_boolean_is_tested_by_itself) {
    const auto cleared = [](bool DeviceState::*flag) {
        return judged_after([&](Judged& j) { j.state.*flag = false; });
    };
    BOOST_TEST(cleared(&DeviceState::arch_ok) == "E_POLICY architecture ");
    BOOST_TEST(cleared(&DeviceState::signature_verified) == "E_POLICY report-signature ");
    BOOST_TEST(cleared(&DeviceState::parsed) == "E_POLICY report-parsed ");
    BOOST_TEST(cleared(&DeviceState::nonce_match) == "E_POLICY nonce-match ");
    BOOST_TEST(cleared(&DeviceState::fwid_match) == "E_POLICY fwid-match ");
    BOOST_TEST(cleared(&DeviceState::no_conflict) == "E_RIM_CONFLICT no-index-conflict ");
    for (bool RimState::*flag : {&RimState::fetched, &RimState::version_match, &RimState::signature_verified,
                                 &RimState::measurements_available}) {
        BOOST_TEST(judged_after([&](Judged& j) { j.state.rims[0].*flag = false; }) == "E_POLICY driver-rim ");
        BOOST_TEST(judged_after([&](Judged& j) { j.state.rims[1].*flag = false; }) == "E_POLICY vbios-rim ");
    }
    const auto chain = [](bool ChainState::*flag) {
        return judged_after([&](Judged& j) { j.state.chain.*flag = false; });
    };
    BOOST_TEST(chain(&ChainState::in_time) == "E_POLICY report-chain-in-time ");
    BOOST_TEST(chain(&ChainState::ocsp_good) == "E_POLICY report-chain-status ");
    BOOST_TEST(chain(&ChainState::ocsp_response_valid) == "E_POLICY report-chain-status ");
    BOOST_TEST(chain(&ChainState::ocsp_nonce_matches) == "E_OCSP_NONCE report-ocsp-nonce ");
    for (const char* const measres : {"absent", "not-run", "", "SUCCESS"})
        BOOST_TEST(judged_after([&](Judged& j) { j.state.measres = measres; }) ==
                   "E_MEAS_NO_REFERENCE measurements ");
}

BOOST_AUTO_TEST_CASE(all_failing_rules_are_reported) {
    BOOST_TEST(judged_after([](Judged& j) {
                   j.state.nonce_match = j.state.fwid_match = false;
                   j.report.response.opaque.items.clear();
                   j.policy.min_driver_version = "600";
               }) ==
               "E_POLICY E_POLICY E_FIELD_ABSENT E_CC_MODE E_FEATURE E_DRIVER_TOO_OLD cc-mode driver-version "
               "feature "
               "fwid-match fwid-present nonce-match ");
}

BOOST_AUTO_TEST_CASE(modes_are_told_from_sys_enable_status) {
    const auto mode = [](Bytes bytes) {
        return std::string{cc_mode(report_with({{gpu::OpaqueType::sys_enable_status, std::move(bytes)}}))};
    };
    BOOST_TEST(mode({7, 7}) == "on");
    BOOST_TEST(mode({0, 0}) == "off");
    BOOST_TEST(mode({0x0F, 0x0F}) == "devtools");
    BOOST_TEST(mode({7, 0x0F}) == "devtools");
    BOOST_TEST(mode({8, 0}) == "devtools");
    for (const Bytes& other : {Bytes{7, 0}, Bytes{0, 7}, Bytes{1, 1}, Bytes{7}, Bytes{}})
        BOOST_TEST(mode(other) == "unknown");
    BOOST_TEST(std::string{cc_mode(report_with({}))} == "unknown");
    const auto with = [](Bytes bytes, bool require) {
        return judged_after([&](Judged& j) {
            j.report.response.opaque.items[1].data = bytes;
            j.policy.require_cc_mode = require;
        });
    };
    BOOST_TEST(with({0, 0}, true) == "E_CC_MODE cc-mode ");
    BOOST_TEST(with({0, 0}, false) == "accepted");
    BOOST_TEST(with({1, 1}, true) == "E_CC_MODE cc-mode ");
    BOOST_TEST(with({15, 15}, false) == "E_GPU_DEVTOOLS_MODE no-devtools ");
    BOOST_TEST(with({15, 15}, true) == "E_CC_MODE E_GPU_DEVTOOLS_MODE cc-mode no-devtools ");
}

BOOST_AUTO_TEST_CASE(features_are_demanded_by_name) {
    const auto flag = [](Bytes bytes, const char* demanded) {
        return judged_after([&](Judged& j) {
            j.report.response.opaque.items[2].data = bytes;
            j.policy.feature = demanded;
        });
    };
    BOOST_TEST(flag({0, 0}, "spt") == "accepted");
    BOOST_TEST(flag({1, 0}, "mpt") == "accepted");
    BOOST_TEST(flag({1, 0}, "spt") == "E_FEATURE feature ");
    BOOST_TEST(flag({3, 0}, "ppcie") == "E_FEATURE feature ");
    BOOST_TEST(flag({2, 1}, "ppcie") == "E_FEATURE feature ");
}

BOOST_AUTO_TEST_CASE(floors_of_versions_hold) {
    BOOST_TEST(judged_after([](Judged& j) { j.policy.min_driver_version = "550.90.08"; }) ==
               "E_DRIVER_TOO_OLD driver-version ");
    BOOST_TEST(judged_after([](Judged& j) { j.policy.min_driver_version = "550.9"; }) == "accepted");
    BOOST_TEST(judged_after([](Judged& j) { j.state.driver_version = "550.x"; }) ==
               "E_DRIVER_TOO_OLD driver-version ");
    BOOST_TEST(judged_after([](Judged& j) { j.state.driver_version = ""; }) ==
               "E_DRIVER_TOO_OLD driver-version ");
    BOOST_TEST(judged_after([](Judged& j) { j.policy.min_vbios_version = "96.00.A0"; }) ==
               "E_VBIOS_TOO_OLD vbios-version ");
}

BOOST_AUTO_TEST_CASE(versions_are_compared_part_by_part) {
    using Order = std::strong_ordering;
    const auto is = [](const char* a, const char* b, int base, Order order) {
        return compare_versions(a, b, base) == std::optional{order};
    };
    BOOST_TEST(is("550.90.07", "550.90.7", 10, Order::equal));
    BOOST_TEST(is("550.90.07", "550.90", 10, Order::greater));
    BOOST_TEST(is("550.90.0", "550.90", 10, Order::equal));
    BOOST_TEST(is("550.90.07", "550.144.03", 10, Order::less));
    BOOST_TEST(is("96.00.9F.00.01", "96.00.A0.00.00", 16, Order::less));
    BOOST_TEST(is("96.00.9f.00.01", "96.00.9F.00.01", 16, Order::equal));
    for (const char* const bad :
         {"", ".", "1.", ".1", "1..2", "a", "-1", "+1", " 1", "1 ", "1.0x", "99999999999"})
        BOOST_TEST(!compare_versions(bad, "1", 10), bad);
    BOOST_TEST(!compare_versions("1.2", "1.x", 10));
    BOOST_TEST(!compare_versions("2.x", "1.0", 10));  // also where the first part decides
}

BOOST_AUTO_TEST_CASE(a_policy_is_read_and_written) {
    const GpuPolicy defaults;
    const auto again = GpuPolicy::from_json(as_bytes(defaults.to_json().dump()));
    BOOST_TEST_REQUIRE(static_cast<bool>(again), (again ? "" : again.error()));
    BOOST_TEST(again->to_json() == defaults.to_json());
    BOOST_TEST(defaults.to_json().size() == 15U);
    const json changed{{"require_ocsp", false},
                       {"require_ocsp_nonce", true},
                       {"allow_hold", true},
                       {"require_rims", false},
                       {"require_fwid", true},
                       {"allow_expired_rim", true},
                       {"require_cc_mode", true},
                       {"forbid_devtools", false},
                       {"forbid_debug", false},
                       {"require_unique_devices", false},
                       {"min_driver_version", "550"},
                       {"min_vbios_version", "96.00"},
                       {"feature", "mpt"},
                       {"devices", 8},
                       {"ignore_mismatch_at", {7, 9}}};
    BOOST_TEST(GpuPolicy::from_json(as_bytes(changed.dump()))->to_json() == changed);
    const auto fault = [](std::string_view text) {
        const auto policy = GpuPolicy::from_json(as_bytes(text));
        return policy ? "accepted" : policy.error();
    };
    BOOST_TEST(fault("{}") == "accepted");
    BOOST_TEST(fault("[]") == "policy: not a JSON object");
    BOOST_TEST(fault(R"({"require_oscp":true})") == "policy: require_oscp: unknown member");
    BOOST_TEST(fault(R"({"require_ocsp":1})") == "policy: require_ocsp: true or false expected");
    BOOST_TEST(fault(R"({"require_ocsp":null})") == "policy: require_ocsp: true or false expected");
    BOOST_TEST(fault(R"({"require_ocsp":true,"require_ocsp":false})") ==
               "policy: the name \"require_ocsp\" comes twice");
    BOOST_TEST(fault(R"({"devices":-1})") == "policy: devices: a number up to 64 expected");
    BOOST_TEST(fault(R"({"devices":1.5})") == "policy: devices: a number up to 64 expected");
    BOOST_TEST(fault(R"({"feature":"PPCIE"})") == "policy: feature: \"spt\", \"mpt\" or \"ppcie\" expected");
    BOOST_TEST(fault(R"({"min_driver_version":"new"})") ==
               "policy: min_driver_version: a version such as 550.90.07 expected");
    BOOST_TEST(fault(R"({"ignore_mismatch_at":[64]})") ==
               "policy: ignore_mismatch_at: an array of golden indices, 0 to 63 expected");
    BOOST_TEST(fault("{").starts_with("policy: not JSON at offset"));
}

BOOST_AUTO_TEST_CASE(goldens_are_compared_byte_by_byte) {
    gpu::Report report;
    for (const std::uint8_t index : std::array<std::uint8_t, 4>{1, 2, 3, 36})
        report.response.record.items.push_back({index, 1, 51, 1, 48, Bytes(48, index == 3 ? 0 : index)});
    const gpu::RimResource second{0, true, "a", {Bytes(48, 9), Bytes(48, 1)}};
    const gpu::RimResource shorter{1, true, "b", {Bytes(32, 2)}};
    const gpu::RimResource zero{2, true, "c", {Bytes(48)}};
    const gpu::RimResource none{3, true, "d", {Bytes(48)}};
    const gpu::RimResource nvdec{35, true, "e", {Bytes(48, 7)}};
    const std::vector<Goldens> goldens{{"driver", {{0, &second}, {35, &nvdec}, {3, &none}}},
                                       {"vbios", {{1, &shorter}, {2, &zero}}}};
    const auto outcome = [&](bool skip) {
        std::string out;
        for (const Comparison& c : compare(report, goldens, skip))
            out += std::to_string(c.index) + " " + std::string{name(c.outcome)} + ", ";
        return out;
    };
    BOOST_TEST(outcome(false) == "0 match, 1 mismatch, 2 match, 3 missing, 35 mismatch, ");
    BOOST_TEST(outcome(true) == "0 match, 1 mismatch, 2 match, 3 missing, 35 skipped, ");
    report.response.record.items[2].value[47] = 1;  // a zero golden against a measurement that is not
    BOOST_TEST(outcome(true).find("2 mismatch") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_table_of_reasons_is_complete) {
    for (const Reason& r : reasons()) {
        BOOST_TEST(find_reason(r.name) == &r);
        BOOST_TEST((r.meaning.ends_with('.') && r.remedy.ends_with('.')), r.name);
    }
    BOOST_TEST(find_reason("E_SPDM_NONCE_MISMATCH")->number == 504U);
    BOOST_TEST(find_reason("E_SPDM_NONCE_MISMATCH")->switch_number == 603U);
    BOOST_TEST(find_reason("E_UNKNOWN") == nullptr);
    BOOST_TEST(find_reason("") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
