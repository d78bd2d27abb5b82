// What can go wrong on the data path and at the end of a request, as data: for scenarios, campaigns and the
// controls of the suites.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace assay::gpu {

enum class Fault : std::uint8_t {
    // The host, which owns the bounce buffer, changes what lies in it.
    payload_flipped,
    tag_flipped,
    header_edited,
    short_tag,
    block_swapped,
    record_replayed,
    answer_reflected,
    answer_flipped,
    answer_replayed,
    // The guest's driver is wrong.
    counter_reused,
    iv_skipped,
    stale_key,
    plaintext_in_bounce,
    token_in_doorbell,
    // The device is wrong.
    input_not_scrubbed,
    kv_left,
    partial_scrub,
    activations_left,
    shared_memory_left,
    late_write,
    bad_bank,
    kv_shared,
    unlabelled_copy,
    key_kept,
    reset_without_scrub,
    // The guest forgets.
    buffer_left,
    bounce_left,
};

/// Who finds it: the data path itself refuses, or a gate or an oracle of the labels reports.
enum class FoundBy : std::uint8_t { refusal, sink, label_oracle, content_oracle, read_back };

struct FaultRow {
    Fault fault{};
    std::string_view name;
    std::string_view code;  // exactly this
    FoundBy found_by{};
    std::string_view store;  // where an oracle or a gate must find it; empty: at no store
    std::string_view effect;
};
/// One row per fault.
std::span<const FaultRow> fault_rows();
const FaultRow* find_fault(std::string_view name);
const FaultRow& row(Fault fault);

}  // namespace assay::gpu
