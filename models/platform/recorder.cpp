#include "models/platform/recorder.hpp"

#include <systemc>
#include <utility>

namespace assay::platform {
namespace {

/// The platform's resolution is the kernel's default of 1 ps.
std::uint64_t simulation_ps() { return sc_core::sc_time_stamp().value(); }

}  // namespace

void Recorder::begin() {
    epoch_ps_ = simulation_ps();
    events_.clear();
    trace_ = {};
    signals_.clear();
}

std::uint64_t Recorder::now_ps() const { return simulation_ps() - epoch_ps_; }

void Recorder::wave(std::string_view path, unsigned width, std::uint64_t value) {
    auto signal = signals_.find(path);
    if (signal == signals_.end()) signal = signals_.emplace(path, trace_.add(std::string{path}, width)).first;
    trace_.change(signal->second, now_ps(), value);
}

void Recorder::event(Event event) {
    event.t_ps = now_ps();
    events_.push_back(std::move(event));
}

std::vector<Event> Recorder::take_events() { return std::exchange(events_, {}); }

}  // namespace assay::platform
