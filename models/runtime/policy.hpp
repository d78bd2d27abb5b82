// Policies in the form `assay-runtime-policy/1`: one JSON object in canonical form (RFC 8785) that names
// every command of its table. What the format does not know, and what is missing, makes the whole policy
// invalid.
#pragma once
#include <array>
#include <map>
#include <set>

#include <nlohmann/json_fwd.hpp>

#include "models/runtime/address.hpp"
#include "models/runtime/command_table.hpp"
#include "models/runtime/pattern.hpp"
#include "sim/base/result.hpp"

namespace assay::runtime {

inline constexpr std::string_view policy_format = "assay-runtime-policy/1";
/// The PCR that the measured boot extends, once, with the policy's digest before the command port opens.
inline constexpr unsigned policy_pcr = 8;

struct EnvRule {
    std::string value;               // `NAME=value`, or a pattern for the whole of it
    std::optional<Pattern> pattern;  // of match "regex"
    bool required = false;
    bool matches(std::string_view variable) const {
        return pattern ? pattern->matches(variable) : variable == value;
    }
};
struct MountRule {
    std::string destination, type, source;
    std::set<std::string> options;
};
struct UserRule {
    std::uint64_t uid = 0, gid = 0;
    std::set<std::uint64_t> groups;
};
struct ExecRule {
    std::vector<std::string> command;
    std::optional<std::vector<EnvRule>> env;  // else as the container's
    std::set<std::uint64_t> signals;
};
inline constexpr std::array<std::string_view, 5> capability_sets{"ambient", "bounding", "effective",
                                                                 "inheritable", "permitted"};
using Capabilities = std::array<std::set<std::string>, capability_sets.size()>;

struct ContainerRule {
    std::string id;
    std::vector<std::string> layers;  // dm-verity root hashes, lower-case hex, bottom first
    std::vector<std::string> command;
    std::vector<EnvRule> env;
    std::string working_dir;
    UserRule user;
    bool no_new_privileges = true, privileged = false, root_readonly = true, stdio = false;
    Capabilities capabilities;
    std::vector<MountRule> mounts;
    std::map<std::string, unsigned> devices;  // count by kind
    std::string seccomp_sha256;               // hex; empty: none
    std::vector<ExecRule> exec;
    std::set<std::uint64_t> signals;
    std::uint64_t max_instances = 1;
    std::set<std::string> start_after;
    std::string at;  // where it stands: "/containers/0"
};

struct SandboxRule {
    bool pidns_shared = false, hooks = false;
    std::set<std::string> kernel_modules;
};
struct ScratchRule {
    bool encrypted_only = true;
    std::set<std::string> filesystems;
};
struct ExternalProcessRule {
    std::vector<std::string> command;
    std::vector<EnvRule> env;
    std::string working_dir;
};
struct CopyRule {
    Pattern path;
    std::set<std::string> types;  // of regular, directory, symlink
};
struct NetworkRule {
    std::uint64_t allowed_interface_flags = 0;
    std::set<std::string> forbidden_devices, forbidden_names;
    std::vector<Network> forbidden_sources;
};
struct FragmentRule {
    std::string issuer, feed;
    std::uint64_t minimum_svn = 0;
    std::set<std::string> includes;  // of "containers"
};
struct ShareRule {
    std::string target;  // exact path
    std::string kind;    // "9p", "virtiofs"
};
struct LoggingRule {
    std::set<std::string> levels, providers;
};

struct Policy {
    std::string name;
    std::uint64_t svn = 0;
    std::array<Disposition, command_count> commands{};  // by row of the table
    std::optional<SandboxRule> sandbox;
    std::optional<ScratchRule> scratch;
    std::vector<ContainerRule> containers;
    std::vector<ExternalProcessRule> external_processes;
    std::vector<CopyRule> copy_in;
    std::optional<NetworkRule> network;
    std::vector<FragmentRule> fragments;
    std::vector<ShareRule> shares;
    std::optional<LoggingRule> logging;
    Bytes digest;  // SHA-256 of the canonical bytes: what is measured
};

/// What makes a policy invalid.
struct PolicyFault {
    std::string_view reason;  // E_SCHEMA, E_JSON_DUPLICATE_KEY, E_LIMIT
    std::string at{};         // JSON pointer
    std::string what{};       // one line: found and expected
};

inline constexpr std::size_t max_policy_size = 1 << 20;
inline constexpr std::size_t max_policy_depth = 16;

Result<Policy, PolicyFault> parse_policy(ByteView bytes);
/// The canonical bytes of a policy given as JSON, for tools; not checked beyond being JSON.
std::string canonical(const nlohmann::json& policy);

/// What a signed policy fragment states, once its signature was checked.
struct FragmentStatement {
    std::string issuer, feed;
    std::uint64_t svn = 0;
    std::vector<ContainerRule> containers;
    Bytes digest;  // SHA-256 of the statement
};
/// `{"issuer","feed","svn","containers":[...]}` with containers as in a policy.
Result<FragmentStatement, PolicyFault> parse_fragment(ByteView statement);

/// Checks the signature of an envelope for an issuer. Whose key that is, and which form an envelope has, is
/// the platform's knowledge.
class FragmentDesk {
public:
    virtual ~FragmentDesk() = default;
    /// The signed statement's bytes, or nothing.
    virtual std::optional<Bytes> open(std::string_view issuer, ByteView envelope) = 0;
};

}  // namespace assay::runtime
