// sandbox.*, fragment.load, host.*, and every command whose input has no rule.
#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {

std::optional<Refusal> sandbox_create(Step& step) {
    const bool pidns_shared = step.input.flag("pidns_shared");
    const auto hooks = step.input.texts("hooks");
    const auto modules = step.input.text_set("kernel_modules");
    if (auto refusal = step.well_formed()) return refusal;
    if (step.state.sandbox != SandboxPhase::absent) return step.wrong_state();

    const SandboxRule& rule = *step.policy.sandbox;
    const auto text = [](bool flag) {
        return flag ? "true" : "false";
    };
    std::optional<Refusal> first;
    const auto also = [&](std::optional<Refusal> refusal) {
        if (!first) first = std::move(refusal);
    };
    also(step.require(pidns_shared == rule.pidns_shared, "E_POLICY_MISMATCH", "/sandbox/pidns_shared",
                      text(rule.pidns_shared), text(pidns_shared)));
    also(step.require(hooks.empty() || rule.hooks, "E_POLICY_HOOKS", "/sandbox/hooks", text(rule.hooks),
                      shown(hooks)));
    also(step.require(std::ranges::includes(rule.kernel_modules, modules), "E_POLICY_MISMATCH",
                      "/sandbox/kernel_modules", shown(rule.kernel_modules), shown(modules)));
    if (first) return first;
    step.state.sandbox = SandboxPhase::created;
    return std::nullopt;
}

std::optional<Refusal> sandbox_destroy(Step& step) {
    if (auto refusal = step.well_formed()) return refusal;
    step.state.sandbox = SandboxPhase::destroyed;
    return std::nullopt;
}

std::optional<Refusal> fragment_load(Step& step) {
    const std::string issuer = step.input.text("issuer");
    const std::string feed = step.input.text("feed");
    const auto envelope = from_base64(step.input.text("envelope"));
    if (!envelope) step.input.refuse("envelope", "not base64");
    if (auto refusal = step.well_formed()) return refusal;

    const auto rule = std::ranges::find_if(step.policy.fragments, [&](const FragmentRule& each) {
        return each.issuer == issuer && each.feed == feed;
    });
    if (auto refusal = step.require(rule != step.policy.fragments.end(), "E_FRAGMENT_ISSUER", "/fragments",
                                    "a listed issuer and feed", issuer + " " + feed))
        return refusal;
    const std::string at = "/fragments/" + std::to_string(rule - step.policy.fragments.begin());
    const auto statement = step.desk() == nullptr ? std::nullopt : step.desk()->open(issuer, *envelope);
    if (auto refusal = step.require(statement.has_value(), "E_FRAGMENT_ISSUER", at, "signed by " + issuer,
                                    "no valid signature"))
        return refusal;
    auto fragment = parse_fragment(*statement);
    if (auto refusal =
            step.require(fragment && fragment->issuer == issuer && fragment->feed == feed,
                         "E_FRAGMENT_ISSUER", at, "a statement of this issuer and feed", "another"))
        return refusal;
    if (auto refusal = step.require(fragment->svn >= rule->minimum_svn, "E_FRAGMENT_SVN", at,
                                    std::to_string(rule->minimum_svn), std::to_string(fragment->svn)))
        return refusal;
    for (const State::Fragment& loaded : step.state.fragments)
        if (loaded.issuer == issuer && loaded.feed == feed) {
            if (fragment->svn < loaded.svn) return step.refuse(Code::value, "E_FRAGMENT_SVN", at);
            return step.wrong_state();  // once loaded, a feed stays as it is for the rest of the boot
        }
    if (!fragment->containers.empty() && !rule->includes.contains("containers"))
        return step.refuse(Code::value, "E_POLICY_MISMATCH", at + "/includes");
    for (ContainerRule& added : fragment->containers) {
        for (std::size_t i = 0; i < step.rules(); ++i)
            if (step.rule(i).id == added.id) return step.refuse(Code::value, "E_POLICY_MISMATCH", at);
        added.at = at;
    }
    std::ranges::move(fragment->containers, std::back_inserter(step.state.added));
    step.state.fragments.push_back({issuer, feed, fragment->svn, to_hex(fragment->digest)});
    return std::nullopt;
}

std::optional<Refusal> logging_set(Step& step) {
    const std::string level = step.input.text("level");
    if (auto refusal = step.well_formed()) return refusal;
    if (!step.by_rule) return std::nullopt;
    return step.require(step.policy.logging->levels.contains(level), "E_DENIED_CONFIG", "/logging/levels",
                        shown(step.policy.logging->levels), level);
}

std::optional<Refusal> log_provider(Step& step) {
    const auto names = step.input.text_set("names");
    if (auto refusal = step.well_formed()) return refusal;
    if (!step.by_rule) return std::nullopt;
    return step.require(std::ranges::includes(step.policy.logging->providers, names), "E_DENIED_CONFIG",
                        "/logging/providers", shown(step.policy.logging->providers), shown(names));
}

std::optional<Refusal> plain(Step& step) {
    std::string_view form = step.command.form;
    bool names_container = false, path_ok = true;
    while (!form.empty()) {
        const auto end = std::min(form.find(' '), form.size());
        const std::string_view field = form.substr(0, end);
        form.remove_prefix(std::min(end + 1, form.size()));
        const auto colon = field.find(':');
        const std::string member{field.substr(0, colon)};
        const std::string_view type = field.substr(colon + 1);
        if (type == "id") {
            step.container = step.input.text(member);
            names_container = true;
        } else if (type == "number") {
            (void)step.input.number(member, 1ULL << 40);
        } else {
            const std::string text = step.input.text(member);
            if (type == "path") {
                path_ok = path_ok && normalised(text);
                step.target = text;
            }
        }
    }
    if (auto refusal = step.well_formed()) return refusal;
    if (!path_ok) return step.bad_path();
    if (names_container) {
        const auto found = step.state.containers.find(step.container);
        if (found == step.state.containers.end() || found->second.phase != ContainerPhase::started)
            return step.wrong_state();
    }
    if (!step.command.name.starts_with("host.") && step.state.sandbox != SandboxPhase::created)
        return step.wrong_state();
    return std::nullopt;
}

}  // namespace assay::runtime
