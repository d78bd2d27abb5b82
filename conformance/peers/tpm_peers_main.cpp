// tpm_peers: the same commands to the model and to a TPM behind the ports of swtpm, and what they answer
// otherwise. Streams: the cases of the suite tpm; the same with hostile neighbours of every command;
// generated walks. Ends with 0 when every difference is explained by the file of expectations and every
// explanation is needed.
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/peers/difference.hpp"
#include "conformance/peers/walk.hpp"
#include "conformance/suites/tpm/suite.hpp"
#include "conformance/targets/model_tpm.hpp"
#include "conformance/trial.hpp"
#include "models/tpm/command.hpp"
#include "models/tpm/commands.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance::peers {
namespace {

struct Arguments {
    std::uint16_t port = 0;
    std::string expected, report, show;
    std::size_t mutants = 2, walks = 100, steps = 150;
    std::uint64_t seed = 1;
    bool verbose = false;
    bool are_streams_usual() const {
        const Arguments usual;
        return mutants == usual.mutants && walks == usual.walks && steps == usual.steps && seed == usual.seed;
    }
};

std::string short_hex(ByteView bytes) {
    constexpr std::size_t most = 96;
    return to_hex(bytes.first(std::min(bytes.size(), most))) + (bytes.size() > most ? ".." : "");
}

struct Silence final : CaseLog {
    void called(const Event&) override {}
    void returned() override {}
    void event(const Event&) override {}
    void attached(const Evidence&) override {}
    void checked(bool) override {}
    void ended(const CaseEnd&) override {}
};

/// Each stream begins alike on both: what an earlier one may have left is undone.
void begin(TpmPort& port) {
    static_cast<void>(port.reset());
    const std::array by_platform{tpm::password()};
    static_cast<void>(port.exchange(tpm::encode_command(tpm::StartupIn{tpm::Su::clear}), 0));
    static_cast<void>(port.exchange(tpm::encode_command(tpm::ClearIn{tpm::rh::platform}, by_platform), 0));
}

/// The model with the sizes, habits and identity of the other one.
tpm::Config like_swtpm() {
    tpm::Config config;
    config.object_slots = 3;
    config.loaded_sessions = 3;
    config.retry_on_first_da_use = true;
    config.manufacturer = "IBM";
    config.vendor_string = "SW   TPM";
    config.firmware_version = 0x2019'1023'0016'3636;
    return config;
}

class Twins {
public:
    Twins(const Arguments& arguments, Comparison& comparison)
        : comparison_(comparison),
          show_(arguments.show),
          ours_(make_model_tpm(arguments.seed, like_swtpm())),
          theirs_(connect_swtpm(arguments.port, true)) {}

