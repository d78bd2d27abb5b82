// For tests: a policy, an agent that has bound it, and commands in short form.
#pragma once
#include <nlohmann/json.hpp>

#include "models/runtime/agent.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::runtime::test {

/// Every command denied but those that `said` names; with the sections of `more`.
inline nlohmann::json policy_with(const std::map<std::string, std::string>& said, nlohmann::json more = {}) {
    nlohmann::json out = {{"format", policy_format}, {"command_table", 1}, {"name", "test"}, {"svn", 1}};
    for (const Command& row : commands()) out["commands"][std::string{row.name}] = "deny";
    for (const auto& [command, disposition] : said) out["commands"][command] = disposition;
    if (!more.is_null()) out.update(more);
    return out;
}

/// A container without anything that a rule could miss.
inline nlohmann::json container_rule(const std::string& id = "worker") {
    return {{"id", id},
            {"layers", {std::string(64, 'a'), std::string(64, 'b')}},
            {"command", {"/bin/worker"}},
            {"env", nlohmann::json::array()},
            {"working_dir", "/"},
            {"user", {{"uid", 1000}, {"gid", 1000}, {"groups", nlohmann::json::array()}}},
            {"no_new_privileges", true},
            {"privileged", false},
            {"root_readonly", true},
            {"stdio", false},
            {"capabilities",
             {{"ambient", nlohmann::json::array()},
              {"bounding", nlohmann::json::array()},
              {"effective", nlohmann::json::array()},
              {"inheritable", nlohmann::json::array()},
              {"permitted", nlohmann::json::array()}}},
            {"mounts", nlohmann::json::array()},
            {"devices", {{{"kind", "gpu"}, {"count", 1}}}},
            {"seccomp_sha256", ""},
            {"exec", nlohmann::json::array()},
            {"signals", nlohmann::json::array()},
            {"max_instances", 1}};
}

/// The request that container_rule() admits.
inline nlohmann::json create_request(const std::string& id = "c0") {
    const auto none = nlohmann::json::array();
    return {{"id", id},
            {"args", {"/bin/worker"}},
            {"env", none},
            {"working_dir", "/"},
            {"uid", 1000},
            {"gid", 1000},
            {"groups", none},
            {"no_new_privileges", true},
            {"privileged", false},
            {"capabilities",
             {{"ambient", none},
              {"bounding", none},
              {"effective", none},
              {"inheritable", none},
              {"permitted", none}}},
            {"mounts", none},
            {"devices", {{{"kind", "gpu"}}}},
            {"seccomp_sha256", ""},
            {"root_readonly", true},
            {"terminal", false}};
}

/// The life of one container, and nothing else.
inline std::map<std::string, std::string> life() {
    return {{"sandbox.create", "rule"},    {"device.mount_ro", "rule"},    {"overlay.mount", "rule"},
            {"container.create", "rule"},  {"container.start", "allow"},   {"container.shutdown", "allow"},
            {"container.remove", "allow"}, {"device.unmount_ro", "allow"}, {"overlay.unmount", "allow"},
            {"process.wait", "allow"},     {"sandbox.destroy", "allow"}};
}
inline nlohmann::json sections(nlohmann::json containers) {
    return {{"containers", std::move(containers)},
            {"sandbox",
             {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", nlohmann::json::array()}}}};
}

struct Bench {
    NoEffects no_effects;
    Agent agent;

    explicit Bench(const nlohmann::json& policy) : agent(no_effects) { bind(policy); }
    Bench(const nlohmann::json& policy, Effects& effects) : agent(effects) { bind(policy); }

    Decision send(const std::string& command, const nlohmann::json& input = nlohmann::json::object()) {
        return agent.decide(as_bytes(nlohmann::json{{"command", command}, {"input", input}}.dump()));
    }
    /// `allow`, or the code.
    std::string verdict(const std::string& command, const nlohmann::json& input = nlohmann::json::object()) {
        const Decision decision = send(command, input);
        return decision.allowed() ? "allow" : std::string{name(decision.code)};
    }
    /// Up to a container `c0` that is created (and started).
    void bring_up(bool start = true) {
        send("sandbox.create", {{"pidns_shared", false},
                                {"hooks", nlohmann::json::array()},
                                {"kernel_modules", nlohmann::json::array()}});
        send("device.mount_ro", {{"target", "/l/0"}, {"root_hash", std::string(64, 'a')}});
        send("device.mount_ro", {{"target", "/l/1"}, {"root_hash", std::string(64, 'b')}});
        send("overlay.mount", {{"container", "c0"}, {"layers", {"/l/0", "/l/1"}}, {"target", "/c0/rootfs"}});
        send("container.create", create_request());
        if (start) send("container.start", {{"container", "c0"}});
    }

private:
    void bind(const nlohmann::json& policy) {
        const std::string bytes = canonical(policy);
        const auto bound =
            agent.bind(as_bytes(bytes), crypto::digest(crypto::Hash::sha256, {as_bytes(bytes)}));
        if (!bound) throw std::runtime_error(bound.error().at + ": " + bound.error().what);
        agent.device_attested("gpu");
    }
};

inline nlohmann::json one_container(nlohmann::json rule = container_rule()) {
    return policy_with(life(), sections({std::move(rule)}));
}
/// `base` with `value` at a JSON pointer.
inline nlohmann::json change(nlohmann::json base, const std::string& at, nlohmann::json value) {
    base[nlohmann::json::json_pointer{at}] = std::move(value);
    return base;
}
/// The root hash of a layer, of one character.
inline std::string layer(char c) { return std::string(64, c); }

}  // namespace assay::runtime::test
