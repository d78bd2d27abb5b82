// Points in time, where they come from, and their RFC 3339 text.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// UTC, whole seconds.
using Instant = std::chrono::sys_seconds;

/// Nothing that judges reads the wall clock by itself: it is handed one of these.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class FixedClock final : public Clock {
public:
    explicit FixedClock(Instant at) : at_(at) {}
    Instant now() const override { return at_; }

private:
    Instant at_;
};

class WallClock final : public Clock {
public:
    Instant now() const override {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    }
};

/// `2025-08-21T08:00:00Z`. Years 0000 to 9999.
std::string to_rfc3339(Instant at);

/// Accepts `Z` or a numeric offset; a fraction of a second is cut off. Nothing for any other text, for a day
/// that the calendar does not have, and for a leap second.
std::optional<Instant> from_rfc3339(std::string_view text);

}  // namespace assay
