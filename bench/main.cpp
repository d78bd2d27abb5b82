// Speed as a ratio to a floor of the same run: subjects and floors stand next to each other, interleaved.
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "bench/tpm_peers.hpp"
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "sim/kernel/report_handler.hpp"

namespace assay::bench {
void register_gpu();
void register_inference();
void register_mailbox();
void register_spdm();
void register_story();
void register_tpm();

namespace {

/// Also says, for each subject `<name>` that has a floor `<name>/floor`, how much of the floor it reaches,
/// and how fast it is beside a peer `<name>/libtpms` or `<name>/swtpm` (medians): in time of the processor,
/// which others on the machine do not lengthen, or in real time where a benchmark asks for it because it
/// waits or has threads.
class Ratios final : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs) {
            const bool median = run.run_type == Run::RT_Aggregate && run.aggregate_name == "median";
            if (median || (run.repetitions == 1 && run.run_type == Run::RT_Iteration))
                median_[run.run_name.function_name] =
                    run.run_name.time_type.empty() ? run.GetAdjustedCPUTime() : run.GetAdjustedRealTime();
        }
    }
    void Finalize() override {
        constexpr std::pair<const char*, const char*> anchors[] = {
            {"/floor", "of the floor"}, {"/libtpms", "of libtpms"}, {"/swtpm", "of swtpm"}};
        for (const auto& [name, time] : median_)
            for (const auto& [anchor, text] : anchors)
                if (const auto found = median_.find(name + anchor); found != median_.end())
                    GetOutputStream()
                        << fmt::format("ratio {:<44} {:.2f} {}\n", name, found->second / time, text);
    }

private:
    std::map<std::string, double> median_;
};

int main(int argc, char** argv) {
    if (std::string_view{ASSAY_BUILD_TYPE} != "Release")
        fmt::print(stderr, "not a release build ({}): figures of this run mean nothing\n", ASSAY_BUILD_TYPE);
    kernel::install_report_handler();
    register_gpu();
    register_inference();
    register_mailbox();
    register_spdm();
    register_story();
    register_tpm();
    benchmark::AddCustomContext("build", ASSAY_BUILD_TYPE);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    if (!Libtpms::is_there()) fmt::print("skipped: libtpms (libtpms-dev was not installed at the build)\n");
    if (!SwtpmProcess::is_there(SwtpmProcess::debians)) fmt::print("skipped: swtpm (not installed)\n");
    Ratios reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return 0;
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) { return assay::bench::main(argc, argv); }
