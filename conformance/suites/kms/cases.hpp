// The cases of the suite kms by topic.
#pragma once
#include "conformance/suites/kms/scene.hpp"

namespace assay::conformance::key_release {

/// Tokens of capabilities that every case needs.
std::vector<std::string> with(std::initializer_list<const char*> more = {});

/// A case whose legal neighbour, a request in which everything is right, was answered before it runs.
Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               std::vector<std::string> needs, std::function<void(Scene&)> run);

std::vector<Case> row_cases();    // each check of the release alone
std::vector<Case> order_cases();  // two at a time
std::vector<Case> policy_cases();
std::vector<Case> nonce_cases();
std::vector<Case> wrapping_cases();
std::vector<Case> rotation_cases();
std::vector<Case> receipt_cases();
std::vector<Case> record_cases();  // audit, logs, storage

}  // namespace assay::conformance::key_release
