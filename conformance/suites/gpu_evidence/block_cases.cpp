// The measurement blocks of a report.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace block_topic {

void indices_are_legal(Trial& trial) {
    const ReportFacts facts = report(trial);
    trial.expect(!facts.blocks.empty(), "no-blocks", "there is at least one measurement block",
                 "there is none");
    for (const BlockFacts& block : facts.blocks)
        trial.expect(block.index >= 1 && block.index <= 0xFE,
                     wrong("block-index", "every Index is from 1 to 254",
                           fmt::format("a block has Index {}", block.index),
                           {in_report("Index", block.offset, Bytes{1},
                                      Bytes{static_cast<std::uint8_t>(block.index)})}));
}
void indices_are_unique(Trial& trial) {
    const ReportFacts facts = report(trial);
    trial.expect(!facts.blocks.empty(), "no-blocks", "there is at least one measurement block",
                 "there is none");
    std::set<unsigned> seen;
    for (const BlockFacts& block : facts.blocks)
        trial.expect(
            seen.insert(block.index).second,
            wrong("block-duplicate", "no Index stands twice",
                  fmt::format("Index {} stands again at offset {}", block.index, block.offset),
                  {in_report("Index", block.offset, {}, Bytes{static_cast<std::uint8_t>(block.index)})}));
}
void indices_ascend(Trial& trial) {
    const ReportFacts facts = report(trial);
    unsigned expected = 1;
    for (const BlockFacts& block : facts.blocks) {
        trial.expect(block.index == expected,
                     wrong("block-order", "blocks stand in the order of Index, from 1, without a gap",
                           fmt::format("Index {} stands where {} is due", block.index, expected),
                           {in_report("Index", block.offset, Bytes{static_cast<std::uint8_t>(expected)},
                                      Bytes{static_cast<std::uint8_t>(block.index)})}));
        ++expected;
    }
    trial.expect(expected > 1, "no-blocks", "there is at least one measurement block", "there is none");
}
void all_slots_are_reported(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    const ReportFacts facts = facts_of(trial, collected);
    const std::size_t expected = is_switch(collected) ? 31 : 64;
    trial.expect(facts.blocks.size() == expected,
                 wrong("block-slots", fmt::format("{} blocks", expected),
                       fmt::format("there are {} blocks", facts.blocks.size())));
}

/// `holds` of every block; `field` names what is judged.
void every_block(Trial& trial, std::string_view code, std::string_view sentence, std::size_t offset,
                 std::size_t size, bool (*holds)(const BlockFacts&)) {
    const ReportFacts facts = report(trial);
    trial.expect(!facts.blocks.empty(), "no-blocks", "there is at least one measurement block",
                 "there is none");
    for (const BlockFacts& block : facts.blocks) {
        // A block that is cut off before the field has none of its bytes to show.
        const std::size_t shown = block.size + 4 >= offset + size ? size : 0;
        const ByteView seen = ByteView{facts.bytes}.subspan(block.offset + offset, shown);
        trial.expect(holds(block), wrong(code, sentence,
                                         fmt::format("the block with Index {} at offset {} has {}",
                                                     block.index, block.offset, to_hex(seen)),
                                         {in_report(code, block.offset + offset, {}, seen, sentence)}));
    }
}

void specification_is_dmtf(Trial& trial) {
    every_block(trial, "block-specification", "MeasurementSpecification is 1 (DMTF)", 1, 1,
                [](const BlockFacts& b) { return b.specification == 1; });
}
void sizes_agree(Trial& trial) {
    every_block(trial, "block-size", "MeasurementSize is DMTFSpecMeasurementValueSize + 3", 2, 5,
                [](const BlockFacts& b) { return b.size >= 3 && b.size == b.value_size + 3; });
}
void type_is_known(Trial& trial) {
    every_block(trial, "block-type",
                "bits 0 to 6 of DMTFSpecMeasurementValueType are a type of SPDM 1.1, 0 to 4", 4, 1,
                [](const BlockFacts& b) { return b.size >= 3 && (b.value_type & 0x7F) <= 4; });
}
void digests_have_48_bytes(Trial& trial) {
    every_block(trial, "block-digest-size", "a value that is a digest has the 48 bytes of SHA-384", 5, 2,
                [](const BlockFacts& b) {
                    return b.size >= 3 && ((b.value_type & 0x80) != 0 || b.value.size() == 48);
                });
}
void types_are_firmware_digests(Trial& trial) {
    every_block(trial, "block-not-firmware", "every value is a digest of mutable firmware, type 0x01", 4, 1,
                [](const BlockFacts& b) { return b.size >= 3 && b.value_type == 1; });
}
void something_is_measured(Trial& trial) {
    const ReportFacts facts = report(trial);
    std::set<Bytes> distinct;
    for (const BlockFacts& block : facts.blocks)
        if (std::ranges::any_of(block.value, [](std::uint8_t byte) { return byte != 0; }))
            distinct.insert(block.value);
    trial.expect(distinct.size() >= 2,
                 wrong("nothing-measured", "at least two different measurements that are not zero",
                       fmt::format("there are {}", distinct.size())));
}

std::vector<Case> all() {
    return {
        make_case("block.index-range", "Every measurement block has an Index from 1 to 254", {"GPU-BLK-001"},
                  {}, needs_report, indices_are_legal),
        make_case("block.index-unique", "No two measurement blocks have the same Index", {"GPU-BLK-002"}, {},
                  needs_report, indices_are_unique),
        make_case("block.index-ascending", "Measurement blocks ascend from Index 1 without a gap",
                  {"GPU-BLK-003"}, {}, needs_report, indices_ascend),
        make_case("block.slots", "A GPU reports 64 measurement blocks, an NVSwitch 31", {"GPU-BLK-004"}, {},
                  needs_report, all_slots_are_reported),
        make_case("block.specification", "Every measurement block follows the DMTF specification",
                  {"GPU-BLK-005"}, {}, needs_report, specification_is_dmtf),
        make_case("block.sizes", "The two sizes of every measurement block agree", {"GPU-BLK-006"}, {},
                  needs_report, sizes_agree),
        make_case("block.value-type", "Every measurement has a value type that SPDM 1.1 defines",
                  {"GPU-BLK-007"}, {}, needs_report, type_is_known),
        make_case("block.digest-size", "Every digest is one of SHA-384", {"GPU-BLK-008"}, {}, needs_report,
                  digests_have_48_bytes),
        make_case("block.firmware-type", "Every measurement is a digest of mutable firmware", {"GPU-BLK-009"},
                  {}, needs_report, types_are_firmware_digests),
        make_case("block.measured", "A report holds measurements that tell firmware apart", {"GPU-BLK-010"},
                  {}, needs_report, something_is_measured),
    };
}

}  // namespace block_topic

std::vector<Case> block_cases() { return block_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
