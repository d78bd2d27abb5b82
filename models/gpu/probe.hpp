// Where the modules of a GPU say what happens: waves and events. Never keys, never message bytes in a wave.
#pragma once
#include "sim/base/event.hpp"

namespace assay::gpu {

class Probe {
public:
    virtual ~Probe() = default;
    /// `path` is dotted; a path has the same width each time. The time is the simulation's.
    virtual void wave(std::string_view path, unsigned width, std::uint64_t value) = 0;
    /// The time is filled in.
    virtual void event(Event event) = 0;
};

}  // namespace assay::gpu
