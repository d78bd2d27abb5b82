// The key management service as gateways, clients and administrators see it.
#include "models/kms/key_service.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/cbor_key.hpp"
#include "models/kms/key_config.hpp"
#include "models/kms/test_world.hpp"
#include "models/ohttp/key_config.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

BOOST_AUTO_TEST_CASE(a_released_hpke_key_is_the_private_half_of_the_published_configuration) {
    for (const KeyKind kind : {KeyKind::hpke_x25519, KeyKind::hpke_p384}) {
        World world;
        BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group(kind))));
        const json listed = World::body(world.get("/v1/keys")).at(0);
        const Bytes published = from_hex(listed.at("publicKey").get<std::string>()).value();
        const auto receipt = listed.at("receipt").get<std::string>();
        BOOST_TEST(static_cast<bool>(
            verify_receipt(as_bytes(receipt), world.service.certificate(), published, world.clock.at)));
        BOOST_TEST(listed.at("kid") == "prompt-10");
        BOOST_TEST(listed.at("keyId") == 10);

        const HttpResponse answer = world.release("prompt-10", "RSA-OAEP-256");
        BOOST_TEST_REQUIRE(answer.status == 200U);
        const Secret payload = World::unwrapped(answer);
        const auto config = ohttp::decode_list(encode_key_config_list({published}));
        BOOST_TEST_REQUIRE(static_cast<bool>(config));
        Bytes point;
        if (kind == KeyKind::hpke_p384) {
            const auto key = decode_cbor_key(world.context, payload.bytes(), 10);
            BOOST_TEST_REQUIRE(key.has_value());
            point = crypto::PrivateKey::from_scalar(world.context, crypto::KeyType::p384, key->scalar.bytes())
                        ->public_key()
                        .point();
        } else {
            point = crypto::PrivateKey::from_scalar(world.context, crypto::KeyType::x25519, payload.bytes())
                        ->public_key()
                        .point();
        }
        BOOST_TEST(equal(point, config->front().public_key));
        BOOST_TEST(World::body(answer).at("receipt") == receipt);
        const HttpResponse list = world.get("/v1/ohttp-keys");
        BOOST_TEST(equal(list.body, encode_key_config_list({published})));
    }
}

BOOST_AUTO_TEST_CASE(a_model_key_comes_out_as_it_was_imported_under_every_format) {
    World world;
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 0x5A), World::terms())));
    for (const char* const enc : {"RSA-OAEP-256", "RSA_AES_KEY_WRAP_256", "RSA_AES_KEY_WRAP_384"}) {
        const HttpResponse answer = world.release("model", enc);
        BOOST_TEST_REQUIRE(answer.status == 200U, enc);
        BOOST_TEST(equal(World::unwrapped(answer).bytes(), Bytes(32, 0x5A)), enc);
    }
    BOOST_TEST(world.code_of_release("model") == "200 ");
    BOOST_TEST(World::code(world.release("model", "CKM_RSA_AES_KEY_WRAP")) == "400 malformed");
}

