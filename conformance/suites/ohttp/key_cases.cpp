// The key configurations: well formed, usable, and the same for everyone.
#include <set>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

void each_suite_is_served(Session& s) {
    for (const Choice& one : s.all_choices()) {
        const Sealed sealed = seal(s.trial().crypto(), one, known_length(s.request()));
        s.expect_served(s.exchange(sealed));
    }
}

void ids_are_unique(Session& s) {
    std::set<std::uint8_t> ids;
    for (const Config& config : s.configs())
        s.trial().expect(ids.insert(config.id).second, "key-id-twice", "each key id stands in the list once",
                         "key id " + std::to_string(config.id) + " comes twice");
    legal_neighbour(s.trial());
}

void same_for_everyone(Session& s) {
    const std::string target = s.port().keys_target();
    for (const HttpFields& who : {HttpFields{{"cookie", "id=1"}, {"user-agent", "a"}},
                                  HttpFields{{"x-forwarded-for", "192.0.2.7"}, {"accept-language", "de"}}}) {
        const auto got =
            s.trial().need(s.port().to_relay({"GET", target, who, {}}), "the key configurations");
        s.trial().expect(equal(got.body, s.list()), "keys-differ",
                         "clients that differ in their fields get the same list, byte for byte",
                         "it differs");
    }
    legal_neighbour(s.trial());
}

void same_on_both_ways(Session& s) {
    const auto got = s.trial().need(
        s.port().to_gateway({.method = "GET", .target = s.port().keys_target()}, 0), "the list");
    s.trial().expect(equal(got.body, s.list()), "keys-differ",
                     "the list is the same through the relay and from the gateway", "it differs");
    legal_neighbour(s.trial());
}

void not_to_be_posted(Session& s) {
    const auto got = s.trial().need(
        s.port().to_relay(
            {"POST", s.port().keys_target(), {{"content-type", "application/ohttp-keys"}}, s.list()}),
        "an answer");
    s.trial().expect(got.status >= 400 && got.status < 500, "keys-posted",
                     "a POST of key configurations is refused with a 4xx",
                     "the answer is a " + std::to_string(got.status));
}

}  // namespace

std::vector<Case> key_cases() {
    return {
        plain_case("keys.each-suite", "A request sealed for any suite of the list is served",
                   {"OHTTP-KEY-001"}, each_suite_is_served),
        plain_case("keys.unique-ids", "No key id stands in the list twice", {"OHTTP-KEY-002"},
                   ids_are_unique),
        plain_case("keys.everyone", "Clients that differ get the same list", {"OHTTP-KEY-003"},
                   same_for_everyone),
        plain_case("keys.both-ways", "The list is the same through the relay and from the gateway",
                   {"OHTTP-KEY-003"}, same_on_both_ways, {"gateway"}),
        refusal_case("keys.post", "Key configurations cannot be posted", {"OHTTP-KEY-004"}, not_to_be_posted),
    };
}

}  // namespace assay::conformance::oblivious
