// The opaque data of a report: their frame, which fields there are, how long each is.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace opaque_topic {

struct Seen {
    ReportFacts facts;
    bool of_switch = false;
};
Seen see(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    return {facts_of(trial, collected), is_switch(collected)};
}

void fields_fill_the_data(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    const ReportFacts facts = read_report(collected.report);
    for (const FramingFault& fault : facts.faults)
        trial.expect(fault.code != "opaque-framing",
                     wrong(fault.code, fault.expected, fault.actual,
                           {in_report("", fault.offset, {}, {}, fault.expected)}));
    if (!facts.faults.empty()) trial.not_tested(NotTested::dependency, facts.faults.front().actual);
    trial.expect(!facts.opaque.empty(), "opaque-empty", "there is at least one opaque field",
                 "there is none");
}
void types_are_unique(Trial& trial) {
    const Seen seen = see(trial);
    trial.expect(!seen.facts.opaque.empty(), "opaque-empty", "there is at least one opaque field",
                 "there is none");
    std::map<unsigned, std::size_t> first;
    for (const OpaqueFacts& field : seen.facts.opaque) {
        const auto [place, fresh] = first.emplace(field.type, field.offset);
        trial.expect(fresh, wrong("opaque-duplicate", "no DataType stands twice",
                                  fmt::format("{} at offset {} stands already at offset {}",
                                              opaque_name(field.type), field.offset, place->second),
                                  {in_report("DataType", field.offset, {},
                                             ByteView{seen.facts.bytes}.subspan(field.offset, 2))}));
    }
}
void types_are_legal(Trial& trial) {
    const Seen seen = see(trial);
    const unsigned last = seen.of_switch ? 27 : 36;
    trial.expect(!seen.facts.opaque.empty(), "opaque-empty", "there is at least one opaque field",
                 "there is none");
    for (const OpaqueFacts& field : seen.facts.opaque)
        trial.expect(field.type >= 1 && field.type <= last,
                     wrong("opaque-type", fmt::format("every DataType is from 1 to {}", last),
                           fmt::format("DataType {} stands at offset {}", field.type, field.offset),
                           {in_report("DataType", field.offset, {},
                                      ByteView{seen.facts.bytes}.subspan(field.offset, 2))}));
}
void no_reserved_types(Trial& trial) {
    const Seen seen = see(trial);
    trial.expect(!seen.facts.opaque.empty(), "opaque-empty", "there is at least one opaque field",
                 "there is none");
    for (const OpaqueFacts& field : seen.facts.opaque)
        trial.expect(field.type < 28 || field.type > 31,
                     wrong("opaque-reserved", "no DataType is of the reserved ones, 28 to 31",
                           fmt::format("DataType {} stands at offset {}", field.type, field.offset)));
}

/// Sizes of the fields that have a fixed one; 0: a multiple of 8 that is not 0.
std::map<unsigned, unsigned> sizes(bool of_switch) {
    if (of_switch) return {{6, 14}, {22, 8}, {23, 2}, {24, 2}, {25, 2}, {26, 128}};
    return {{4, 8},  {6, 8},  {11, 1}, {13, 4}, {14, 4}, {19, 2}, {20, 48}, {21, 1},
            {22, 0}, {23, 2}, {24, 2}, {25, 2}, {33, 2}, {34, 2}, {36, 2}};
}
void sizes_are_right(Trial& trial) {
    const Seen seen = see(trial);
    const auto table = sizes(seen.of_switch);
    std::size_t judged = 0;
    for (const OpaqueFacts& field : seen.facts.opaque) {
        const auto row = table.find(field.type);
        if (row == table.end()) continue;
        ++judged;
        const bool right =
            row->second != 0 ? field.size == row->second : field.size != 0 && field.size % 8 == 0;
        trial.expect(right, wrong("opaque-size",
                                  row->second != 0
                                      ? fmt::format("{} has {} bytes", opaque_name(field.type), row->second)
                                      : fmt::format("{} has a multiple of 8 bytes", opaque_name(field.type)),
                                  fmt::format("{} has {} bytes", opaque_name(field.type), field.size),
                                  {in_report(opaque_name(field.type), field.offset + 2, {},
                                             ByteView{seen.facts.bytes}.subspan(field.offset + 2, 2))}));
    }
    trial.expect(judged > 0, "opaque-unknown", "at least one field of a fixed size is there",
                 "there is none");
}