BOOST_AUTO_TEST_CASE(a_nonce_works_once_whatever_came_of_it) {
    World world;
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 1), World::terms())));
    json body = world.release_body();
    const std::string good = body.at("token").get<std::string>();
    const auto ask = [&](const json& content) {
        return World::code(world.post("/v1/keys/model/release", "gateway-credential", content));
    };
    body["token"] = "a.b.c";
    BOOST_TEST(ask(body) == "403 evidence");
    body["token"] = good;
    BOOST_TEST(ask(body) == "409 nonce");

    json late = world.release_body();
    world.clock.at += seconds{299};
    BOOST_TEST(ask(late) == "200 ");
    late = world.release_body();
    world.clock.at += seconds{300};
    BOOST_TEST(ask(late) == "409 nonce");

    // Another caller's nonce is unknown to this one, and stays good for the other.
    const std::string foreign = world.nonce("operator-credential");
    BOOST_TEST(
        ask({{"nonce", foreign}, {"enc", "RSA-OAEP-256"}, {"token", world.token(world.claims(foreign))}}) ==
        "409 nonce");
    BOOST_TEST(World::code(world.post("/v1/keys/model/release", "operator-credential",
                                      {{"nonce", foreign},
                                       {"enc", "RSA-OAEP-256"},
                                       {"token", world.token(world.claims(foreign))}})) == "200 ");
    const auto audit = world.service.audit();
    BOOST_TEST(audit.back().verdict == "released");
    BOOST_TEST(audit[audit.size() - 2].reason == "E_CHALLENGE_UNKNOWN");
    BOOST_TEST(audit[audit.size() - 3].reason == "E_CHALLENGE_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_right_to_names_is_a_right_to_these_names) {
    World world;
    BOOST_TEST(world.code_of_release("model2") == "403 caller");
    BOOST_TEST(world.code_of_release("mode") == "403 caller");
    BOOST_TEST(world.code_of_release("prompt") == "403 caller");
    BOOST_TEST(world.code_of_release("prompt-99") == "403 policy");
    BOOST_TEST(world.code_of_release("missing") == "403 policy");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_there_looks_like_a_policy_that_is_not_met) {
    World world;
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 1), World::terms())));
    json body = world.release_body();
    json claims = world.claims(body.at("nonce").get<std::string>());
    claims["assay"]["gpu-count"] = 7;
    body["token"] = world.token(claims);
    const HttpResponse denied = world.post("/v1/keys/model/release", "gateway-credential", body);
    const HttpResponse missing = world.release("missing");
    BOOST_TEST(World::code(denied) == "403 policy");
    BOOST_TEST((missing == denied));
    const auto audit = world.service.audit();
    BOOST_TEST(audit.back().reason == "E_KEY_UNKNOWN");
    BOOST_TEST(audit[audit.size() - 2].reason == "E_POLICY_DENIED");
    BOOST_TEST(audit[audit.size() - 2].pointer == "/anyOf/0/allOf/1");

    const std::string fresh = world.nonce("operator-credential");
    BOOST_TEST(World::code(world.post("/v1/keys/missing/release", "operator-credential",
                                      {{"nonce", fresh},
                                       {"enc", "RSA-OAEP-256"},
                                       {"token", world.token(world.claims(fresh))}})) == "404 not-found");
}

BOOST_AUTO_TEST_CASE(a_key_is_active_then_in_grace_then_gone_to_the_second) {
    World world;
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    const Instant made = world.clock.at;
    const auto listed = [&] {
        return World::body(world.get("/v1/keys"));
    };
    world.clock.at = made + hours{10} - seconds{1};
    BOOST_TEST(listed().at(0).at("kid") == "prompt-10");
    for (const auto later : {seconds{0}, seconds{1}}) {
        world.clock.at = made + hours{10} + later;
        BOOST_TEST(listed().size() == 1U);
        BOOST_TEST(listed().at(0).at("kid") == "prompt-11");
        BOOST_TEST(world.code_of_release("prompt-10") == "200 ");
    }
    world.clock.at = made + hours{12} - seconds{1};
    BOOST_TEST(world.code_of_release("prompt-10") == "200 ");
    BOOST_TEST(!world.store.find_key("prompt-10")->sealed.empty());
    for (const auto later : {seconds{0}, seconds{1}}) {
        world.clock.at = made + hours{12} + later;
        BOOST_TEST(world.code_of_release("prompt-10") == "410 expired");
        BOOST_TEST(world.store.find_key("prompt-10")->sealed.empty());
    }
    // The clock of an untrusted host jumps back: the key stays gone.
    world.clock.at = made;
    BOOST_TEST(world.code_of_release("prompt-10") == "410 expired");
    BOOST_TEST(listed().at(0).at("kid") == "prompt-11");
}

BOOST_AUTO_TEST_CASE(the_state_of_a_key_follows_from_its_times_alone) {
    StoredKey key;
    key.sealed = Bytes(60);
    key.receipted = true;
    const Instant at{};
    BOOST_TEST(name(state_of(key, at)) == "active");
    key.active_until = at + seconds{10};
    key.erase_at = at + seconds{20};
    const auto after = [&](int s) {
        return name(state_of(key, at + seconds{s}));
    };
    BOOST_TEST(after(9) == "active");
    BOOST_TEST(after(10) == "grace");
    BOOST_TEST(after(19) == "grace");
    BOOST_TEST(after(20) == "expired");
    key.receipted = false;
    BOOST_TEST(after(9) == "pending");
    BOOST_TEST(after(20) == "expired");
    key.revoked = true;
    BOOST_TEST(after(20) == "revoked");
    key.revoked = false;
    key.sealed.clear();
    BOOST_TEST(after(0) == "expired");
}

BOOST_AUTO_TEST_CASE(rotation_by_hand_sends_the_active_key_into_grace) {
    World world;
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    world.clock.at += hours{1};
    const HttpResponse rotated = world.post("/v1/groups/prompt/rotate", "operator-credential");
    BOOST_TEST_REQUIRE(rotated.status == 200U);
    BOOST_TEST(World::body(rotated).at("kid") == "prompt-11");
    BOOST_TEST(World::body(world.get("/v1/keys")).size() == 1U);
    BOOST_TEST(world.code_of_release("prompt-10") == "200 ");
    world.clock.at += hours{2};
    BOOST_TEST(world.code_of_release("prompt-10") == "410 expired");
    BOOST_TEST(world.code_of_release("prompt-11") == "200 ");
}

