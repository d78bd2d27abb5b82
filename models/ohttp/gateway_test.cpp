// The gateway: order of checks, one answer for what cannot be opened, replay, dates, keys, what it leaves
// out.
#include "models/ohttp/gateway.hpp"

#include "models/ohttp/client.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;
using testing::hex;
using testing::json;
using testing::SetClock;
using testing::Setting;
using testing::shared_json;

const SymmetricPair aes_256{hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm};

HttpRequest post(Bytes body) {
    return {"POST", "/", {{"Content-Type", "message/ohttp-req"}}, std::move(body)};
}

/// A gateway with one key, and a client that knows it.
struct Scene : Setting {
    explicit Scene(GatewayPolicy policy = {.authorities = {"llm.example"}})
        : window(clock, policy.require_date ? std::optional{2 * policy.window} : std::nullopt),
          gateway(context, clock, window, std::move(policy)) {
        publish(7);
    }
    KeyConfig publish(std::uint8_t id) {
        auto key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
        config = {id, hpke::KemId::p384_sha384, key.public_key().point(), {aes_256}};
        BOOST_REQUIRE(!gateway.add_key(id, config.kem, std::move(key), {aes_256}));
        return config;
    }
    std::string date() const { return to_http_date(clock.time); }
    SealedRequest seal(const bhttp::Request& request) const { return seal(request, config); }
    SealedRequest seal(const bhttp::Request& request, const KeyConfig& to) const {
        Bytes plaintext(bhttp::encoded_size(request));
        bhttp::encode(request, plaintext);
        auto sealed = seal_request(context, to, aes_256, plaintext);
        BOOST_REQUIRE(sealed);
        return *std::move(sealed);
    }
    bhttp::Request request() {
        today = date();
        return {"POST", "https", "llm.example", "/v1/chat", {{"date", today}}, content};
    }
    /// The code of a refusal; empty when the request was taken.
    std::string code(const HttpRequest& outer) {
        const auto got = gateway.open(outer, room);
        return got ? "" : std::string{got.error().code};
    }
    /// The status inside a sealed answer.
    unsigned inner_status(const SealedRequest& sealed, const HttpResponse& answer) {
        BOOST_TEST(answer.status == 200U);
        BOOST_TEST(media_type(answer.fields) == "message/ohttp-res");
        const auto plaintext = sealed.context.open(answer.body, answer_room);
        BOOST_REQUIRE(plaintext);
        const auto response = bhttp::decode_response(*plaintext);
        BOOST_REQUIRE(response);
        return response->status;
    }

