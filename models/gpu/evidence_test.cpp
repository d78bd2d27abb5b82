// Evidence in its interchange form.
#include "models/gpu/evidence.hpp"

#include <boost/test/unit_test.hpp>

#include "models/gpu/golden_files.hpp"

namespace assay::gpu {
namespace {

std::string evidence_outcome(std::string_view json) {
    const auto evidence = parse_evidence(as_bytes(json));
    return evidence ? "accepted" : evidence.error().text();
}

std::string device(std::string_view members) {
    return "{\"arch\":\"HOPPER\",\"nonce\":\"" + std::string(64, 'a') + "\",\"evidence\":\"EeA=\"" +
           std::string{members} + "}";
}
const std::string rest = ",\"certificate\":\"\"";

BOOST_AUTO_TEST_SUITE(evidence)

BOOST_AUTO_TEST_CASE(recorded_switch_evidence_is_read_and_written_again) {
    if (!golden::present()) return;
    const Bytes json = golden::file("golden-switch/switch_evidence_ls10.json");
    const auto devices = parse_evidence(json);
    BOOST_TEST_REQUIRE(static_cast<bool>(devices), (devices ? "" : devices.error().text()));
    BOOST_TEST(devices->size() == 1U);
    const Evidence& e = devices->front();
    BOOST_TEST((e.arch == Arch::ls10));
    BOOST_TEST((kind_of(e.arch) == DeviceKind::nvswitch));
    BOOST_TEST(static_cast<bool>(parse_report(e.report, DeviceKind::nvswitch)));
    BOOST_TEST((write_evidence(*devices) + "\n" == as_text(json)));
}

BOOST_AUTO_TEST_CASE(refusals_name_the_member) {
    BOOST_TEST(evidence_outcome("[" + device(rest) + "]") == "accepted");
    BOOST_TEST(evidence_outcome("{}") == "evidence: not an array");
    BOOST_TEST(evidence_outcome("[]") == "evidence: no device");
    BOOST_TEST(evidence_outcome("[1]") == "evidence[0]: not an object");
    BOOST_TEST(evidence_outcome("[" + device("") + "]") == "evidence[0].certificate: missing");
    BOOST_TEST(evidence_outcome("[" + device(rest + ",\"x\":1") + "]") == "evidence[0].x: unknown member");
    BOOST_TEST(evidence_outcome("[" + device(",\"certificate\":1") + "]") ==
               "evidence[0].certificate: not a string");
    BOOST_TEST(evidence_outcome("[" + device(rest + rest) + "]") ==
               "evidence: the name \"certificate\" comes twice");
    BOOST_TEST(evidence_outcome("[" + device(rest) + "," + device(",\"certificate\":\"?\"") + "]") ==
               "evidence[1].certificate: not base64");
    const auto changed = [](std::string_view from, std::string_view to) {
        std::string one = device(rest);
        one.replace(one.find(from), from.size(), to);
        return evidence_outcome("[" + one + "]");
    };
    BOOST_TEST(changed("HOPPER", "hopper") ==
               "evidence[0].arch: \"hopper\" found, HOPPER, BLACKWELL or LS10 expected");
    BOOST_TEST(changed("aaa", "aa") == "evidence[0].nonce: not 32 bytes in hexadecimal");
    BOOST_TEST(changed("EeA=", "EeA") == "evidence[0].evidence: not base64");
    std::string many = "[";
    for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + device(rest);
    BOOST_TEST(evidence_outcome(many + "]") == "evidence: 65 devices found, at most 64 allowed");
    BOOST_TEST(evidence_outcome("[" + device(rest) + "] x").starts_with("evidence: not JSON at offset"));
    BOOST_TEST(evidence_outcome("\xEF\xBB\xBF[]") == "evidence: a byte order mark at offset 0");
    BOOST_TEST(evidence_outcome(std::string(40, '[')) == "evidence: nested deeper than 32");
    BOOST_TEST(evidence_outcome("[" + std::string(2'000'000, ' ') + "]").find("at most 1048576") !=
               std::string::npos);
    BOOST_TEST(evidence_outcome("").starts_with("evidence: not JSON"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::gpu
