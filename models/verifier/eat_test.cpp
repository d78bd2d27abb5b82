// Result tokens: our own, with one thing wrong each, and NVIDIA's recorded ones.
#include "models/verifier/eat.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/golden_appraisal.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

const Instant issue_time = *from_rfc3339("2026-01-01T00:00:00Z");

struct Issuing {
    crypto::Drbg random{as_bytes("eat_test")};
    crypto::Context context{random};
    crypto::PrivateKey key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    crypto::PrivateKey other = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    crypto::PrivateKey small = crypto::PrivateKey::generate(context, crypto::KeyType::p256);
    TokenIssuer issuer{"assay", "key-1", key};
    TokenRules rules{{{"key-1", key.public_key()}, {"small", small.public_key()}},
                     "assay",
                     issue_time + std::chrono::minutes{1},
                     {}};

    static GpuVerifier::SetAppraisal set(const char* measres = "success") {
        GpuVerifier::SetAppraisal out;
        out.accepted = true;
        for (const auto kind : {gpu::DeviceKind::gpu, gpu::DeviceKind::gpu, gpu::DeviceKind::nvswitch}) {
            GpuAppraisal& d = out.devices.emplace_back();
            d.accepted = true;
            d.kind = kind;
            d.claims = json{{"measres", measres}, {"n", out.devices.size()}}.dump();
        }
        return out;
    }
    json eat(const GpuVerifier::SetAppraisal& appraisal = set()) const {
        return json::parse(detached_eat(issuer, appraisal, Bytes(32, 0xAB), issue_time, Bytes(32, 1)));
    }
    /// The overall token again, with changed claims.
    std::string overall(json claims) const { return sign_token(issuer, claims.dump()); }
    json claims_in(const json& eat) const {
        return json::parse(*verify_token(eat[0][1].get<std::string>(), rules));
    }
    std::string outcome(const json& eat) const { return outcome(eat, rules); }
    static std::string outcome(const json& eat, const TokenRules& under) {
        const auto verified = verify_detached_eat(eat.dump(), under);
        return verified ? "accepted" : std::string{name(verified.error().kind)};
    }
    std::string token_outcome(std::string_view jwt) const {
        const auto verified = verify_token(jwt, rules);
        return verified ? "accepted" : std::string{name(verified.error().kind)};
    }
    template <class Change>
    std::string after(const Change& change) const {
        json e = eat();
        json claims = claims_in(e);
        change(e, claims);
        return outcome(e);
    }
    template <class Change>
    std::string after_claims(const Change& change) const {
        return after([&](json& e, json& claims) {
            change(claims);
            e[0][1] = overall(claims);
        });
    }
};

std::string header_and_payload(const json& header, const json& payload) {
    return to_base64url(as_bytes(header.dump())) + "." + to_base64url(as_bytes(payload.dump()));
}

BOOST_AUTO_TEST_SUITE(eat)

