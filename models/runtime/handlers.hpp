// The handlers behind the rows of the command table, by what they touch.
#pragma once
#include "models/runtime/step.hpp"

namespace assay::runtime {

std::optional<Refusal> sandbox_create(Step& step);
std::optional<Refusal> sandbox_destroy(Step& step);
std::optional<Refusal> fragment_load(Step& step);

std::optional<Refusal> mount_layer(Step& step);
std::optional<Refusal> unmount_layer(Step& step);
std::optional<Refusal> mount_scratch(Step& step);
std::optional<Refusal> unmount_scratch(Step& step);
std::optional<Refusal> mount_writable(Step& step);
std::optional<Refusal> unmount_writable(Step& step);
std::optional<Refusal> mount_share(Step& step);
std::optional<Refusal> unmount_share(Step& step);
std::optional<Refusal> mount_overlay(Step& step);
std::optional<Refusal> unmount_overlay(Step& step);

std::optional<Refusal> container_create(Step& step);
std::optional<Refusal> container_start(Step& step);
std::optional<Refusal> container_shutdown(Step& step);
std::optional<Refusal> container_remove(Step& step);

std::optional<Refusal> process_exec(Step& step);
std::optional<Refusal> process_exec_external(Step& step);
std::optional<Refusal> process_signal(Step& step);
std::optional<Refusal> stream(Step& step);
std::optional<Refusal> copy_in(Step& step);

std::optional<Refusal> interface_update(Step& step);
std::optional<Refusal> routes_update(Step& step);
std::optional<Refusal> arp_add(Step& step);

std::optional<Refusal> logging_set(Step& step);
std::optional<Refusal> log_provider(Step& step);
/// Reads the input by the row's form. One that names a container needs it started; all but `host.` need a
/// sandbox.
std::optional<Refusal> plain(Step& step);

/// The conditions on an environment: every variable meets a rule, no name comes twice, every required rule is
/// met. `at` is the place of the rules.
Check environment_fits(const std::vector<EnvRule>& rules, const std::vector<std::string>& variables,
                       const std::string& at, bool explain);
/// Strings for explanations: `["a", "b"]`.
std::string shown(const std::vector<std::string>& texts);
std::string shown(const std::set<std::string>& texts);
std::string shown(const std::set<std::uint64_t>& numbers);

}  // namespace assay::runtime
