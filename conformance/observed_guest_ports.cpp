// Observed ports of what runs inside the guest: the container runtime and its volumes.
#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

constexpr auto no_events = [] {
    return std::vector<Event>{};
};

class ObservedCommandPort final : public CommandPort {
public:
    ObservedCommandPort(std::unique_ptr<CommandPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    Result<BootAnswer, PortError> boot(const CommandBoot& boot) override {
        return told(watch(
            log_, asked("runtime", "power-on with a policy", described(boot)),
            [&] { return port_->boot(boot); }, no_events));
    }
    Result<BootAnswer, PortError> offer_policy(const CommandBoot& boot) override {
        return told(watch(
            log_, asked("runtime", "offer another policy", described(boot)),
            [&] { return port_->offer_policy(boot); }, no_events));
    }
    Result<Bytes, PortError> command(ByteView line) override {
        Event event = asked("runtime", "command");
        event.kind = Event::Kind::message;
        event.bytes.assign(line.begin(), line.end());
        auto answer = watch(
            log_, event, [&] { return port_->command(line); }, no_events);
        if (answer) {
            Event response{
                .kind = Event::Kind::message, .actor = "runtime", .peer = "host", .name = "answer"};
            response.bytes = *answer;
            log_.event(response);
        }
        return answer;
    }
    Result<Bytes, PortError> state_digest() override {
        return watch(
            log_, asked("runtime", "state digest"), [&] { return port_->state_digest(); }, no_events);
    }
    Result<std::map<std::string, std::uint64_t>, PortError> counters() override {
        return watch(
            log_, asked("runtime", "counters"), [&] { return port_->counters(); }, no_events);
    }
    Result<std::uint64_t, PortError> effects() override {
        return watch(
            log_, asked("runtime", "effects"), [&] { return port_->effects(); }, no_events);
    }
    Result<Nothing, PortError> fail_next_effect() override {
        return watch(
            log_, asked("runtime", "fail the next effect"), [&] { return port_->fail_next_effect(); },
            no_events);
    }

private:
    static std::string described(const CommandBoot& boot) {
        return std::to_string(boot.policy.size()) + " bytes, measured " + to_hex(boot.measured_digest);
    }
    Result<BootAnswer, PortError> told(Result<BootAnswer, PortError> answer) {
        if (!answer) return answer;
        Event event{.kind = Event::Kind::state, .actor = "runtime", .name = "policy bound"};
        if (!answer->bound) {
            event.name = "policy refused";
            event.outcome = Event::Outcome::refused;
            event.detail = answer->reason;
        }
        log_.event(event);
        return answer;
    }

    std::unique_ptr<CommandPort> port_;
    CaseLog& log_;
};

class ObservedBlockPort final : public BlockPort {
public:
    ObservedBlockPort(std::unique_ptr<BlockPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        return told(watch(
            log_, asked("disk", "open volume", "root hash " + to_hex(mapping.root_hash)),
            [&] { return port_->open(medium, mapping); }, no_events));
    }
    Result<BlockAnswer, PortError> read(std::uint64_t block) override {
        return told(watch(
            log_, asked("disk", "read block", std::to_string(block)), [&] { return port_->read(block); },
            no_events));
    }
    Result<Nothing, PortError> flip(Area area, std::uint64_t offset, std::uint8_t mask) override {
        const std::string where = area == Area::data ? "data byte " : "hash byte ";
        return watch(
            log_, asked("disk", "change the medium", where + std::to_string(offset)),
            [&] { return port_->flip(area, offset, mask); }, no_events);
    }

private:
    Result<BlockAnswer, PortError> told(Result<BlockAnswer, PortError> answer) {
        if (!answer || answer->code.empty()) return answer;
        Event event{.kind = Event::Kind::state, .actor = "disk", .name = "refused"};
        event.outcome = Event::Outcome::refused;
        event.detail = answer->code;
        log_.event(event);
        return answer;
    }

    std::unique_ptr<BlockPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<CommandPort> observed(std::unique_ptr<CommandPort> port, CaseLog& log) {
    return std::make_unique<ObservedCommandPort>(std::move(port), log);
}
std::unique_ptr<BlockPort> observed(std::unique_ptr<BlockPort> port, CaseLog& log) {
    return std::make_unique<ObservedBlockPort>(std::move(port), log);
}

}  // namespace assay::conformance
