// One fault in a report.
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace report_table {

void flip(Bytes& bytes, std::size_t at) { bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ 1); }

void signature_flipped(World& w) {
    w.report().after_signing = [](Bytes& report) {
        flip(report, report.size() - 1);
    };
}
void signature_zero(World& w) {
    w.report().after_signing = [](Bytes& report) {
        std::fill(report.end() - 96, report.end(), std::uint8_t{0});
    };
}
void signature_parts_swapped(World& w) {
    w.report().after_signing = [](Bytes& report) {
        std::swap_ranges(report.end() - 96, report.end() - 48, report.end() - 48);
    };
}
void measurement_flipped(World& w) {
    w.report().after_signing = [](Bytes& report) {
        flip(report, 37 + 8 + 55 * 21 + 7);
    };
}
void opaque_flipped(World& w) {
    w.report().after_signing = [](Bytes& report) {
        flip(report, report.size() - 97);
    };
}
void signed_by_another(World& w) { w.device().other_signer = true; }
void request_unsigned_part(World& w) {
    w.report().after_signing = [](Bytes& report) {
        flip(report, 36);
    };
}

void request_version(World& w) { w.report().request_head[0] = 0x12; }
void request_code(World& w) { w.report().request_head[1] = 0xE1; }
void response_version(World& w) { w.report().response_head[0] = 0x12; }
void response_code(World& w) { w.report().response_head[1] = 0x61; }

void nonce_in_request(World& w) {
    flip(w.report().nonce, 0);
    w.device().stated_nonce = w.nonce;
}
void whole_evidence_of_another_nonce(World& w) { w.report().nonce = w.random(32); }
void caller_asked_another(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        flip(*request.nonce, 31);
    };
}
void only_the_responder_answers(World& w) {
    w.report().nonce = w.random(32);
    w.device().stated_nonce = w.nonce;
    w.report().responder_nonce = w.nonce;
}
void stated_nonce_differs(World& w) {
    w.device().stated_nonce = w.random(32);
    w.arrange = [](AppraisalRequest& request) {
        request.nonce.reset();
    };
}
void nonce_not_demanded(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.nonce.reset();
    };
}

void trailing_byte(World& w) {
    w.report().after_signing = [](Bytes& report) {
        report.push_back(0);
    };
}
void byte_before_signature(World& w) {
    w.report().before_signing = [](Bytes& body) {
        body.push_back(0);
    };
}
void truncated(World& w) {
    w.report().after_signing = [](Bytes& report) {
        report.resize(report.size() - 1);
    };
}
void cut_and_signed(World& w) {
    w.report().before_signing = [](Bytes& body) {
        body.resize(body.size() - 1);
    };
}
void nothing_but_signature(World& w) {
    w.report().before_signing = [](Bytes& body) {
        body.resize(20);
    };
}
void empty(World& w) {
    w.report().after_signing = [](Bytes& report) {
        report.clear();
    };
}

void no_blocks(World& w) { w.report().blocks.clear(); }
void count_zero(World& w) { w.report().number_of_blocks = std::uint8_t{0}; }
void count_too_high(World& w) { w.report().number_of_blocks = std::uint8_t{65}; }
void count_too_low(World& w) { w.report().number_of_blocks = std::uint8_t{63}; }
void record_longer(World& w) { w.report().record_length = 3520 + 55; }
void record_not_a_multiple(World& w) { w.report().record_length = 3519; }
void record_huge(World& w) { w.report().record_length = 0xFFFFFF; }
void index_zero(World& w) { w.report().block(0).index = 0; }
void index_65(World& w) { w.report().blocks.push_back({65, w.random(48)}); }
void index_twice(World& w) { w.report().block(50).index = 50; }
void index_twice_added(World& w) {
    // The second would overwrite the first with a value that matches.
    Block genuine = w.report().block(21);
    w.report().block(21).value = w.random(48);
    w.report().blocks.push_back(genuine);
}
void indices_swapped(World& w) { std::swap(w.report().blocks[40], w.report().blocks[41]); }
void specification_2(World& w) { w.report().block(50).specification = 2; }
void size_50(World& w) { w.report().block(50).size = std::uint16_t{50}; }
void type_2(World& w) { w.report().block(50).value_type = 2; }
void type_raw(World& w) { w.report().block(21).value_type = 0x81; }
void value_size_32(World& w) { w.report().block(50).value_size = std::uint16_t{32}; }
void value_of_32(World& w) { w.report().block(50).value.resize(32); }

}  // namespace report_table

