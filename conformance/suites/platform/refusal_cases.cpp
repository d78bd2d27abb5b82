// Each fault alone, on a platform that is otherwise as it should be: refused at the right place, by name; and
// the same platform without the fault answers.
#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance::platform {
namespace {

std::string in_words(const std::optional<PlatformRefusal>& refusal) {
    if (!refusal) return "nobody refused";
    return refusal->component + " at " + refusal->stage + " with " + refusal->code + ": " + refusal->what;
}

void refused_as(Trial& trial, const RefusalRow& row) {
    auto& port = trial.port<PlatformPort>();
    trial.need(port.inject(row.fault), "a fault");
    trial.need(port.power_on_reset(), "power-on reset");
    auto refusal = trial.need(port.advance("serve"), "stages");
    if (!refusal) {
        const Marked marked = marked_prompt(trial);
        refusal = trial.need(port.ask(marked.prompt, 40, marked.canary), "a prompt").refusal;
    }
    const std::string expected =
        std::string{row.component} + " at " + std::string{row.stage} + " with " + std::string{row.code};
    trial.expect(refusal.has_value(), "fault-accepted", expected, in_words(refusal));
    trial.expect(refusal->component == row.component, "wrong-component", expected, in_words(refusal));
    trial.expect(refusal->code == row.code, "wrong-code", expected, in_words(refusal));
    trial.expect(refusal->stage == row.stage, "wrong-stage", expected, in_words(refusal));
}

}  // namespace

std::vector<Case> refusal_cases() {
    std::vector<Case> out;
    for (const RefusalRow& row : refusal_rows())
        out.push_back({"platform.refusal." + std::string{row.fault},
                       "Refused: " + std::string{row.title},
                       {std::string{row.requirement}},
                       {"fault"},
                       {"negative"},
                       {},
                       [&row](Trial& trial) {
                           refused_as(trial, row);
                       }});
    return out;
}

}  // namespace assay::conformance::platform
