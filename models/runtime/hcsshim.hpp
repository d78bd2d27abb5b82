// Policies and commands of hcsshim (microsoft/hcsshim, pkg/securitypolicy, API 0.12) in this project's forms.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/runtime/policy.hpp"

namespace assay::runtime {

/// What a policy of hcsshim leaves open and this format does not: the importer asks.
struct HcsshimChoices {
    UserRule user{};  // of containers whose policy accepts any user
    std::uint64_t max_instances = 1;
    /// A policy that lets the runtime drop variables or capabilities is refused; true: it is imported as one
    /// that drops nothing, which is stricter than its source.
    bool drop_nothing = false;
};
struct Imported {
    std::string policy;                      // canonical bytes
    Bytes source_digest;                     // SHA-256 of what was imported; the policy has another one
    std::vector<std::string> not_expressed;  // one line each: what the source says and the policy cannot
};

/// The data of a policy as JSON, under hcsshim's names: `containers` (command, env_rules {pattern, strategy
/// string|re2, required}, layers top first, mounts, exec_processes, signals, user, capabilities,
/// seccomp_profile_sha256, allow_elevated, working_dir, allow_stdio_access, no_new_privileges),
/// `external_processes`, `fragments`, and the flags allow_*. What lets more through than this format can say
/// is refused: unencrypted scratch, dropping, other strategies.
Result<Imported, PolicyFault> import_hcsshim(ByteView source, const HcsshimChoices& choices);
/// The `containers` of a fragment as a statement for parse_fragment.
Result<std::string, PolicyFault> import_hcsshim_fragment(ByteView source, const HcsshimChoices& choices);

/// The command lines that one command of hcsshim, `{"name","input"}`, stands for: create_container is a
/// creation and a start. Members that the recorded commands leave out (terminal, devices, root_readonly, file
/// system of scratch) get the value that hcsshim gives them. Nothing for a command or member that has no
/// counterpart.
std::optional<std::vector<std::string>> translate_hcsshim(ByteView command);

}  // namespace assay::runtime
