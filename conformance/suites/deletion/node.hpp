// What the cases of the suite deletion begin with.
#pragma once
#include "conformance/case.hpp"
#include "conformance/suites/deletion/forms.hpp"

namespace assay::conformance::deletion {

using Body = std::function<void(Trial&)>;

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               Body prepare, Body run, std::vector<std::string> needs = {});

std::vector<Case> control_cases();
std::vector<Case> request_cases();
std::vector<Case> end_cases();
std::vector<Case> fault_cases();
std::vector<Case> sink_cases();
std::vector<Case> key_cases();
std::vector<Case> order_cases();

inline DeletionPort& node(Trial& trial) { return trial.port<DeletionPort>(); }

/// The canary of the case, and a prompt of a few hundred bytes that holds it several times.
std::string canary(Trial& trial);
DeletionRequest request_with(const std::string& canary);

/// The node's content oracle looks for `canary`; a request runs up to `stage`.
DeletionRequest run_request(Trial& trial, const std::string& canary, RequestStage stage);

struct RecordFacts {
    std::string text;
    bool complete = false;
    bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
};
RecordFacts end(Trial& trial, std::string_view kind = "completed");
/// It is complete, and says that both oracles saw nothing.
void expect_complete(Trial& trial, const RecordFacts& record);

/// What `needle` is found in: the suite reads every store itself. Store and offset, or empty.
std::string raw_place(Trial& trial, ByteView needle);
/// No form of canary or tokens in any store.
void expect_nothing_left(Trial& trial, const std::string& canary, const DeletionRequest& request);

bool any(const std::vector<StoreFinding>& findings, std::string_view code, std::string_view store);
std::string listed(const std::vector<StoreFinding>& findings);

template <class T>
void expect_refusal(Trial& trial, const Result<T, PortError>& outcome, std::string_view code,
                    std::string_view sentence) {
    if (outcome) {
        trial.expect(false, "accepted", sentence, "it was accepted");
        return;
    }
    if (outcome.error().kind != PortError::Kind::refused) trial.need(outcome, sentence);
    trial.expect(refusal_code(outcome.error()) == code, "wrong-code",
                 std::string{sentence} + ", with " + std::string{code}, outcome.error().what);
}

}  // namespace assay::conformance::deletion
