// What this program was built from and with.
#pragma once
#include <string>
#include <vector>

namespace assay::conformance {

struct BuildInfo {
    std::string version;   // SemVer
    std::string commit;    // 40 hex digits or "unknown", "-dirty" behind it when files differed
    std::string compiler;  // "GNU 12.2.0 Debug"
    struct Library {
        std::string name;
        std::string version;
    };
    std::vector<Library> libraries;  // in order of name
};
const BuildInfo& build_info();

}  // namespace assay::conformance
