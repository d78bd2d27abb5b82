// net.*: links, routes and neighbours that the host sets in the guest.
#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {
namespace {

/// An address that is one, and not in a forbidden network.
bool permitted(const NetworkRule& rule, const std::string& text) {
    const auto address = parse_address(text);
    return address && std::ranges::none_of(rule.forbidden_sources, [&](const Network& network) {
               return network.contains(*address);
           });
}

}  // namespace

std::optional<Refusal> interface_update(Step& step) {
    const std::string device = step.input.text("name");
    const std::string hw_addr = step.input.text("hw_addr");
    const std::uint64_t flags = step.input.number("flags", 0xFFFF'FFFF);
    if (auto refusal = step.well_formed()) return refusal;
    if (step.state.sandbox != SandboxPhase::created) return step.wrong_state();
    if (!step.by_rule) return std::nullopt;
    const NetworkRule& rule = *step.policy.network;
    const auto link = parse_link_address(hw_addr);
    const bool zero = link && std::ranges::all_of(*link, [](auto byte) { return byte == 0; });
    std::optional<Refusal> first;
    for (auto refusal :
         {step.require(!device.empty() && !rule.forbidden_names.contains(device), "E_DENIED_NET",
                       "/network/forbidden_names", "none of " + shown(rule.forbidden_names), device),
          step.require((flags & ~rule.allowed_interface_flags) == 0, "E_DENIED_NET",
                       "/network/allowed_interface_flags", std::to_string(rule.allowed_interface_flags),
                       std::to_string(flags)),
          step.require(link && !zero, "E_DENIED_NET", "/network", "a link address that is not zero",
                       hw_addr)})
        if (!first) first = std::move(refusal);
    return first;
}

std::optional<Refusal> routes_update(Step& step) {
    struct Route {
        std::string device, source;
    };
    std::vector<Route> routes;
    step.input.each("routes", [&](Shape& item) {
        routes.push_back({item.text("device"), item.text("source")});
    });
    if (auto refusal = step.well_formed()) return refusal;
    if (step.state.sandbox != SandboxPhase::created) return step.wrong_state();
    if (!step.by_rule) return std::nullopt;
    const NetworkRule& rule = *step.policy.network;
    std::optional<Refusal> first;
    for (const Route& route : routes)
        for (auto refusal :
             {step.require(!route.device.empty() && !rule.forbidden_devices.contains(route.device),
                           "E_DENIED_NET", "/network/forbidden_devices",
                           "none of " + shown(rule.forbidden_devices), route.device),
              // No source is the kernel's choice, and none that the host made.
              step.require(route.source.empty() || permitted(rule, route.source), "E_DENIED_NET",
                           "/network/forbidden_sources", "an address outside these networks", route.source)})
            if (!first) first = std::move(refusal);
    return first;
}

std::optional<Refusal> arp_add(Step& step) {
    constexpr std::uint64_t reachable = 2, permanent = 128, legal_flags = 136;
    struct Neighbour {
        std::string device, address;
        std::uint64_t state, flags;
    };
    std::vector<Neighbour> entries;
    step.input.each("entries", [&](Shape& item) {
        entries.push_back({item.text("device"), item.text("address"), item.number("state", 0xFFFF),
                           item.number("flags", 0xFFFF)});
    });
    if (auto refusal = step.well_formed()) return refusal;
    if (step.state.sandbox != SandboxPhase::created) return step.wrong_state();
    if (!step.by_rule) return std::nullopt;
    const NetworkRule& rule = *step.policy.network;
    std::optional<Refusal> first;
    for (const Neighbour& entry : entries)
        for (auto refusal :
             {step.require(!entry.device.empty() && !rule.forbidden_devices.contains(entry.device),
                           "E_DENIED_NET", "/network/forbidden_devices",
                           "none of " + shown(rule.forbidden_devices), entry.device),
              step.require(permitted(rule, entry.address), "E_DENIED_NET", "/network/forbidden_sources",
                           "an address outside these networks", entry.address),
              step.require(
                  (entry.state == reachable || entry.state == permanent) && (entry.flags & ~legal_flags) == 0,
                  "E_DENIED_NET", "/network", "state 2 or 128, flags within 136",
                  std::to_string(entry.state) + ", " + std::to_string(entry.flags))})
            if (!first) first = std::move(refusal);
    return first;
}

}  // namespace assay::runtime
