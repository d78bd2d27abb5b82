// Waveforms of a simulation as a value change dump (IEEE 1364-2005, 18), without a date: equal runs give
// equal files.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace assay::kernel {

/// Lengths, states and counters over virtual time. Never user data, never keys: a waveform is a data sink.
class Trace {
public:
    using Signal = std::size_t;

    /// `path` is dotted (`gpu.doe.status`); `width` is 1 to 64 bits. Signals begin unknown (x).
    Signal add(std::string path, unsigned width);
    /// At `t_ps`, which never goes back. Values that do not change leave no mark.
    void change(Signal signal, std::uint64_t t_ps, std::uint64_t value);
    /// The whole file, timescale 1 ps.
    std::string vcd() const;

private:
    struct Variable {
        std::string path;
        unsigned width;
        std::uint64_t last = 0;
        bool known = false;
    };
    struct Change {
        std::uint64_t t_ps;
        Signal signal;
        std::uint64_t value;
    };
    std::vector<Variable> variables_;
    std::vector<Change> changes_;
};

}  // namespace assay::kernel
