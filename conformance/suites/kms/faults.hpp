// What can be wrong with a release, by the row of the check that must find it.
#pragma once
#include "conformance/suites/kms/scene.hpp"

namespace assay::conformance::key_release {

struct Fault {
    unsigned row;
    std::string_view id;
    std::string_view title;  // of the case in which it is alone
    std::vector<std::string> requirements;
    unsigned status;  // 202: pending
    std::string_view code;
    void (*spoil)(Scene&, Ask&);
    std::vector<const char*> needs{};
    void (*before)(Scene&) = nullptr;  // before there is a key
};

/// In order of row. The first of each row stands for it where two are combined.
std::vector<Fault> faults();

/// Sends the request with these faults in it and judges the answer by the first of them.
void judge_release(Scene& scene, const std::vector<Fault>& wrong);

}  // namespace assay::conformance::key_release
