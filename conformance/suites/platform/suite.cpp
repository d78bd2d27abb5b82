#include "conformance/suites/platform/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance {
namespace platform {

Marked marked_prompt(Trial& trial) {
    constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    constexpr std::size_t length = 24;
    std::array<std::uint8_t, length> raw{};
    trial.random().fill(raw);
    std::string canary;
    for (const std::uint8_t byte : raw) canary += alphabet[byte % alphabet.size()];
    return {"to " + canary, canary};
}

void bring_up(Trial& trial) {
    const auto refused = trial.need(trial.port<PlatformPort>().advance("serve"), "a platform that is ready");
    trial.expect(!refused, "platform-refused", "the platform comes up",
                 refused ? refused->component + " refuses at " + refused->stage + ": " + refused->code : "");
}

PlatformAnswer answered(Trial& trial, std::string_view prompt, unsigned steps, std::string_view canary) {
    auto served = trial.need(trial.port<PlatformPort>().ask(prompt, steps, canary), "an answer");
    trial.expect(!served.refusal, "prompt-refused", "the prompt is answered",
                 served.refusal ? served.refusal->component + " refuses: " + served.refusal->code + ": " +
                                      served.refusal->what
                                : "");
    return std::move(served.answer);
}

}  // namespace platform

Suite platform_suite() {
    Suite suite{"platform",
                "A platform for confidential inference, from power-on to deletion",
                PortKind::platform,
                {}};
    for (const auto part : {platform::story_cases, platform::refusal_cases, platform::control_plane_cases,
                            platform::deletion_cases})
        std::ranges::move(part(), std::back_inserter(suite.cases));
    return suite;
}

}  // namespace assay::conformance
