// Relay and balancer, seen from the wires between them.
#include <algorithm>
#include <map>
#include <set>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

constexpr std::string_view hop_canary = "canary-5be1";

/// Everything a client might send along that would name it.
HttpFields of_a_client() {
    HttpFields out;
    for (const std::string_view name :
         {"cookie", "authorization", "user-agent", "x-forwarded-for", "forwarded", "via", "x-real-ip",
          "referer", "traceparent", "tracestate", "baggage", "x-request-id", "if-none-match",
          "accept-language", "x-custom"})
        out.push_back({std::string{name}, std::string{hop_canary}});
    return out;
}

/// One served request with `more` in its outer fields; what crossed behind the relay.
std::vector<OhttpHop> behind_the_relay(const Session& s, const Sealed& sealed, const HttpFields& more) {
    static_cast<void>(s.trial().need(s.port().hops(), "the hops so far"));
    s.expect_served(s.exchange(sealed, sealed.message, more));
    auto hops = s.trial().need(s.port().hops(), "the hops");
    std::erase_if(hops, [](const OhttpHop& hop) { return hop.from == "client"; });
    s.trial().expect(!hops.empty(), "no-hops", "something crossed behind the relay", "nothing did");
    return hops;
}

void body_unchanged(Session& s) {
    const Sealed sealed = s.seal(s.request());
    for (const OhttpHop& hop : behind_the_relay(s, sealed, of_a_client()))
        s.trial().expect(equal(hop.request.body, sealed.message), "body-changed",
                         "the body of the request crosses every hop unchanged",
                         "between " + hop.from + " and " + hop.to + " it differs");
}

void fields_dropped(Session& s) {
    for (const OhttpHop& hop : behind_the_relay(s, s.seal(s.request()), of_a_client()))
        for (const HttpField& field : hop.request.fields)
            s.trial().expect(field.value.find(hop_canary) == std::string::npos, "field-passed",
                             "no field of a client crosses the relay", field.name + " did, to " + hop.to);
}

void no_address_added(Session& s) {
    constexpr std::array<std::string_view, 7> field_names{"forwarded",       "via",         "x-forwarded-for",
                                                          "x-real-ip",       "x-client-ip", "true-client-ip",
                                                          "x-forwarded-host"};
    for (const OhttpHop& hop : behind_the_relay(s, s.seal(s.request()), {}))
        for (const std::string_view name : field_names)
            s.trial().expect(find_field(hop.request.fields, name) == nullptr, "address-added",
                             "the relay adds no address", std::string{name} + " goes to " + hop.to);
}

/// Values that could be ids: everything in the fields that is not said of HTTP itself.
std::set<std::string> ids_in(const HttpFields& fields) {
    std::set<std::string> out;
    for (const HttpField& field : fields)
        if (field.value.size() >= 16 && !field.value.starts_with("message/") &&
            !field.value.starts_with("application/"))
            out.insert(field.value);
    return out;
}

void ids_unrelated(Session& s) {
    std::map<std::string, std::string> seen;  // id, its hop
    for (int i = 0; i < 24; ++i)
        for (const OhttpHop& hop : behind_the_relay(s, s.seal(s.request()), of_a_client()))
            for (const std::string& id : ids_in(hop.request.fields)) {
                const auto [at, is_new] = seen.emplace(id, hop.from + " to " + hop.to);
                s.trial().expect(
                    is_new, "id-seen-twice", "an id is seen on one hop, once",
                    "one was seen from " + at->second + " and again from " + hop.from + " to " + hop.to);
            }
    s.trial().expect(true, "id-seen-twice", "an id is seen on one hop, once", "");
}

void ids_not_echoed(Session& s) {
    for (const bool good : {true, false}) {
        static_cast<void>(s.trial().need(s.port().hops(), "the hops so far"));
        Sealed sealed = s.seal(s.request());
        if (!good) sealed.message.back() ^= 1;
        const Answer answer = s.exchange(sealed);
        if (good) s.expect_served(answer);
        for (const OhttpHop& hop : s.trial().need(s.port().hops(), "the hops"))
            for (const std::string& id : ids_in(hop.request.fields))
                for (const HttpField& field : answer.outer.fields)
                    s.trial().expect(
                        field.value.find(id) == std::string::npos && !contains(answer.outer.body, id),
                        "id-echoed", "no id of a hop comes back to the client",
                        "that to " + hop.to + " does");
    }
}

