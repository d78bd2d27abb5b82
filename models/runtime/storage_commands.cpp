// device.*, scratch.*, share.*, overlay.*: what is mounted where.
#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {
namespace {

/// A mount of the form {target, ...}: where it would stand.
std::optional<Refusal> place(Step& step, std::string target) {
    if (auto refusal = step.well_formed()) return refusal;
    if (!normalised(target)) return step.bad_path();
    step.target = std::move(target);
    if (step.state.sandbox != SandboxPhase::created || step.state.mounts.contains(step.target))
        return step.wrong_state();
    return std::nullopt;
}

bool in_use(const State& state, const std::string& target) {
    return std::ranges::any_of(state.mounts, [&](const auto& entry) {
        const auto& layers = entry.second.layers;
        return std::ranges::find(layers, target) != layers.end();
    });
}

std::optional<Refusal> unmount(Step& step, Mount::Kind kind) {
    step.target = step.input.text("target");
    if (auto refusal = step.well_formed()) return refusal;
    if (!normalised(step.target)) return step.bad_path();
    const auto found = step.state.mounts.find(step.target);
    if (step.state.sandbox != SandboxPhase::created || found == step.state.mounts.end() ||
        found->second.kind != kind)
        return step.wrong_state();
    if (in_use(step.state, step.target)) return step.wrong_state("E_MOUNT_IN_USE");
    step.state.mounts.erase(found);
    return std::nullopt;
}

std::optional<Refusal> mount_encrypted(Step& step, Mount::Kind kind) {
    const std::string target = step.input.text("target");
    const bool encrypted = step.input.flag("encrypted");
    const std::string filesystem = step.input.text("filesystem");
    if (auto refusal = place(step, target)) return refusal;
    const ScratchRule& rule = *step.policy.scratch;
    auto first = step.require(encrypted || !rule.encrypted_only, "E_POLICY_MOUNT", "/scratch/encrypted_only",
                              "encrypted", encrypted ? "encrypted" : "not encrypted");
    auto second = step.require(rule.filesystems.contains(filesystem), "E_POLICY_MOUNT",
                               "/scratch/filesystems", shown(rule.filesystems), filesystem);
    if (first) return first;
    if (second) return second;
    step.state.mounts[step.target] = {kind};
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> mount_layer(Step& step) {
    const std::string target = step.input.text("target");
    const std::string root_hash = step.input.text("root_hash");
    if (auto refusal = place(step, target)) return refusal;
    bool listed = false;
    for (std::size_t i = 0; i < step.rules(); ++i)
        listed = listed || std::ranges::find(step.rule(i).layers, root_hash) != step.rule(i).layers.end();
    const std::string at = step.rules() == 1 ? step.rule(0).at + "/layers" : "/containers";
    if (auto refusal = step.require(listed, "E_POLICY_MISMATCH", at, "the root hash of a layer", root_hash))
        return refusal;
    step.root_hash = root_hash;
    step.state.mounts[step.target] = {Mount::Kind::device_ro, root_hash};
    return std::nullopt;
}

std::optional<Refusal> mount_scratch(Step& step) { return mount_encrypted(step, Mount::Kind::scratch); }
std::optional<Refusal> mount_writable(Step& step) { return mount_encrypted(step, Mount::Kind::device_rw); }

std::optional<Refusal> mount_share(Step& step) {
    const std::string target = step.input.text("target");
    const std::string kind = step.input.text("kind");
    if (auto refusal = place(step, target)) return refusal;
    const bool listed = std::ranges::any_of(step.policy.shares, [&](const ShareRule& rule) {
        return rule.target == target && rule.kind == kind;
    });
    if (auto refusal =
            step.require(listed, "E_POLICY_MOUNT", "/shares", "a listed share", kind + " " + target))
        return refusal;
    step.state.mounts[step.target] = {Mount::Kind::share};
    return std::nullopt;
}

std::optional<Refusal> unmount_layer(Step& step) { return unmount(step, Mount::Kind::device_ro); }
std::optional<Refusal> unmount_scratch(Step& step) { return unmount(step, Mount::Kind::scratch); }
std::optional<Refusal> unmount_writable(Step& step) { return unmount(step, Mount::Kind::device_rw); }
std::optional<Refusal> unmount_share(Step& step) { return unmount(step, Mount::Kind::share); }

std::optional<Refusal> mount_overlay(Step& step) {
    step.container = step.input.text("container");
    const auto layers = step.input.texts("layers");
    const std::string target = step.input.text("target");
    if (auto refusal = step.well_formed()) return refusal;
    if (!well_named(step.container)) return step.bad_id();
    if (!std::ranges::all_of(layers, normalised)) return step.bad_path();
    if (auto refusal = place(step, target)) return refusal;
    if (step.state.containers.contains(step.container)) return step.wrong_state();
    std::vector<std::string> hashes;
    for (const std::string& layer : layers) {
        const auto mount = step.state.mounts.find(layer);
        if (mount == step.state.mounts.end() || mount->second.kind != Mount::Kind::device_ro)
            return step.wrong_state();
        hashes.push_back(mount->second.root_hash);
    }
    Container container{ContainerPhase::layered, step.target, {}};
    std::vector<Check> failures;
    for (std::size_t i = 0; i < step.rules(); ++i) {
        const ContainerRule& rule = step.rule(i);
        const bool held = rule.layers == hashes;
        Check check{
            rule.at + "/layers", held,
            std::ranges::is_permutation(rule.layers, hashes) ? "E_POLICY_LAYER_ORDER" : "E_POLICY_MISMATCH"};
        if (step.explaining()) {
            check.expected = shown(rule.layers);
            check.found = shown(hashes);
        }
        step.report(check);
        if (held)
            container.matches.insert(i);
        else
            failures.push_back(std::move(check));
    }
    if (container.matches.empty()) return no_match(failures);
    step.state.mounts[step.target] = {Mount::Kind::overlay, "", step.container, layers};
    step.state.containers[step.container] = std::move(container);
    return std::nullopt;
}

std::optional<Refusal> unmount_overlay(Step& step) {
    step.target = step.input.text("target");
    if (auto refusal = step.well_formed()) return refusal;
    if (!normalised(step.target)) return step.bad_path();
    const auto found = step.state.mounts.find(step.target);
    if (step.state.sandbox != SandboxPhase::created || found == step.state.mounts.end() ||
        found->second.kind != Mount::Kind::overlay)
        return step.wrong_state();
    step.container = found->second.container;
    Container& container = step.state.containers.at(step.container);
    if (container.phase == ContainerPhase::created || container.phase == ContainerPhase::started)
        return step.wrong_state("E_MOUNT_IN_USE");
    if (container.phase == ContainerPhase::layered) container.phase = ContainerPhase::removed;
    container.overlay.clear();
    step.state.mounts.erase(found);
    return std::nullopt;
}

}  // namespace assay::runtime
