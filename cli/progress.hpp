// Tells a person, or a machine that reads NDJSON, how a run goes.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include <nlohmann/json.hpp>

#include "conformance/run.hpp"

namespace assay::cli {

/// On a terminal one live line at the bottom, with suite lines and failures above it; else plain lines, one
/// per suite and a heartbeat. With JSON a stream `assay-stream/v1` on stdout instead of text there.
class Progress final : public conformance::RunObserver {
public:
    struct Settings {
        std::string progress = "auto";  // auto, live, plain, none
        std::string json;               // empty, summary, cases, events
        unsigned slowest = 0;
    };
    Progress(const Console& console, Settings settings);

    void run_started(const conformance::Plan& plan) override;
    void case_started(const conformance::Case& test, const conformance::Target& target) override;
    void event(const conformance::Case& test, const conformance::Target& target, const Event& event) override;
    void case_ended(const nlohmann::json& result, std::uint64_t wall_ns) override;
    void not_run(std::string_view component, std::string_view reason, std::size_t cases) override;
    void heartbeat(std::size_t done, std::size_t total, std::size_t failed) override;

    /// The closing lines: families, what was not run, report, results with digest, and the last line.
    void finish(const nlohmann::json& results, const std::string& out, int exit_code);

private:
    struct Group {  // one suite topic on one target
        std::size_t planned = 0, done = 0, passed = 0, bad = 0;
        std::uint64_t wall_ns = 0;
    };
    void emit(nlohmann::json line);
    void show_live();
    void clear_live();
    void say(const std::string& line);
    void failure_block(const nlohmann::json& result);
    void family_lines(const nlohmann::json& results);

    const Console& console_;
    Settings settings_;
    bool live_;
    bool shown_ = false;
    std::uint64_t seq_ = 0;
    std::size_t done_ = 0, total_ = 0, failed_ = 0, blocks_ = 0;
    std::map<std::string, Group> groups_;
    std::vector<std::pair<std::uint64_t, std::string>> times_;
    std::vector<std::string> not_run_;
    std::map<std::string, const conformance::Requirement*> requirements_;
    std::string current_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), drawn_{};
};

/// The place of a topic in a case id: "gpu-evidence.nonce" of "gpu-evidence.nonce.echoed".
std::string topic_of(std::string_view case_id);

}  // namespace assay::cli