void response_fields(Session& s) {
    const Answer answer = s.exchange(s.seal(s.request()));
    s.expect_served(answer);
    for (const std::string_view name :
         {"set-cookie", "etag", "x-request-id", "traceparent", "server-timing", "location"})
        s.trial().expect(find_field(answer.outer.fields, name) == nullptr, "field-added",
                         "the answer has no field that marks a client", std::string{name} + " is there");
}

/// At the relay, a request that is no encapsulated one; nothing of it may reach a gateway.
void not_forwarded(Session& s, const std::function<void(HttpRequest&)>& change) {
    HttpRequest request = s.outer(s.seal(s.request()).message);
    change(request);
    static_cast<void>(s.trial().need(s.port().hops(), "the hops so far"));
    const auto got = s.trial().need(s.port().to_relay(request), "an answer");
    s.trial().expect(got.status >= 400 && got.status < 500, "not-refused", "the relay refuses it with a 4xx",
                     "the answer is a " + std::to_string(got.status));
    const auto hops = s.trial().need(s.port().hops(), "the hops");
    s.trial().expect(std::ranges::none_of(hops, [](const OhttpHop& hop) { return hop.from != "client"; }),
                     "forwarded", "it does not go beyond the relay", "it does");
}

void nodes_without_users(Session& s) {
    const Choice& fast = s.choice_of(hpke::KemId::x25519_sha256);
    std::map<std::string, std::array<double, 2>> chosen;
    constexpr int rounds = 300;
    for (int i = 0; i < rounds; ++i) {
        const std::size_t user = static_cast<std::size_t>(i) % 2;
        InnerRequest request = s.request();
        request.content = Bytes(user == 0 ? 10 : 200, 'x');
        const Sealed sealed = seal(s.trial().crypto(), fast, known_length(request));
        static_cast<void>(s.trial().need(s.port().hops(), "the hops so far"));
        static_cast<void>(s.exchange(sealed, sealed.message, {{"x-user", user == 0 ? "a" : "b"}}));
        for (const OhttpHop& hop : s.trial().need(s.port().hops(), "the hops"))
            if (hop.to.starts_with("gateway")) chosen[hop.to].at(user) += 1;
    }
    if (chosen.size() < 2) s.trial().not_tested(NotTested::not_supported, "one gateway alone was seen");
    double chi_square = 0, total = 0;
    for (const auto& [node, counts] : chosen) total += counts[0] + counts[1];
    for (const auto& [node, counts] : chosen)
        for (const double count : counts) {
            const double expected = (counts[0] + counts[1]) / 2;
            chi_square += (count - expected) * (count - expected) / expected;
        }
    s.trial().expect(total == rounds, "requests-lost", "every request reached a gateway",
                     std::to_string(total) + " did");
    s.trial().expect(chi_square < 10.83, "steering", "node and user are independent (p > 0.001)",
                     "chi-square is " + std::to_string(chi_square));
}

}  // namespace

std::vector<Case> hop_cases() {
    const auto refused = [](std::string id, std::string title, auto change) {
        return refusal_case("relay." + std::move(id), std::move(title), {"OHTTP-REL-004"},
                            [change](Session& s) { not_forwarded(s, change); }, {"hops"});
    };
    return {
        plain_case("relay.body", "The body of a request crosses relay and balancer unchanged",
                   {"OHTTP-REL-001"}, body_unchanged, {"hops"}),
        plain_case("relay.fields", "No field of a client crosses the relay", {"OHTTP-REL-002"},
                   fields_dropped, {"hops"}),
        plain_case("relay.address", "The relay adds no address of a client", {"OHTTP-REL-003"},
                   no_address_added, {"hops"}),
        plain_case("relay.response", "The answer has no field that marks a client", {"OHTTP-REL-002"},
                   response_fields),
        refused("get", "The relay forwards no GET of the request target",
                [](HttpRequest& r) { r.method = "GET"; }),
        refused("type", "The relay forwards no other media type",
                [](HttpRequest& r) { set_field(r.fields, "content-type", "application/json"); }),
        refused("target", "The relay forwards no other target", [](HttpRequest& r) { r.target += "other"; }),
        refused("query", "The relay forwards no query", [](HttpRequest& r) { r.target += "?user=1"; }),
        plain_case("ids.unrelated", "An id of one hop is never seen on another one, or again",
                   {"OHTTP-ID-001"}, ids_unrelated, {"hops"}),
        refusal_case("ids.echo", "No id of a hop comes back to the client", {"OHTTP-ID-002"}, ids_not_echoed,
                     {"hops"}),
        plain_case("balancer.nodes", "The balancer's choice does not depend on the user", {"OHTTP-BAL-001"},
                   nodes_without_users, {"hops"}),
    };
}

}  // namespace assay::conformance::oblivious
