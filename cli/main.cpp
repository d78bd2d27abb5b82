// The `assay` command.
#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <system_error>

#include "cli/commands.hpp"

namespace assay::cli {

std::span<const Command> commands() {
    static constexpr std::array table{
        Command{"run", run_command},           Command{"replay", replay_command},
        Command{"demo", demo_command},         Command{"serve", serve_command},
        Command{"appraise", appraise_command}, Command{"infer", infer_command},
        Command{"list", list_command},         Command{"explain", explain_command},
        Command{"doctor", doctor_command},     Command{"report", report_command},
        Command{"verify", verify_command},     Command{"version", version_command},
    };
    return table;
}

namespace {

/// A full disk may have room later; anything else of the system will not mend itself.
bool passing(const std::error_code& code) {
    return code == std::errc::no_space_on_device || code == std::errc::resource_unavailable_try_again;
}

int main(int argc, const char* const* argv) {
    std::signal(SIGPIPE, SIG_IGN);
    ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    const Parsed parsed = parse(argc, argv);
    if (parsed.exit) return *parsed.exit;
    const Arguments& arguments = parsed.arguments;
    Console console{Stream{1, arguments.color}, Stream{2, arguments.color}, false, arguments.quiet,
                    arguments.verbosity};
    try {
        return std::ranges::find(commands(), arguments.command, &Command::name)->run(arguments, console);
    } catch (const std::system_error& e) {
        console.error(e.what());
        return passing(e.code()) ? Exit::temporary : Exit::internal;
    } catch (const std::exception& e) {
        console.error(e.what());
        return Exit::internal;
    }
}

}  // namespace
}  // namespace assay::cli

int main(int argc, char* argv[]) { return assay::cli::main(argc, argv); }
