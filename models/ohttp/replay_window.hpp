// Which encapsulated requests were seen (RFC 9458, 6.5).
#pragma once
#include <deque>
#include <set>

#include "sim/base/bytes.hpp"
#include "sim/base/clock.hpp"

namespace assay::ohttp {

/// SHA-256 of each encapsulated key, for as long as its request could be taken again. Gateways that share a
/// key share the window, too.
class ReplayWindow {
public:
    /// Keys are kept for `keep`, or for ever where there is none; at most `capacity` of them. `clock`
    /// outlives the window.
    ReplayWindow(const Clock& clock, std::optional<std::chrono::seconds> keep, std::size_t capacity = 1 << 20)
        : clock_(clock), keep_(keep), capacity_(capacity) {}

    enum class Outcome : std::uint8_t {
        fresh,
        repeated,
        full,  // it cannot tell later whether this one was seen: not to be taken
    };
    Outcome admit(ByteView enc);

    std::size_t size() const { return seen_.size(); }

private:
    using Digest = std::array<std::uint8_t, 32>;
    void forget();

    const Clock& clock_;
    std::optional<std::chrono::seconds> keep_;
    std::size_t capacity_;
    std::set<Digest> seen_;
    std::deque<std::pair<Instant, Digest>> order_;  // by time of arrival
};

}  // namespace assay::ohttp
