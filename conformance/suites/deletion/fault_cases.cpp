// A node that is wrong in one way: found by the oracle that should, in the store that it is in, and the
// record says failed.
#include "conformance/suites/deletion/node.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance::deletion {
namespace fault_topic {

struct Row {
    std::string_view fault, code, store, title;
    std::vector<std::string> requirements;
    std::string_view oracle = "label";
};
const std::vector<Row>& rows() {
    static const std::vector<Row> all{
        {"scrub-skipped",
         "E_RESIDUE",
         "gpu.hbm.staging",
         "Staging memory that is not scrubbed is found",
         {"DEL-FLT-001"}},
        {"kv-left",
         "E_RESIDUE",
         "gpu.hbm.kv",
         "Keys and values that are not scrubbed are found",
         {"DEL-FLT-001"}},
        {"partial-scrub",
         "E_RESIDUE",
         "gpu.hbm.staging",
         "A scrub that ends before its range is found",
         {"DEL-FLT-001", "DEL-SCR-001"}},
        {"activations-left",
         "E_RESIDUE",
         "gpu.hbm.activations",
         "Activations that are not scrubbed are found",
         {"DEL-FLT-001"}},
        {"shared-memory-left",
         "E_RESIDUE",
         "gpu.sm.shared",
         "Shared memory that keeps its values is found",
         {"DEL-FLT-001"}},
        {"late-write", "E_RESIDUE", "gpu.hbm.staging", "A write after the scrub is found", {"DEL-FLT-002"}},
        {"bad-bank",
         "E_SCRUB_VERIFY",
         "gpu.hbm.kv",
         "A bank that loses writes is found when it is read back",
         {"DEL-SCR-002"},
         "store"},
        {"unlabelled-copy",
         "E_ORACLE_DISAGREE",
         "gpu.ce.scratch",
         "A copy on the device that lost its label is found by content",
         {"DEL-ORC-002"},
         "content"},
        {"buffer-left",
         "E_RESIDUE",
         "guest.buffer",
         "A driver's buffer that is not scrubbed is found",
         {"DEL-FLT-001"}},
        {"bounce-left", "E_RESIDUE", "guest.bounce", "Ciphertext whose key lives is found", {"DEL-KEY-003"}},
        {"outbox-kept",
         "E_RESIDUE",
         "guest.outbox",
         "A response that stays in its outbox is found",
         {"DEL-FLT-001"}},
        {"prompt-cut",
         "E_RESIDUE",
         "guest.prompt",
         "The tail of a longer prompt is found",
         {"DEL-FLT-001", "DEL-SCR-001"}},
        {"label-lost",
         "E_ORACLE_DISAGREE",
         "guest.cache",
         "A copy in the guest that lost its label is found by content",
         {"DEL-ORC-002"},
         "content"},
        {"guest-unlabelled-copy",
         "E_RESIDUE",
         "guest.cache",
         "A copy without a label counts as residue",
         {"DEL-FLT-003"}},
        {"key-escrowed",
         "E_CE_KEY_COPY",
         "guest.cache",
         "A copy of the key in a buffer refuses the cryptographic erase",
         {"DEL-KEY-002"}},
    };
    return all;
}

void neighbour(Trial& trial) {
    const std::string text = canary(trial);
    (void)run_request(trial, text, RequestStage::answered);
    trial.need(node(trial).seal_to_disk(), "sealing to disk");
    expect_complete(trial, end(trial));
    (void)node(trial).take_findings();
}

void judge(Trial& trial, const Row& row) {
    trial.need(node(trial).inject(row.fault), "the fault");
    const std::string text = canary(trial);
    (void)run_request(trial, text, RequestStage::answered);
    trial.need(node(trial).seal_to_disk(), "sealing to disk");
    const RecordFacts record = end(trial);
    trial.expect(!record.complete, "not-noticed", "the deletion record says failed", record.text);
    trial.expect(record.has("\"" + std::string{row.code} + "\""), "wrong-code",
                 "and gives the reason " + std::string{row.code}, record.text);
    bool named = false;
    const auto findings = node(trial).take_findings();
    for (const StoreFinding& finding : findings)
        named |= finding.code == row.code && finding.store == row.store && finding.oracle == row.oracle;
    trial.expect(named, "not-named",
                 "the " + std::string{row.oracle} + " oracle names " + std::string{row.store},
                 listed(findings));
}

void payload_in_trace(Trial& trial) {
    trial.need(node(trial).inject("payload-traced"), "the fault");
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::answered);
    const auto findings = node(trial).take_findings();
    trial.expect(any(findings, "E_TRACE_CONTENT", "guest.trace"), "not-blocked",
                 "a prompt that goes into a trace is found at the trace", listed(findings));
    expect_complete(trial, end(trial));
    expect_nothing_left(trial, text, request);
}
void hash_in_log(Trial& trial) {
    trial.need(node(trial).inject("hash-logged"), "the fault");
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::answered);
    const std::string digest = to_hex(crypto::digest(crypto::Hash::sha256, {request.prompt}));
    trial.expect(!raw_place(trial, as_bytes(digest)).empty(), "no-sensitivity",
                 "the hash of the prompt is in a store", "it is in none");
    const RecordFacts record = end(trial);
    trial.expect(!record.complete, "not-noticed", "a hash of a prompt in a log fails the deletion",
                 record.text);
}
void slots_are_not_handed_out(Trial& trial) {
    const std::size_t before = trial.need(node(trial).admit(300), "admitting subjects");
    trial.need(node(trial).inject("kv-left"), "the fault");
    (void)run_request(trial, canary(trial), RequestStage::answered);
    const RecordFacts record = end(trial);
    trial.expect(!record.complete, "not-noticed", "the deletion record says failed", record.text);
    const std::size_t after = trial.need(node(trial).admit(300), "admitting subjects");
    trial.expect(after + 1 == before, "slot-reused",
                 "labels of a request that is not deleted serve nobody else",
                 std::to_string(after) + " of " + std::to_string(before));
}
void reset_without_scrub(Trial& trial) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::computed);
    trial.need(node(trial).inject("reset-without-scrub"), "the fault");
    trial.need(node(trial).power_cycle(), "a power cycle");
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(any(labels, "E_RESIDUE", "gpu.hbm.kv") && any(labels, "E_RESIDUE", "gpu.hbm.staging"),
                 "not-found", "what a reset leaves in the memories is found", listed(labels));
    const auto content = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(any(content, "E_RESIDUE", "gpu.hbm.staging"), "not-found", "by content, too",
                 listed(content));
}

std::vector<Case> all() {
    std::vector<Case> out;
    for (const Row& row : rows())
        out.push_back(make_case("fault." + std::string{row.fault}, row.title, row.requirements, neighbour,
                                [&row](Trial& trial) { judge(trial, row); }, {"faults", "keys"}));
    out.push_back(make_case("fault.payload-traced", "A trace takes no user data", {"DEL-SNK-001"}, nullptr,
                            payload_in_trace, {"faults"}));
    out.push_back(make_case("fault.hash-logged", "A hash of a prompt in a log is found", {"DEL-ORC-002"},
                            nullptr, hash_in_log, {"faults"}));
    out.push_back(make_case("fault.slots", "Labels of a request that is not deleted are not used again",
                            {"DEL-SUB-002"}, nullptr, slots_are_not_handed_out, {"faults"}));
    out.push_back(make_case("fault.reset", "What a reset leaves is found", {"DEL-END-002"}, nullptr,
                            reset_without_scrub, {"faults", "reset"}));
    return out;
}

}  // namespace fault_topic

std::vector<Case> fault_cases() { return fault_topic::all(); }

}  // namespace assay::conformance::deletion
