// GET_MEASUREMENTS (DSP0274 1.1): operations, forms, slots.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/spdm_client.hpp"

namespace assay::conformance::gpu_evidence {
namespace spdm_measurement_topic {

void counts(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts count = spdm.measure(0, std::nullopt);
    trial.expect(count.number_of_blocks == 0 && count.blocks.empty(), "count-with-blocks",
                 "operation 0 gives no blocks", fmt::format("it gives {}", count.number_of_blocks));
    const MeasurementsFacts all = spdm.measure(0xFF, std::nullopt);
    trial.expect(count.total == all.blocks.size() && count.total > 0, "count-differs",
                 fmt::format("Param1 of operation 0 is {}, the number of all blocks", all.blocks.size()),
                 fmt::format("it is {}", count.total));
}
void gives_one_block(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts all = spdm.measure(0xFF, std::nullopt);
    trial.expect(!all.blocks.empty(), "no-blocks", "there is a measurement block", "there is none");
    for (const std::size_t place : {std::size_t{0}, all.blocks.size() / 2, all.blocks.size() - 1}) {
        const BlockFacts& wanted = all.blocks[place];
        const MeasurementsFacts one = spdm.measure(static_cast<std::uint8_t>(wanted.index), std::nullopt);
        trial.expect(
            one.blocks.size() == 1 && one.blocks[0].index == wanted.index &&
                one.blocks[0].value == wanted.value,
            "one-block",
            fmt::format("operation {} gives the block with that Index, as in the whole", wanted.index),
            fmt::format("it gives {} blocks", one.blocks.size()));
    }
}
void unknown_index(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts all = spdm.measure(0xFF, std::nullopt);
    std::uint8_t unknown = 0xFE;
    while (std::ranges::find(all.blocks, unknown, &BlockFacts::index) != all.blocks.end()) --unknown;
    spdm.refused(get_measurements(unknown, std::nullopt), {invalid_request},
                 fmt::format("GET_MEASUREMENTS for Index {}, which does not exist", unknown));
    spdm.measure(0xFF, std::nullopt);
}
void unsigned_has_no_signature(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts bare = spdm.measure(0xFF, std::nullopt);
    const MeasurementsFacts full = spdm.measure(0xFF, random_bytes(trial, 32));
    trial.expect(bare.message.size() + 96 == full.message.size(), "unsigned-length",
                 "an unsigned answer has no signature and all else",
                 fmt::format("{} bytes unsigned, {} signed", bare.message.size(), full.message.size()));
}
void signed_answer_verifies(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes nonce = random_bytes(trial, 32);
    const MeasurementsFacts answer = spdm.measure(0xFF, nonce);
    const auto certificates = chain_of(trial, collect(trial, nonce, ""));
    trial.expect(spdm.covers(certificates, concat({get_measurements(0xFF, nonce), answer.unsigned_part()}),
                             answer.signature),
                 "signature-invalid", "the leaf signs GET_MEASUREMENTS and MEASUREMENTS",
                 "it does not verify");
}
void one_block_can_be_signed(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes nonce = random_bytes(trial, 32);
    const MeasurementsFacts answer = spdm.measure(1, nonce);
    trial.expect(answer.blocks.size() == 1 && answer.blocks[0].index == 1, "one-block",
                 "Index 1 alone is given", fmt::format("{} blocks are", answer.blocks.size()));
    const auto certificates = chain_of(trial, collect(trial, nonce, ""));
    trial.expect(spdm.covers(certificates, concat({get_measurements(1, nonce), answer.unsigned_part()}),
                             answer.signature),
                 "signature-invalid", "one block alone is signed as all are",
                 "the signature does not verify");
}
void reserved_are_zero(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts answer = spdm.measure(0xFF, random_bytes(trial, 32));
    trial.expect(answer.message[2] == 0 && answer.message[3] == 0, "measurements-reserved",
                 "Param1 is 0 and Param2 names slot 0", to_hex(ByteView{answer.message}.first(4)));
}
void slots_that_are_not(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    for (const std::uint8_t slot : {std::uint8_t{8}, std::uint8_t{15}})
        spdm.refused(get_measurements(0xFF, random_bytes(trial, 32), slot), {invalid_request},
                     fmt::format("a signature by slot {}", slot));
    spdm.measure(0xFF, random_bytes(trial, 32));
}
void signature_without_nonce(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    spdm.refused(Bytes{0x11, 0xE0, 1, 0xFF}, {invalid_request}, "a signature asked for without a nonce");
    Bytes cut = get_measurements(0xFF, random_bytes(trial, 32));
    cut.pop_back();
    spdm.refused(cut, {invalid_request}, "GET_MEASUREMENTS without its SlotIDParam");
    spdm.measure(0xFF, random_bytes(trial, 32));
}
void same_as_evidence(Trial& trial) {
    const ReportFacts facts = report(trial);
    Spdm spdm{trial};
    spdm.connect();
    const MeasurementsFacts answer = spdm.measure(0xFF, random_bytes(trial, 32));
    trial.expect(answer.blocks.size() == facts.blocks.size() && !answer.blocks.empty(), "evidence-count",
                 fmt::format("{} blocks, as in the report", facts.blocks.size()),
                 fmt::format("there are {}", answer.blocks.size()));
    for (const BlockFacts& block : answer.blocks) {
        const BlockFacts* other = facts.block(block.index);
        trial.expect(other != nullptr && other->value == block.value, "evidence-differs",
                     "report and SPDM give the same measurements",
                     fmt::format("Index {} differs", block.index));
    }
}
void needs_no_certificates_first(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    spdm.measure(0xFF, random_bytes(trial, 32));
}
void before_algorithms(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    spdm.refused(get_measurements(0xFF, random_bytes(trial, 32)), {unexpected_request},
                 "GET_MEASUREMENTS before NEGOTIATE_ALGORITHMS");
    spdm.negotiate_algorithms();
    spdm.measure(0xFF, random_bytes(trial, 32));
}

std::vector<Case> all() {
    const std::vector<std::string> spdm{"spdm"};
    return {
        make_case("spdm.measurement-count", "Operation 0 counts the measurement blocks", {"GPU-SPDM-021"},
                  spdm, needs_connection, counts),
        make_case("spdm.measurement-one", "A single measurement block can be asked for", {"GPU-SPDM-022"},
                  spdm, needs_connection, gives_one_block),
        make_case("spdm.measurement-unknown", "An Index that does not exist is refused", {"GPU-SPDM-023"},
                  spdm, needs_connection, unknown_index),
        make_case("spdm.measurement-unsigned", "Measurements come unsigned where no signature was asked for",
                  {"GPU-SPDM-024"}, spdm, needs_connection, unsigned_has_no_signature),
        make_case("spdm.measurement-signed", "Measurements come signed where a signature was asked for",
                  {"GPU-SPDM-025"}, spdm, needs_connection, signed_answer_verifies),
        make_case("spdm.measurement-one-signed", "A single measurement block can be signed",
                  {"GPU-SPDM-022", "GPU-SPDM-025"}, spdm, needs_connection, one_block_can_be_signed),
        make_case("spdm.measurement-reserved", "MEASUREMENTS names its slot and has no reserved bits set",
                  {"GPU-SPDM-018"}, spdm, needs_connection, reserved_are_zero),
        make_case("spdm.measurement-slot", "A signature by a slot that cannot exist is refused",
                  {"GPU-SPDM-020"}, spdm, needs_signed_measurement, slots_that_are_not),
        make_case("spdm.measurement-short", "A request for a signature cut short is refused",
                  {"GPU-SPDM-009"}, spdm, needs_signed_measurement, signature_without_nonce),
        make_case("spdm.measurement-evidence", "SPDM and the report give the same measurements",
                  {"GPU-SPDM-026"}, spdm, needs_signed_measurement, same_as_evidence),
        make_case("spdm.measurement-directly", "Measurements need no certificates to be read first",
                  {"GPU-SPDM-027"}, spdm, needs_connection, needs_no_certificates_first),
        make_case("spdm.measurement-order", "GET_MEASUREMENTS before NEGOTIATE_ALGORITHMS is refused",
                  {"GPU-SPDM-008"}, spdm, needs_connection, before_algorithms),
    };
}

}  // namespace spdm_measurement_topic

std::vector<Case> spdm_measurement_cases() { return spdm_measurement_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