BOOST_AUTO_TEST_CASE(a_key_id_comes_back_only_after_its_key_is_erased_long_enough) {
    World world;
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    for (int i = 1; i < 90; ++i) BOOST_TEST_REQUIRE(static_cast<bool>(world.service.rotate("prompt")));
    const auto early = world.service.rotate("prompt");
    BOOST_TEST_REQUIRE(!early);
    BOOST_TEST(early.error().why->name == "E_ID_REUSE");
    world.clock.at += hours{2};
    BOOST_TEST(!world.service.rotate("prompt"));
    world.clock.at += hours{1};
    const auto again = world.service.rotate("prompt");
    BOOST_TEST_REQUIRE(static_cast<bool>(again));
    BOOST_TEST(again->kid == "prompt-10");
    BOOST_TEST(again->version == 91);
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_never_released_nor_listed_again) {
    World world;
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    BOOST_TEST(world.post("/v1/keys/prompt-10/revoke", "operator-credential").status == 200U);
    BOOST_TEST(world.code_of_release("prompt-10") == "403 revoked");
    BOOST_TEST(world.store.find_key("prompt-10")->sealed.empty());
    world.clock.at += seconds{1};
    BOOST_TEST(World::body(world.get("/v1/keys")).at(0).at("kid") == "prompt-11");
}

BOOST_AUTO_TEST_CASE(a_key_without_receipt_is_neither_listed_nor_released) {
    KeyRing::Rules rules;
    rules.receipts_at_once = false;
    World world{{}, rules};
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    BOOST_TEST(world.get("/v1/keys").status == 202U);
    const HttpResponse pending = world.release("prompt-10");
    BOOST_TEST(pending.status == 202U);
    BOOST_TEST(*find_field(pending.fields, "retry-after") == "3");
    BOOST_TEST(world.get("/v1/receipts/2.1").status == 202U);
    BOOST_TEST(world.service.audit().back().verdict == "pending");
    world.service.commit_receipts();
    BOOST_TEST(world.get("/v1/receipts/2.1").status == 200U);
    BOOST_TEST(world.code_of_release("prompt-10") == "200 ");
    // Until a newer key has its receipt the older one stays the published one.
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.rotate("prompt")));
    BOOST_TEST(World::body(world.get("/v1/keys")).at(0).at("kid") == "prompt-10");
    world.service.commit_receipts();
    BOOST_TEST(World::body(world.get("/v1/keys")).at(0).at("kid") == "prompt-11");
}

BOOST_AUTO_TEST_CASE(receipts_of_all_keys_verify_against_the_growing_ledger) {
    World world;
    BOOST_TEST_REQUIRE(static_cast<bool>(world.service.create_group(prompt_group())));
    for (int i = 0; i < 6; ++i) BOOST_TEST_REQUIRE(static_cast<bool>(world.service.rotate("prompt")));
    BOOST_TEST_REQUIRE(
        static_cast<bool>(world.service.import_key("model", secret_of(32, 1), World::terms())));
    for (const StoredKey& key : world.store.keys()) {
        const HttpResponse receipt = world.get("/v1/receipts/" + receipt_id(key.leaf));
        BOOST_TEST_REQUIRE(receipt.status == 200U);
        BOOST_TEST(static_cast<bool>(
            verify_receipt(receipt.body, world.service.certificate(), key.published, world.clock.at)));
        Bytes other = key.published;
        other.back() ^= 1;
        BOOST_TEST(!verify_receipt(receipt.body, world.service.certificate(), other));
    }
    BOOST_TEST(world.get("/v1/receipts/2.99").status == 404U);
    BOOST_TEST(world.get("/v1/receipts/x").status == 404U);
}

json wrapped_import(World& world, const Secret& key, const std::string& policy, bool immutable) {
    const json kek = World::body(world.get("/v1/import-key", "operator-credential"));
    const auto rsa = crypto::PublicKey::from_rsa(*from_base64url(kek.at("n").get<std::string>()));
    const Bytes blob = *wrap(world.context, Wrapping::rsa_aes_256, *rsa, key.bytes());
    const json envelope{{"schema_version", "1.0"},
                        {"header", {{"kid", kek.at("kid")}, {"alg", "dir"}, {"enc", "RSA_AES_KEY_WRAP_256"}}},
                        {"ciphertext", to_base64url(blob)}};
    return {{"key", {{"kty", "oct"}, {"key_hsm", to_base64url(as_bytes(envelope.dump()))}}},
            {"hsm", true},
            {"attributes", {{"exportable", true}}},
            {"release_policy",
             {{"contentType", "application/json; charset=utf-8"},
              {"data", to_base64url(as_bytes(policy))},
              {"immutable", immutable}}}};
}

