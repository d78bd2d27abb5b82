#include "models/gpu/data_path_faults.hpp"

#include <algorithm>
#include <array>

namespace assay::gpu {
namespace {

constexpr std::array fault_table{
    FaultRow{Fault::payload_flipped, "payload-flipped", "E_TAG", FoundBy::refusal, "",
             "one bit of a ciphertext in the bounce buffer is flipped"},
    FaultRow{Fault::tag_flipped, "tag-flipped", "E_TAG", FoundBy::refusal, "", "one bit of a tag is flipped"},
    FaultRow{Fault::header_edited, "header-edited", "E_TAG", FoundBy::refusal, "",
             "the host changes where a payload goes"},
    FaultRow{Fault::short_tag, "short-tag", "E_TAG_LEN", FoundBy::refusal, "",
             "the host says that the tag has 4 bytes"},
    FaultRow{Fault::block_swapped, "block-swapped", "E_TAG", FoundBy::refusal, "",
             "an earlier payload under the header of this record"},
    FaultRow{Fault::record_replayed, "record-replayed", "E_REPLAY", FoundBy::refusal, "",
             "the record before, header and all"},
    FaultRow{Fault::answer_reflected, "answer-reflected", "E_TAG", FoundBy::refusal, "",
             "an answer of the device comes back as a record for it"},
    FaultRow{Fault::answer_flipped, "answer-flipped", "E_TAG", FoundBy::refusal, "",
             "one bit of an answer is flipped"},
    FaultRow{Fault::answer_replayed, "answer-replayed", "E_REPLAY", FoundBy::refusal, "",
             "the answer before instead of this one"},
    FaultRow{Fault::counter_reused, "counter-reused", "E_IV_REUSE", FoundBy::refusal, "",
             "the driver seals under a counter that it has used"},
    FaultRow{Fault::iv_skipped, "iv-skipped", "E_SEQ_GAP", FoundBy::refusal, "",
             "the driver leaves a counter out"},
    FaultRow{Fault::stale_key, "stale-key", "E_TAG", FoundBy::refusal, "",
             "the driver seals under a key of another session"},
    FaultRow{Fault::plaintext_in_bounce, "plaintext-in-bounce", "E_PLAINTEXT_EGRESS", FoundBy::sink,
             "guest.bounce", "the driver puts the prompt into the bounce buffer as it is"},
    FaultRow{Fault::token_in_doorbell, "token-in-doorbell", "E_PLAINTEXT_EGRESS", FoundBy::sink,
             "guest.doorbell", "the driver passes a token as an argument of the doorbell"},
    FaultRow{Fault::input_not_scrubbed, "scrub-skipped", "E_RESIDUE", FoundBy::label_oracle,
             "gpu.hbm.staging", "token lists stay in the staging memory"},
    FaultRow{Fault::kv_left, "kv-left", "E_RESIDUE", FoundBy::label_oracle, "gpu.hbm.kv",
             "keys and values are freed and not scrubbed"},
    FaultRow{Fault::partial_scrub, "partial-scrub", "E_RESIDUE", FoundBy::label_oracle, "gpu.hbm.staging",
             "the scrub ends before the range does"},
    FaultRow{Fault::activations_left, "activations-left", "E_RESIDUE", FoundBy::label_oracle,
             "gpu.hbm.activations", "activations are not scrubbed"},
    FaultRow{Fault::shared_memory_left, "shared-memory-left", "E_RESIDUE", FoundBy::label_oracle,
             "gpu.sm.shared", "shared memory keeps its values between requests"},
    FaultRow{Fault::late_write, "late-write", "E_RESIDUE", FoundBy::label_oracle, "gpu.hbm.staging",
             "the copy engine writes once more after the scrub"},
    FaultRow{Fault::bad_bank, "bad-bank", "E_SCRUB_VERIFY", FoundBy::read_back, "gpu.hbm.kv",
             "a bank of memory loses writes"},
    FaultRow{Fault::kv_shared, "kv-shared", "E_CROSS_SUBJECT", FoundBy::refusal, "gpu.hbm.kv",
             "a second request is given the cached prefix of the first"},
    FaultRow{Fault::unlabelled_copy, "unlabelled-copy", "E_ORACLE_DISAGREE", FoundBy::content_oracle,
             "gpu.ce.scratch", "a copy of the token list lost its label"},
    FaultRow{Fault::key_kept, "key-kept", "E_RESIDUE", FoundBy::label_oracle, "gpu.keys",
             "the device keeps the keys of a session that is closed"},
    FaultRow{Fault::reset_without_scrub, "reset-without-scrub", "E_RESIDUE", FoundBy::label_oracle,
             "gpu.hbm.kv", "a reset leaves the memories as they are"},
    FaultRow{Fault::buffer_left, "buffer-left", "E_RESIDUE", FoundBy::label_oracle, "guest.buffer",
             "the guest's own buffer is not scrubbed"},
    FaultRow{Fault::bounce_left, "bounce-left", "E_RESIDUE", FoundBy::label_oracle, "guest.bounce",
             "ciphertext stays in the bounce buffer while its key lives"},
};

constexpr bool faults_in_order() {
    for (std::size_t i = 0; i < fault_table.size(); ++i)
        if (fault_table[i].fault != static_cast<Fault>(i)) return false;
    return true;
}
static_assert(faults_in_order());

}  // namespace

std::span<const FaultRow> fault_rows() { return fault_table; }

const FaultRow* find_fault(std::string_view name) {
    const auto found = std::ranges::find(fault_table, name, &FaultRow::name);
    return found == fault_table.end() ? nullptr : &*found;
}

const FaultRow& row(Fault fault) { return fault_table.at(static_cast<std::size_t>(fault)); }

}  // namespace assay::gpu
