// A guest around the data path: what a gateway and a worker hold of a request, and how they can be wrong.
#pragma once
#include <set>

#include "conformance/targets/data_path_node.hpp"
#include "conformance/targets/deletion_port.hpp"
#include "sim/labels/controls.hpp"

namespace assay::conformance {

/// Faults of the guest's software; those of the data path are in models/gpu/data_path_faults.cpp.
enum class GuestFault : std::uint8_t {
    outbox_kept,      // the retry queue keeps the response
    prompt_cut,       // the scrub covers the length of the last text, not the capacity
    hash_logged,      // SHA-256 of the prompt in a log
    label_lost,       // a copy of the prompt that says it is clean
    unlabelled_copy,  // a copy of the prompt that says nothing
    payload_traced,   // the prompt in a trace
    key_escrowed,     // the key of a cryptographic erase in a buffer
};
std::optional<GuestFault> find_guest_fault(std::string_view name);

/// The worker's part of a deletion.
class GuestWorker final : public labels::Participant {
public:
    explicit GuestWorker(labels::Registry& registry);

    std::string_view name() const override { return "worker"; }
    void drop_response(const labels::Subject& subject) override;
    Result<Nothing, labels::Refusal> scrub(const labels::Subject& subject) override;
    Result<Nothing, labels::Refusal> zeroise(const labels::Subject& subject) override;

    /// The text has come, and was opened.
    void take_prompt(const labels::Subject& subject, ByteView text, std::span<const std::uint32_t> token_ids);
    /// The answer echoes the prompt, and waits in the outbox.
    void answer(const labels::Subject& subject);
    Result<labels::KeyRef, labels::Refusal> seal_to_disk(const labels::Subject& subject);
    Result<Nothing, labels::Refusal> copy_disk_key(bool into_slot);
    Result<labels::KeyErase, labels::Refusal> erase_disk_key();

    labels::Registry& registry;
    labels::LabelledStore inbox, prompt, tokens, response, outbox, cache, disk, log, trace;
    labels::KeyStore vault, backup;
    std::size_t prompt_size = 0;
    std::set<GuestFault> faults;
    std::optional<labels::KeyRef> disk_key;
};

}  // namespace assay::conformance
