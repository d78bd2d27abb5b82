// One boot of a device, as its evidence shows it.
#pragma once
#include <set>

#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {

struct Booted {
    gpu::Evidence evidence;
    ReportFacts facts;
    std::vector<crypto::Certificate> chain;
    Bytes fwid;  // the leaf's extension, whole; empty without one
};
Booted booted_of(Trial& trial, gpu::Evidence evidence);
/// Collects now. `label` as of collect().
Booted observed(Trial& trial, std::optional<std::string_view> label);
/// Power-on reset, then the same.
Booted restarted(Trial& trial, std::optional<std::string_view> label);

/// Golden indices (Index - 1) whose value differs.
std::set<unsigned> changed(const Booted& a, const Booted& b);
/// All certificates above the leaf are equal.
bool same_issuers(const Booted& a, const Booted& b);
/// Measurements, opaque data, or firmware identity differ: everything that is signed but the nonces.
bool differs(const Booted& a, const Booted& b);

}  // namespace assay::conformance::gpu_evidence
