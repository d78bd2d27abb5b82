// Requests and responses against RFC 9458 Appendix A, and exchanges of other implementations.
#include "models/ohttp/encapsulation.hpp"

#include "models/ohttp/binary_http.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;
using testing::hex;
using testing::json;
using testing::Script;
using testing::Setting;
using testing::shared_json;

KeyConfig config_of(const Bytes& bare) {
    const auto length = store(static_cast<std::uint16_t>(bare.size()), std::endian::big);
    auto list = decode_list(concat({length, bare}));
    BOOST_REQUIRE(list);
    return list->front();
}

/// An exchange, remade from its ephemeral key and its response nonce.
void check_exchange(const json& v, const SymmetricPair& pair) {
    Setting setting;
    const KeyConfig config = config_of(hex(v, "key_config"));
    const auto ephemeral = hpke::deserialize_private_key(setting.context, config.kem, hex(v, "skE"));
    const auto own = hpke::deserialize_private_key(setting.context, config.kem, hex(v, "skR"));
    BOOST_REQUIRE(ephemeral);
    BOOST_REQUIRE(own);
    BOOST_TEST(to_hex(own->public_key().point()) == to_hex(config.public_key));
    const RequestHeader header = header_of(config, pair);
    BOOST_TEST(to_hex(request_info(whole_labels.request, header)) == v.at("info").get<std::string>());

    const Bytes request = hex(v, "request"), response = hex(v, "response");
    const auto sealed = seal_request(setting.context, config, pair, request, &*ephemeral);
    BOOST_REQUIRE(sealed);
    BOOST_TEST(to_hex(sealed->message) == v.at("encapsulated_request").get<std::string>());
    BOOST_TEST(sealed->message.size() == request.size() + request_overhead(config.kem));

    Bytes room(request.size());
    const auto opened = open_request(*own, header, sealed->message, room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(to_hex(room) == to_hex(request));
    Script nonce{hex(v, "response_nonce")};
    const Bytes answer = opened->context.seal(nonce, response);
    BOOST_TEST(to_hex(answer) == v.at("encapsulated_response").get<std::string>());
    BOOST_TEST(answer.size() == response.size() + response_overhead(config.suite(pair)));
    Bytes back(response.size());
    BOOST_REQUIRE(sealed->context.open(answer, back));
    BOOST_TEST(to_hex(back) == to_hex(response));
}

BOOST_AUTO_TEST_SUITE(encapsulation)

BOOST_AUTO_TEST_CASE(the_exchange_of_rfc_9458_appendix_a_is_remade) {
    const auto data = shared_json("ohttp/rfc9458-appendix-a.json");
    if (!data) return;
    check_exchange(*data, {hpke::KdfId::sha256, hpke::AeadId::aes_128_gcm});
}

BOOST_AUTO_TEST_CASE(exchanges_of_all_suites_are_remade) {
    const auto data = shared_json("ohttp/generated-rfc9458.json");
    if (!data) return;
    std::size_t checked = 0;
    for (const json& v : data->at("vectors")) {
        check_exchange(v, {v.at("kdf_id").get<hpke::KdfId>(), v.at("aead_id").get<hpke::AeadId>()});
        ++checked;
    }
    BOOST_TEST(checked == 6U);
}

BOOST_AUTO_TEST_CASE(requests_of_other_implementations_are_opened) {
    const auto go = shared_json("ohttp/ohttp-go-vectors.json"), js = shared_json("ohttp/ohttp-js.json");
    if (!go || !js) return;
    Setting setting;
    const json& v = go->at(0);
    const json& transaction = v.at("transactions").at(0);
    const auto own =
        hpke::derive_key_pair(setting.context, hpke::KemId::x25519_sha256, hex(v, "config_seed"));
    BOOST_REQUIRE(own);
    const RequestHeader header{0, 0x20, 1, 1};
    const Bytes message = hex(transaction, "encapsulatedRequest");
    Bytes room(message.size());
    const auto opened = open_request(*own, header, message, room);
    BOOST_REQUIRE(opened);
    BOOST_TEST(as_text(opened->plaintext) == "why is the sky blue?");
    Bytes answer_room(200);
    const auto answer = opened->context.open(hex(transaction, "encapsulatedResponse"), answer_room);
    BOOST_REQUIRE(answer);
    BOOST_TEST(as_text(*answer) == "because air is blue");

    const json& w = js->at("vectors").at(0);
    const auto other = hpke::derive_key_pair(setting.context, hpke::KemId::x25519_sha256, hex(w, "seed"));
    BOOST_REQUIRE(other);
    const Bytes second = hex(w, "encapsulatedRequest");
    Bytes second_room(second.size());
    const auto js_opened = open_request(*other, {1, 0x20, 1, 1}, second, second_room);
    BOOST_REQUIRE(js_opened);
    const auto request = bhttp::decode_request(js_opened->plaintext);
    BOOST_REQUIRE(request);
    BOOST_TEST(request->method == "POST");
    BOOST_TEST(request->authority == "ietf-wg-ohai.github.io");
}

BOOST_AUTO_TEST_CASE(a_response_belongs_to_one_request) {
    Setting setting;
    const auto own = crypto::PrivateKey::generate(setting.context, crypto::KeyType::p384);
    const SymmetricPair pair{hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm};
    const KeyConfig config{7, hpke::KemId::p384_sha384, own.public_key().point(), {pair}};
    const Bytes request = testing::text("question"), response = testing::text("answer");
    const auto a = seal_request(setting.context, config, pair, request);
    const auto b = seal_request(setting.context, config, pair, request);
    BOOST_REQUIRE(a);
    BOOST_REQUIRE(b);
    BOOST_TEST(to_hex(a->message) != to_hex(b->message));
    Bytes room(request.size()), back(response.size());
    const auto opened = open_request(own, header_of(config, pair), a->message, room);
    BOOST_REQUIRE(opened);
    const Bytes one = opened->context.seal(setting.random, response);
    const Bytes two = opened->context.seal(setting.random, response);
    BOOST_TEST(to_hex(one) != to_hex(two));
    BOOST_TEST(!!a->context.open(one, back));
    BOOST_TEST(!b->context.open(one, back));
    BOOST_TEST(to_hex(back) == to_hex(Bytes(back.size())));
    for (std::size_t i = 0; i < one.size(); ++i) {
        Bytes wrong = one;
        wrong[i] ^= 1;
        BOOST_TEST(!a->context.open(wrong, back), i);
    }
    for (std::size_t size = 0; size < one.size(); ++size)
        BOOST_TEST(!a->context.open(ByteView{one}.first(size), back), size);
}

BOOST_AUTO_TEST_CASE(sizes_are_classes) {
    const std::vector<std::pair<std::size_t, std::size_t>> expected{
        {0, 512},     {1, 512},       {512, 512},     {513, 1024},     {1024, 1024},
        {1025, 2048}, {32769, 65536}, {65536, 65536}, {65537, 131072}, {131073, 196608}};
    for (const auto& [size, padded] : expected) BOOST_TEST(size_class(size) == padded, size);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
