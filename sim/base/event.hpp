// What happened in a run, for sequence diagrams and timelines: who did what to whom, when, with which bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/bytes.hpp"

namespace assay {

struct Event {
    enum class Kind : std::uint8_t { message, state, action, check, fault, timer, note };
    enum class Outcome : std::uint8_t { ok, refused, violated, dropped, mutated };
    Kind kind{};
    std::uint64_t t_ps = 0;  // virtual picoseconds since the scenario's start
    std::string actor;       // tokens: "gpu", "host"
    std::string peer{};      // of a message
    std::string name;        // "GET_MEASUREMENTS", "power-on reset"
    Bytes bytes{};           // of a message; never user data or keys
    Outcome outcome = Outcome::ok;
    std::string detail{};
};

constexpr std::string_view name(Event::Kind kind) {
    constexpr std::array<std::string_view, 7> names{"message", "state", "action", "check",
                                                    "fault",   "timer", "note"};
    return names.at(static_cast<std::size_t>(kind));
}
constexpr std::string_view name(Event::Outcome outcome) {
    constexpr std::array<std::string_view, 5> names{"ok", "refused", "violated", "dropped", "mutated"};
    return names.at(static_cast<std::size_t>(outcome));
}

class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void on(Event event) = 0;
};

}  // namespace assay
