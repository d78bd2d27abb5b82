// The command line as data: what parse() found, and what the commands read.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.hpp"

#include "conformance/run.hpp"

namespace assay::cli {

/// Exit codes of every command.
enum Exit : int {
    success = 0,
    failure = 1,     // a requirement was not met, verify refused
    usage = 2,       // wrong words, bad input, an empty selection
    internal = 3,    // ERROR verdicts without any FAIL, a fault of ours
    incomplete = 4,  // nothing tested, or --strict and something NOT_TESTED
    temporary = 75,  // disk full, stopped by SIGTERM
    not_tested = 77,
    interrupted = 130,
};

struct RunArguments {
    conformance::Selection selection;
    std::string failed_of;  // --failed RUN
    std::vector<std::string> targets;
    std::string seed = "1";
    unsigned jobs = 0;  // 0: as many as there are cores
    unsigned timeout_s = 60;
    unsigned fail_fast = 0;
    unsigned repeat = 1;
    std::string trace = "none";
    std::string out = "assay-out";
    std::string junit, csv;  // files, "-" for stdout
    bool force = false, strict = false, reproducible = false, exit_zero_on_fail = false, show_config = false;
    bool allow_destructive = false;  // cases may erase what is not ours
    std::string json;                // empty, summary, cases, events
    std::string progress = "auto";
    unsigned slowest = 0;
    /// Where each option's value comes from: flag, environment, assay.json; others are defaults.
    std::map<std::string, std::string> origin;
    std::map<std::string, std::string> values;  // as text, for --show-config
};

struct AppraiseArguments {
    std::vector<std::string> files, rims, ocsp, roots;
    std::string nonce, cvm_key, policy, token_key, token_out;
    std::string time, rim_time, device_ocsp_time, rim_ocsp_time;
    bool json = false;
};

struct DemoArguments {
    std::string tamper;  // id of a fault; empty: nothing is wrong
    std::string prompt;  // empty: the built-in one
    std::uint64_t seed = 1;
    bool list = false;
};

struct ServeArguments {
    std::string what;
    std::string listen = "127.0.0.1";
    std::uint16_t port = 0;  // 0: the default of what is served
    std::uint64_t seed = 1;
    std::string transport = "mctp", config{};  // of spdm
    std::string profile{};                     // of spdm or of a TPM; empty: generic, plain
    std::string dialect = "swtpm";             // of a TPM: swtpm, mssim, both
    std::string state;                         // of a TPM: a folder; empty: in memory
    unsigned slots = 16;                       // of a TPM: transient objects, and as many loaded sessions
};

struct InferArguments {
    std::string model, tokenizer, prompt, device = "auto";
    unsigned steps = 0;  // 0: 256, or as many as the model has positions
    float temperature = 0.0F, top_p = 0.9F;
    std::uint64_t seed = 1;
    unsigned threads = 1;
    bool json = false;
};

struct ListArguments {
    conformance::Selection selection;
    bool requirements = false, targets = false, controls = false, reasons = false, json = false;
};

struct ReplayArguments {
    std::string results, case_id, target, trace = "none";
};

struct ReportArguments {
    std::string run;
    bool html = false, junit = false, csv = false, tap = false;
};

struct Arguments {
    std::string command;  // "run", "appraise", ...
    When color = When::automatic;
    bool quiet = false;
    int verbosity = 0;
    RunArguments run;
    AppraiseArguments appraise;
    InferArguments infer;
    ListArguments list;
    ReplayArguments replay;
    ReportArguments report;
    DemoArguments demo;
    ServeArguments serve;
    std::string explain_id;
    std::string verify_run;
    bool json = false;  // doctor, version, explain, verify
    std::vector<std::string> argv;
};

/// Either the arguments, or the exit code of what was already said (help, or why the words were wrong).
struct Parsed {
    Arguments arguments;
    std::optional<int> exit;
};
Parsed parse(int argc, const char* const* argv);

/// "assay 0.1.0".
std::string version_line();

}  // namespace assay::cli
