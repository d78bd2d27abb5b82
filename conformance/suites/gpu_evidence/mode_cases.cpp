// Modes of the device: confidential computing off, on, with developer tools; debugging.
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/booted.hpp"
#include "conformance/suites/gpu_evidence/cases.hpp"

namespace assay::conformance::gpu_evidence {
namespace mode_topic {

void set_mode(Trial& trial, std::string_view mode) {
    trial.need(trial.gpu().set_cc_mode(mode), "setting the confidential-computing mode");
    trial.need(trial.gpu().power_on_reset(), "power-on reset");
}

/// Nothing when the device refuses to give evidence.
std::optional<Booted> evidence_if_any(Trial& trial, std::optional<std::string_view> label) {
    const Bytes nonce = random_bytes(trial, 32);
    auto outcome = trial.gpu().collect(nonce);
    if (!outcome && outcome.error().kind == PortError::Kind::refused) return std::nullopt;
    gpu::Evidence evidence = trial.need(std::move(outcome), "evidence");
    if (label) collect(trial, nonce, label);
    return booted_of(trial, std::move(evidence));
}

void off_gives_no_evidence(Trial& trial) {
    set_mode(trial, "on");
    trial.expect(evidence_if_any(trial, std::nullopt).has_value(), "cc-on-silent",
                 "in mode on the device gives evidence", "it refuses");
    set_mode(trial, "off");
    const auto off = evidence_if_any(trial, "");
    trial.expect(!off, "cc-off-evidence", "in mode off the device gives no evidence", "it gives a report");
}
void on_gives_evidence_again(Trial& trial) {
    set_mode(trial, "on");
    const Booted before = observed(trial, "");
    set_mode(trial, "off");
    set_mode(trial, "on");
    const Booted after = observed(trial, "second");
    trial.expect(!differs(before, after), "cc-on-differs",
                 "mode on gives the same evidence before and after mode off",
                 "measurements, opaque data or firmware identity differ");
}
void devtools_shows(Trial& trial) {
    set_mode(trial, "on");
    const Booted on = observed(trial, "");
    set_mode(trial, "devtools");
    const auto devtools = evidence_if_any(trial, "second");
    trial.expect(!devtools || differs(on, *devtools), "devtools-invisible",
                 "mode devtools gives no evidence, or other signed evidence than mode on",
                 "measurements, opaque data and firmware identity are those of mode on");
}
void mode_waits_for_reset(Trial& trial) {
    set_mode(trial, "on");
    const Booted before = observed(trial, "");
    trial.need(trial.gpu().set_cc_mode("devtools"), "setting the confidential-computing mode");
    const Booted still = observed(trial, "second");
    trial.expect(!differs(before, still), "mode-without-reset",
                 "the mode that runs is reported until the next power-on reset",
                 "the evidence changed before it");
}
void debug_shows(Trial& trial) {
    const Booted locked = observed(trial, "");
    trial.need(trial.gpu().set_debug(true), "enabling debug");
    trial.need(trial.gpu().power_on_reset(), "power-on reset");
    const auto open = evidence_if_any(trial, "second");
    trial.expect(!open || differs(locked, *open), "debug-invisible",
                 "a device open to debugging gives no evidence, or other signed evidence",
                 "measurements, opaque data and firmware identity are those of a locked device");
}
void debug_closes_again(Trial& trial) {
    const Booted locked = observed(trial, "");
    trial.need(trial.gpu().set_debug(true), "enabling debug");
    trial.need(trial.gpu().power_on_reset(), "power-on reset");
    trial.need(trial.gpu().set_debug(false), "disabling debug");
    const Booted again = restarted(trial, "second");
    trial.expect(!differs(locked, again), "debug-remains", "a device locked again gives the first evidence",
                 "it gives other evidence");
}

std::vector<Case> all() {
    const std::vector<std::string> mode{"cc-mode", "fresh-nonce", "power-on-reset"};
    const std::vector<std::string> debug{"debug", "fresh-nonce", "power-on-reset"};
    return {
        make_case("mode.off-silent", "A device with confidential computing off gives no evidence",
                  {"GPU-MODE-001"}, mode, needs_both, off_gives_no_evidence),
        make_case("mode.on-again", "Confidential computing on again gives the same evidence",
                  {"GPU-MODE-002"}, mode, needs_both, on_gives_evidence_again),
        make_case("mode.devtools", "Developer tools show in the signed evidence", {"GPU-MODE-003"}, mode,
                  needs_both, devtools_shows),
        make_case("mode.after-reset", "A new mode shows when it runs, not before", {"GPU-MODE-002"}, mode,
                  needs_both, mode_waits_for_reset),
        make_case("mode.debug", "An open debug port shows in the signed evidence", {"GPU-MODE-004"}, debug,
                  needs_both, debug_shows),
        make_case("mode.debug-closed", "A debug port closed again leaves no trace in the evidence",
                  {"GPU-MODE-004"}, debug, needs_both, debug_closes_again),
    };
}

}  // namespace mode_topic

std::vector<Case> mode_cases() { return mode_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
