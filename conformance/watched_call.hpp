// What every observed port does around a call of its target: it tells the log before and after, collects what
// happened inside, and turns an exception into TargetThrew.
#pragma once
#include <exception>

#include "conformance/observed_port.hpp"

namespace assay::conformance {

/// What is asked of the target: the event that stands for the call where the target reports none itself.
inline Event asked(std::string_view peer, std::string name, std::string detail = {}) {
    Event event{.kind = Event::Kind::action, .actor = "host", .name = std::move(name)};
    event.peer = peer;
    event.detail = std::move(detail);
    return event;
}

template <class T>
const PortError* error_of(const Result<T, PortError>& outcome) {
    return outcome ? nullptr : &outcome.error();
}
template <class T>
const PortError* error_of(const T&) {
    return nullptr;
}

/// `call`, announced before and after. What the target itself reported comes from `events`; where it reported
/// nothing the request stands for the call.
template <class Call, class Events>
auto watch(CaseLog& log, const Event& request, const Call& call, const Events& events) {
    log.called(request);
    try {
        auto out = call();
        const std::vector<Event> happened = events();
        log.returned();
        const PortError* error = error_of(out);
        if (happened.empty() || error) {
            Event event = request;
            if (error) event.detail = error->what;
            if (error) event.outcome = Event::Outcome::refused;
            log.event(event);
        }
        for (const Event& event : happened) log.event(event);
        return out;
    } catch (const std::exception& e) {
        throw TargetThrew{"an exception came out of " + request.name + ": " + e.what()};
    }
}

}  // namespace assay::conformance
