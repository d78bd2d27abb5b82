// Keeps what the modules of a platform tell: events and waves of one scenario.
#pragma once
#include <map>
#include <optional>

#include "models/gpu/probe.hpp"
#include "sim/kernel/trace.hpp"

namespace assay::platform {

/// Times are of the scenario: they begin at begin().
class Recorder final : public gpu::Probe, public EventSink {
public:
    /// A scenario begins now, in the simulation's time: what was kept is forgotten.
    void begin();

    void wave(std::string_view path, unsigned width, std::uint64_t value) override;
    void event(Event event) override;
    void on(Event told) override { event(std::move(told)); }

    std::vector<Event> take_events();
    /// The waves of the scenario so far.
    std::string waves() const { return trace_.vcd(); }
    std::uint64_t now_ps() const;

private:
    std::uint64_t epoch_ps_ = 0;
    std::vector<Event> events_;
    kernel::Trace trace_;
    std::map<std::string, kernel::Trace::Signal, std::less<>> signals_;
};

}  // namespace assay::platform