    SetClock clock{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    ReplayWindow window;
    Gateway gateway;
    KeyConfig config;
    Bytes content = testing::text("a canary 7f3d");
    std::string today;
    Bytes room = Bytes(4096), answer_room = Bytes(4096), scratch = Bytes(4096);
};

BOOST_AUTO_TEST_SUITE(gateway)

BOOST_AUTO_TEST_CASE(every_bad_request_of_the_vectors_gets_its_status_and_its_reason) {
    const auto data = shared_json("ohttp/negative-requests.json");
    const auto good = shared_json("ohttp/rfc9458-appendix-a.json");
    if (!data || !good) return;
    Setting setting;
    const testing::SetClock clock{Instant{}};
    ReplayWindow window{clock, {}};
    Gateway gateway{setting.context, clock, window, {.authorities = {"example.com"}, .require_date = false}};
    auto key = hpke::deserialize_private_key(setting.context, hpke::KemId::x25519_sha256,
                                             hex(data->at("gateway_key"), "skR"));
    BOOST_REQUIRE(key);
    BOOST_REQUIRE(!gateway.add_key(1, hpke::KemId::x25519_sha256, *std::move(key),
                                   {{hpke::KdfId::sha256, hpke::AeadId::aes_128_gcm},
                                    {hpke::KdfId::sha256, hpke::AeadId::chacha20_poly1305}}));
    BOOST_TEST(to_hex(gateway.key_list()) ==
               "002d" + data->at("gateway_key").at("key_config").get<std::string>());
    Bytes room(1024);
    const std::map<std::string, std::string> codes{
        {"unknown-key", "E_KEY_UNKNOWN"},      {"kem-mismatch", "E_HPKE_SUITE"},
        {"suite-not-offered", "E_HPKE_SUITE"}, {"open-error", "E_HPKE_OPEN"},
        {"kem-error", "E_HPKE_KEM"},           {"truncated", "E_HPKE_PARSE"}};
    std::size_t checked = 0;
    std::set<std::string> answers;
    for (const json& c : data->at("cases")) {
        const std::string what = c.at("name");
        const auto got = gateway.open(post(hex(c, "encapsulated_request")), room);
        BOOST_REQUIRE_MESSAGE(!got, what);
        BOOST_TEST(got.error().answer.status == c.at("http_status").get<unsigned>(), what);
        BOOST_TEST(got.error().code == codes.at(c.at("expect").get<std::string>()), what);
        BOOST_TEST(!got.error().encapsulated, what);
        if (got.error().answer.status == 422) {
            std::string seen{as_text(got.error().answer.body)};
            for (const auto& [name, value] : got.error().answer.fields) seen += name + value;
            answers.insert(std::move(seen));
        }
        BOOST_TEST(to_hex(room) == to_hex(Bytes(room.size())), what);
        ++checked;
    }
    BOOST_TEST(checked == 28U);
    BOOST_TEST(answers.size() == 1U);  // one answer for all of them
    std::cout << "vectors: ohttp/negative-requests.json " << checked << "\n";

    const auto opened = gateway.open(post(hex(*good, "encapsulated_request")), room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->request.authority == "example.com");
    BOOST_TEST(opened->request.method == "GET");
}

BOOST_AUTO_TEST_CASE(a_request_comes_in_and_its_answer_goes_back) {
    Scene scene;
    const auto sealed = scene.seal(scene.request());
    const auto opened = scene.gateway.open(post(sealed.message), scene.room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->request.path == "/v1/chat");
    BOOST_TEST(as_text(opened->request.content) == "a canary 7f3d");
    const auto* at = opened->request.content.data();
    BOOST_TEST((at >= scene.room.data() && at < scene.room.data() + scene.room.size()));
    const Bytes text = testing::text("answer");
    const auto answer = scene.gateway.seal(
        opened->context, {.status = 201, .fields = {{"content-type", "text/plain"}}, .content = text},
        scene.scratch);
    BOOST_TEST(scene.inner_status(sealed, answer) == 201U);
    BOOST_TEST(*find_field(answer.fields, "cache-control") == "no-store");
    BOOST_TEST(to_hex(scene.scratch) == to_hex(Bytes(scene.scratch.size())));
    BOOST_TEST(answer.body.size() == 512U + response_overhead(scene.config.suite(aes_256)));
}

BOOST_AUTO_TEST_CASE(the_outer_request_is_checked_first) {
    Scene scene;
    const Bytes message = scene.seal(scene.request()).message;
    const auto status = [&](HttpRequest request) {
        const auto got = scene.gateway.open(request, scene.room);
        return got ? 200U : got.error().answer.status;
    };
    BOOST_TEST(status({"PUT", "/", {{"content-type", "message/ohttp-req"}}, message}) == 405U);
    BOOST_TEST(status({"POST", "/", {}, message}) == 415U);
    BOOST_TEST(status({"POST", "/", {{"content-type", "message/bhttp"}}, message}) == 415U);
    BOOST_TEST(status({"POST", "/", {{"content-type", "message/ohttp-chunked-req"}}, message}) == 415U);
    BOOST_TEST(status(post(Bytes(5000))) == 413U);
    BOOST_TEST(status(post(Bytes(6))) == 400U);
    BOOST_TEST(status(post({})) == 400U);
    // Parameters and unknown fields have no say.
    BOOST_TEST(
        status({"POST", "/", {{"content-type", "message/ohttp-req; x=1"}, {":path", "/x"}}, message}) ==
        200U);
    Setting setting;
    const SetClock clock{Instant{}};
    ReplayWindow window{clock, {}};
    Gateway empty{setting.context, clock, window, {}};
    const auto got = empty.open(post(message), scene.room);
    BOOST_TEST(got.error().answer.status == 503U);
    BOOST_TEST(!empty.ready());
}

BOOST_AUTO_TEST_CASE(a_request_is_taken_once) {
    Scene scene;
    const auto sealed = scene.seal(scene.request());
    BOOST_TEST(scene.code(post(sealed.message)) == "");
    const auto again = scene.gateway.open(post(sealed.message), scene.room);
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error().code == "E_REPLAY");
    BOOST_TEST(again.error().encapsulated);
    BOOST_TEST(scene.inner_status(sealed, again.error().answer) == 400U);
    BOOST_TEST(to_hex(scene.room) == to_hex(Bytes(scene.room.size())));
    // Later its date refuses it, however long ago its key was forgotten.
    for (const int seconds : {120, 121, 240, 241, 100000}) {
        scene.clock.time =
            Instant{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + std::chrono::seconds{seconds};
        BOOST_TEST(scene.code(post(sealed.message)) == (seconds <= 240 ? "E_REPLAY" : "E_DATE_WINDOW"),
                   seconds);
    }
}

BOOST_AUTO_TEST_CASE(gateways_of_one_key_share_one_window) {
    Scene scene;
    Gateway second{scene.context, scene.clock, scene.window, {.authorities = {"llm.example"}}};
    crypto::Drbg random{as_bytes("key")};
    const crypto::Context context{random};
    const auto make = [&] {
        return hpke::derive_key_pair(context, hpke::KemId::p384_sha384, as_bytes("the same"));
    };
    auto one = make(), two = make();
    BOOST_REQUIRE(!scene.gateway.add_key(9, hpke::KemId::p384_sha384, *std::move(one), {aes_256}));
    BOOST_REQUIRE(!second.add_key(9, hpke::KemId::p384_sha384, *std::move(two), {aes_256}));
    const KeyConfig shared = decode_list(second.key_list())->front();
    const auto sealed = scene.seal(scene.request(), shared);
    BOOST_TEST(!!scene.gateway.open(post(sealed.message), scene.room));
    BOOST_TEST(second.open(post(sealed.message), scene.room).error().code == "E_REPLAY");
}

BOOST_AUTO_TEST_CASE(the_date_bounds_a_request) {
    Scene scene;
    const auto with = [&](std::string date) {
        bhttp::Request request = scene.request();
        request.fields = {{"date", date}};
        return scene.code(post(scene.seal(request).message));
    };
    const auto at = [&](int seconds) {
        return to_http_date(scene.clock.time + std::chrono::seconds{seconds});
    };
    BOOST_TEST(with(at(0)) == "");
    BOOST_TEST(with(at(120)) == "");
    BOOST_TEST(with(at(-120)) == "");
    BOOST_TEST(with(at(121)) == "E_DATE_WINDOW");
    BOOST_TEST(with(at(-121)) == "E_DATE_WINDOW");
    BOOST_TEST(with("yesterday") == "E_DATE_WINDOW");
    bhttp::Request request = scene.request();
    request.fields = {};
    const auto none = scene.seal(request);
    const auto refused = scene.gateway.open(post(none.message), scene.room);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().code == "E_DATE_WINDOW");
    const auto plaintext = none.context.open(refused.error().answer.body, scene.answer_room);
    BOOST_REQUIRE(plaintext);
    const auto response = bhttp::decode_response(*plaintext);
    BOOST_REQUIRE(response);
    BOOST_TEST(response->status == 400U);
    BOOST_TEST(bhttp::find(response->fields, "date").value() == scene.date());
    BOOST_TEST(as_text(response->content).find("http-problem-types#date") != std::string_view::npos);
    request.fields = {{"date", scene.today}, {"date", scene.today}};
    BOOST_TEST(scene.code(post(scene.seal(request).message)) == "E_DATE_WINDOW");
}

