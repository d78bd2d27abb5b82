// Debian's tpm2-tools as real clients: the scenarios of tools_scenarios.txt on this TPM, over the dialects of
// swtpm and of the reference simulator, and on Debian's swtpm.
#include <thread>

#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/swtpm_server.hpp"
#include "models/tpm/test_programs.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/file.hpp"

namespace assay::tpm {
namespace {

struct Scenario {
    std::string name;
    std::vector<std::string> lines{};
};
std::vector<Scenario> scenarios() {
    const char* source = std::getenv("ASSAY_SOURCE");
    std::ifstream in{std::string{source != nullptr ? source : "."} + "/models/tpm/tools_scenarios.txt"};
    BOOST_REQUIRE_MESSAGE(in, "models/tpm/tools_scenarios.txt is not below ASSAY_SOURCE");
    std::vector<Scenario> out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("scenario "))
            out.push_back({line.substr(9)});
        else if (!line.empty() && line[0] != '#')
            out.back().lines.push_back(line);
    }
    return out;
}

/// A TPM on ports, and what a scenario asks of the machine around it.
struct Bed {
    std::string tcti;
    std::function<void()> power_cycle;
    std::function<bool(std::string_view command)> has;
    bool is_small = false;  // room for three objects
};

std::pair<std::string, std::string> split_at(const std::string& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    return {text.substr(0, at), at == text.npos ? "" : text.substr(at + mark.size())};
}

/// Empty when the line came out as it says; else what happened.
std::string fault_of(const std::string& line, Workshop& shop, const Bed& bed) {
    const auto [verb, rest] = split_at(line, " ");
    if (verb == "power-cycle") {
        bed.power_cycle();
        return {};
    }
    if (verb == "same" || verb == "differ") {
        const auto [one, other] = split_at(rest, " ");
        const std::string content = shop.content(one);
        if (content.empty()) return one + " is empty";
        return (content == shop.content(other)) == (verb == "same") ? "" : "the files do not";
    }
    const auto [wanted, command] = verb == "do" ? std::pair{std::string{}, rest} : split_at(rest, " | ");
    const auto ending =
        shop.run(command + (bed.is_small ? "\ncode=$?; tpm2_flushcontext -t; exit $code" : ""));
    if ((ending.code != 0) != (verb == "refused"))
        return "ends with " + std::to_string(ending.code) + ": " + ending.output;
    if (ending.output.find(wanted) == std::string::npos)
        return "does not say " + wanted + ": " + ending.output;
    return {};
}

enum class Outcome : std::uint8_t { passed, failed, skipped };

Outcome play(const Scenario& scenario, const Bed& bed) {
    Workshop shop{bed.tcti};
    bed.power_cycle();
    for (const std::string setup : {"do tpm2_startup -c", "do tpm2_clear -c p"})
        if (const std::string fault = fault_of(setup, shop, bed); !fault.empty()) {
            BOOST_ERROR(scenario.name << ": " << setup << ": " << fault);
            return Outcome::failed;
        }
    for (const std::string& line : scenario.lines) {
        if (line.starts_with("needs ")) {
            std::istringstream names{line.substr(6)};
            for (std::string command; names >> command;)
                if (!bed.has(command)) {
                    std::printf("skipped: %s (TPM2_%s is not there)\n", scenario.name.c_str(),
                                command.c_str());
                    return Outcome::skipped;
                }
        } else if (const std::string fault = fault_of(line, shop, bed); !fault.empty()) {
            BOOST_ERROR(scenario.name << ": " << line << ": " << fault);
            return Outcome::failed;
        }
    }
    return Outcome::passed;
}

void play_all(const Bed& bed, const char* what) {
    std::array<std::size_t, 3> counts{};
    for (const Scenario& scenario : scenarios()) ++counts.at(static_cast<std::size_t>(play(scenario, bed)));
    std::printf("tpm2-tools on %s: %zu scenarios pass, %zu fail, %zu skipped\n", what, counts[0], counts[1],
                counts[2]);
    BOOST_TEST(counts[0] >= 60U);
}

constexpr const char* swtpm_init = "0000000200000000";
constexpr const char* mssim_off = "00000002";
constexpr const char* mssim_on = "00000001";

bool model_has(std::string_view command) {
    return std::ranges::any_of(
        commands(), [&](const Command& row) { return row.name == "TPM2_" + std::string{command}; });
}

template <class Server>
void with_tools(const std::string& dialect, const std::function<void(unsigned port)>& power_cycle) {
    if (!tools_are_here()) return;
    Bench bench;
    Server server{bench.tpm, {.startup_clear = true}};
    std::jthread thread{[&](const std::stop_token& stop) {
        server.serve(stop);
    }};
    play_all({tcti_of(dialect, server.port()), [&] { power_cycle(server.port()); }, model_has},
             ("this TPM, dialect " + dialect).c_str());
}

BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_swtpm) {
    with_tools<SwtpmServer>("swtpm",
                            [](unsigned port) { BOOST_TEST(tell_port(port + 1, swtpm_init) == "00000000"); });
}
BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_the_reference_simulator) {
    with_tools<MssimServer>("mssim", [](unsigned port) {
        for (const char* signal : {mssim_off, mssim_on})
            BOOST_TEST(tell_port(port + 1, signal) == "00000000");
    });
}

BOOST_AUTO_TEST_CASE(the_same_scenarios_pass_on_debians_swtpm) {
    if (!tools_are_here()) return;
    if (::access("/usr/bin/swtpm", X_OK) != 0) return void(std::puts("skipped: swtpm is not installed"));
    const TemporaryFolder folder;
    const unsigned port = some_port();
    {
        const Process peer{as_harnesses_do("/usr/bin/swtpm", port, folder.path)};
        BOOST_REQUIRE(Process::answers(port + 1));
        play_all({tcti_of("swtpm", port), [&] { BOOST_TEST(tell_port(port + 1, swtpm_init) == "00000000"); },
                  [](std::string_view) { return true; }, true},
                 "Debian's swtpm");
    }
}

}  // namespace
}  // namespace assay::tpm