BOOST_AUTO_TEST_CASE(an_operator_imports_a_wrapped_key_with_its_policy) {
    World world;
    const auto put = [&](const json& body, const char* target = "/keys/model?api-version=7.4",
                         const char* credential = "operator-credential") {
        return world.service.handle({"PUT", target, World::bearer(credential), World::bytes(body.dump())});
    };
    const json good = wrapped_import(world, secret_of(32, 0x42), World::policy(), true);
    BOOST_TEST(World::code(put(good, "/keys/model?api-version=7.4", "gateway-credential")) == "403 caller");
    BOOST_TEST(World::code(put(good, "/keys/model")) == "400 malformed");
    BOOST_TEST_REQUIRE(put(good).status == 200U);
    BOOST_TEST(equal(World::unwrapped(world.release("model")).bytes(), Bytes(32, 0x42)));

    // The same name again: another policy never, the same one makes the next version.
    const std::string looser = R"({"version":"1.0.0","anyOf":[{"authority":"https://verifier.example",)"
                               R"("allOf":[{"claim":"iss","exists":true}]}]})";
    BOOST_TEST(World::code(put(wrapped_import(world, secret_of(32, 1), looser, true))) == "409 immutable");
    BOOST_TEST(World::code(put(wrapped_import(world, secret_of(32, 1), World::policy(), false))) ==
               "409 immutable");
    BOOST_TEST(
        World::body(put(wrapped_import(world, secret_of(32, 1), World::policy(), true))).at("version") == 2);

    const HttpResponse bad =
        put(wrapped_import(world, secret_of(32, 1), R"({"version":"1.0.0","anyOf":[]})", false),
            "/keys/second?api-version=7.4");
    BOOST_TEST(World::code(bad) == "400 policy-invalid");
    BOOST_TEST(World::body(bad).at("pointer") == "/anyOf");
    json broken = good;
    broken["key"]["k"] = "AAAA";
    BOOST_TEST(World::code(put(broken)) == "400 malformed");
    broken = good;
    broken["attributes"]["exportable"] = false;
    BOOST_TEST(World::code(put(broken)) == "400 malformed");
}

BOOST_AUTO_TEST_CASE(unknown_paths_and_methods_are_refused_and_every_route_is_known) {
    World world;
    BOOST_TEST(World::code(world.get("/")) == "404 not-found");
    BOOST_TEST(World::code(world.get("/v1/keys/")) == "404 not-found");
    BOOST_TEST(World::code(world.get("")) == "404 not-found");
    const HttpResponse wrong = world.post("/v1/keys", "operator-credential");
    BOOST_TEST(World::code(wrong) == "405 method");
    BOOST_TEST(*find_field(wrong.fields, "allow") == "GET");
    for (const RouteInfo& route : routes()) {
        std::string target{route.path};
        if (const auto brace = target.find('{'); brace != std::string::npos)
            target.replace(brace, target.find('}') - brace + 1, "x");
        const HttpResponse answer = world.service.handle({std::string{route.method}, target});
        BOOST_TEST(answer.status != 405U, target);
        if (route.who == "administrators" || route.who == "callers")
            BOOST_TEST(World::code(answer) == "401 caller", target);
    }
    BOOST_TEST(release_checks().size() == 11U);
}

BOOST_AUTO_TEST_CASE(what_comes_is_limited_per_caller) {
    World world;
    unsigned accepted = 0;
    while (world.post("/v1/challenge", "gateway-credential").status == 200U) ++accepted;
    BOOST_TEST(accepted == 600U);
    BOOST_TEST(world.post("/v1/challenge", "operator-credential").status == 200U);
    world.clock.at += seconds{1};
    for (int i = 0; i < 10; ++i) BOOST_TEST(world.post("/v1/challenge", "gateway-credential").status == 200U);
    BOOST_TEST(World::code(world.post("/v1/challenge", "gateway-credential")) == "429 rate");
}

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_answers) {
    const auto run = [] {
        World world;
        Bytes out;
        (void)static_cast<bool>(world.service.create_group(prompt_group()));
        append(out, world.get("/v1/keys").body);
        append(out, world.release("prompt-10").body);
        append(out, world.service.audit().back().chain);
        return out;
    };
    BOOST_TEST(equal(run(), run()));
}

}  // namespace
}  // namespace assay::kms