std::vector<Row> report_rows() {
    using gpu::Arch;
    namespace t = report_table;
    const std::vector<std::string_view> signature{"E_SPDM_SIGNATURE"}, nonce{"E_SPDM_NONCE_MISMATCH"},
        parse{"E_SPDM_PARSE"}, block{"E_MEAS_BLOCK", "E_SPDM_PARSE"},
        duplicate{"E_MEAS_DUPLICATE", "E_MEAS_ORDER"};
    const auto h = Arch::hopper;
    return {
        {"report.signature-bit",
         "A flipped bit of the signature is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::signature_flipped,
         signature,
         {},
         508},
        {"report.signature-switch",
         "A flipped bit of an NVSwitch's signature is refused",
         {"GPUV-REP-001"},
         Arch::ls10,
         nullptr,
         t::signature_flipped,
         signature,
         {},
         606},
        {"report.signature-zero",
         "A signature of zeros is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::signature_zero,
         signature},
        {"report.signature-swapped",
         "A signature with r and s swapped is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::signature_parts_swapped,
         signature},
        {"report.measurement-bit",
         "A measurement changed after signing is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::measurement_flipped,
         signature},
        {"report.opaque-bit",
         "An opaque field changed after signing is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::opaque_flipped,
         signature},
        {"report.request-bit",
         "A request changed after signing is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::request_unsigned_part,
         signature},
        {"report.other-signer",
         "A report that another key signed is refused",
         {"GPUV-REP-001"},
         h,
         nullptr,
         t::signed_by_another,
         signature},
        {"report.request-version",
         "A request of SPDM 1.2 in a report is refused",
         {"GPUV-REP-002"},
         h,
         nullptr,
         t::request_version,
         parse,
         {},
         503},
        {"report.request-code",
         "A report that begins with another request is refused",
         {"GPUV-REP-002"},
         h,
         nullptr,
         t::request_code,
         parse},
        {"report.response-version",
         "A response of SPDM 1.2 in a report is refused",
         {"GPUV-REP-002"},
         h,
         nullptr,
         t::response_version,
         parse},
        {"report.response-code",
         "A report with another response is refused",
         {"GPUV-REP-002"},
         h,
         nullptr,
         t::response_code,
         parse},
        {"report.nonce-in-request",
         "A report over another nonce than the stated one is refused",
         {"GPUV-REP-003"},
         h,
         nullptr,
         t::nonce_in_request,
         nonce,
         {},
         504},
        {"report.nonce-old",
         "Evidence of an earlier nonce is refused",
         {"GPUV-REP-003"},
         h,
         nullptr,
         t::whole_evidence_of_another_nonce,
         nonce},
        {"report.nonce-caller",
         "Evidence is refused when the verifier asked for another nonce",
         {"GPUV-REP-003"},
         h,
         nullptr,
         t::caller_asked_another,
         nonce},
        {"report.nonce-responder",
         "The responder's nonce is never taken for the verifier's",
         {"GPUV-REP-003"},
         h,
         nullptr,
         t::only_the_responder_answers,
         nonce},
        {"report.nonce-stated",
         "A stated nonce that is not the report's is refused",
         {"GPUV-REP-003"},
         h,
         t::nonce_not_demanded,
         t::stated_nonce_differs,
         nonce},
        {"report.nonce-switch",
         "An NVSwitch's report over another nonce is refused",
         {"GPUV-REP-003"},
         Arch::ls10,
         nullptr,
         t::whole_evidence_of_another_nonce,
         nonce,
         {},
         603},
        {"report.trailing-byte",
         "A byte after the signature is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::trailing_byte,
         {"E_SPDM_SIGNATURE", "E_SPDM_TRAILING_DATA"}},
        {"report.trailing-signed",
         "A signed byte after the opaque data is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::byte_before_signature,
         {"E_SPDM_TRAILING_DATA", "E_SPDM_PARSE"}},
        {"report.truncated",
         "A report cut short is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::truncated,
         {"E_SPDM_SIGNATURE", "E_SPDM_PARSE"}},
        {"report.truncated-signed",
         "A report that lacks a byte and is signed is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::cut_and_signed,
         {"E_SPDM_PARSE", "E_OPAQUE_PARSE"}},
        {"report.short",
         "A report of 116 signed bytes is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::nothing_but_signature,
         {"E_REPORT_LENGTH", "E_SPDM_PARSE"}},
        {"report.empty",
         "An empty report is refused",
         {"GPUV-REP-004"},
         h,
         nullptr,
         t::empty,
         {"E_REPORT_LENGTH", "E_SPDM_PARSE"}},
        {"report.no-blocks",
         "A report without measurements is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::no_blocks,
         {"E_SPDM_PARSE", "E_MEAS_BLOCK"}},
        {"report.count-zero",
         "NumberOfBlocks 0 is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::count_zero,
         block},
        {"report.count-high",
         "NumberOfBlocks above the blocks is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::count_too_high,
         block},
        {"report.count-low",
         "NumberOfBlocks below the blocks is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::count_too_low,
         block},
        {"report.record-long",
         "A MeasurementRecordLength with room for one more block is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::record_longer,
         {"E_SPDM_PARSE", "E_MEAS_BLOCK", "E_MEAS_UNKNOWN"}},
        {"report.record-odd",
         "A MeasurementRecordLength that ends inside a block is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::record_not_a_multiple,
         block},
        {"report.record-huge",
         "A MeasurementRecordLength beyond the report is refused",
         {"GPUV-REP-005"},
         h,
         nullptr,
         t::record_huge,
         block},
        {"report.index-zero",
         "A block with Index 0 is refused",
         {"GPUV-REP-006"},
         h,
         nullptr,
         t::index_zero,
         {"E_MEAS_UNKNOWN", "E_MEAS_BLOCK", "E_SPDM_PARSE"}},
        {"report.index-unknown",
         "A block with Index 65 is refused",
         {"GPUV-REP-006"},
         h,
         nullptr,
         t::index_65,
         {"E_MEAS_UNKNOWN"}},
        {"report.index-twice",
         "Two blocks with one Index are refused",
         {"GPUV-REP-006"},
         h,
         nullptr,
         t::index_twice,
         duplicate},
        {"report.index-overwritten",
         "A later block cannot replace an earlier one with its Index",
         {"GPUV-REP-006"},
         h,
         nullptr,
         t::index_twice_added,
         duplicate},
        {"report.index-order",
         "Blocks out of order are refused",
         {"GPUV-REP-006"},
         h,
         nullptr,
         t::indices_swapped,
         {"E_MEAS_ORDER", "E_MEAS_BLOCK"}},
        {"report.specification",
         "A block of another specification is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::specification_2,
         block},
        {"report.size",
         "A MeasurementSize of 50 is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::size_50,
         block},
        {"report.value-type",
         "A value of another type is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::type_2,
         {"E_MEAS_VALUE_TYPE", "E_MEAS_BLOCK"}},
        {"report.value-raw",
         "A raw value is no digest and is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::type_raw,
         {"E_MEAS_VALUE_TYPE", "E_MEAS_BLOCK"}},
        {"report.value-size",
         "A value size of 32 in a block of 51 is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::value_size_32,
         block},
        {"report.value-short",
         "A digest of 32 bytes is refused",
         {"GPUV-REP-007"},
         h,
         nullptr,
         t::value_of_32,
         block},
    };
}

}  // namespace assay::conformance::gpu_appraisal