void expect_present(Trial& trial, const Seen& seen, std::initializer_list<unsigned> types) {
    for (const unsigned type : types)
        trial.expect(seen.facts.field(type) != nullptr,
                     wrong("opaque-missing", fmt::format("{} is there", opaque_name(type)),
                           fmt::format("there is no field of type {}", type)));
}
void versions_are_there(Trial& trial) {
    const Seen seen = see(trial);
    if (seen.of_switch)
        expect_present(trial, seen, {6});
    else
        expect_present(trial, seen, {3, 6});
}
void product_is_named(Trial& trial) {
    const Seen seen = see(trial);
    if (seen.of_switch) trial.not_tested(NotTested::not_supported, "an NVSwitch report names no project");
    expect_present(trial, seen, {15, 17, 18});
}
void decoder_state_is_there(Trial& trial) {
    const Seen seen = see(trial);
    if (seen.of_switch) trial.not_tested(NotTested::not_supported, "an NVSwitch has no video decoder");
    expect_present(trial, seen, {11});
}
void counters_are_there(Trial& trial) { expect_present(trial, see(trial), {12}); }
void firmware_identity_is_there(Trial& trial) {
    const Seen seen = see(trial);
    if (seen.of_switch) trial.not_tested(NotTested::not_supported, "an NVSwitch report has no FWID field");
    expect_present(trial, seen, {20});
}
void identifiers_of_a_switch(Trial& trial) {
    const Seen seen = see(trial);
    if (!seen.of_switch) trial.not_tested(NotTested::not_supported, "the device is a GPU");
    expect_present(trial, seen, {22, 26});
}

void fields_stand_in_order(Trial& trial) {
    const Seen seen = see(trial);
    const std::vector<unsigned> order =
        seen.of_switch
            ? std::vector<unsigned>{6, 22, 12, 26, 23, 24, 25}
            : std::vector<unsigned>{6, 14, 15, 16, 17, 18, 19, 3, 4, 12, 13, 11, 20, 21, 22, 33, 35, 34, 36};
    trial.expect(!seen.facts.opaque.empty(), "opaque-empty", "there is at least one opaque field",
                 "there is none");
    std::ptrdiff_t before = -1;
    unsigned type_before = 0;
    for (const OpaqueFacts& field : seen.facts.opaque) {
        const auto place = std::ranges::find(order, field.type) - order.begin();
        if (place == std::ssize(order)) continue;  // not seen in the field: no place is known
        trial.expect(
            place > before,
            wrong("opaque-order",
                  fmt::format("{} stands before {}", opaque_name(field.type), opaque_name(type_before)),
                  fmt::format("{} stands after it, at offset {}", opaque_name(field.type), field.offset)));
        before = place;
        type_before = field.type;
    }
}

std::vector<Case> all() {
    return {
        make_case("opaque.framing", "Opaque fields fill the opaque data to the byte", {"GPU-OPQ-001"}, {},
                  nullptr, fields_fill_the_data),
        make_case("opaque.unique", "No opaque field stands twice", {"GPU-OPQ-002"}, {}, needs_report,
                  types_are_unique),
        make_case("opaque.types", "Every opaque field has a type of its device kind", {"GPU-OPQ-003"}, {},
                  needs_report, types_are_legal),
        make_case("opaque.reserved", "No opaque field has a reserved type", {"GPU-OPQ-004"}, {}, needs_report,
                  no_reserved_types),
        make_case("opaque.sizes", "Opaque fields of fixed size have that size", {"GPU-OPQ-005"}, {},
                  needs_report, sizes_are_right),
        make_case("opaque.versions-present", "The versions that select reference values are in the report",
                  {"GPU-OPQ-006"}, {}, needs_report, versions_are_there),
        make_case("opaque.product-present", "Project, SKU and chip SKU of a GPU are in the report",
                  {"GPU-OPQ-007"}, {}, needs_report, product_is_named),
        make_case("opaque.nvdec-present", "The state of the video decoder of a GPU is in the report",
                  {"GPU-OPQ-008"}, {}, needs_report, decoder_state_is_there),
        make_case("opaque.msrscnt-present", "The measurement counters are in the report", {"GPU-OPQ-009"}, {},
                  needs_report, counters_are_there),
        make_case("opaque.fwid-present", "The firmware identity of a GPU is in the report", {"GPU-OPQ-010"},
                  {}, needs_report, firmware_identity_is_there),
        make_case("opaque.switch-identifiers", "An NVSwitch names itself and its GPUs", {"GPU-OPQ-011"}, {},
                  needs_report, identifiers_of_a_switch),
        make_case("opaque.order", "Opaque fields stand in the order of NVIDIA's devices", {"GPU-OPQ-012"}, {},
                  needs_report, fields_stand_in_order),
    };
}

}  // namespace opaque_topic

std::vector<Case> opaque_cases() { return opaque_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
