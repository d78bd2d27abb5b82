// The command line of swtpm's socket mode (swtpm 0.7.1, swtpm(8)), so that programs that start a TPM by that
// name start this one: `swtpm socket --tpm2 --server type=tcp,port=2321 --ctrl type=tcp,port=2322 --flags
// not-need-init`. And that of the reference simulator: `tpm_server -port 2321`.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/tpm/swtpm_server.hpp"
#include "sim/base/result.hpp"

namespace assay::tpm {

struct SwtpmOptions {
    enum class Answer : std::uint8_t { serve, help, version, capabilities, states };
    Answer answer = Answer::serve;
    bool is_mssim = false;  // the ports of the reference simulator
    ServerOptions server{};
    bool has_server = false, has_control = false;  // a place was named
    std::optional<Su> startup{};
    bool daemon = false;
    std::string state_folder, pid_file, log_file;  // empty: none
    int pid_descriptor = -1, log_descriptor = -1;  // instead of a file
    std::vector<std::string> notices{};            // what was asked for and has no effect here, for the user
};

/// `words`: the program's name, then its arguments. An error names the word, and what is accepted.
Result<SwtpmOptions, std::string> parse_swtpm(std::span<const std::string> words);

/// What `--print-states` prints: the states that are in a folder.
std::string swtpm_states(const std::string& folder);

/// What `swtpm socket --tpm2 --print-capabilities` prints: the features that are here.
std::string swtpm_capabilities();

}  // namespace assay::tpm