    /// `drive` is run on each of the two.
    template <class Drive>
    void run(const std::string& stream, std::size_t mutants, std::uint64_t seed, const Drive& drive) {
        std::array<ExchangeLog, 2> logs;
        std::size_t at = 0;
        for (TpmPort* port : {ours_.get(), theirs_.get()}) {
            begin(*port);
            ExchangeLog& log = logs.at(at++);
            drive(std::make_unique<RecordingPort>(*port, log, mutants, seed));
        }
        comparison_.compare(stream, logs[0], logs[1]);
        if (stream != show_) return;
        for (std::size_t i = 0; i < std::max(logs[0].size(), logs[1].size()); ++i)
            for (std::size_t who = 0; who < logs.size(); ++who)
                if (i < logs.at(who).size())
                    fmt::print("{} {} {} -> {}\n", i, who == 0 ? "ours  " : "theirs",
                               short_hex(logs.at(who)[i].command), short_hex(logs.at(who)[i].response));
    }

private:
    Comparison& comparison_;
    std::string show_;
    std::unique_ptr<TpmPort> ours_, theirs_;
};

void run_case_on(const Case& test, std::unique_ptr<TpmPort> port) {
    Target target{.id = "twin",
                  .uri = "twin:",
                  .kind = "software",
                  .port = PortKind::tpm,
                  .vendor = {},
                  .product = {},
                  .version = {},
                  .capabilities = {"erase", "locality", "power-cycle"},
                  .artifacts = {},
                  .open = [&](std::uint64_t) {
                      return AnyPort{std::move(port)};
                  }};
    Silence silence;
    run_case({&test, &target, Level::must, 1, false}, silence);
}

void run_streams(const Arguments& arguments, Comparison& comparison) {
    Twins twins{arguments, comparison};
    const Suite suite = tpm_suite();
    std::uint64_t number = arguments.seed << 32;
    for (const std::size_t mutants : {std::size_t{0}, arguments.mutants})
        for (const Case& test : suite.cases) {
            const std::string id = (mutants == 0 ? "case " : "hostile ") + test.id;
            if (std::ranges::count(test.needs, "any-size") > 0) continue;  // a stream cannot carry it
            twins.run(id, mutants, ++number,
                      [&](std::unique_ptr<TpmPort> port) { run_case_on(test, std::move(port)); });
        }
    twins.run("tour", 0, 0, [](const std::unique_ptr<TpmPort>& port) { tour(*port); });
    twins.run("hostile tour", arguments.mutants, ++number,
              [](const std::unique_ptr<TpmPort>& port) { tour(*port); });
    for (std::size_t i = 0; i < arguments.walks; ++i)
        twins.run(fmt::format("walk {}", i), 0, 0, [&](const std::unique_ptr<TpmPort>& port) {
            walk(*port, arguments.seed * 1'000'003 + i, arguments.steps);
        });
}

void print(const Difference& one, bool verbose) {
    if (one.explanation != nullptr) {
        fmt::print("explained {:>6}x {} {}: ours {}, theirs {}; right: {}. {}: {}\n", one.count,
                   one.explanation->command, one.field, one.ours, one.theirs, one.explanation->right,
                   one.explanation->clause, one.explanation->text);
        if (!verbose) return;
    } else {
        fmt::print("UNEXPLAINED {:>4}x {} {}: ours {}, theirs {}{}\n", one.count, one.command, one.field,
                   one.ours, one.theirs, one.mutation.empty() ? "" : " (" + one.mutation + ")");
    }
    fmt::print("    first in {}\n    command  {}\n    ours     {}\n    theirs   {}\n", one.where,
               short_hex(one.sent), short_hex(one.our_response), short_hex(one.their_response));
}

int report(const Arguments& arguments, const Comparison& comparison) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& [key, one] : comparison.differences()) {
        print(one, arguments.verbose);
        rows.push_back({{"command", one.command},
                        {"field", one.field},
                        {"ours", one.ours},
                        {"theirs", one.theirs},
                        {"count", one.count},
                        {"right", one.explanation != nullptr ? one.explanation->right : "unknown"},
                        {"clause", one.explanation != nullptr ? one.explanation->clause : ""}});
    }
    std::size_t stale = 0;
    for (const Explanation& one : comparison.expectations().differences)
        if (one.found == 0 && !one.may_be_missing) {
            ++stale;
            fmt::print("NOT SEEN {} {}: ours {}, theirs {} ({})\n", one.command, fmt::join(one.fields, ", "),
                       one.ours, one.theirs, one.clause);
        }
    const auto& names = comparison.succeeded();
    if (!arguments.report.empty())
        std::ofstream{arguments.report} << nlohmann::ordered_json{{"compared", comparison.compared()},
                                                                  {"hostile", comparison.hostile()},
                                                                  {"left_out", comparison.left_out()},
                                                                  {"unexplained", comparison.unexplained()},
                                                                  {"differences", rows}}
                                               .dump(2)
                                        << '\n';
    for (const tpm::Command& row : tpm::commands())
        if (!names.contains(std::string{row.name}))
            fmt::print("never seen to succeed in both: {}\n", row.name);
    fmt::print(
        "tpm peers: {} commands compared ({} hostile), {} of {} commands of the model succeeded in both; {} "
        "kinds "
        "of difference explained, {} unexplained, {} explanations not seen; {} exchanges left out after "
        "states "
        "parted\n",
        comparison.compared(), comparison.hostile(), names.size(), tpm::commands().size(),
        comparison.differences().size() - comparison.unexplained(), comparison.unexplained(), stale,
        comparison.left_out());
    // Other streams need not have every difference.
    return comparison.unexplained() == 0 && (stale == 0 || !arguments.are_streams_usual()) ? 0 : 1;
}

int run(int argc, char** argv) {
    Arguments a;
    CLI::App app{"The model of a TPM 2.0 beside a TPM behind the ports of swtpm"};
    app.add_option("--port", a.port, "Data port of the other TPM on 127.0.0.1; its memory is erased")
        ->required();
    app.add_option("--expected", a.expected, "File of fields and differences that are expected")->required();
    app.add_option("--report", a.report, "Write the differences there as JSON");
    app.add_option("--mutants", a.mutants, "Hostile neighbours of each command");
    app.add_option("--walks", a.walks, "Generated streams");
    app.add_option("--steps", a.steps, "Commands of a generated stream");
    app.add_option("--seed", a.seed, "Seed of all streams");
    app.add_option("--show", a.show, "Show every exchange of this stream, \"walk 7\"");
    app.add_flag("--verbose", a.verbose, "Show the bytes of explained differences too");
    CLI11_PARSE(app, argc, argv);
    Comparison comparison{read_expectations(a.expected)};
    run_streams(a, comparison);
    return report(a, comparison);
}

}  // namespace
}  // namespace assay::conformance::peers

int main(int argc, char** argv) {
    try {
        return assay::conformance::peers::run(argc, argv);
    } catch (const std::exception& fault) {
        std::cerr << "tpm_peers: " << fault.what() << '\n';
        return 2;
    }
}
