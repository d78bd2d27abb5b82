// What a running case tells: written where it runs, read where it is judged.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// How a case ended.
struct CaseEnd {
    Verdict verdict{};
    NotTested reason{};        // of NOT_TESTED
    std::string error_code{};  // of ERROR, as results.schema.json lists them
    Failure failure{};         // of WARN and FAIL; of NOT_TESTED and ERROR only the summary
};

class CaseLog {
public:
    virtual ~CaseLog() = default;
    /// Until `returned`, whatever goes wrong is the target's doing. The event says what is asked of it, as it
    /// would be shown if no answer came.
    virtual void called(const Event& request) = 0;
    virtual void returned() = 0;
    virtual void event(const Event& event) = 0;
    virtual void attached(const Evidence& evidence) = 0;
    virtual void checked(bool held) = 0;
    virtual void ended(const CaseEnd& end) = 0;
};

}  // namespace assay::conformance
