// The frame of a report: the request it repeats, the response around the measurements, lengths that fit.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace report_topic {

/// One byte of the report at `offset`.
void expect_byte(Trial& trial, const ReportFacts& facts, std::size_t offset, std::string_view field,
                 std::uint8_t expected, std::string_view code) {
    const std::uint8_t actual = facts.bytes[offset];
    trial.expect(actual == expected,
                 wrong(code, fmt::format("{} is 0x{:02X}", field, expected),
                       fmt::format("{} is 0x{:02X}", field, actual),
                       {in_report(field, offset, ByteView{&expected, 1}, ByteView{&actual, 1})}));
}

/// A case about one rule of framing: other faults of framing leave it open.
void expect_framing(Trial& trial, std::initializer_list<std::string_view> codes, std::string_view sentence) {
    const gpu::Evidence collected = evidence(trial);
    const ReportFacts facts = read_report(collected.report);
    for (const FramingFault& fault : facts.faults)
        if (std::ranges::find(codes, fault.code) != codes.end())
            trial.expect(false, wrong(fault.code, fault.expected, fault.actual,
                                      {in_report("", fault.offset, {}, {}, fault.expected)}));
    if (!facts.faults.empty())
        trial.not_tested(NotTested::dependency,
                         fmt::format("the report cannot be read so far: {}", facts.faults.front().actual));
    trial.expect(facts.faults.empty(), *codes.begin(), sentence, "the lengths do not fit");
}

void has_minimum_length(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    trial.expect(collected.report.size() >= 175,
                 wrong("report-short", "a request of 37 bytes and a signed response of at least 138",
                       fmt::format("the report has {} bytes", collected.report.size())));
    trial.expect(collected.report[38] == 0x60,
                 wrong("report-not-a-pair", "a MEASUREMENTS response follows the 37 bytes of the request",
                       fmt::format("the code at offset 38 is {:#04x}", collected.report[38])));
    trial.expect(collected.report.size() <= 37 + 8 + 0xFFFFFF + 32 + 2 + 1024 + 96,
                 wrong("report-long", "at most what the length fields can say",
                       fmt::format("the report has {} bytes", collected.report.size())));
}

void request_version(Trial& trial) {
    expect_byte(trial, report(trial), 0, "GET_MEASUREMENTS.SPDMVersion", 0x11, "request-version");
}
void request_code(Trial& trial) {
    expect_byte(trial, report(trial), 1, "GET_MEASUREMENTS.RequestResponseCode", 0xE0, "request-code");
}
void request_asks_for_signature(Trial& trial) {
    const ReportFacts facts = report(trial);
    trial.expect(
        (facts.bytes[2] & 1) == 1,
        wrong("request-unsigned", "bit 0 of Param1, signature requested, is set",
              fmt::format("Param1 of GET_MEASUREMENTS is 0x{:02X}", facts.bytes[2]),
              {in_report("GET_MEASUREMENTS.Param1", 2, Bytes{0x01}, ByteView{facts.bytes}.subspan(2, 1))}));
}
void request_asks_for_all_blocks(Trial& trial) {
    expect_byte(trial, report(trial), 3, "GET_MEASUREMENTS.Param2", 0xFF, "request-operation");
}
void request_names_slot(Trial& trial) {
    const ReportFacts facts = report(trial);
    const unsigned slot = facts.bytes[36];
    trial.expect(slot < 8, wrong("request-slot", "SlotIDParam is a slot from 0 to 7",
                                 fmt::format("SlotIDParam is {}", slot)));
    trial.expect((facts.bytes[40] & 0x0F) == slot,
                 wrong("response-slot", fmt::format("the response names slot {}, as the request", slot),
                       fmt::format("Param2 of MEASUREMENTS is 0x{:02X}", facts.bytes[40]),
                       {in_report("MEASUREMENTS.Param2", 40, Bytes{static_cast<std::uint8_t>(slot)},
                                  ByteView{facts.bytes}.subspan(40, 1))}));
}
void response_version(Trial& trial) {
    expect_byte(trial, report(trial), 37, "MEASUREMENTS.SPDMVersion", 0x11, "response-version");
}
void response_code(Trial& trial) {
    expect_byte(trial, report(trial), 38, "MEASUREMENTS.RequestResponseCode", 0x60, "response-code");
}
void response_reserved(Trial& trial) {
    const ReportFacts facts = report(trial);
    expect_byte(trial, facts, 39, "MEASUREMENTS.Param1", 0, "response-param1");
    trial.expect((facts.bytes[40] & 0xF0) == 0,
                 wrong("response-param2", "bits 4 to 7 of Param2 are 0 in SPDM 1.1",
                       fmt::format("Param2 of MEASUREMENTS is 0x{:02X}", facts.bytes[40])));
}

