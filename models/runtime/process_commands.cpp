// process.*, stream.*, file.copy_in: what reaches into a running container.
#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {
namespace {

/// The container that the step names, when it is started.
Container* started(Step& step) {
    const auto found = step.state.containers.find(step.container);
    if (step.state.sandbox != SandboxPhase::created || found == step.state.containers.end() ||
        found->second.phase != ContainerPhase::started)
        return nullptr;
    return &found->second;
}

/// Narrows the container's rules to those for which `judge` finds nothing.
std::optional<Refusal> narrow(Step& step, Container& container,
                              const std::function<Check(const ContainerRule&)>& judge) {
    std::set<std::size_t> matches;
    std::vector<Check> failures;
    for (const std::size_t index : container.matches) {
        const Check check = judge(step.rule(index));
        step.report(check);
        if (check.held)
            matches.insert(index);
        else
            failures.push_back(check);
    }
    if (matches.empty()) return no_match(failures);
    container.matches = std::move(matches);
    return std::nullopt;
}

/// Whether a path leads through a link that was copied in: nothing is written behind one.
bool through_link(const State& state, const std::string& path) {
    return std::ranges::any_of(state.symlinks, [&](const std::string& link) {
        return path == link || path.starts_with(link + "/");
    });
}

/// A relative link that stays below the folder it stands in.
bool stays_inside(const std::string& link_target) {
    return !link_target.empty() && link_target.front() != '/' && normalised("/" + link_target);
}

}  // namespace

std::optional<Refusal> process_exec(Step& step) {
    step.container = step.input.text("container");
    const auto args = step.input.texts("args");
    const auto env = step.input.texts("env");
    const std::string working_dir = step.input.text("working_dir");
    if (auto refusal = step.well_formed()) return refusal;
    Container* container = started(step);
    if (container == nullptr) return step.wrong_state();
    return narrow(step, *container, [&](const ContainerRule& rule) -> Check {
        const auto exec = std::ranges::find(rule.exec, args, &ExecRule::command);
        if (exec == rule.exec.end())
            return {rule.at + "/exec", false, "E_DENIED_EXEC", "a listed command",
                    step.explaining() ? shown(args) : ""};
        const std::string at = rule.at + "/exec/" + std::to_string(exec - rule.exec.begin());
        if (working_dir != rule.working_dir)
            return {rule.at + "/working_dir", false, "E_DENIED_EXEC", rule.working_dir,
                    step.explaining() ? working_dir : ""};
        return exec->env ? environment_fits(*exec->env, env, at + "/env", step.explaining())
                         : environment_fits(rule.env, env, rule.at + "/env", step.explaining());
    });
}

std::optional<Refusal> process_exec_external(Step& step) {
    const auto args = step.input.texts("args");
    const auto env = step.input.texts("env");
    const std::string working_dir = step.input.text("working_dir");
    if (auto refusal = step.well_formed()) return refusal;
    if (step.state.sandbox != SandboxPhase::created) return step.wrong_state();
    std::vector<Check> failures;
    for (std::size_t i = 0; i < step.policy.external_processes.size(); ++i) {
        const ExternalProcessRule& rule = step.policy.external_processes[i];
        const std::string at = "/external_processes/" + std::to_string(i);
        Check check = environment_fits(rule.env, env, at + "/env", step.explaining());
        if (args != rule.command)
            check = {at + "/command", false, "E_DENIED_EXEC", shown(rule.command),
                     step.explaining() ? shown(args) : ""};
        else if (working_dir != rule.working_dir)
            check = {at + "/working_dir", false, "E_DENIED_EXEC", rule.working_dir,
                     step.explaining() ? working_dir : ""};
        step.report(check);
        if (check.held) return std::nullopt;
        failures.push_back(std::move(check));
    }
    return no_match(failures);
}

std::optional<Refusal> process_signal(Step& step) {
    step.container = step.input.text("container");
    const std::uint64_t signal = step.input.number("signal", 64);
    const bool of_exec = step.input.has("args");
    const auto args = of_exec ? step.input.texts("args") : std::vector<std::string>{};
    if (auto refusal = step.well_formed()) return refusal;
    Container* container = started(step);
    if (container == nullptr) return step.wrong_state();
    if (!step.by_rule) return std::nullopt;
    return narrow(step, *container, [&](const ContainerRule& rule) -> Check {
        const std::set<std::uint64_t>* signals = &rule.signals;
        std::string at = rule.at + "/signals";
        if (of_exec) {
            const auto exec = std::ranges::find(rule.exec, args, &ExecRule::command);
            if (exec == rule.exec.end())
                return {rule.at + "/exec", false, "E_DENIED_EXEC", "a listed command", ""};
            signals = &exec->signals;
            at = rule.at + "/exec/" + std::to_string(exec - rule.exec.begin()) + "/signals";
        }
        return {at, signals->contains(signal), "E_DENIED_CONFIG", shown(*signals), std::to_string(signal)};
    });
}

std::optional<Refusal> stream(Step& step) {
    step.container = step.input.text("container");
    if (step.command.name == "stream.stdin_write") (void)step.input.number("data_len", 1 << 24);
    if (auto refusal = step.well_formed()) return refusal;
    Container* container = started(step);
    if (container == nullptr) return step.wrong_state();
    if (!step.by_rule) return std::nullopt;
    return narrow(step, *container, [&](const ContainerRule& rule) -> Check {
        return {rule.at + "/stdio", rule.stdio, step.command.denied, "true", rule.stdio ? "true" : "false"};
    });
}

std::optional<Refusal> copy_in(Step& step) {
    const std::string path = step.input.text("path");
    const std::string type = step.input.text("type");
    const bool link = type == "symlink";
    const std::string link_target = link ? step.input.text("link_target") : std::string{};
    if (auto refusal = step.well_formed()) return refusal;
    if (!normalised(path)) return step.bad_path();
    if (step.state.sandbox != SandboxPhase::created) return step.wrong_state();
    std::vector<Check> failures;
    for (std::size_t i = 0; i < step.policy.copy_in.size(); ++i) {
        const CopyRule& rule = step.policy.copy_in[i];
        const std::string at = "/files/copy_in/" + std::to_string(i);
        Check check{at, true, "E_PATH_ESCAPE"};
        if (!rule.path.matches(path))
            check = {at + "/path_regex", false, "E_PATH_ESCAPE", rule.path.expression(),
                     step.explaining() ? path : ""};
        else if (!rule.types.contains(type))
            check = {at + "/types", false, "E_PATH_ESCAPE", shown(rule.types), step.explaining() ? type : ""};
        else if (through_link(step.state, path) || (link && !stays_inside(link_target)))
            check = {at, false, "E_PATH_ESCAPE", "nothing behind or outside through a link", ""};
        step.report(check);
        if (check.held) {
            if (link) step.state.symlinks.insert(path);
            step.target = path;
            return std::nullopt;
        }
        failures.push_back(std::move(check));
    }
    return no_match(failures);
}

}  // namespace assay::runtime
