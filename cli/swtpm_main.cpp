// The TPM model under the name and with the options of swtpm: what starts swtpm starts it, unchanged. As
// `tpm_server` it has the ports of the reference simulator. Keys are random.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "models/tpm/commands.hpp"
#include "models/tpm/swtpm_options.hpp"
#include "sim/base/random.hpp"

namespace assay::tpm {
namespace {

volatile std::sig_atomic_t stop_swtpm = 0;

constexpr const char* usage =
    "swtpm socket --tpm2 --server PLACE[,disconnect] --ctrl PLACE[,terminate]    PLACE: type=tcp,port=PORT\n"
    "    or type=unixio,path=SOCKET[,mode=0600]; instead of --server: --fd NUMBER, or CMD_SET_DATAFD\n"
    "    [--tpmstate dir=FOLDER] [--flags [not-need-init][,startup-clear|startup-state|startup-none]]\n"
    "    [--locality reject-locality-4] [--pid file=FILE] [--log file=FILE] [--daemon] [--terminate]\n"
    "    [--print-capabilities] [--print-states] [--version]\n"
    "tpm_server [-port PORT]     the ports of the reference simulator: commands, and the platform on the "
    "next\n";

/// To the log file, or where the user is: before the process leaves the terminal.
void tell(const SwtpmOptions& options, const std::string& line) {
    if (options.log_descriptor >= 0)
        ::dprintf(options.log_descriptor, "%s\n", line.c_str());
    else if (!options.log_file.empty() && options.log_file != "-")
        std::ofstream{options.log_file, std::ios::app} << line << '\n';
    else if (options.log_file.empty())
        fmt::print(stderr, "{}\n", line);
}

template <class Server>
int serve(const SwtpmOptions& options) {
    SystemRandom random;
    const SteadyTime time;
    Config config;
    config.state_dir = options.state_folder;
    Engine engine{config, random, time};
    Server server{engine, options.server};
    if (options.startup == Su::state) engine.execute(encode_command(StartupIn{Su::state}));
    for (const std::string& notice : options.notices) tell(options, "swtpm: notice: " + notice);
    if (options.state_folder.empty())
        tell(options, "swtpm: notice: without --tpmstate the state is kept in memory");
    if (options.daemon && ::daemon(1, 0) != 0) throw std::runtime_error("daemon");
    if (!options.pid_file.empty()) std::ofstream{options.pid_file} << ::getpid() << '\n';
    if (options.pid_descriptor >= 0) ::dprintf(options.pid_descriptor, "%d\n", static_cast<int>(::getpid()));
    std::jthread worker{[&](const std::stop_token& stop) {
        server.serve(stop);
        stop_swtpm = 1;
    }};
    while (stop_swtpm == 0) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    worker.request_stop();
    worker.join();
    if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
    return 0;
}

int run(std::span<const std::string> words) {
    auto options = parse_swtpm(words);
    if (const char* folder = std::getenv("TPM_PATH"); options && options->state_folder.empty() && folder)
        options->state_folder = folder;
    if (!options) {
        fmt::print(stderr, "swtpm: {}\n{}", options.error(), usage);
        return 1;
    }
    switch (options->answer) {
        case SwtpmOptions::Answer::help: fmt::print("{}", usage); return 0;
        case SwtpmOptions::Answer::version:
            fmt::print("TPM emulator version 0.7.1 (assay model of a TPM 2.0)\n");
            return 0;
        case SwtpmOptions::Answer::capabilities: fmt::print("{}\n", swtpm_capabilities()); return 0;
        case SwtpmOptions::Answer::states: fmt::print("{}\n", swtpm_states(options->state_folder)); return 0;
        case SwtpmOptions::Answer::serve: break;
    }
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop_swtpm = 1; });
    return options->is_mssim ? serve<MssimServer>(*options) : serve<SwtpmServer>(*options);
}

}  // namespace
}  // namespace assay::tpm

int main(int argc, char** argv) {
    try {
        return assay::tpm::run(std::vector<std::string>{argv, argv + argc});
    } catch (const std::exception& fault) {
        fmt::print(stderr, "swtpm: {}\n", fault.what());
        return 1;
    }
}
