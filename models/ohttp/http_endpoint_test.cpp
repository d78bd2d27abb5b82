// Real sockets: a handler behind an endpoint, and oblivious HTTP through relay, balancer and gateway.
#include "models/ohttp/http_endpoint.hpp"

#include "models/ohttp/balancer.hpp"
#include "models/ohttp/client.hpp"
#include "models/ohttp/gateway_front.hpp"
#include "models/ohttp/relay.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;

HttpResponse sent(const HttpEndpoint& endpoint, const HttpRequest& request) {
    auto got = send_http("127.0.0.1", endpoint.port(), request);
    BOOST_REQUIRE_MESSAGE(!!got, (got ? std::string{} : got.error()));
    return *std::move(got);
}

BOOST_AUTO_TEST_SUITE(http_endpoint)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was_sent) {
    HttpRequest seen;
    const HttpEndpoint endpoint{[&](const HttpRequest& request) {
        seen = request;
        return HttpResponse{201, {{"content-type", "a/b"}, {"x-answer", "1"}}, request.body};
    }};
    const Bytes body{0, 1, 2, 0xFF, 0};
    const auto got =
        sent(endpoint, {"POST", "/some/path?q=1", {{"Content-Type", "x/y"}, {"X-Two", "2"}}, body});
    BOOST_TEST(seen.method == "POST");
    BOOST_TEST(seen.target == "/some/path?q=1");
    BOOST_TEST(*find_field(seen.fields, "x-two") == "2");
    BOOST_TEST(media_type(seen.fields) == "x/y");
    BOOST_TEST(!find_field(seen.fields, "REMOTE_ADDR"));
    BOOST_TEST(to_hex(seen.body) == to_hex(body));
    BOOST_TEST(got.status == 201U);
    BOOST_TEST(media_type(got.fields) == "a/b");
    BOOST_TEST(*find_field(got.fields, "x-answer") == "1");
    BOOST_TEST(to_hex(got.body) == to_hex(body));
    for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        BOOST_TEST(sent(endpoint, {method, "/x"}).status == 201U, method);
        BOOST_TEST(seen.method == method);
    }
}

BOOST_AUTO_TEST_CASE(what_would_change_a_body_is_refused) {
    const HttpEndpoint endpoint{[](const HttpRequest& request) {
                                    return HttpResponse{200, {}, request.body};
                                },
                                {.max_body = 100}};
    BOOST_TEST(sent(endpoint, {"POST", "/", {{"content-encoding", "gzip"}}, Bytes(10)}).status == 415U);
    BOOST_TEST(sent(endpoint, {"POST", "/", {{"range", "bytes=0-1"}}, Bytes(10)}).status == 400U);
    BOOST_TEST(sent(endpoint, {"POST", "/", {}, Bytes(100)}).body.size() == 100U);
    BOOST_TEST(sent(endpoint, {"POST", "/", {}, Bytes(101)}).status == 413U);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_says_nothing) {
    const HttpEndpoint endpoint{[](const HttpRequest&) -> HttpResponse {
        throw std::runtime_error("canary");
    }};
    const auto got = sent(endpoint, {"GET", "/"});
    BOOST_TEST(got.status == 500U);
    BOOST_TEST(got.body.empty());
    for (const HttpField& field : got.fields) BOOST_TEST(field.value.find("canary") == std::string::npos);
}

/// Trusts the list as it comes.
class Anyone final : public KeyAuthority {
public:
    Result<KeyConfig, ClientError> accept(ByteView list, ByteView) override {
        return decode_list(list)->front();
    }
};

BOOST_AUTO_TEST_CASE(a_prompt_crosses_relay_balancer_and_gateway_over_sockets) {
    testing::Setting setting;
    const WallClock clock;
    ReplayWindow window{clock, std::chrono::seconds{240}};
    Gateway gateway{setting.context, clock, window, {.authorities = {"llm.example"}}};
    auto key = crypto::PrivateKey::generate(setting.context, crypto::KeyType::p384);
    BOOST_REQUIRE(!gateway.add_key(1, hpke::KemId::p384_sha384, std::move(key),
                                   {{hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm}}));
    Bytes room(8192), content(8192), scratch(8192);
    GatewayFront front{gateway, {room, content, scratch}};
    EchoResource echo;
    std::vector<HttpRequest> at_gateway;
    const HttpEndpoint gateway_endpoint{[&](const HttpRequest& request) {
        at_gateway.push_back(request);
        return front.handle(request, echo);
    }};
    crypto::Drbg hop_random{as_bytes("hops")};
    Balancer balancer{hop_random, 1};
    balancer.set_ready(0, true);
    Relay relay{hop_random};
    const HttpEndpoint balancer_endpoint{[&](const HttpRequest& request) {
        const auto routed = balancer.route(request);
        if (!routed) return routed.error();
        return balancer.answer(routed->id, sent(gateway_endpoint, routed->request));
    }};
    const HttpEndpoint relay_endpoint{[&](const HttpRequest& request) {
        const auto out = relay.forward(request);
        if (!out) return out.error();
        return relay.answer(out->id, sent(balancer_endpoint, out->request));
    }};

    const HttpResponse direct = sent(gateway_endpoint, {"GET", "/ohttp-keys"});
    const HttpResponse relayed = sent(relay_endpoint, {"GET", "/ohttp-keys", {{"cookie", "canary"}}});
    BOOST_TEST(media_type(relayed.fields) == "application/ohttp-keys");
    Anyone authority;
    crypto::Drbg client_random{as_bytes("client")};
    const crypto::Context client_context{client_random};
    Client client{client_context, clock, authority};
    BOOST_REQUIRE(!client.adopt(direct.body, {}, relayed.body));

    const Bytes prompt = testing::text("why is the sky blue? canary");
    Bytes own_scratch(8192), answer_room(8192);
    auto sealed = client.seal({"POST", "https", "llm.example", "/v1/chat", {}, prompt}, own_scratch);
    BOOST_REQUIRE(sealed);
    sealed->request.fields.push_back({"x-forwarded-for", "192.0.2.1"});
    const HttpResponse answer = sent(relay_endpoint, sealed->request);
    const auto got = client.open(*sealed, answer, answer_room);
    BOOST_REQUIRE_MESSAGE(!!got, (got ? std::string{} : got.error().what));
    BOOST_TEST(got->status == 200U);
    const std::string_view text = as_text(got->content);
    BOOST_TEST(text.starts_with("POST /v1/chat\ndate: "));
    BOOST_TEST(text.ends_with("\n\nwhy is the sky blue? canary"));
    BOOST_TEST(front.served() == 1U);
    for (const HttpRequest& request : at_gateway)
        for (const HttpField& field : request.fields)
            BOOST_TEST(field.value.find("192.0.2.1") == std::string::npos);
    for (const auto* area : {&room, &content, &scratch})
        BOOST_TEST(to_hex(*area) == to_hex(Bytes(area->size())));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
