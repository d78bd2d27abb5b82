// Cryptographic erase: a ciphertext is deleted when every copy of its only key is.
#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace key_topic {

Bytes sealed_request(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::opened);
    return trial.need(node(trial).seal_to_disk(), "sealing to disk");
}

void ciphertext_is_residue_while_its_key_lives(Trial& trial) {
    (void)sealed_request(trial);
    const auto before = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(any(before, "E_RESIDUE", "guest.disk"), "not-found",
                 "a ciphertext whose key lives counts as residue", listed(before));
    trial.need(node(trial).erase_disk_key(), "erasing the key");
    const auto after = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(!any(after, "E_RESIDUE", "guest.disk"), "still-found",
                 "and no longer once the key is erased", listed(after));
}
void key_is_nowhere_after_erase(Trial& trial) {
    const Bytes key = sealed_request(trial);
    trial.expect(key.size() == 32 && !raw_place(trial, key).empty(), "no-sensitivity",
                 "the key is in a store before", "it is in none");
    trial.need(node(trial).erase_disk_key(), "erasing the key");
    const std::string place = raw_place(trial, key);
    trial.expect(place.empty(), "key-residue", "after an erase the key is in no store", place);
}
void every_slot_is_erased(Trial& trial) {
    const Bytes key = sealed_request(trial);
    trial.need(node(trial).copy_disk_key("slot"), "a copy in another slot");
    trial.expect(key.size() == 32 && !raw_place(trial, key).empty(), "no-sensitivity",
                 "the key is in a store before", "it is in none");
    trial.need(node(trial).erase_disk_key(), "erasing the key");
    const std::string place = raw_place(trial, key);
    trial.expect(place.empty(), "key-residue", "an erase finds every slot with the key", place);
}
void copies_refuse_the_erase(Trial& trial) {
    const Bytes key = sealed_request(trial);
    trial.need(node(trial).copy_disk_key("buffer"), "a copy in a buffer");
    expect_refusal(trial, node(trial).erase_disk_key(), "E_CE_KEY_COPY",
                   "an erase is refused where the key stands outside its slots");
    const auto findings = node(trial).take_findings();
    trial.expect(any(findings, "E_CE_KEY_COPY", "guest.cache"), "not-named", "and the copy's store is named",
                 listed(findings));
    const RecordFacts record = end(trial);
    trial.expect(!record.complete && record.has("E_CE_KEY_COPY"), "not-noticed",
                 "the deletion record says failed", record.text);
}
void end_erases_the_key(Trial& trial) {
    const Bytes key = sealed_request(trial);
    const RecordFacts record = end(trial);
    expect_complete(trial, record);
    trial.expect(record.has("\"copies_scrubbed\":1"), "record", "the record lists the key that was erased",
                 record.text);
    const std::string place = raw_place(trial, key);
    trial.expect(place.empty(), "key-residue", "after the end of its request the key is in no store", place);
}
void ciphertext_may_stay(Trial& trial) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::opened);
    trial.need(node(trial).seal_to_disk(), "sealing to disk");
    const Bytes before = trial.need(node(trial).raw_read("guest.disk"), "reading the disk");
    trial.expect(before.size() >= 64 && before != Bytes(before.size(), 0), "no-ciphertext",
                 "a ciphertext lies on the disk", "it is empty");
    expect_complete(trial, end(trial));
    const Bytes after = trial.need(node(trial).raw_read("guest.disk"), "reading the disk");
    trial.expect(before == after, "disk-changed", "it may stay there when its key is gone",
                 "the disk has changed");
    expect_nothing_left(trial, text, request);
}
void erase_without_a_key(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::opened);
    expect_refusal(trial, node(trial).erase_disk_key(), "E_KEY_UNKNOWN",
                   "an erase of a key that is in no slot is refused");
}

std::vector<Case> all() {
    return {
        make_case("key.live", "A ciphertext is residue as long as its key lives", {"DEL-KEY-003"}, nullptr,
                  ciphertext_is_residue_while_its_key_lives, {"keys"}),
        make_case("key.erased", "An erased key is in no store", {"DEL-KEY-001"}, nullptr,
                  key_is_nowhere_after_erase, {"keys"}),
        make_case("key.slots", "An erase reaches every slot", {"DEL-KEY-001"}, nullptr, every_slot_is_erased,
                  {"keys"}),
        make_case("key.copy", "A copy outside the slots refuses the erase", {"DEL-KEY-002"}, nullptr,
                  copies_refuse_the_erase, {"keys"}),
        make_case("key.end", "The end of a request erases its keys", {"DEL-KEY-001", "DEL-REC-002"}, nullptr,
                  end_erases_the_key, {"keys"}),
        make_case("key.ciphertext", "A ciphertext may stay when its key is gone", {"DEL-KEY-003"}, nullptr,
                  ciphertext_may_stay, {"keys"}),
        make_case("key.unknown", "A key that is in no slot is not erased", {"DEL-KEY-002"}, nullptr,
                  erase_without_a_key, {"keys"}),
    };
}

}  // namespace key_topic

std::vector<Case> key_cases() { return key_topic::all(); }

}  // namespace assay::conformance::deletion