void record_is_inside(Trial& trial) {
    expect_framing(trial, {"record-length"}, "MeasurementRecordLength lies inside the report");
}
void blocks_fill_record(Trial& trial) {
    expect_framing(trial, {"block-framing"}, "the measurement blocks fill the record to the byte");
}
void block_count(Trial& trial) {
    expect_framing(trial, {"block-count"}, "NumberOfBlocks counts the blocks of the record");
}
void opaque_is_inside(Trial& trial) {
    expect_framing(trial, {"opaque-length"}, "OpaqueLength lies inside the report");
}
void ends_with_signature(Trial& trial) {
    expect_framing(trial, {"trailing-bytes"}, "the report ends with its signature");
}
void opaque_length_limit(Trial& trial) {
    const ReportFacts facts = report(trial);
    trial.expect(facts.opaque_length <= 1024, wrong("opaque-too-long", "OpaqueLength is at most 1024",
                                                    fmt::format("OpaqueLength is {}", facts.opaque_length)));
}
void statement_equals_report(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    const ReportFacts facts = facts_of(trial, collected);
    trial.expect(equal(collected.nonce, facts.request_nonce()),
                 wrong("stated-nonce", "the nonce that the evidence states is the one in its report",
                       fmt::format("stated {}, in the report {}", to_hex(collected.nonce),
                                   to_hex(facts.request_nonce())),
                       {in_report("GET_MEASUREMENTS.Nonce", 4, collected.nonce, facts.request_nonce())}));
}
void length_is_sum(Trial& trial) {
    const ReportFacts facts = report(trial);
    std::size_t record = 0;
    for (const BlockFacts& block : facts.blocks) record += 4 + block.size;
    std::size_t opaque = 0;
    for (const OpaqueFacts& field : facts.opaque) opaque += 4 + field.size;
    const std::size_t sum = 37 + 8 + record + 32 + 2 + opaque + 96;
    trial.expect(sum == facts.bytes.size(),
                 wrong("report-length", fmt::format("{} bytes, the sum of all its parts", sum),
                       fmt::format("the report has {} bytes", facts.bytes.size())));
}

std::vector<Case> all() {
    return {
        make_case("report.minimum-length",
                  "A report is as long as a request and a signed response are at least", {"GPU-REP-001"}, {},
                  nullptr, has_minimum_length),
        make_case("report.request-version", "The request in a report is of SPDM 1.1", {"GPU-REP-002"}, {},
                  needs_report, request_version),
        make_case("report.request-code", "A report begins with a GET_MEASUREMENTS request", {"GPU-REP-002"},
                  {}, needs_report, request_code),
        make_case("report.request-signature", "The request in a report asks for a signature", {"GPU-REP-003"},
                  {}, needs_report, request_asks_for_signature),
        make_case("report.request-all-blocks", "The request in a report asks for all measurement blocks",
                  {"GPU-REP-004"}, {}, needs_report, request_asks_for_all_blocks),
        make_case("report.slot", "The response answers for the slot that the request names", {"GPU-REP-005"},
                  {}, needs_report, request_names_slot),
        make_case("report.response-version", "The response in a report is of SPDM 1.1", {"GPU-REP-006"}, {},
                  needs_report, response_version),
        make_case("report.response-code", "The response in a report is MEASUREMENTS", {"GPU-REP-006"}, {},
                  needs_report, response_code),
        make_case("report.response-reserved", "Reserved parameters of MEASUREMENTS are zero", {"GPU-REP-007"},
                  {}, needs_report, response_reserved),
        make_case("report.record-length", "The measurement record lies inside the report", {"GPU-REP-008"},
                  {}, nullptr, record_is_inside),
        make_case("report.record-filled", "Measurement blocks fill their record to the byte", {"GPU-REP-008"},
                  {}, nullptr, blocks_fill_record),
        make_case("report.block-count", "NumberOfBlocks is the number of blocks in the record",
                  {"GPU-REP-009"}, {}, nullptr, block_count),
        make_case("report.opaque-inside", "The opaque data lie inside the report", {"GPU-REP-010"}, {},
                  nullptr, opaque_is_inside),
        make_case("report.opaque-limit", "The opaque data have at most 1024 bytes", {"GPU-REP-010"}, {},
                  needs_report, opaque_length_limit),
        make_case("report.ends-with-signature", "Nothing follows the signature of a report", {"GPU-REP-011"},
                  {}, nullptr, ends_with_signature),
        make_case("report.length-is-sum", "A report is exactly as long as all its parts together",
                  {"GPU-REP-008", "GPU-REP-010", "GPU-REP-011"}, {}, needs_report, length_is_sum),
        make_case("report.stated-nonce", "The nonce stated beside a report is the one inside it",
                  {"GPU-REP-012"}, {}, needs_report, statement_equals_report),
    };
}

}  // namespace report_topic

std::vector<Case> report_cases() { return report_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
