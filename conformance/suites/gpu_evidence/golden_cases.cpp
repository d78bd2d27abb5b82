// The comparison of measurements with golden values.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/manifest_facts.hpp"

namespace assay::conformance::gpu_evidence {
namespace golden_topic {

struct Compared {
    ReportFacts facts;
    References all;
    Chosen chosen;
};
Compared prepare(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    Compared out{facts_of(trial, one), references(trial), {}};
    out.chosen = choose(out.all, out.facts, is_switch(one));
    trial.expect(out.chosen.vbios != nullptr && (is_switch(one) || out.chosen.driver != nullptr),
                 "manifest-missing", "there is a manifest for every version that the report names",
                 "one is missing");
    return out;
}
void needs_manifests(Trial& trial) { prepare(trial); }

/// Video decoder 0 that is off has a measurement nobody can predict: golden index 35.
bool is_skipped(const ReportFacts& facts, unsigned index) {
    const OpaqueFacts* nvdec = facts.field(11);
    return index == 35 && nvdec != nullptr && nvdec->data == Bytes{0x55};
}

void compare(Trial& trial, const Compared& with, const ManifestFacts& manifest) {
    std::vector<Difference> differences;
    std::string indices;
    std::size_t compared = 0;
    for (const GoldenFacts& golden : manifest.goldens) {
        if (!golden.is_active() || !golden.index || is_skipped(with.facts, *golden.index)) continue;
        ++compared;
        const BlockFacts* block = with.facts.block(*golden.index + 1);
        const auto values = golden.values().value_or(std::vector<Bytes>{});
        if (block != nullptr && std::ranges::find(values, block->value) != values.end()) continue;
        indices += fmt::format("{}{}", indices.empty() ? "" : ", ", *golden.index);
        if (differences.size() < 16)
            differences.push_back(in_report(golden.name, block != nullptr ? block->offset + 7 : 0,
                                            values.empty() ? Bytes{} : values.front(),
                                            block != nullptr ? block->value : Bytes{},
                                            fmt::format("golden index {} of {}, {} alternatives",
                                                        *golden.index, manifest.version, values.size())));
    }
    trial.expect(compared > 0, "nothing-compared", "something is compared", "no golden is active");
    trial.expect(indices.empty(),
                 wrong("measurement-mismatch",
                       fmt::format("all {} active goldens of {} match", compared, manifest.file),
                       fmt::format("golden indices {} do not", indices), std::move(differences)));
}

void driver_matches(Trial& trial) {
    const Compared with = prepare(trial);
    if (with.chosen.driver == nullptr)
        trial.not_tested(NotTested::not_supported, "an NVSwitch has no driver");
    compare(trial, with, *with.chosen.driver);
}
void vbios_matches(Trial& trial) {
    const Compared with = prepare(trial);
    compare(trial, with, *with.chosen.vbios);
}
void manifests_are_disjoint(Trial& trial) {
    const Compared with = prepare(trial);
    if (with.chosen.driver == nullptr)
        trial.not_tested(NotTested::not_supported, "an NVSwitch has one manifest");
    std::map<unsigned, std::string> of;
    for (const ManifestFacts* one : {with.chosen.driver, with.chosen.vbios})
        for (const GoldenFacts& golden : one->goldens) {
            if (!golden.is_active() || !golden.index) continue;
            const auto [place, fresh] = of.emplace(*golden.index, one->file);
            trial.expect(
                fresh, "golden-conflict", "driver and VBIOS manifest share no active index",
                fmt::format("index {} is active in {} and {}", *golden.index, place->second, one->file));
        }
    trial.expect(!of.empty(), "nothing-compared", "something is compared", "no golden is active");
}
void every_golden_has_a_block(Trial& trial) {
    const Compared with = prepare(trial);
    std::size_t judged = 0;
    for (const ManifestFacts* one : {with.chosen.driver, with.chosen.vbios}) {
        if (one == nullptr) continue;
        for (const GoldenFacts& golden : one->goldens) {
            if (!golden.is_active() || !golden.index) continue;
            ++judged;
            trial.expect(with.facts.block(*golden.index + 1) != nullptr, "measurement-missing",
                         "every active golden has a measurement",
                         fmt::format("golden index {} of {} has none", *golden.index, one->file));
        }
    }
    trial.expect(judged > 0, "nothing-compared", "something is compared", "no golden is active");
}
void measured_slots_have_goldens(Trial& trial) {
    const Compared with = prepare(trial);
    std::size_t judged = 0;
    for (const BlockFacts& block : with.facts.blocks) {
        if (std::ranges::all_of(block.value, [](std::uint8_t byte) { return byte == 0; })) continue;
        bool known = false;
        for (const ManifestFacts* one : {with.chosen.driver, with.chosen.vbios})
            if (one != nullptr)
                known = known || std::ranges::any_of(one->goldens, [&](const GoldenFacts& golden) {
                            return golden.is_active() && golden.index && *golden.index + 1 == block.index;
                        });
        ++judged;
        trial.expect(known, wrong("measurement-without-golden",
                                  "every measurement that is not zero has a golden value",
                                  fmt::format("golden index {} has none", block.index - 1),
                                  {in_report("Value", block.offset + 7, {}, block.value)}));
    }
    trial.expect(judged > 0, "nothing-measured", "something is measured", "all measurements are zero");
}

std::vector<Case> all() {
    return {
        make_case("golden.driver", "Every active golden of the driver manifest matches", {"GPU-GLD-001"},
                  {"references"}, needs_manifests, driver_matches),
        make_case("golden.vbios", "Every active golden of the VBIOS manifest matches", {"GPU-GLD-001"},
                  {"references"}, needs_manifests, vbios_matches),
        make_case("golden.disjoint", "Driver and VBIOS manifest share no active index", {"GPU-GLD-002"},
                  {"references"}, needs_manifests, manifests_are_disjoint),
        make_case("golden.measured", "Every active golden has a measurement", {"GPU-GLD-003"}, {"references"},
                  needs_manifests, every_golden_has_a_block),
        make_case("golden.complete", "Every measurement that is not zero has a golden value", {"GPU-GLD-004"},
                  {"references"}, needs_manifests, measured_slots_have_goldens),
    };
}

}  // namespace golden_topic

std::vector<Case> golden_cases() { return golden_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
