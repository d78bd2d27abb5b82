// What boot makes of firmware: same firmware, same evidence; other firmware, other evidence, and in its place
// only.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/suites/gpu_evidence/booted.hpp"
#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/manifest_facts.hpp"

namespace assay::conformance::gpu_evidence {
namespace boot_topic {

std::vector<FirmwareStage> stages(Trial& trial) {
    auto all = trial.gpu().firmware_stages();
    trial.expect(!all.empty(), "no-stages", "the device has firmware stages", "it names none");
    return all;
}
void put(Trial& trial, const FirmwareStage& stage, unsigned change) {
    trial.need(trial.gpu().load_firmware(stage.name, change), "loading firmware");
}

void reset_keeps_evidence(Trial& trial) {
    const Booted before = observed(trial, "");
    const Booted after = restarted(trial, "second");
    trial.expect(changed(before, after).empty(), "measurement-unstable",
                 "the same firmware gives the same measurements after a power-on reset",
                 fmt::format("golden indices {} differ", fmt::join(changed(before, after), ", ")));
    trial.expect(equal(before.fwid, after.fwid), "fwid-unstable",
                 "the firmware identity is the same after a reset", "it differs");
}
void reset_keeps_leaf_key(Trial& trial) {
    const Booted before = observed(trial, "");
    const Booted after = restarted(trial, "second");
    trial.expect(before.chain.front().public_key() == after.chain.front().public_key(), "leaf-key-unstable",
                 "the same firmware gives the same alias key after a power-on reset", "it differs");
}
void reset_keeps_identity(Trial& trial) {
    const Booted before = observed(trial, "");
    const Booted after = restarted(trial, "second");
    trial.expect(same_issuers(before, after), "identity-changed",
                 "the certificates above the leaf are the same after a power-on reset", "they differ");
}
void reset_gives_new_responder_nonces(Trial& trial) {
    std::set<Bytes> seen;
    for (int i = 0; i < 4; ++i) {
        const Booted now = i == 0 ? observed(trial, "") : restarted(trial, std::nullopt);
        const ByteView nonce = now.facts.responder_nonce();
        trial.expect(seen.emplace(nonce.begin(), nonce.end()).second, "responder-nonce-after-reset",
                     "a reset does not begin the same nonces anew", "a nonce came back after a reset");
    }
}
void each_stage_changes_its_indices(Trial& trial) {
    const Booted base = observed(trial, "");
    for (const FirmwareStage& stage : stages(trial)) {
        put(trial, stage, 1);
        const Booted now = restarted(trial, std::nullopt);
        const std::set<unsigned> wanted(stage.indices.begin(), stage.indices.end());
        const std::set<unsigned> seen = changed(base, now);
        trial.expect(!wanted.empty() && std::ranges::includes(seen, wanted), "change-unmeasured",
                     fmt::format("another {} changes golden indices {}", stage.name, fmt::join(wanted, ", ")),
                     fmt::format("{} changed", fmt::join(seen, ", ")));
        put(trial, stage, 0);
    }
}
void a_stage_changes_nothing_else(Trial& trial) {
    const Booted base = observed(trial, "");
    for (const FirmwareStage& stage : stages(trial)) {
        put(trial, stage, 1);
        const Booted now = restarted(trial, std::nullopt);
        const std::set<unsigned> wanted(stage.indices.begin(), stage.indices.end());
        const std::set<unsigned> seen = changed(base, now);
        trial.expect(
            !seen.empty() && std::ranges::includes(wanted, seen), "change-elsewhere",
            fmt::format("another {} changes no golden index but {}", stage.name, fmt::join(wanted, ", ")),
            fmt::format("{} changed", fmt::join(seen, ", ")));
        put(trial, stage, 0);
    }
}
void identity_stages_change_fwid_and_key(Trial& trial) {
    const Booted base = observed(trial, "");
    std::size_t judged = 0;
    for (const FirmwareStage& stage : stages(trial)) {
        if (!stage.in_fwid) continue;
        ++judged;
        put(trial, stage, 1);
        const Booted now = restarted(trial, std::nullopt);
        trial.expect(!equal(base.fwid, now.fwid), "fwid-unchanged",
                     fmt::format("another {} changes the firmware identity", stage.name), "it is the same");
        trial.expect(!(base.chain.front().public_key() == now.chain.front().public_key()),
                     "leaf-key-unchanged", fmt::format("another {} changes the alias key", stage.name),
                     "it is the same");
        put(trial, stage, 0);
    }
    trial.expect(judged > 0, "no-identity-stage", "at least one stage makes the firmware identity",
                 "none does");
}
void other_stages_keep_fwid_and_key(Trial& trial) {
    const Booted base = observed(trial, "");
    std::size_t judged = 0;
    for (const FirmwareStage& stage : stages(trial)) {
        if (stage.in_fwid) continue;
        ++judged;
        put(trial, stage, 1);
        const Booted now = restarted(trial, std::nullopt);
        trial.expect(!changed(base, now).empty(), "change-unmeasured",
                     fmt::format("another {} is measured", stage.name), "nothing changed");
        trial.expect(
            equal(base.fwid, now.fwid) && base.chain.front().public_key() == now.chain.front().public_key(),
            "fwid-elsewhere", fmt::format("another {} keeps firmware identity and alias key", stage.name),
            "one of them changed");
        put(trial, stage, 0);
    }
    if (judged == 0) trial.not_tested(NotTested::not_supported, "every stage makes the firmware identity");
}
void two_changes_differ(Trial& trial) {
    const FirmwareStage stage = stages(trial).back();
    put(trial, stage, 1);
    const Booted one = restarted(trial, "");
    put(trial, stage, 2);
    const Booted two = restarted(trial, "second");
    trial.expect(!changed(one, two).empty(), "changes-alike",
                 fmt::format("two other images of {} are measured apart", stage.name),
                 "they measure the same");
}
void released_firmware_restores(Trial& trial) {
    const Booted base = observed(trial, "");
    for (const FirmwareStage& stage : stages(trial)) put(trial, stage, 1);
    const Booted other = restarted(trial, std::nullopt);
    trial.expect(!changed(base, other).empty(), "change-unmeasured", "other firmware is measured",
                 "nothing changed");
    for (const FirmwareStage& stage : stages(trial)) put(trial, stage, 0);
    const Booted again = restarted(trial, "second");
    trial.expect(changed(base, again).empty() && equal(base.fwid, again.fwid) &&
                     base.chain.front().public_key() == again.chain.front().public_key(),
                 "not-restored", "the released firmware gives the first evidence again",
                 "it gives other evidence");
}
void nothing_changes_before_reset(Trial& trial) {
    const Booted base = observed(trial, "");
    for (const FirmwareStage& stage : stages(trial)) put(trial, stage, 1);
    const Booted loaded = observed(trial, "second");
    trial.expect(
        changed(base, loaded).empty() && equal(base.fwid, loaded.fwid), "measured-without-boot",
        "what runs is reported, not what will run after the next reset",
        fmt::format("golden indices {} changed without a reset", fmt::join(changed(base, loaded), ", ")));
    const Booted after = restarted(trial, std::nullopt);
    trial.expect(!changed(base, after).empty(), "change-unmeasured", "after the reset it is reported",
                 "nothing changed");
}
void changed_firmware_misses_goldens(Trial& trial) {
    const References all = references(trial);
    for (const FirmwareStage& stage : stages(trial)) {
        put(trial, stage, 1);
        const Booted now = restarted(trial, std::nullopt);
        const Chosen chosen = choose(all, now.facts, is_switch(now.evidence));
        std::size_t golden = 0, missed = 0;
        for (const ManifestFacts* one : {chosen.driver, chosen.vbios}) {
            if (one == nullptr) continue;
            for (const GoldenFacts& value : one->goldens) {
                if (!value.is_active() || !value.index ||
                    std::ranges::find(stage.indices, *value.index) == stage.indices.end())
                    continue;
                ++golden;
                const BlockFacts* block = now.facts.block(*value.index + 1);
                const auto values = value.values().value_or(std::vector<Bytes>{});
                if (block == nullptr || std::ranges::find(values, block->value) == values.end()) ++missed;
            }
        }
        trial.expect(golden > 0 && missed == golden, "change-matches",
                     fmt::format("another {} matches none of its goldens", stage.name),
                     fmt::format("{} of {} still match", golden - missed, golden));
        put(trial, stage, 0);
    }
}
void changed_device_still_proves_itself(Trial& trial) {
    for (const FirmwareStage& stage : stages(trial)) put(trial, stage, 1);
    const Booted now = restarted(trial, "");
    trial.expect(signed_by(now.chain.front(), now.facts.signed_part(), now.facts.signature()),
                 "signature-invalid", "a device with other firmware signs its report",
                 "the signature does not verify");
    crypto::ChainRules rules;
    rules.roots = {now.chain.back()};
    const auto verdict = crypto::verify_chain(now.chain, rules);
    trial.expect(static_cast<bool>(verdict), "chain-broken",
                 "its new leaf is issued by its identity certificate", verdict ? "" : verdict.error().what);
}
void rollback_shows(Trial& trial) {
    const Booted base = observed(trial, "");
    trial.need(trial.gpu().roll_back_firmware(), "an older release");
    const auto reset = trial.gpu().power_on_reset();
    if (!reset && reset.error().kind == PortError::Kind::refused) {
        trial.expect(true, "rollback", "the boot ROM refuses older firmware", "");
        return;
    }
    trial.need(reset, "power-on reset");
    const auto after = trial.gpu().collect(random_bytes(trial, 32));
    if (!after && after.error().kind == PortError::Kind::refused) {
        trial.expect(true, "rollback", "the boot ROM refuses older firmware", "");
        return;
    }
    const Booted now = booted_of(trial, trial.need(after, "evidence of the older release"));
    trial.expect(differs(base, now), "rollback-invisible",
                 "older firmware is refused at boot or gives other signed evidence",
                 "it boots, and measurements, firmware identity and versions are as before");
}

std::vector<Case> all() {
    const std::vector<std::string> reset{"fresh-nonce", "power-on-reset"};
    const std::vector<std::string> update{"firmware-update", "fresh-nonce", "power-on-reset"};
    const std::vector<std::string> golden{"firmware-update", "fresh-nonce", "power-on-reset", "references"};
    return {
        make_case("boot.same-measurements", "The same firmware measures the same after a reset",
                  {"GPU-BOOT-001"}, reset, needs_both, reset_keeps_evidence),
        make_case("boot.same-leaf-key", "The same firmware has the same alias key after a reset",
                  {"GPU-BOOT-002"}, reset, needs_both, reset_keeps_leaf_key),
        make_case("boot.same-identity", "A reset does not change the device's identity", {"GPU-BOOT-003"},
                  reset, needs_both, reset_keeps_identity),
        make_case("boot.fresh-nonces", "A reset does not repeat responder nonces", {"GPU-NON-003"}, reset,
                  needs_both, reset_gives_new_responder_nonces),
        make_case("boot.stage-measured", "Other firmware of any stage changes that stage's measurements",
                  {"GPU-BOOT-004"}, update, needs_both, each_stage_changes_its_indices),
        make_case("boot.stage-only", "Other firmware of a stage changes no other measurement",
                  {"GPU-BOOT-005"}, update, needs_both, a_stage_changes_nothing_else),
        make_case("boot.fwid-changes", "Other first mutable code has another firmware identity and alias key",
                  {"GPU-BOOT-006"}, update, needs_both, identity_stages_change_fwid_and_key),
        make_case("boot.fwid-stays", "Later firmware does not touch firmware identity and alias key",
                  {"GPU-BOOT-007"}, update, needs_both, other_stages_keep_fwid_and_key),
        make_case("boot.changes-differ", "Two different images are measured apart", {"GPU-BOOT-004"}, update,
                  needs_both, two_changes_differ),
        make_case("boot.restored", "The released firmware gives the first evidence again", {"GPU-BOOT-001"},
                  update, needs_both, released_firmware_restores),
        make_case("boot.not-before-reset", "Firmware is reported when it runs, not when it is loaded",
                  {"GPU-BOOT-008"}, update, needs_both, nothing_changes_before_reset),
        make_case("boot.misses-goldens", "Other firmware matches no golden value of its stage",
                  {"GPU-BOOT-004", "GPU-GLD-001"}, golden, needs_both, changed_firmware_misses_goldens),
        make_case("boot.still-signed", "A device with other firmware still proves which device it is",
                  {"GPU-BOOT-003", "GPU-SIG-001"}, update, needs_both, changed_device_still_proves_itself),
        make_case("boot.rollback", "Older firmware is refused, or it shows", {"GPU-BOOT-009"}, update,
                  needs_both, rollback_shows),
    };
}

}  // namespace boot_topic

std::vector<Case> boot_cases() { return boot_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
