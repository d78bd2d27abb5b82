// Relay and balancer: what passes, what does not, ids that say nothing, nodes chosen without a user.
#include "models/ohttp/balancer.hpp"
#include "models/ohttp/relay.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

const Bytes sealed{0x01, 0x00, 0x20, 0xFF, 0x00, 0x7F};

HttpRequest from_client() {
    return {"POST",
            "/",
            {{"Content-Type", "message/ohttp-req; charset=x"},
             {"Cookie", "canary"},
             {"X-Forwarded-For", "192.0.2.1"},
             {"User-Agent", "canary"},
             {"traceparent", "canary"},
             {"X-Request-Id", "canary"}},
            sealed};
}

/// Fills with one byte.
class Constant final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0x42}); }
};
/// Gives the same bytes each time.
class Repeating final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
    }
};

BOOST_AUTO_TEST_SUITE(hops)

BOOST_AUTO_TEST_CASE(a_relay_passes_the_body_and_nothing_that_names_a_client) {
    testing::Setting setting;
    Relay relay{setting.random};
    const auto out = relay.forward(from_client());
    BOOST_REQUIRE(out);
    BOOST_TEST(to_hex(out->request.body) == to_hex(sealed));
    BOOST_TEST(out->request.method == "POST");
    BOOST_REQUIRE(out->request.fields.size() == 2U);
    BOOST_TEST(*find_field(out->request.fields, "content-type") == "message/ohttp-req");
    BOOST_TEST(*find_field(out->request.fields, hop_id_field) == to_hex(out->id));
    BOOST_TEST(relay.ids().pending() == 1U);
    const HttpResponse answer = relay.answer(
        out->id,
        {200, {{"content-type", "message/ohttp-res"}, {"set-cookie", "canary"}, {"via", "x"}}, sealed});
    BOOST_TEST(relay.ids().pending() == 0U);
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(to_hex(answer.body) == to_hex(sealed));
    BOOST_TEST(answer.fields.size() == 2U);
    BOOST_TEST(*find_field(answer.fields, "cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(a_relay_refuses_what_is_not_oblivious_http) {
    testing::Setting setting;
    Relay relay{setting.random, {.max_body = 10}};
    const auto status = [&](HttpRequest request) {
        const auto got = relay.forward(request);
        if (got) return 0U;
        BOOST_TEST(got.error().body.empty());
        BOOST_TEST(got.error().fields.empty());
        return got.error().status;
    };
    HttpRequest request = from_client();
    request.method = "GET";
    BOOST_TEST(status(request) == 405U);
    request = from_client();
    request.target = "/other";
    BOOST_TEST(status(request) == 404U);
    request = from_client();
    request.target = "/?user=1";
    BOOST_TEST(status(request) == 404U);
    request = from_client();
    set_field(request.fields, "content-type", "application/json");
    BOOST_TEST(status(request) == 415U);
    request = from_client();
    request.body.resize(11);
    BOOST_TEST(status(request) == 413U);
    BOOST_TEST(status({"GET", "/ohttp-keys"}) == 0U);
    BOOST_TEST(status({"GET", "/ohttp-keys", {}, sealed}) == 400U);
    BOOST_TEST(status({"POST", "/ohttp-keys"}) == 405U);
    BOOST_TEST(relay.ids().pending() == 1U);  // refused requests leave nothing
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_kind_goes_back_without_its_body) {
    testing::Setting setting;
    Relay relay{setting.random};
    const auto out = relay.forward(from_client());
    BOOST_REQUIRE(out);
    const HttpResponse answer = relay.answer(out->id, {500, {{"content-type", "text/html"}}, sealed});
    BOOST_TEST(answer.status == 500U);
    BOOST_TEST(answer.body.empty());
    const auto again = relay.forward(from_client());
    BOOST_REQUIRE(again);
    BOOST_TEST(relay.answer(again->id, {.status = 99}).status == 502U);
}

BOOST_AUTO_TEST_CASE(ids_of_two_hops_are_unrelated) {
    testing::Setting setting;
    Relay relay{setting.random};
    Balancer balancer{setting.random, 2};
    balancer.set_ready(0, true);
    std::set<HopId> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto out = relay.forward(from_client());
        BOOST_REQUIRE(out);
        const auto routed = balancer.route(out->request);
        BOOST_REQUIRE(routed);
        BOOST_TEST(count_fields(routed->request.fields, hop_id_field) == 1U);
        BOOST_TEST(*find_field(routed->request.fields, hop_id_field) == to_hex(routed->id));
        BOOST_TEST(to_hex(routed->request.body) == to_hex(sealed));
        seen.insert(out->id);
        seen.insert(routed->id);
        balancer.answer(routed->id, {.status = 200});
        relay.answer(out->id, {.status = 200});
    }
    BOOST_TEST(seen.size() == 2000U);
    BOOST_TEST(relay.ids().pending() + balancer.ids().pending() == 0U);
}

BOOST_AUTO_TEST_CASE(a_generator_that_fails_stops_the_hop) {
    Constant constant;
    Relay stuck{constant};
    BOOST_TEST(stuck.forward(from_client()).error().status == 503U);
    Repeating repeating;
    Relay relay{repeating};
    const auto first = relay.forward(from_client());
    BOOST_REQUIRE(first);
    relay.answer(first->id, {.status = 200});
    BOOST_TEST(relay.forward(from_client()).error().status == 503U);
    BOOST_TEST(relay.ids().failed());
}

BOOST_AUTO_TEST_CASE(every_node_that_is_ready_is_as_likely) {
    testing::Setting setting;
    Balancer balancer{setting.random, 4};
    BOOST_TEST(balancer.route(from_client()).error().status == 503U);
    for (const std::size_t node : {0U, 1U, 3U}) balancer.set_ready(node, true);
    // Two users, told apart by everything a balancer could see.
    std::array<std::array<double, 4>, 2> chosen{};
    constexpr int rounds = 3000;
    for (int i = 0; i < rounds; ++i) {
        HttpRequest request = from_client();
        const std::size_t user = static_cast<std::size_t>(i) % 2;
        request.body[0] = static_cast<std::uint8_t>(user);
        request.fields.push_back({"x-user", user == 0 ? "a" : "b"});
        const auto routed = balancer.route(request);
        BOOST_REQUIRE(routed);
        chosen.at(user).at(routed->node) += 1;
        balancer.answer(routed->id, {.status = 200});
    }
    BOOST_TEST(chosen[0][2] + chosen[1][2] == 0);
    double chi_square = 0;
    for (const auto& user : chosen)
        for (const std::size_t node : {0U, 1U, 3U}) {
            const double expected = rounds / 2.0 / 3.0;
            chi_square += (user.at(node) - expected) * (user.at(node) - expected) / expected;
        }
    BOOST_TEST(chi_square < 18.5);  // 4 degrees of freedom, p = 0.001
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
