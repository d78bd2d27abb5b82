// results.json as a whole.
#pragma once
#include <chrono>

#include <nlohmann/json_fwd.hpp>

#include "conformance/run.hpp"

namespace assay::conformance {

struct CaseTime {
    std::uint64_t start_ns = 0;  // since the run began
    std::uint64_t duration_ns = 0;
    unsigned worker = 0;
};

/// `cases` and `times` in the order of `plan.pairs()`.
nlohmann::json results_document(const Plan& plan, const std::vector<Plan::Pair>& pairs,
                                std::vector<nlohmann::json> cases);
/// The member `volatile`: everything in which two equal runs may differ.
nlohmann::json volatile_member(const RunOptions& options, std::chrono::system_clock::time_point started,
                               const std::vector<Plan::Pair>& pairs, const std::vector<CaseTime>& times);
/// What was not there, counted from the cases that were not tested for it. The member `not_run`.
nlohmann::json missing_components(const nlohmann::json& cases);

}  // namespace assay::conformance
