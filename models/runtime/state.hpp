// What the agent remembers between commands.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/runtime/policy.hpp"

namespace assay::runtime {

enum class SandboxPhase : std::uint8_t { absent, created, destroyed };
/// A container that was removed keeps its id: ids are never used again in a sandbox.
enum class ContainerPhase : std::uint8_t { layered, created, started, stopped, removed };
std::string_view name(SandboxPhase phase);
std::string_view name(ContainerPhase phase);

struct Mount {
    enum class Kind : std::uint8_t { device_ro, device_rw, overlay, scratch, share };
    Kind kind{};
    std::string root_hash{};            // of device_ro
    std::string container{};            // of overlay
    std::vector<std::string> layers{};  // of overlay: targets below it, bottom first
};

struct Container {
    ContainerPhase phase{};
    std::string overlay;            // its target; empty after it was unmounted
    std::set<std::size_t> matches;  // rules that it may still be, by index (policy, then fragments)
    std::map<std::string, unsigned> devices{};  // count by kind, from container.create
};

struct State {
    SandboxPhase sandbox{};
    std::map<std::string, Mount> mounts;          // by target
    std::map<std::string, Container> containers;  // by id
    std::set<std::size_t> started;                // rules of which an instance was ever started
    std::set<std::string> symlinks;               // paths that file.copy_in made
    struct Fragment {
        std::string issuer, feed;
        std::uint64_t svn = 0;
        std::string digest;  // hex, of its statement
    };
    std::vector<Fragment> fragments;
    std::vector<ContainerRule> added;  // containers that fragments brought, after those of the policy

    /// SHA-256; equal exactly for equal states.
    Bytes digest() const;
};

}  // namespace assay::runtime
