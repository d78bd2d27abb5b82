#include "conformance/suites/gpu_appraisal/row.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/gpu/report.hpp"

namespace assay::conformance::gpu_appraisal {
namespace {

std::string in_words(const AppraisalAnswer& answer) {
    if (answer.accepted) return "it is accepted";
    return answer.reasons.empty() ? "it is refused without a reason"
                                  : fmt::format("it is refused: {}", fmt::join(answer.reasons, ", "));
}

void attach(Trial& trial, const AppraisalRequest& request, const AppraisalAnswer& answer) {
    for (std::size_t i = 0; i < request.devices.size(); ++i) {
        const gpu::Evidence& device = request.devices[i];
        const std::string end = i == 0 ? "" : fmt::format("-{}", i + 1);
        Evidence report{"report" + end,          "measurement-log",
                        "report" + end + ".bin", "application/octet-stream",
                        device.report,           {}};
        report.fields = describe<gpu::Report>(device.report, gpu::byte_order).leaves;
        trial.attach(std::move(report));
        const ByteView pem = as_bytes(device.chain_pem);
        trial.attach({"chain" + end,
                      "certificate",
                      "chain" + end + ".pem",
                      "application/x-pem-file",
                      {pem.begin(), pem.end()},
                      {}});
    }
    for (std::size_t i = 0; i < request.references.rims.size(); ++i)
        trial.attach({fmt::format("manifest-{}", i + 1),
                      "measurement-log",
                      fmt::format("manifest-{}.xml", i + 1),
                      "application/xml",
                      request.references.rims[i].content,
                      {}});
    const ByteView claims = as_bytes(answer.claims);
    trial.attach({"claims", "log", "claims.json", "application/json", {claims.begin(), claims.end()}, {}});
}

AppraisalAnswer ask(Trial& trial, const Row& row, bool with_fault) {
    World world{trial, row.arch};
    if (row.neighbour != nullptr) row.neighbour(world);
    if (with_fault && row.fault != nullptr) row.fault(world);
    const AppraisalRequest request = world.request();
    AppraisalAnswer answer = trial.need(trial.verifier().appraise(request), "an appraisal");
    if (with_fault || row.fault == nullptr) attach(trial, request, answer);
    return answer;
}

void expect_accepted(Trial& trial, const AppraisalAnswer& answer) {
    trial.expect(answer.accepted && answer.reasons.empty(),
                 {"legal-evidence-refused",
                  "legal evidence is refused: " + in_words(answer).substr(0, 200),
                  "evidence in which everything is right is accepted, without a reason to refuse",
                  in_words(answer),
                  {}});
}

void expect_refused(Trial& trial, const Row& row, const AppraisalAnswer& answer) {
    trial.expect(!answer.accepted, {"fault-accepted",
                                    "evidence with a fault is accepted",
                                    fmt::format("it is refused: {}", fmt::join(row.reasons, " or ")),
                                    in_words(answer),
                                    {}});
    const bool named = !answer.reasons.empty() &&
                       std::ranges::find(row.reasons, answer.reasons.front()) != row.reasons.end();
    trial.expect(named, {"wrong-reason",
                         "the fault is refused for another reason",
                         fmt::format("the first reason is {}", fmt::join(row.reasons, " or ")),
                         in_words(answer),
                         {}});
    if (row.mismatches)
        trial.expect(answer.mismatches == *row.mismatches,
                     {"wrong-indices",
                      "other measurements are named",
                      fmt::format("golden indices {} mismatch", fmt::join(*row.mismatches, ", ")),
                      fmt::format("named are {}", fmt::join(answer.mismatches, ", ")),
                      {}});
}

}  // namespace

std::vector<Case> cases_of(const Row& row) {
    const std::string topic{row.id.substr(0, row.id.find('.'))};
    Case out{fmt::format("gpu-appraisal.{}", row.id),
             std::string{row.title},
             row.requirements,
             {},
             {topic},
             {},
             {}};
    if (row.fault == nullptr) {
        out.run = [row](Trial& trial) {
            expect_accepted(trial, ask(trial, row, false));
        };
        return {out};
    }
    out.prepare = [row](Trial& trial) {
        World world{trial, row.arch};
        if (row.neighbour != nullptr) row.neighbour(world);
        expect_accepted(trial, trial.need(trial.verifier().appraise(world.request()), "the legal neighbour"));
    };
    out.run = [row](Trial& trial) {
        expect_refused(trial, row, ask(trial, row, true));
    };
    if (!row.nvat) return {out};
    Case number{fmt::format("gpu-appraisal.code.{}", row.id),
                fmt::format("The SDK's number {} stands for: {}", *row.nvat, row.title),
                {"GPUV-CODE-001"},
                {},
                {"code"},
                {},
                {}};
    number.prepare = out.prepare;
    number.run = [row](Trial& trial) {
        const AppraisalAnswer answer = ask(trial, row, true);
        trial.expect(!answer.accepted && answer.nvat_code == *row.nvat,
                     {"wrong-number",
                      "the fault has another number",
                      fmt::format("refused with number {}", *row.nvat),
                      fmt::format("{}, number {}", in_words(answer), answer.nvat_code),
                      {}});
    };
    return {out, number};
}

}  // namespace assay::conformance::gpu_appraisal
