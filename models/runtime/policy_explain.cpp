#include "models/runtime/policy_tools.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::runtime {
namespace {

struct Kept final : CheckSink {
    std::vector<Check> checks;
    void on(const Check& check) override { checks.push_back(check); }
};

/// The agent itself, with somebody who listens.
class Explainer final : public Agent {
public:
    using Agent::Agent;
    using Agent::decide_aloud;
};

}  // namespace

std::string Explanation::text() const {
    std::string out = decision.allowed() ? "allow" : "deny " + std::string{name(decision.code)};
    if (!decision.command.empty()) out += " " + std::string{decision.command};
    if (!decision.at.empty()) out += " by " + decision.at;
    if (!decision.reason.empty()) out += " (" + std::string{decision.reason} + ")";
    out += "\n";
    for (const Check& check : checks) {
        out += std::string{check.held ? "  holds  " : "  fails  "} + check.at;
        if (!check.expected.empty()) out += ": expected " + check.expected;
        if (!check.held && !check.found.empty()) out += ", found " + check.found;
        out += "\n";
    }
    return out;
}

Result<Explanation, PolicyFault> explain(ByteView policy, std::span<const std::string> before,
                                         std::string_view line,
                                         const std::map<std::string, unsigned>& devices) {
    NoEffects effects;
    Explainer agent{effects};
    const auto bound = agent.bind(policy, crypto::digest(crypto::Hash::sha256, {policy}));
    if (!bound) return PolicyFault{bound.error().reason, bound.error().at, bound.error().what};
    for (const auto& [kind, count] : devices)
        for (unsigned i = 0; i < count; ++i) agent.device_attested(kind);
    for (const std::string& earlier : before) (void)agent.decide(as_bytes(earlier));
    Kept kept;
    Decision decision = agent.decide_aloud(as_bytes(line), &kept);
    return Explanation{std::move(decision), std::move(kept.checks)};
}

}  // namespace assay::runtime
