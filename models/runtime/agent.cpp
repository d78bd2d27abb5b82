#include "models/runtime/agent.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/runtime/step.hpp"

namespace assay::runtime {
namespace {

/// Clears a flag when the command is over, also when an effect throws.
class Turn {
public:
    explicit Turn(bool& busy) : busy_(busy) { busy_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { busy_ = false; }

private:
    bool& busy_;
};

Refusal envelope_refusal(const JsonFault& fault) {
    switch (fault.kind) {
        case JsonFault::Kind::limit: return {Code::limit, "", "E_LIMIT"};
        case JsonFault::Kind::duplicate: return {Code::malformed, "", "E_JSON_DUPLICATE_KEY"};
        case JsonFault::Kind::syntax: break;
    }
    return {Code::malformed, "", "E_SCHEMA"};
}

}  // namespace

Bytes answer(const Decision& decision) {
    std::string out = fmt::format(R"({{"verdict":"{}")", decision.allowed() ? "allow" : "deny");
    if (!decision.allowed()) out += fmt::format(R"(,"code":"{}")", name(decision.code));
    if (!decision.command.empty()) out += fmt::format(R"(,"command":"{}")", decision.command);
    if (!decision.at.empty() && decision.at.size() <= 96) out += fmt::format(R"(,"at":"{}")", decision.at);
    if (!decision.result.empty()) out += fmt::format(R"(,"result":{})", decision.result);
    out += fmt::format(R"(,"seq":{}}})", decision.seq);
    if (out.size() < answer_size) out.resize(answer_size, ' ');
    return {out.begin(), out.end()};
}

Result<Bytes, BindFault> Agent::bind(ByteView policy, ByteView measured_digest) {
    if (policy_) return BindFault{"E_POLICY_ALREADY_SET", "", "a policy is bound for the rest of this boot"};
    auto parsed = parse_policy(policy);
    if (!parsed) return BindFault{parsed.error().reason, parsed.error().at, parsed.error().what};
    if (!equal(parsed->digest, measured_digest))
        return BindFault{"E_POLICY_DIGEST", "", "the policy's digest is not the measured one"};
    policy_ = *std::move(parsed);
    return Bytes{policy_->digest};
}

const Policy& Agent::policy() const {
    if (!policy_) throw std::logic_error("no policy is bound");
    return *policy_;
}

Decision Agent::decide_aloud(ByteView line, CheckSink* sink) {
    Decision out;
    out.seq = ++seq_;
    std::optional<Refusal> refusal;
    if (busy_) {
        refusal = Refusal{Code::busy, "", "E_POLICY_STATE"};
    } else {
        const Turn turn{busy_};
        refusal = judge(line, out, sink);
    }
    out.code = refusal ? refusal->code : Code::allow;
    if (refusal) {
        out.at = std::move(refusal->at);
        out.reason = refusal->reason;
        ring_.push_back(out);
        if (ring_.size() > kept_denials) ring_.pop_front();
    }
    ++counters_[{out.command, out.code}];
    last_ = out;
    return out;
}

std::optional<Refusal> Agent::judge(ByteView line, Decision& out, CheckSink* sink) {
    if (!policy_) return Refusal{Code::policy, "", "E_POLICY_NOT_LOADED"};
    const auto document = parse_json(line, max_command_size, max_command_depth);
    if (!document) return envelope_refusal(document.error());
    std::optional<ShapeFault> fault;
    Shape envelope{*document, "", fault};
    const std::string name = envelope.text("command");
    const nlohmann::json* input = envelope.member("input");
    envelope.finish();
    if (fault) return Refusal{Code::malformed, "", "E_SCHEMA"};

    const auto index = find_command(name);
    if (!index) return Refusal{Code::unknown, "", "E_POLICY_UNKNOWN_METHOD"};
    const Command& row = commands()[*index];
    out.command = row.name;
    if (policy_->commands[*index] == Disposition::deny)
        return Refusal{Code::deny, "/commands/" + std::string{row.name}, row.denied};
    if (state_.sandbox == SandboxPhase::destroyed) return Refusal{Code::state, "", "E_POLICY_STATE"};

    State next = state_;
    const Ground ground{*policy_, attested_, fragment_desk_, sink};
    Step step{ground, row, *input, next};
    if (auto refusal = row.handle(step)) return refusal;
    if (auto refusal = carry_out(row, step, next)) return refusal;
    state_ = std::move(next);
    if (row.name == "host.diagnostics") out.result = diagnostics();
    return std::nullopt;
}

std::optional<Refusal> Agent::carry_out(const Command& row, const Step& step, State& next) {
    Effect effect{row.name, step.target, step.root_hash};
    if (!step.container.empty()) effect.container = admission(next, step.container);
    if (!effects_.perform(effect)) return Refusal{Code::effect, "", "E_POLICY_STATE"};
    return std::nullopt;
}

std::string Agent::diagnostics() const {
    auto out = nlohmann::json::object();
    out["denials"] = nlohmann::json::array();
    for (const Decision& denial : ring_)
        out["denials"].push_back({{"seq", denial.seq},
                                  {"command", denial.command},
                                  {"code", name(denial.code)},
                                  {"at", denial.at}});
    return out.dump();
}

Admission Agent::admission(const State& state, const std::string& id) const {
    const Container& container = state.containers.at(id);
    Admission out;
    out.id = id;
    out.phase = container.phase;
    out.devices = container.devices;
    if (container.matches.empty()) return out;
    const std::size_t index = *container.matches.begin();
    const std::size_t own = policy_->containers.size();
    const ContainerRule& rule = index < own ? policy_->containers[index] : state.added.at(index - own);
    out.rule = rule.id;
    out.layers = rule.layers;
    out.command = rule.command;
    return out;
}

bool Agent::container_exited(const std::string& id) {
    const auto found = state_.containers.find(id);
    if (found == state_.containers.end() || found->second.phase != ContainerPhase::started) return false;
    found->second.phase = ContainerPhase::stopped;
    return true;
}

std::vector<Admission> Agent::admitted() const {
    std::vector<Admission> out;
    for (const auto& [id, container] : state_.containers)
        if (container.phase != ContainerPhase::layered && container.phase != ContainerPhase::removed)
            out.push_back(admission(state_, id));
    return out;
}

std::optional<Admission> Agent::admitted(const std::string& id) const {
    for (Admission& container : admitted())
        if (container.id == id) return std::move(container);
    return std::nullopt;
}

std::uint64_t Agent::denials() const {
    std::uint64_t out = 0;
    for (const auto& [key, count] : counters_)
        if (key.second != Code::allow) out += count;
    return out;
}

void Agent::power_on_reset() {
    policy_.reset();
    attested_.clear();
    state_ = {};
    counters_.clear();
    ring_.clear();
    last_.reset();
    seq_ = 0;
    busy_ = false;
}

}  // namespace assay::runtime
