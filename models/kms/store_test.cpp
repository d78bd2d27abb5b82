// What is durable, what is sealed, what is recorded.
#include "models/kms/store.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "models/kms/test_world.hpp"
#include "sim/base/file.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

/// A file that goes when the test goes.
struct DatabaseFile {
    std::filesystem::path path;
    DatabaseFile() {
        static int number = 0;
        path = std::filesystem::temp_directory_path() /
               ("assay-kms-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number) + ".db");
        std::filesystem::remove(path);
    }
    ~DatabaseFile() { std::filesystem::remove(path); }
};

bool contains(ByteView text, ByteView part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end()) != text.end();
}

BOOST_AUTO_TEST_CASE(keys_nonces_receipts_and_time_outlive_a_restart) {
    const DatabaseFile file;
    std::string used;
    Bytes certificate;
    {
        World world{file.path};
        BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
        BOOST_TEST_REQUIRE(
            static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
        const json body = world.release_body();
        used = body.at("nonce").get<std::string>();
        BOOST_TEST(world.post("/v1/keys/model/release", "gateway-credential", body).status == 200U);
        certificate = world.service.certificate().der();
        world.clock.at += std::chrono::hours{11};
        BOOST_TEST(world.get("/v1/keys").status == 200U);
    }
    World world{file.path};  // its clock stands where the first one began
    BOOST_TEST((world.service.now() == world.clock.at + std::chrono::hours{11}));
    BOOST_TEST(World::body(world.get("/v1/keys")).at(0).at("kid") == "prompt-11");
    BOOST_TEST(equal(world.service.certificate().der(), certificate));
    world.clock.at += std::chrono::hours{11};
    BOOST_TEST(equal(World::unwrapped(world.release("model")).bytes(), Bytes(32, 9)));
    const std::size_t before = world.service.audit().size();
    BOOST_TEST(world.code_of_release("prompt-10") == "200 ");
    BOOST_TEST(world.service.audit().size() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_used_nonce_stays_used_after_a_restart) {
    const DatabaseFile file;
    json body;
    {
        World world{file.path};
        BOOST_TEST_REQUIRE(
            static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
        body = world.release_body();
        BOOST_TEST(world.post("/v1/keys/model/release", "gateway-credential", body).status == 200U);
    }
    World world{file.path};
    BOOST_TEST(World::code(world.post("/v1/keys/model/release", "gateway-credential", body)) == "409 nonce");
    BOOST_TEST(world.service.audit().back().reason == "E_CHALLENGE_CONSUMED");
}

BOOST_AUTO_TEST_CASE(no_key_stands_in_the_file_in_any_form) {
    const DatabaseFile file;
    Secret key{32};
    Bytes hpke;
    {
        World world{file.path};
        world.random.fill(key.bytes());
        BOOST_TEST_REQUIRE(static_cast<bool>(world.service.import_key("model", key, World::terms())));
        BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
        BOOST_TEST(equal(World::unwrapped(world.release("model")).bytes(), key.bytes()));
        const Secret released = World::unwrapped(world.release("prompt-10"));
        hpke.assign(released.bytes().begin(), released.bytes().end());
    }
    const Bytes content = *read_file(file.path, 1 << 24);
    BOOST_TEST(contains(content, as_bytes("prompt-10")));
    for (const ByteView secret : {ByteView{key.bytes()}, ByteView{hpke}}) {
        BOOST_TEST(!contains(content, secret.first(16)));
        BOOST_TEST(!contains(content, as_bytes(to_hex(secret))));
        BOOST_TEST(!contains(content, as_bytes(to_base64url(secret))));
    }
}

BOOST_AUTO_TEST_CASE(sealed_keys_open_under_their_own_name_and_root_alone) {
    crypto::Drbg random{as_bytes("sealing")};
    const Sealer sealer{secret_of(32, 1), random}, other{secret_of(32, 2), random};
    const Secret key = secret_of(32, 7);
    Bytes sealed = sealer.seal("key/a/1", key.bytes());
    BOOST_TEST(equal(sealer.open("key/a/1", sealed)->bytes(), key.bytes()));
    BOOST_TEST(!sealer.open("key/a/2", sealed).has_value());
    BOOST_TEST(!other.open("key/a/1", sealed).has_value());
    sealed.back() ^= 1;
    BOOST_TEST(!sealer.open("key/a/1", sealed).has_value());
    BOOST_TEST(!sealer.open("key/a/1", {}).has_value());
}

BOOST_AUTO_TEST_CASE(a_store_of_another_root_key_is_refused) {
    const DatabaseFile file;
    { const World world{file.path}; }
    World world;
    Store store{file.path};
    BOOST_CHECK_THROW((KeyService{Deployment{}, store, world.context, world.clock, secret_of(32, 0x78)}),
                      std::runtime_error);
}

BOOST_AUTO_TEST_CASE(without_a_record_there_is_no_key) {
    const DatabaseFile file;
    World world{file.path};
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
    BOOST_TEST(world.code_of_release("model") == "200 ");
    Database other{file.path};
    other.execute("CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
    const HttpResponse answer = world.release("model");
    BOOST_TEST(World::code(answer) == "500 internal");
    BOOST_TEST(as_text(answer.body).find("wrapped") == std::string_view::npos);
    other.execute("DROP TRIGGER no_more");
    BOOST_TEST(world.code_of_release("model") == "200 ");
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_releases_nothing_and_the_service_goes_on) {
    const DatabaseFile file;
    World world{file.path};
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
    const json body = world.release_body();
    {
        Database other{file.path};
        const Transaction locked{other};
        BOOST_TEST(World::code(world.post("/v1/keys/model/release", "gateway-credential", body)) ==
                   "500 internal");
    }
    BOOST_TEST(world.post("/v1/keys/model/release", "gateway-credential", body).status == 200U);
}

BOOST_AUTO_TEST_CASE(a_policy_changed_in_the_store_releases_to_nobody) {
    World world;
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
    StoredKey key = *world.store.find_key("model");
    key.terms.policy += ' ';
    world.store.put_key(key);
    BOOST_TEST(world.code_of_release("model") == "500 policy-invalid");
}

BOOST_AUTO_TEST_CASE(a_sealed_key_under_another_name_or_version_does_not_open) {
    World world;
    for (const char* const name : {"model", "missing", "model"})
        BOOST_TEST_REQUIRE(
            static_cast<bool>(world.service.import_key(name, secret_of(32, 9), World::terms())));
    StoredKey key = *world.store.find_key("model");
    BOOST_TEST(key.version == 2);
    const auto outcome_with = [&](const StoredKey& other) {
        StoredKey changed = key;
        changed.sealed = other.sealed;
        world.store.put_key(changed);
        return world.code_of_release("model");
    };
    BOOST_TEST(outcome_with(*world.store.find_key("missing")) == "500 internal");
    BOOST_TEST(world.service.audit().back().reason == "E_SEALED");
    const auto keys = world.store.keys();
    const auto first =
        std::ranges::find_if(keys, [](const StoredKey& k) { return k.kid == "model" && k.version == 1; });
    BOOST_TEST_REQUIRE((first != keys.end()));
    BOOST_TEST(outcome_with(*first) == "500 internal");
    BOOST_TEST(outcome_with(key) == "200 ");
}

BOOST_AUTO_TEST_CASE(the_audit_trail_is_a_chain_and_repeats_no_secret) {
    World world;
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 9), World::terms())));
    (void)world.release("model");
    (void)world.release("missing");
    (void)world.post("/v1/keys/prompt-10/revoke", "gateway-credential");
    auto audit = world.service.audit();
    BOOST_TEST_REQUIRE(audit.size() == 4U);
    Bytes before;
    for (const AuditRecord& record : audit) {
        BOOST_TEST(equal(audit_chain(before, record), record.chain));
        before = record.chain;
    }
    audit[1].kid = "other";
    BOOST_TEST(!equal(audit_chain(audit[0].chain, audit[1]), audit[1].chain));
    BOOST_TEST(audit[1].verdict == "released");
    BOOST_TEST(audit[1].receipt == "2.1");
    BOOST_TEST(audit[3].reason == "E_NOT_ADMINISTRATOR");

    const HttpResponse listed = world.get("/v1/audit", "operator-credential");
    BOOST_TEST(World::body(listed).size() == 4U);
    for (const std::string_view secret : {"gateway-credential", "runtime-policy-hash", "eyJ"})
        BOOST_TEST(as_text(listed.body).find(secret) == std::string_view::npos, secret);
}

}  // namespace
}  // namespace assay::kms
