// What every part of a scenario shares: what is wrong in it, its time, and who hears of what happens.
#pragma once
#include <systemc>

#include "models/gpu/pki.hpp"
#include "models/platform/recorder.hpp"
#include "models/platform/scenario.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::platform {

/// Virtual time since power-on, as the calendar has it: world time began at gpu::world_epoch + 1 h.
class WorldClock final : public Clock {
public:
    explicit WorldClock(const Recorder& recorder) : recorder_(recorder) {}
    Instant now() const override { return start + since_start() + skew_; }
    /// Time that passes without anything happening.
    void skip(std::chrono::seconds by) { skew_ += by; }
    void reset() { skew_ = std::chrono::seconds{0}; }
    static constexpr Instant start = gpu::world_epoch + std::chrono::hours{1};

private:
    std::chrono::seconds since_start() const {
        constexpr std::uint64_t ps_per_s = 1'000'000'000'000;
        return std::chrono::seconds{recorder_.now_ps() / ps_per_s};
    }
    const Recorder& recorder_;
    std::chrono::seconds skew_{0};
};

struct Scene {
    Recorder& recorder;
    const kernel::TimingProfile& times;
    Tampering tampering;
    WorldClock clock{recorder};
    const Clock* other_prompt_clock = nullptr;

    /// By which the gateway judges the dates of prompts.
    const Clock& prompt_clock() const { return other_prompt_clock != nullptr ? *other_prompt_clock : clock; }

    /// For the scenario's threads: this takes its time.
    void spend(std::string_view parameter) const { sc_core::wait(times.time(parameter)); }

    void message(std::string_view from, std::string_view to, std::string name, ByteView bytes = {},
                 Event::Outcome outcome = Event::Outcome::ok) const {
        Event event{.kind = Event::Kind::message,
                    .actor = std::string{from},
                    .peer = std::string{to},
                    .name = std::move(name)};
        event.bytes.assign(bytes.begin(), bytes.end());
        event.outcome = outcome;
        recorder.event(std::move(event));
    }
    void did(std::string_view actor, std::string name, std::string detail = {}) const {
        Event event{.kind = Event::Kind::action, .actor = std::string{actor}, .name = std::move(name)};
        event.detail = std::move(detail);
        recorder.event(std::move(event));
    }
    void state(std::string_view actor, std::string name, std::string detail = {}) const {
        Event event{.kind = Event::Kind::state, .actor = std::string{actor}, .name = std::move(name)};
        event.detail = std::move(detail);
        recorder.event(std::move(event));
    }
    /// Says no, and is what the stage ends with.
    Refusal refuse(Stage stage, std::string_view component, std::string_view code, std::string what) const {
        Event event{.kind = Event::Kind::check, .actor = std::string{component}, .name = std::string{code}};
        event.outcome = Event::Outcome::refused;
        event.detail = what;
        recorder.event(std::move(event));
        return {stage, std::string{component}, std::string{code}, std::move(what)};
    }
};

}  // namespace assay::platform
