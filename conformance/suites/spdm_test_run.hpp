// Runs of the suite spdm on a target, for its tests.
#pragma once
#include <map>
#include <set>

#include "conformance/targets/model_spdm.hpp"
#include "conformance/test_judge.hpp"

namespace assay::conformance {

/// A generic model for a target of a test: its keys are made once, by who asks first.
inline std::unique_ptr<SpdmPort> spdm_test_model(std::uint64_t seed) {
    static const auto identities = generic_spdm_identities(1);
    return make_model_spdm({}, seed, identities);
}

inline Target spdm_test_target(std::string id, const SpdmPort& like,
                               std::function<AnyPort(std::uint64_t)> open) {
    const auto tokens = like.capabilities();
    return {.id = std::move(id),
            .uri = "test:spdm",
            .kind = "software",
            .port = PortKind::spdm,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = {tokens.begin(), tokens.end()},
            .artifacts = {},
            .open = std::move(open)};
}

/// The cases that are wanted, on that target.
inline nlohmann::json run_spdm(Target target, const std::function<bool(const Case&)>& wanted = {}) {
    Plan plan;
    plan.targets = {std::move(target)};
    for (const Suite& suite : suites())
        if (suite.id == "spdm")
            for (const Case& one : suite.cases)
                if (!wanted || wanted(one)) plan.cases.push_back(&one);
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 2;
    return run_quietly(plan, options);
}

/// A port that is there already. Cases run in forked children: each sees it as it is now, and nobody what
/// became of it.
class BorrowedSpdm final : public SpdmPort {
public:
    explicit BorrowedSpdm(SpdmPort& port) : port_(port) {}
    std::set<std::string> capabilities() const override { return port_.capabilities(); }
    SpdmTransport transport() const override { return port_.transport(); }
    SpdmShared shared() const override { return port_.shared(); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        return port_.exchange(kind, message);
    }
    Result<Nothing, PortError> reset() override { return port_.reset(); }

private:
    SpdmPort& port_;
};

inline std::map<std::string, std::size_t> verdicts(const nlohmann::json& results) {
    std::map<std::string, std::size_t> out;
    for (const auto& one : results.at("cases")) ++out[one.at("verdict")];
    return out;
}

/// Of the cases that fail.
inline std::set<std::string> failing_requirements(const nlohmann::json& results) {
    std::set<std::string> out;
    for (const auto& one : results.at("cases"))
        if (one.at("verdict") == "FAIL" || one.at("verdict") == "WARN")
            for (const auto& requirement : one.at("requirements")) out.insert(requirement);
    return out;
}

}  // namespace assay::conformance
