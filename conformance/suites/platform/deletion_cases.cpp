// Nothing remains: what the oracles of the platform see after a request, and whether they see at all.
#include <algorithm>

#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance::platform {
namespace {

std::vector<PlatformResidue> swept(Trial& trial) {
    return trial.need(trial.port<PlatformPort>().sweep(), "a sweep");
}
void expect_clean(Trial& trial, std::string_view when) {
    const auto found = swept(trial);
    trial.expect(
        found.empty(), "residue", "no store holds a byte of a request " + std::string{when},
        found.empty() ? "" : std::to_string(found.size()) + " findings, the first: " + found.front().what);
}

void nothing_remains(Trial& trial) {
    expect_clean(trial, "before the first one");
    for (int request = 0; request < 20; ++request) {
        const Marked marked = marked_prompt(trial);
        answered(trial, marked.prompt, 40, marked.canary);
        expect_clean(trial, "after its response");
    }
}

/// A request that is refused inside leaves nothing either.
void nothing_remains_of_a_refusal(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    const Marked marked = marked_prompt(trial);
    const auto served =
        trial.need(port.ask(marked.prompt, 2, marked.canary), "a prompt of more tokens than steps");
    trial.expect(served.refusal.has_value(), "not-refused", "a prompt of more tokens than steps is refused",
                 "it is answered");
    expect_clean(trial, "after a refusal");
}

void plants_are_found(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    const auto stores = trial.need(port.stores(), "stores");
    trial.expect(stores.size() >= 10, "stores-missing", "the stores of VM, link and GPU are registered",
                 std::to_string(stores.size()) + " stores");
    for (const std::string& store : stores) {
        const Marked marked = marked_prompt(trial);
        trial.need(port.plant(store, marked.canary), "a plant in " + store);
        const auto found = swept(trial);
        for (const char* oracle : {"label", "content"})
            trial.expect(
                std::ranges::any_of(
                    found, [&](const PlatformResidue& r) { return r.oracle == oracle && r.store == store; }),
                "plant-missed", "the " + std::string{oracle} + " oracle names " + store,
                std::to_string(found.size()) + " findings, none of it there");
        trial.expect(std::ranges::all_of(found, [&](const PlatformResidue& r) { return r.store == store; }),
                     "false-alarm", "nothing is found but the plant in " + store, "another store is named");
        trial.need(port.plant(store, {}), "the plant out again");
        expect_clean(trial, "when the plant is out again");
    }
}

}  // namespace

std::vector<Case> deletion_cases() {
    return {
        {"platform.deletion.after-response",
         "After each of 20 responses no store holds a byte of the request",
         {"PLT-DEL-001"},
         {"oracles"},
         {},
         bring_up,
         nothing_remains},
        {"platform.deletion.after-refusal",
         "Nor after a request that was refused inside",
         {"PLT-DEL-001"},
         {"oracles"},
         {},
         bring_up,
         nothing_remains_of_a_refusal},
        {"platform.deletion.plants",
         "A canary planted in any store is found and named by both oracles",
         {"PLT-DEL-004"},
         {"oracles"},
         {},
         bring_up,
         plants_are_found},
    };
}

}  // namespace assay::conformance::platform
