// A device that says yes to everything, whatever it is asked: the suites believe none of it.
#include <boost/test/unit_test.hpp>

#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

class YesMan final : public GpuPort {
public:
    std::set<std::string> capabilities() const override {
        return {"fresh-nonce", "spdm",  "power-on-reset", "firmware-update",
                "cc-mode",     "debug", "references",     "ocsp"};
    }
    Result<GpuReferences, PortError> references() override { return GpuReferences{}; }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override {
        return gpu::Evidence{gpu::Arch::hopper, {nonce.begin(), nonce.end()}, Bytes(2048, 0x11), "yes"};
    }
    Result<Bytes, PortError> exchange(ByteView request) override {
        return Bytes{request.begin(), request.end()};
    }
    Result<Nothing, PortError> power_on_reset() override { return Nothing{}; }
    std::vector<FirmwareStage> firmware_stages() override {
        return {{"driver", {7}, true}, {"vbios", {1}, false}};
    }
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override { return Nothing{}; }
    Result<Nothing, PortError> roll_back_firmware() override { return Nothing{}; }
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> set_debug(bool) override { return Nothing{}; }
    std::vector<Event> take_events() override { return {}; }
};

BOOST_AUTO_TEST_CASE(a_device_that_says_yes_to_everything_passes_no_case) {
    Target target = echo("yes-man");
    const auto capabilities = YesMan{}.capabilities();
    target.capabilities = {capabilities.begin(), capabilities.end()};
    target.open = [](std::uint64_t) {
        return AnyPort{std::make_unique<YesMan>()};
    };
    Plan plan;
    plan.targets = {target};
    for (const Suite& suite : suites())
        for (const Case& one : suite.cases) plan.cases.push_back(&one);
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 2;
    const nlohmann::json results = run_quietly(plan, options);
    BOOST_TEST(!results.at("cases").empty());
    for (const nlohmann::json& one : results.at("cases")) {
        BOOST_TEST((one.at("verdict") != "PASS"), one.at("id"));
        BOOST_TEST((one.at("verdict") != "ERROR"), one.at("id")
                                                       << one.value("error", nlohmann::json{}).dump());
    }
}

}  // namespace
}  // namespace assay::conformance
