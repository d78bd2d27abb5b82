// A catalogue of a few requirements and a target that does what a test tells it: to judge the judge.
#pragma once
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "conformance/results.hpp"
#include "conformance/run.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {

/// Answers an exchange as it was told to; cannot do anything else.
class ScriptedPort final : public GpuPort {
public:
    using Answer = std::function<Result<Bytes, PortError>(ByteView)>;
    explicit ScriptedPort(Answer answer) : answer_(std::move(answer)) {}

    std::set<std::string> capabilities() const override { return {"spdm"}; }
    Result<GpuReferences, PortError> references() override { return cannot(); }
    Result<gpu::Evidence, PortError> collect(ByteView) override { return cannot(); }
    Result<Bytes, PortError> exchange(ByteView request) override { return answer_(request); }
    Result<Nothing, PortError> power_on_reset() override { return cannot(); }
    std::vector<FirmwareStage> firmware_stages() override { return {}; }
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override { return cannot(); }
    Result<Nothing, PortError> roll_back_firmware() override { return cannot(); }
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return cannot(); }
    Result<Nothing, PortError> set_debug(bool) override { return cannot(); }
    std::vector<Event> take_events() override { return {}; }

private:
    static PortError cannot() { return {PortError::Kind::not_supported, "this target cannot"}; }
    Answer answer_;
};

inline Target scripted_target(std::string id, ScriptedPort::Answer answer) {
    return {.id = std::move(id),
            .uri = "test:scripted",
            .kind = "software",
            .port = PortKind::gpu,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = {"spdm"},
            .artifacts = {},
            .open = [answer](std::uint64_t) {
                return AnyPort{std::make_unique<ScriptedPort>(answer)};
            }};
}
/// Gives back what it is sent.
inline Target echo(std::string id = "echo") {
    return scripted_target(std::move(id), [](ByteView request) {
        return Bytes{request.begin(), request.end()};
    });
}

inline const Catalogue& test_catalogue(std::vector<Case> cases) {
    static std::vector<std::unique_ptr<Catalogue>> kept;  // a plan points into them
    const auto requirement = [](std::string id, Level level) {
        return Requirement{std::move(id),
                           "robustness",
                           level,
                           "It holds.",
                           {"A document", "", "1"},
                           "V1",
                           {{"nist-800-53-r5", "SI-10"}}};
    };
    kept.push_back(std::make_unique<Catalogue>(
        Catalogue{{requirement("T-MAY-001", Level::may), requirement("T-MUST-001", Level::must),
                   requirement("T-SHOULD-001", Level::should)},
                  {{"t", "Test", PortKind::gpu, std::move(cases)}}}));
    return *kept.back();
}
inline Case test_case(std::string id, std::function<void(Trial&)> run,
                      std::vector<std::string> requirements = {"T-MUST-001"}) {
    return {std::move(id), "It holds", std::move(requirements), {}, {}, {}, std::move(run)};
}

inline Plan plan_of(const Catalogue& catalogue, std::vector<Target> targets) {
    Plan plan;
    plan.catalogue = &catalogue;
    plan.seed = 42;
    plan.targets = std::move(targets);
    for (const Suite& suite : catalogue.suites)
        for (const Case& one : suite.cases) plan.cases.push_back(&one);
    return plan;
}

inline nlohmann::json run_quietly(const Plan& plan, RunOptions options) {
    RunObserver silent;
    options.reproducible = true;
    return run(plan, options, silent);
}

/// The case object of one case on one target, run in a folder of its own.
inline nlohmann::json outcome_of(Case one, Target target, RunOptions options = {}) {
    const TemporaryFolder folder;
    options.out = folder.path / "run";
    const Catalogue& catalogue = test_catalogue({std::move(one)});
    return run_quietly(plan_of(catalogue, {std::move(target)}), options).at("cases").at(0);
}

inline std::string text_of(const std::filesystem::path& file) {
    const auto content = read_file(file, 1u << 28);
    return content ? std::string{as_text(*content)} : std::string{};
}

}  // namespace assay::conformance
