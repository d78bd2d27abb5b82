// The client: it seals to an attested key alone, and takes answers to its own requests alone.
#include "models/ohttp/client.hpp"

#include "models/ohttp/gateway.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;
using testing::SetClock;
using testing::Setting;

const SymmetricPair chacha{hpke::KdfId::sha256, hpke::AeadId::chacha20_poly1305};

/// Accepts the first key of a list whose evidence is "good".
class FirstKey final : public KeyAuthority {
public:
    Result<KeyConfig, ClientError> accept(ByteView list, ByteView evidence) override {
        if (as_text(evidence) == "stranger") {
            KeyConfig other = decode_list(list)->front();
            other.id ^= 1;
            return other;
        }
        if (as_text(evidence) != "good") return ClientError{"E_KEY_NOT_ATTESTED", "no token"};
        return decode_list(list)->front();
    }
};

struct World : Setting {
    World() {
        auto key = crypto::PrivateKey::generate(context, crypto::KeyType::x25519);
        BOOST_REQUIRE(!gateway.add_key(1, hpke::KemId::x25519_sha256, std::move(key), {chacha}));
    }
    void adopt() { BOOST_REQUIRE(!client.adopt(gateway.key_list(), as_bytes("good"))); }
    std::string seal_code(bhttp::Fields fields) {
        const auto got = client.seal({"GET", "https", "llm.example", "/", std::move(fields)}, scratch);
        return got ? "" : std::string{got.error().code};
    }

    SetClock clock{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    ReplayWindow window{clock, std::chrono::seconds{240}};
    Gateway gateway{context, clock, window, {.authorities = {"llm.example"}}};
    FirstKey authority;
    Client client{context, clock, authority};
    Bytes scratch = Bytes(2048), room = Bytes(2048), answer_room = Bytes(2048);
};

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(nothing_is_sealed_without_an_attested_key) {
    World world;
    BOOST_TEST(world.seal_code({}) == "E_KEY_NOT_ATTESTED");
    const Bytes list = world.gateway.key_list();
    BOOST_TEST(world.client.adopt(list, as_bytes("bad")).value().code == "E_KEY_NOT_ATTESTED");
    BOOST_TEST(world.seal_code({}) == "E_KEY_NOT_ATTESTED");
    BOOST_TEST(world.client.adopt(ByteView{list}.first(9), as_bytes("good")).value().code ==
               "E_KEYCONFIG_AUTH");
    BOOST_TEST(world.client.adopt(list, as_bytes("stranger")).value().code == "E_KEY_NOT_ATTESTED");
    world.adopt();
    BOOST_TEST(world.seal_code({}) == "");
    // A refusal later takes the key away.
    BOOST_TEST(!!world.client.adopt(list, as_bytes("bad")));
    BOOST_TEST(world.seal_code({}) == "E_KEY_NOT_ATTESTED");
}

BOOST_AUTO_TEST_CASE(two_ways_give_the_same_list_or_none) {
    World world;
    const Bytes list = world.gateway.key_list();
    Bytes other = list;
    other[2] ^= 1;
    BOOST_TEST(!world.client.adopt(list, as_bytes("good"), list));
    BOOST_TEST(world.client.adopt(list, as_bytes("good"), other).value().code == "E_KEYCONFIG_INCONSISTENT");
    BOOST_TEST(!world.client.config());
}

BOOST_AUTO_TEST_CASE(a_request_and_its_answer_cross) {
    World world;
    world.adopt();
    const Bytes text = testing::text("prompt");
    const auto sealed = world.client.seal({"POST", "https", "llm.example", "/v1", {}, text}, world.scratch);
    BOOST_REQUIRE(sealed);
    BOOST_TEST(to_hex(world.scratch) == to_hex(Bytes(world.scratch.size())));
    BOOST_TEST(sealed->request.body.size() == 512U + request_overhead(hpke::KemId::x25519_sha256));
    BOOST_TEST(sealed->request.fields.size() == 1U);
    const auto opened = world.gateway.open(sealed->request, world.room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(as_text(opened->request.content) == "prompt");
    const auto answer = world.gateway.seal(opened->context, {.status = 200, .content = text}, world.scratch);
    const auto got = world.client.open(*sealed, answer, world.answer_room);
    BOOST_REQUIRE(got);
    BOOST_TEST(as_text(got->content) == "prompt");
    const auto* at = got->content.data();
    BOOST_TEST((at >= world.answer_room.data() && at < world.answer_room.data() + world.answer_room.size()));
}

BOOST_AUTO_TEST_CASE(equal_requests_share_nothing_on_the_wire) {
    World world;
    world.adopt();
    const bhttp::Request request{"GET", "https", "llm.example", "/"};
    const auto a = world.client.seal(request, world.scratch), b = world.client.seal(request, world.scratch);
    BOOST_REQUIRE(a);
    BOOST_REQUIRE(b);
    BOOST_TEST(a->request.body.size() == b->request.body.size());
    const ByteView one = a->request.body, two = b->request.body;
    BOOST_TEST(!equal(one.subspan(7, 32), two.subspan(7, 32)));
    BOOST_TEST(!equal(one.subspan(39), two.subspan(39)));
}

BOOST_AUTO_TEST_CASE(fields_that_tell_who_asks_are_not_sealed) {
    World world;
    world.adopt();
    for (const std::string_view name : {"Cookie", "authorization", "X-Forwarded-For", "traceparent", "from"})
        BOOST_TEST(world.seal_code({{name, "x"}}) == "E_INNER_IDENTIFIER", name);
    BOOST_TEST(world.seal_code({{"authorization", "PrivateToken token=abc"}}) == "");
    BOOST_TEST(world.seal_code({{"content-type", "application/json"}}) == "");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_its_own_is_refused) {
    World world;
    world.adopt();
    const bhttp::Request request{"GET", "https", "llm.example", "/"};
    const auto a = world.client.seal(request, world.scratch), b = world.client.seal(request, world.scratch);
    BOOST_REQUIRE(a);
    BOOST_REQUIRE(b);
    const auto opened = world.gateway.open(a->request, world.room);
    BOOST_REQUIRE(opened);
    const HttpResponse answer = world.gateway.seal(opened->context, {.status = 200}, world.scratch);
    const auto code = [&](const Client::Sealed& sealed, HttpResponse response) {
        const auto got = world.client.open(sealed, response, world.answer_room);
        return got ? "" : std::string{got.error().code};
    };
    BOOST_TEST(code(*a, answer) == "");
    BOOST_TEST(code(*b, answer) == "E_RESP_OPEN");
    HttpResponse wrong = answer;
    wrong.status = 422;
    BOOST_TEST(code(*a, wrong) == "E_RESP_PARSE");
    wrong = answer;
    set_field(wrong.fields, "content-type", "text/html");
    BOOST_TEST(code(*a, wrong) == "E_RESP_PARSE");
    wrong = answer;
    wrong.body.resize(47);
    BOOST_TEST(code(*a, wrong) == "E_RESP_PARSE");
    wrong = answer;
    wrong.body.back() ^= 1;
    BOOST_TEST(code(*a, wrong) == "E_RESP_OPEN");
    wrong = answer;
    wrong.body = a->context.seal(world.random, testing::text("not http"));
    BOOST_TEST(code(*a, wrong) == "E_RESP_PARSE");
    wrong.body.resize(5000);
    BOOST_TEST(code(*a, wrong) == "E_LIMIT");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