BOOST_AUTO_TEST_CASE(faults_inside_are_answered_inside) {
    Scene scene;
    const auto refused = [&](const bhttp::Request& request, std::string_view code, unsigned status) {
        const auto sealed = scene.seal(request);
        const auto got = scene.gateway.open(post(sealed.message), scene.room);
        BOOST_REQUIRE(!got);
        BOOST_TEST(got.error().code == code);
        BOOST_TEST(got.error().encapsulated);
        BOOST_TEST(scene.inner_status(sealed, got.error().answer) == status);
        BOOST_TEST(to_hex(scene.room) == to_hex(Bytes(scene.room.size())));
        BOOST_TEST(got.error().answer.body.size() == 512U + 48U);
    };
    bhttp::Request request = scene.request();
    request.authority = "evil.example";
    refused(request, "E_TARGET_DENIED", 403);
    request = scene.request();
    request.scheme = "http";
    refused(request, "E_TARGET_DENIED", 403);
    request = scene.request();
    request.fields.push_back({"expect", "100-continue"});
    refused(request, "E_BHTTP_PARSE", 417);
    request = scene.request();
    request.fields.push_back({"bad name", "x"});
    refused(request, "E_BHTTP_PARSE", 400);

    Bytes plaintext(bhttp::encoded_size(scene.request()) + 4);
    bhttp::encode(scene.request(), plaintext);
    plaintext.back() = 1;
    const auto sealed = seal_request(scene.context, scene.config, aes_256, plaintext);
    BOOST_REQUIRE(sealed);
    const auto got = scene.gateway.open(post(sealed->message), scene.room);
    BOOST_REQUIRE(!got);
    BOOST_TEST(got.error().code == "E_BHTTP_PADDING");
}

