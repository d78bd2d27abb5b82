// Where bytes leave the trust boundary: what is blocked, by which code, and which key opens the way.
#include <algorithm>

#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace sink_topic {

/// The suite's own table: codes of data and of keys, and the kind of key that seals for the sink.
struct Row {
    std::string_view sink, data_code, key_code, sealed_by;
};
constexpr std::array rows{
    Row{"pcie", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", "channel-session"},
    Row{"bounce-ring", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", "channel-session"},
    Row{"nic", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", "hpke-response"},
    Row{"kms-wire", "E_PLAINTEXT_KEY", "E_PLAINTEXT_KEY", "tenant-wrap"},
    Row{"doorbell", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", ""},
    Row{"log", "E_LOG_CONTENT", "E_LOG_SECRET", ""},
    Row{"error-text", "E_ECHO", "E_ECHO", ""},
    Row{"metrics", "E_METRIC_LABEL", "E_METRIC_LABEL", ""},
    Row{"trace", "E_TRACE_CONTENT", "E_TRACE_CONTENT", ""},
    Row{"dump", "E_RESIDUE", "E_RESIDUE", ""},
    Row{"disk", "E_STATE_PERSIST", "E_STATE_PERSIST", "boot-disk"},
    Row{"debug", "E_DENIED_DEBUG", "E_DENIED_DEBUG", ""},
    Row{"derived-value", "E_DERIVED_EGRESS", "E_DERIVED_EGRESS", ""},
};

void open_request(Trial& trial) { (void)run_request(trial, canary(trial), RequestStage::opened); }

void judge(Trial& trial, const Row& row) {
    trial.need(node(trial).offer(row.sink, "clean"), "clean bytes");
    (void)node(trial).take_findings();
    expect_refusal(trial, node(trial).offer(row.sink, "prompt"), row.data_code,
                   "a prompt does not cross in the clear");
    expect_refusal(trial, node(trial).offer(row.sink, "key"), row.key_code,
                   "a key does not cross in the clear");
    expect_refusal(trial, node(trial).offer(row.sink, "unlabelled"), row.data_code,
                   "bytes without a label do not cross");
    const auto findings = node(trial).take_findings();
    trial.expect(findings.size() == 3 && findings[0].oracle == "sink", "not-told",
                 "each crossing is a finding", listed(findings));
    for (const std::string& kind : node(trial).key_kinds()) {
        const auto sealed = node(trial).offer_sealed(row.sink, kind);
        if (kind == row.sealed_by)
            trial.need(sealed, "bytes sealed under " + kind);
        else
            expect_refusal(trial, sealed, row.data_code, "bytes sealed under " + kind + " do not cross");
    }
}
void every_sink_has_a_row(Trial& trial) {
    const auto sinks = node(trial).sinks();
    trial.expect(!sinks.empty(), "no-sinks", "the node names its sinks", "it names none");
    for (const std::string& sink : sinks)
        trial.expect(std::ranges::find(rows, sink, &Row::sink) != rows.end(), "unknown-sink",
                     "every sink of the node is one that the suite knows", sink);
}

std::vector<Case> all() {
    std::vector<Case> out;
    for (const Row& row : rows) {
        std::vector<std::string> requirements{"DEL-SNK-001"};
        requirements.emplace_back("DEL-SNK-002");
        out.push_back(
            make_case("sink." + std::string{row.sink},
                      "User data crosses " + std::string{row.sink} +
                          (row.sealed_by.empty() ? " in no form" : " sealed under its own kind of key only"),
                      requirements, open_request, [&row](Trial& trial) { judge(trial, row); }, {"sinks"}));
    }
    out.push_back(make_case("sink.known", "Every sink of the node is judged", {"DEL-SNK-001"}, nullptr,
                            every_sink_has_a_row, {"sinks"}));
    return out;
}

}  // namespace sink_topic

std::vector<Case> sink_cases() { return sink_topic::all(); }

}  // namespace assay::conformance::deletion
