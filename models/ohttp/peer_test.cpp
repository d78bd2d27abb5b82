// A client that others' HPKE seals for (npm @hpke/core), through our relay and gateway.
#include <array>
#include <cstdio>
#include <filesystem>

#include "models/ohttp/gateway_front.hpp"
#include "models/ohttp/http_endpoint.hpp"
#include "models/ohttp/relay.hpp"
#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace fs = std::filesystem;
namespace hpke = crypto::hpke;

fs::path source() {
    const char* set = std::getenv("ASSAY_SOURCE");
    return set != nullptr ? fs::path{set} : fs::current_path();
}

bool has_peer() {
    const bool there = fs::exists(source() / "build/peers/node_modules/@hpke/core") &&
                       std::system("command -v node > /dev/null 2>&1") == 0;
    if (!there) std::cout << "skipped: npm @hpke/core (script/peers_ohttp install)\n";
    return there;
}

struct Outcome {
    int code;
    std::string output;
};
Outcome run(const std::string& command) {
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    Outcome out{};
    std::array<char, 4096> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe))
        out.output.append(part.data(), size);
    out.code = ::pclose(pipe);
    return out;
}

BOOST_AUTO_TEST_SUITE(peer)

BOOST_AUTO_TEST_CASE(a_client_of_others_gets_its_answer_and_its_refusals) {
    if (!has_peer()) return;
    struct Row {
        hpke::KemId kem;
        crypto::KeyType curve;
        SymmetricPair pair;
    };
    const std::vector<Row> rows{
        {hpke::KemId::p384_sha384, crypto::KeyType::p384, {hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm}},
        {hpke::KemId::x25519_sha256,
         crypto::KeyType::x25519,
         {hpke::KdfId::sha256, hpke::AeadId::aes_128_gcm}},
        {hpke::KemId::p256_sha256, crypto::KeyType::p256, {hpke::KdfId::sha512, hpke::AeadId::aes_128_gcm}}};
    for (const Row& row : rows) {
        testing::Setting setting;
        const WallClock clock;
        ReplayWindow window{clock, std::chrono::seconds{240}};
        Gateway gateway{setting.context, clock, window, {.authorities = {"llm.example"}}};
        BOOST_REQUIRE(!gateway.add_key(5, row.kem, crypto::PrivateKey::generate(setting.context, row.curve),
                                       {row.pair}));
        Bytes room(8192), content(8192), scratch(8192);
        GatewayFront front{gateway, {room, content, scratch}};
        EchoResource echo;
        crypto::Drbg hop_random{as_bytes("hop")};
        Relay relay{hop_random};
        const HttpEndpoint endpoint{[&](const HttpRequest& request) {
            const auto out = relay.forward(request);
            if (!out) return out.error();
            return relay.answer(out->id, front.handle(out->request, echo));
        }};
        const auto got = run((source() / "script/peers_ohttp").string() + " http://127.0.0.1:" +
                             std::to_string(endpoint.port()) + "/ --checks 'a prompt of others'");
        BOOST_TEST(got.code == 0, got.output);
        BOOST_TEST(got.output.find("status 200\nPOST /v1/chat\n") != std::string::npos, got.output);
        BOOST_TEST(got.output.find("a prompt of others") != std::string::npos);
        BOOST_TEST(got.output.find("not ok") == std::string::npos);
        BOOST_TEST(front.served() == 2U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
