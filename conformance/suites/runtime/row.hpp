// A case of the suite as data: how far the guest is, what is tried, how it is denied, and what stays
// permitted.
#pragma once
#include "conformance/suites/runtime/world.hpp"

namespace assay::conformance::guest_runtime {

struct Row {
    std::string id;  // after "runtime."
    std::string title;
    std::vector<std::string> requirements;
    Deployment deployment = Deployment::worker;
    Stage stage = Stage::started;
    std::string attempt;  // command line
    std::string_view code;
    std::optional<std::string> at{};
    /// The nearest legal command: permitted at the same stage, before and after the attempt. Empty: the way
    /// to `stage` is the legal neighbour.
    std::string neighbour{};
    /// The attempt is made this long by blanks, when it is sent: a catalogue is no place for megabytes.
    std::size_t padded_to = 0;
};

std::vector<Row> denied_rows();
std::vector<Row> line_rows();
std::vector<Row> container_rows();
std::vector<Row> storage_rows();
std::vector<Row> process_rows();
std::vector<Row> network_rows();
std::vector<Row> state_rows();
/// What is no single command: boots, answers, effects that fail.
std::vector<Case> policy_cases();
std::vector<Case> answer_cases();

Case case_of(const Row& row);

}  // namespace assay::conformance::guest_runtime