BOOST_AUTO_TEST_CASE(what_is_issued_verifies) {
    const Issuing x;
    const json e = x.eat();
    BOOST_TEST(x.outcome(e) == "accepted");
    const auto verified = verify_detached_eat(e.dump(), x.rules);
    BOOST_TEST(verified->submodules.size() == 3U);
    const json overall = json::parse(verified->overall);
    BOOST_TEST(overall.at("sub") == "NVIDIA-PLATFORM-ATTESTATION");
    BOOST_TEST(overall.at("x-nvidia-ver") == "3.0");
    BOOST_TEST(overall.at("x-nvidia-overall-att-result") == true);
    BOOST_TEST(overall.at("eat_nonce") == to_hex(Bytes(32, 0xAB)));
    BOOST_TEST(overall.at("exp").get<long>() - overall.at("iat").get<long>() == 3600);
    BOOST_TEST(overall.at("jti") == to_hex(Bytes(32, 1)));
    BOOST_TEST(overall.at("submods").at("GPU-1")[1][0] == "SHA-256");
    const json gpu = json::parse(verified->submodules.at("GPU-1"));
    BOOST_TEST(gpu.at("n") == 2);
    BOOST_TEST(gpu.at("iss") == "assay");
    TokenRules no_clock = x.rules;
    no_clock.at.reset();
    no_clock.nonce = Bytes(32, 0xAB);
    BOOST_TEST(Issuing::outcome(e, no_clock) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_overall_result_is_true_only_with_golden_measurements) {
    const Issuing x;
    const auto result = [&](const GpuVerifier::SetAppraisal& set) {
        return x.claims_in(x.eat(set)).at("x-nvidia-overall-att-result").get<bool>();
    };
    BOOST_TEST(result(Issuing::set()));
    BOOST_TEST(!result(Issuing::set("fail")));
    BOOST_TEST(!result(Issuing::set("absent")));
    auto refused = Issuing::set();
    refused.accepted = false;
    BOOST_TEST(!result(refused));
    BOOST_TEST(x.outcome(x.eat(refused)) == "accepted");  // a true token about a refusal
    // A forged one: true, although a submodule says otherwise.
    json e = x.eat(Issuing::set("fail"));
    json claims = x.claims_in(e);
    claims["x-nvidia-overall-att-result"] = true;
    e[0][1] = x.overall(claims);
    BOOST_TEST(x.outcome(e) == "result");
}

BOOST_AUTO_TEST_CASE(times_issuer_nonce_and_key_are_checked) {
    const Issuing x;
    const json e = x.eat();
    const auto under = [&](const std::function<void(TokenRules&)>& change) {
        TokenRules rules = x.rules;
        change(rules);
        return Issuing::outcome(e, rules);
    };
    BOOST_TEST(under([](TokenRules& r) { r.at = issue_time + std::chrono::seconds{3599}; }) == "accepted");
    BOOST_TEST(under([](TokenRules& r) { r.at = issue_time + std::chrono::seconds{3600}; }) == "expired");
    BOOST_TEST(under([](TokenRules& r) { r.at = issue_time - std::chrono::seconds{1}; }) == "not_yet_valid");
    BOOST_TEST(under([](TokenRules& r) { r.issuer = "other"; }) == "issuer");
    BOOST_TEST(under([](TokenRules& r) { r.nonce = Bytes(32, 0xAC); }) == "nonce");
    BOOST_TEST(under([](TokenRules& r) { r.keys.erase("key-1"); }) == "unknown_key");
    BOOST_TEST(under([&](TokenRules& r) { r.keys.at("key-1") = x.other.public_key(); }) == "signature");
    BOOST_TEST(under([&](TokenRules& r) { r.keys.at("key-1") = x.small.public_key(); }) == "signature");
    BOOST_TEST(x.after_claims([](json& c) { c.erase("eat_nonce"); }) == "nonce");
    BOOST_TEST(x.after_claims([](json& c) { c["eat_nonce"] = "zz"; }) == "nonce");
    BOOST_TEST(x.after_claims([](json& c) { c["eat_nonce"] = 1; }) == "nonce");
    BOOST_TEST(x.after_claims([](json& c) { c.erase("iss"); }) == "issuer");
    BOOST_TEST(x.after_claims([](json& c) { c["iss"] = json::array({"assay"}); }) == "issuer");
    BOOST_TEST(x.after_claims([](json& c) { c.erase("exp"); }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c["exp"] = "never"; }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c["exp"] = 1e300; }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c["nbf"] = true; }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c.erase("x-nvidia-overall-att-result"); }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c["x-nvidia-overall-att-result"] = 1; }) == "malformed");
}

BOOST_AUTO_TEST_CASE(submodules_are_exactly_the_announced_ones) {
    const Issuing x;
    BOOST_TEST(x.after([](json& e, json&) { e[1].erase("GPU-0"); }) == "submodule");
    BOOST_TEST(x.after([](json& e, json&) { e[1]["GPU-2"] = e[1]["GPU-0"]; }) == "submodule");
    BOOST_TEST(x.after([](json& e, json&) { std::swap(e[1]["GPU-0"], e[1]["GPU-1"]); }) == "submodule");
    BOOST_TEST(x.after([](json& e, json&) { e[1]["GPU-0"] = 1; }) == "malformed");
    BOOST_TEST(x.after_claims([](json& c) { c.erase("submods"); }) == "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"] = json::object(); }) == "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"]["GPU-0"] = "x"; }) == "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"]["GPU-0"][0] = "SIGNED"; }) == "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"]["GPU-0"][1][0] = "SHA-1"; }) == "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"]["GPU-0"][1][1] = to_hex(Bytes(32)); }) ==
               "submodule");
    BOOST_TEST(x.after_claims([](json& c) { c["submods"]["GPU-0"][1][0] = "SHA256"; }) ==
               "accepted");  // NVIDIA's SDK
    // A submodule whose digest is right and whose signature is of another key.
    BOOST_TEST(x.after([&](json& e, json& claims) {
        const TokenIssuer forger{"assay", "key-1", x.other};
        const std::string token =
            sign_token(forger, R"({"iss":"assay","exp":9999999999,"measres":"success"})");
        e[1]["GPU-0"] = token;
        claims["submods"]["GPU-0"][1][1] = to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes(token)}));
        e[0][1] = x.overall(claims);
    }) == "signature");
}

