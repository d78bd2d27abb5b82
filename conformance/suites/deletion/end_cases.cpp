// Requests that end at every stage and in every way.
#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace end_topic {

struct Row {
    std::string_view id, kind;
    RequestStage stage;
    std::string_view title;
};
constexpr std::array rows{
    Row{"rejected", "rejected", RequestStage::accepted,
        "A request that is rejected before it is opened leaves nothing"},
    Row{"aborted-opened", "aborted", RequestStage::opened,
        "A client that goes when its prompt is opened leaves nothing"},
    Row{"aborted-transfer", "aborted", RequestStage::in_staging,
        "A client that goes when its tokens are on the device leaves nothing"},
    Row{"aborted-computed", "aborted", RequestStage::computed,
        "A client that goes before it has its answer leaves nothing"},
    Row{"exception", "exception", RequestStage::computed, "An exception leaves nothing"},
    Row{"timeout", "timeout", RequestStage::in_staging, "A timeout leaves nothing"},
    Row{"killed", "killed", RequestStage::answered, "A worker that is killed leaves nothing"},
    Row{"completed", "completed", RequestStage::answered, "A request that is answered leaves nothing"},
};

void judge(Trial& trial, const Row& row) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, row.stage);
    if (row.stage != RequestStage::accepted)
        trial.expect(!raw_place(trial, as_bytes(text)).empty(), "no-sensitivity",
                     "the canary is there before the end", "it is in no store");
    else
        trial.expect(trial.need(node(trial).sweep_labels(), "a sweep").empty(), "labelled-early",
                     "before a request is opened nothing is labelled", "something is");
    const RecordFacts record = end(trial, row.kind);
    expect_complete(trial, record);
    trial.expect(record.has("\"end\":\"" + std::string{row.kind} + "\""), "end-kind",
                 "the record says how the request ended", record.text);
    expect_nothing_left(trial, text, request);
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(labels.empty(), "residue", "no byte is labelled", listed(labels));
    if (row.stage != RequestStage::accepted) return;
    // That nothing was labelled says something only where labels are seen at all.
    (void)run_request(trial, text, RequestStage::opened);
    trial.expect(!trial.need(node(trial).sweep_labels(), "a sweep").empty(), "no-sensitivity",
                 "a request that is opened is labelled", "it is not");
    expect_complete(trial, end(trial));
}

void power_loss(Trial& trial) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::computed);
    trial.expect(!raw_place(trial, as_bytes(text)).empty(), "no-sensitivity", "the canary is there before",
                 "it is in no store");
    trial.need(node(trial).seal_to_disk(), "sealing to disk");
    trial.need(node(trial).power_cycle(), "a power cycle");
    expect_nothing_left(trial, text, request);
    const RecordFacts record = end(trial, "power_loss");
    expect_complete(trial, record);
}

std::vector<Case> all() {
    std::vector<Case> out;
    for (const Row& row : rows)
        out.push_back(make_case("end." + std::string{row.id}, row.title, {"DEL-END-001"}, nullptr,
                                [&row](Trial& trial) { judge(trial, row); }));
    out.push_back(make_case("end.power-loss", "A loss of power leaves nothing, on disk either",
                            {"DEL-END-002"}, nullptr, power_loss, {"keys", "reset"}));
    return out;
}

}  // namespace end_topic

std::vector<Case> end_cases() { return end_topic::all(); }

}  // namespace assay::conformance::deletion