BOOST_AUTO_TEST_CASE(the_host_field_stands_in_for_an_empty_authority) {
    Scene scene;
    bhttp::Request request = scene.request();
    request.authority = {};
    BOOST_TEST(scene.code(post(scene.seal(request).message)) == "E_TARGET_DENIED");
    request.fields.push_back({"host", "LLM.example"});
    BOOST_TEST(scene.code(post(scene.seal(request).message)) == "");
    request.fields.push_back({"host", "llm.example"});
    BOOST_TEST(scene.code(post(scene.seal(request).message)) == "E_TARGET_DENIED");
}

BOOST_AUTO_TEST_CASE(fields_that_link_requests_do_not_pass) {
    Scene scene;
    bhttp::Request request = scene.request();
    for (const std::string_view name :
         {"cookie", "traceparent", "X-Request-Id", "x-forwarded-for", "if-none-match"})
        request.fields.push_back({name, "canary"});
    request.trailers = {{"baggage", "canary"}};
    const auto sealed = scene.seal(request);
    const auto opened = scene.gateway.open(post(sealed.message), scene.room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->request.fields.size() == 1U);
    BOOST_TEST(opened->request.trailers.empty());
    const auto answer = scene.gateway.seal(
        opened->context, {.status = 200, .fields = {{"Set-Cookie", "a"}, {"etag", "b"}, {"x", "y"}}},
        scene.scratch);
    const auto plaintext = sealed.context.open(answer.body, scene.answer_room);
    BOOST_REQUIRE(plaintext);
    BOOST_TEST(bhttp::decode_response(*plaintext)->fields.size() == 1U);
}

