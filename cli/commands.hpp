// The commands of `assay`: each takes what was parsed and returns an exit code.
#pragma once
#include "cli/options.hpp"

namespace assay::cli {

int run_command(const Arguments& arguments, Console& console);
int replay_command(const Arguments& arguments, Console& console);
int appraise_command(const Arguments& arguments, Console& console);
int demo_command(const Arguments& arguments, Console& console);
int serve_command(const Arguments& arguments, Console& console);
int infer_command(const Arguments& arguments, Console& console);
int list_command(const Arguments& arguments, Console& console);
int explain_command(const Arguments& arguments, Console& console);
int doctor_command(const Arguments& arguments, Console& console);
int version_command(const Arguments& arguments, Console& console);
int report_command(const Arguments& arguments, Console& console);
int verify_command(const Arguments& arguments, Console& console);

/// One row per command.
struct Command {
    std::string_view name;
    int (*run)(const Arguments&, Console&);
};
std::span<const Command> commands();

}  // namespace assay::cli
