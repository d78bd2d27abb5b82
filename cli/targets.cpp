#include "cli/targets.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace assay::cli {
namespace {

/// Recordings have their own clocks: OCSP responses live for a day, and they were recorded on different days.
struct Recording {
    std::string_view id, folder, times;
};
constexpr std::array recordings{
    Recording{"h100", "golden-h100", "&time=2025-08-21T08:00:00Z&rim-ocsp-time=2025-10-24T12:00:00Z"},
    Recording{"nvswitch", "golden-switch", "&time=2025-08-21T08:00:00Z&rim-chain-time=2026-06-01T00:00:00Z"},
    Recording{"gb100", "blackwell", "&time=2025-08-21T08:00:00Z"},
};

std::filesystem::path shared_evidence() {
    const char* set = std::getenv("ASSAY_SHARED");
    return std::filesystem::path{set != nullptr ? set : "../shared"} / "vectors/gpu-attestation";
}

std::string with_leave_to_erase(const std::string& uri) {
    const bool can_be = uri.find("tpm+swtpm:") != uri.npos || uri.find("tpm+mssim:") != uri.npos;
    if (!can_be || uri.find("erase=") != uri.npos) return uri;
    return uri + (uri.find('?') == uri.npos ? "?" : "&") + "erase=yes";
}

}  // namespace

Targets parse_targets(const std::vector<std::string>& uris, bool may_erase) {
    Targets out;
    std::set<std::string> ids;
    for (const auto& uri : uris) {
        auto target = conformance::parse_target(may_erase ? with_leave_to_erase(uri) : uri);
        if (!target) {
            out.error = target.error().text();
            return out;
        }
        if (!ids.insert(target->id).second) {
            out.error = uri + ": a second target with the id " + target->id + "; name it with id=URI";
            return out;
        }
        out.list.push_back(*std::move(target));
    }
    return out;
}

Targets built_in_targets() {
    std::vector<std::string> uris{"reference=model:reference",
                                  "hopper=model:gpu?profile=gh100",
                                  "blackwell=model:gpu?profile=gb100",
                                  "verifier=model:verifier",
                                  "cvm-verifier=model:cvm-verifier",
                                  "spdm=model:spdm",
                                  "tpm=model:tpm",
                                  "kms=model:kms",
                                  "ohttp=model:ohttp",
                                  "runtime=model:runtime",
                                  "disk=model:disk",
                                  "data-path=model:gpu-data-path",
                                  "deletion=model:gpu-deletion",
                                  "inference=model:inference?device=cpu"};
    std::vector<std::pair<std::string, std::string>> absent;
    const auto shared = shared_evidence();
    for (const auto& [id, folder, times] : recordings) {
        const auto path = shared / folder;
        if (std::filesystem::is_directory(path))
            uris.push_back(std::string{id} + "=evidence:" + path.string() +
                           "?roots=" + (shared / "roots").string() + std::string{times});
        else
            absent.emplace_back("recorded-evidence", std::string{id} + ": " + path.string() +
                                                         " is absent (ASSAY_SHARED names its home)");
    }
    Targets out = parse_targets(uris);
    out.absent = std::move(absent);
    return out;
}

}  // namespace assay::cli