// Accepted in grace, then unknown; an id is never used again.
BOOST_AUTO_TEST_CASE(keys_are_rotated_with_grace_and_revoked_at_once) {
    Scene scene;
    const KeyConfig old = scene.config;
    const KeyConfig next = scene.publish(8);
    const auto listed = [&] {
        std::vector<unsigned> ids;
        const auto list = decode_list(scene.gateway.key_list());
        if (list)
            for (const KeyConfig& config : *list) ids.push_back(config.id);
        return ids;
    };
    const auto code = [&](const KeyConfig& config) {
        return scene.code(post(scene.seal(scene.request(), config).message));
    };
    BOOST_TEST(listed() == (std::vector<unsigned>{8, 7}), boost::test_tools::per_element());
    BOOST_TEST(scene.gateway.retire_key(7, scene.clock.time + std::chrono::seconds{60}));
    BOOST_TEST(listed() == (std::vector<unsigned>{8}), boost::test_tools::per_element());
    BOOST_TEST(code(old) == "");
    scene.clock.time += std::chrono::seconds{60};
    BOOST_TEST(code(old) == "");
    scene.clock.time += std::chrono::seconds{1};
    BOOST_TEST(code(old) == "E_KEY_UNKNOWN");
    BOOST_TEST(code(next) == "");
    BOOST_TEST(scene.gateway.revoke_key(8));
    BOOST_TEST(code(next) == "E_KEY_UNKNOWN");
    BOOST_TEST(!scene.gateway.ready());
    auto fresh = crypto::PrivateKey::generate(scene.context, crypto::KeyType::p384);
    BOOST_TEST(scene.gateway.add_key(7, hpke::KemId::p384_sha384, std::move(fresh), {aes_256}).value() ==
               "a key id that was used before");
}

BOOST_AUTO_TEST_CASE(a_full_window_takes_nothing_more) {
    Scene scene;
    ReplayWindow small{scene.clock, std::chrono::seconds{240}, 1};
    Gateway gateway{scene.context, scene.clock, small, {.authorities = {"llm.example"}}};
    auto key = crypto::PrivateKey::generate(scene.context, crypto::KeyType::p384);
    const KeyConfig config{3, hpke::KemId::p384_sha384, key.public_key().point(), {aes_256}};
    BOOST_REQUIRE(!gateway.add_key(3, config.kem, std::move(key), {aes_256}));
    BOOST_TEST(!!gateway.open(post(scene.seal(scene.request(), config).message), scene.room));
    const auto got = gateway.open(post(scene.seal(scene.request(), config).message), scene.room);
    BOOST_REQUIRE(!got);
    BOOST_TEST(got.error().code == "E_LIMIT");
    scene.clock.time += std::chrono::seconds{241};
    BOOST_TEST(!!gateway.open(post(scene.seal(scene.request(), config).message), scene.room));
}

BOOST_AUTO_TEST_CASE(a_response_without_room_becomes_a_sealed_502) {
    Scene scene;
    const auto sealed = scene.seal(scene.request());
    const auto opened = scene.gateway.open(post(sealed.message), scene.room);
    BOOST_REQUIRE(opened);
    const Bytes large(5000, 'x');
    BOOST_TEST(
        scene.inner_status(sealed, scene.gateway.seal(opened->context, {.status = 200, .content = large},
                                                      scene.scratch)) == 502U);
}

// The header is bound through info: another legal value does not open (4.3).
BOOST_AUTO_TEST_CASE(no_byte_of_a_request_can_change) {
    Scene scene;
    const auto sealed = scene.seal(scene.request());
    for (std::size_t i = 0; i < sealed.message.size(); ++i) {
        Bytes wrong = sealed.message;
        wrong[i] ^= 1;
        const auto got = scene.gateway.open(post(wrong), scene.room);
        BOOST_REQUIRE(!got);
        BOOST_TEST(got.error().answer.status == 422U, i);
    }
    for (std::size_t size = 0; size < sealed.message.size(); ++size) {
        const auto got = scene.gateway.open(
            post({sealed.message.begin(), sealed.message.begin() + static_cast<std::ptrdiff_t>(size)}),
            scene.room);
        BOOST_REQUIRE(!got);
        BOOST_TEST(got.error().answer.status == (size < request_overhead(scene.config.kem) ? 400U : 422U),
                   size);
    }
    BOOST_TEST(scene.window.size() == 0U);
    BOOST_TEST(scene.code(post(sealed.message)) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
