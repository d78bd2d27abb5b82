// The order of a deletion: stop, quiesce, fence, scrub, zeroise, end the process, verify, record, release.
#include <algorithm>

#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace order_topic {

using Steps = std::vector<std::string>;

const Steps& right() {
    static const Steps steps{"stop",       "response",   "quiesce:gpu", "fence:gpu", "quiesce:copy",
                             "fence:copy", "write-back", "scrub",       "zeroise",   "end-process",
                             "verify",     "record",     "release"};
    return steps;
}
const Steps engines{"gpu", "copy"};

std::string code_of(Trial& trial, const Steps& steps) {
    return trial.need(node(trial).steps(engines, steps), "steps of a deletion");
}
void right_order(Trial& trial) {
    const std::string code = code_of(trial, right());
    trial.expect(code.empty(), "refused", "the order of the sheet is accepted", code);
    trial.expect(code_of(trial, {"scrub"}) == "E_ORDER", "accepted", "a scrub as the first step is not",
                 "it was accepted");
}

struct Row {
    std::string_view id, title;
    Steps (*steps)();
};
Steps without(const std::string& step) {
    Steps out = right();
    std::erase(out, step);
    return out;
}
Steps with_before(const std::string& step, const std::string& before) {
    Steps out = without(step);
    out.insert(std::ranges::find(out, before), step);
    return out;
}
const std::vector<Row>& rows() {
    static const std::vector<Row> all{
        {"no-stop", "A deletion that stops nothing is refused",
         [] {
             return without("stop");
         }},
        {"no-quiesce", "A fence of an engine that has not drained is refused",
         [] {
             return without("quiesce:gpu");
         }},
        {"no-fence", "A scrub before the fence is refused",
         [] {
             return without("fence:copy");
         }},
        {"scrub-early", "A scrub before the second engine is fenced is refused",
         [] {
             return with_before("scrub", "quiesce:copy");
         }},
        {"no-scrub", "Keys zeroised without a scrub are refused",
         [] {
             return without("scrub");
         }},
        {"no-zeroise", "An end without zeroised keys is refused",
         [] {
             return without("zeroise");
         }},
        {"no-verify", "A record without verification is refused",
         [] {
             return without("verify");
         }},
        {"no-record", "A release without a record is refused",
         [] {
             return without("record");
         }},
        {"record-early", "A record before verification is refused",
         [] {
             return with_before("record", "verify");
         }},
        {"release-early", "A release before the record is refused",
         [] {
             return with_before("release", "record");
         }},
        {"process-early", "A process that ends before its keys are zeroised is refused",
         [] {
             return with_before("end-process", "zeroise");
         }},
        {"late-work", "Work after the fence is refused",
         [] {
             Steps out = right();
             out.insert(std::ranges::find(out, "scrub"), "work:copy");
             return out;
         }},
        {"late-scrub", "A scrub after verification is refused",
         [] {
             Steps out = right();
             out.insert(std::ranges::find(out, "record"), "scrub");
             return out;
         }},
        {"unknown-engine", "A fence of an engine that takes no part is refused",
         [] {
             Steps out = right();
             out.insert(std::ranges::find(out, "write-back"), "quiesce:other");
             return out;
         }},
    };
    return all;
}

void judge(Trial& trial, const Row& row) {
    const std::string accepted = code_of(trial, right());
    trial.expect(accepted.empty(), "neighbour-refused", "the same with nothing wrong is accepted", accepted);
    const std::string code = code_of(trial, row.steps());
    trial.expect(code == "E_ORDER", "wrong-code", std::string{row.title} + " with E_ORDER",
                 code.empty() ? "accepted" : code);
}
void one_worker_one_subject(Trial& trial) {
    const std::string code = trial.need(node(trial).reuse_worker(), "a worker that serves two");
    trial.expect(code == "E_WORKER_REUSE", "wrong-code",
                 "a worker that serves a second subject is refused with E_WORKER_REUSE",
                 code.empty() ? "accepted" : code);
}

std::vector<Case> all() {
    std::vector<Case> out;
    for (const Row& row : rows())
        out.push_back(make_case("order." + std::string{row.id}, row.title, {"DEL-ORD-001"}, nullptr,
                                [&row](Trial& trial) { judge(trial, row); }, {"order"}));
    out.push_back(make_case("order.right", "The right order is accepted", {"DEL-ORD-001"}, nullptr,
                            right_order, {"order"}));
    out.push_back(make_case("order.worker", "A worker serves one subject", {"DEL-ORD-002"}, nullptr,
                            one_worker_one_subject, {"order"}));
    return out;
}

}  // namespace order_topic

std::vector<Case> order_cases() { return order_topic::all(); }

}  // namespace assay::conformance::deletion
