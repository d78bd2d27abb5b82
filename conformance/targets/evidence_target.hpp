// Recorded evidence as a target.
#pragma once
#include "conformance/targets/evidence_files.hpp"
#include "conformance/targets/target.hpp"
#include "conformance/targets/uri.hpp"

namespace assay::conformance {

/// When each class of item is judged, and how that was found.
struct JudgingTimes {
    Instant device_chain{}, device_ocsp{}, rim_chain{}, rim_ocsp{};
    std::string text;  // one line: the times, the wall clock by name
};

/// A recording is judged at the time it was made, as far as it tells: the classes of OCSP responses one
/// second after the latest thisUpdate among them, a chain at the time of its OCSP responses. What has none is
/// judged at `now`. Options `time` (all classes), `device-ocsp-time`, `rim-ocsp-time`, `rim-chain-time` come
/// first.
Result<JudgingTimes, std::string> judging_times(const std::map<std::string, std::string>& options,
                                                const EvidenceFiles& files, Instant now);

/// `evidence:PATH` with the options of its row in target_schemes(). `roots` is a folder or file as seen from
/// the current directory, or else from PATH. id, uri and scheme are the caller's.
Result<Target, std::string> evidence_target(const TargetUri& uri);

}  // namespace assay::conformance
