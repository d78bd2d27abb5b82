// The parts of the suite `platform`. Internal to it.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance::platform {

struct RefusalRow {
    std::string_view fault, title;
    std::string_view stage, component, code;
    std::string_view requirement;
};
/// In order of fault.
std::span<const RefusalRow> refusal_rows();

std::vector<Case> refusal_cases();
std::vector<Case> story_cases();
std::vector<Case> control_plane_cases();
std::vector<Case> deletion_cases();

/// A prompt with a fresh canary of 24 characters in it.
struct Marked {
    std::string prompt, canary;
};
Marked marked_prompt(Trial& trial);
/// Runs to the last stage; in `prepare`.
void bring_up(Trial& trial);
/// Answered, or the case ends.
PlatformAnswer answered(Trial& trial, std::string_view prompt, unsigned steps, std::string_view canary);

}  // namespace assay::conformance::platform