BOOST_AUTO_TEST_CASE(only_es384_and_known_forms_are_read) {
    const Issuing x;
    const json payload{{"iss", "assay"}, {"exp", 9'999'999'999}};
    BOOST_TEST(x.token_outcome(sign_token(x.issuer, payload.dump())) == "accepted");
    const auto with_header = [&](const json& header, const crypto::PrivateKey& key) {
        const std::string signed_part = header_and_payload(header, payload);
        const Bytes signature =
            key.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(signed_part));
        return x.token_outcome(signed_part + "." + to_base64url(signature));
    };
    BOOST_TEST(with_header({{"alg", "ES384"}, {"kid", "key-1"}}, x.key) == "accepted");
    BOOST_TEST(x.token_outcome(header_and_payload({{"alg", "none"}, {"kid", "key-1"}}, payload) + ".") ==
               "algorithm");
    for (const char* const alg : {"none", "None", "ES256", "HS256", "es384", ""})
        BOOST_TEST(with_header({{"alg", alg}, {"kid", "key-1"}}, x.key) == "algorithm", alg);
    BOOST_TEST(with_header({{"alg", nullptr}, {"kid", "key-1"}}, x.key) == "algorithm");
    BOOST_TEST(with_header({{"kid", "key-1"}}, x.key) == "algorithm");
    BOOST_TEST(with_header({{"alg", "ES384"}}, x.key) == "unknown_key");
    BOOST_TEST(with_header({{"alg", "ES384"}, {"kid", 1}}, x.key) == "unknown_key");
    BOOST_TEST(with_header({{"alg", "ES384"}, {"kid", "key-1"}, {"crit", {"b64"}}}, x.key) == "malformed");
    BOOST_TEST(with_header({{"alg", "ES384"}, {"kid", "small"}}, x.small) == "signature");
    const std::string good = sign_token(x.issuer, payload.dump());
    for (const char* const bad : {"", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30.e30"})
        BOOST_TEST(x.token_outcome(bad) != "accepted", bad);
    BOOST_TEST(x.token_outcome(good + ".") == "malformed");
    BOOST_TEST(x.token_outcome(good + "=") == "malformed");
    BOOST_TEST(x.token_outcome(std::string(2 << 20, 'a')) == "malformed");
    for (std::size_t i = 0; i < good.size(); i += 3) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(x.token_outcome(changed) != "accepted", i);
    }
    for (const char* const text :
         {"", "{}", "[]", "[[],{}]", R"([["JWT",1],{}])", R"([["JWT",""],{}])", R"([["jwt","a.b.c"],{}])",
          R"([["JWT","a.b.c"],[]])", R"([["JWT","a.b.c"],{},{}])"})
        BOOST_TEST(name(verify_detached_eat(text, x.rules).error().kind) == "malformed", text);
}

BOOST_AUTO_TEST_CASE(an_appraised_machine_gets_a_token) {
    if (!golden::present()) return;
    const Issuing x;
    const golden::Case c = golden::h100();
    const auto set =
        GpuVerifier{c.anchors, c.times, c.policy}.appraise_set({c.evidence}, c.references, c.expectation);
    const std::string eat = detached_eat(x.issuer, set, c.evidence.nonce, issue_time, Bytes(32, 1));
    TokenRules rules = x.rules;
    rules.nonce = c.evidence.nonce;
    const auto verified = verify_detached_eat(eat, rules);
    BOOST_TEST_REQUIRE(static_cast<bool>(verified), (verified ? "" : verified.error().what));
    BOOST_TEST(json::parse(verified->overall).at("x-nvidia-overall-att-result") == true);
    BOOST_TEST(json::parse(verified->submodules.at("GPU-0")).at("ueid") == set.devices[0].ueid);
}

// Their signatures cannot be checked: NVIDIA's keys of that day are not published with them.
BOOST_AUTO_TEST_CASE(recorded_tokens_bind_their_submodules_by_digest) {
    if (!golden::present()) return;
    struct Row {
        const char *eat, *claims, *id;
    };
    for (const Row& row :
         {Row{"golden-h100/hopperClaimsv3_detached_eat.json", "golden-h100/hopperClaimsv3_decoded.json",
              "GPU-0"},
          Row{"golden-switch/switch_detached_eat.json", "golden-switch/switch_decoded.json", "SWITCH-0"}}) {
        const std::string text = golden::text(row.eat);
        const json eat = json::parse(text);
        const auto payload = [](const std::string& jwt) {
            const auto first = jwt.find('.'), second = jwt.rfind('.');
            return json::parse(*from_base64url(jwt.substr(first + 1, second - first - 1)));
        };
        const auto& jwt = eat[1].at(row.id).get_ref<const std::string&>();
        const json entry = payload(eat[0][1]).at("submods").at(row.id);
        BOOST_TEST(entry[1][0] == "SHA-256");
        BOOST_TEST(entry[1][1] == to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes(jwt)})));
        BOOST_TEST(payload(jwt) == json::parse(golden::text(row.claims)).at(row.id));
        const Issuing x;
        BOOST_TEST(name(verify_detached_eat(text, x.rules).error().kind) == "unknown_key");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
