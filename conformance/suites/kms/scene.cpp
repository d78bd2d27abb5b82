#include "conformance/suites/kms/scene.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/crypto/key_wrap.hpp"

namespace assay::conformance::key_release {
namespace {

using nlohmann::json;

const Instant begin = *from_rfc3339("2026-06-01T00:00:00Z");
constexpr std::int64_t token_life_s = 28'800;

std::string random_hex(Trial& trial, std::size_t size) {
    Bytes out(size);
    trial.random().fill(out);
    return to_hex(out);
}

json parsed_body(const HttpResponse& answer) { return json::parse(as_text(answer.body), nullptr, false); }

std::string in_words(const HttpResponse& answer) {
    constexpr std::size_t shown = 160;
    const std::string_view text = as_text(answer.body);
    return fmt::format("it answers {} {}", answer.status, text.substr(0, shown));
}

/// OAEP by `enc`, and whether an AES key travels in the block (key-release sheet 8.1).
struct EncFacts {
    std::string_view enc;
    crypto::Hash hash;
    bool with_aes;
};
constexpr std::array encs{
    EncFacts{"RSA-OAEP-256", crypto::Hash::sha256, false},
    EncFacts{"RSA_AES_KEY_WRAP_256", crypto::Hash::sha256, true},
    EncFacts{"RSA_AES_KEY_WRAP_384", crypto::Hash::sha384, true},
};

}  // namespace

bool contains(ByteView text, std::string_view part) {
    return as_text(text).find(part) != std::string_view::npos;
}

Scene::Scene(Trial& trial)
    : trial_(trial),
      port_(trial.port<KmsPort>()),
      now_(begin),
      mark_(random_hex(trial, 4)),
      issuer_("https://verifier-" + mark_ + ".example"),
      gateway_("gateway-" + random_hex(trial, 16)),
      neighbour_("neighbour-" + random_hex(trial, 16)),
      administrator_("administrator-" + random_hex(trial, 16)),
      policy_hash_(random_hex(trial, 32)),
      key_(crypto::PrivateKey::generate(trial.crypto(), crypto::KeyType::p384)),
      canaries_{gateway_, neighbour_, administrator_, policy_hash_} {
    set_clock(begin);
    trial_.need(port_.trust_issuer(issuer_, "suite", key_.public_key().spki()),
                "trust in the suite's issuer");
    const auto admit = [&](const char* id, const std::string& credential, bool admin,
                           const std::vector<std::string>& keys) {
        trial_.need(port_.admit_caller(id + ("-" + mark_), credential, admin, keys), "a caller");
    };
    admit("gateway", gateway_, false, {"model", "control", "missing", "prompt-*"});
    admit("neighbour", neighbour_, false, {"elsewhere"});
    admit("operator", administrator_, true, {"*"});
}

Scene::~Scene() = default;

void Scene::set_clock(Instant now) {
    trial_.need(port_.set_clock(now), "the clock");
    now_ = now;
}

std::string Scene::policy_over(std::string_view conditions) const {
    return fmt::format(R"({{"version":"1.0.0","anyOf":[{{"authority":"{}","allOf":{}}}]}})", issuer_,
                       conditions);
}

std::string Scene::policy() const {
    return policy_over(fmt::format(R"([{{"claim":"assay.runtime-policy-hash","equals":"{}"}},)"
                                   R"({{"claim":"assay.gpu-count","equals":8}},)"
                                   R"({{"claim":"assay.gpu-cc-mode","equals":"on"}},)"
                                   R"({{"claim":"assay.gpu-measres","equals":"success"}}])",
                                   policy_hash_));
}

Bytes Scene::provide(const std::string& name, const std::string& policy, bool immutable) {
    constexpr std::size_t size = 32;
    Bytes material(size);
    trial_.random().fill(material);
    trial_.need(port_.import_key({name, material, policy, "strict", immutable}), "the import of a key");
    return material;
}

void Scene::provide_group(const std::string& kem, std::chrono::seconds interval, std::chrono::seconds grace) {
    trial_.need(port_.create_group({"prompt", kem, policy(), interval, grace}), "a group of keys");
}

std::string Scene::challenge(const std::string& credential) {
    const HttpRequest request{"POST", "/v1/challenge", {{"authorization", "Bearer " + credential}}};
    const HttpResponse answer = trial_.need(port_.send(request), "a challenge");
    const json content = parsed_body(answer);
    const bool given = answer.status == 200 && content.is_object() && content.contains("nonce") &&
                       content["nonce"].is_string();
    trial_.expect(given, "no-challenge", "POST /v1/challenge gives a nonce", in_words(answer));
    return content["nonce"].get<std::string>();
}

Ask Scene::ask(const std::string& kid) {
    Ask out;
    out.kid = kid;
    out.credential = gateway_;
    out.nonce = challenge(gateway_);
    return out;
}

json Scene::header() const { return {{"alg", "ES384"}, {"kid", "suite"}, {"typ", "JWT"}}; }

json Scene::claims(const std::string& eat_nonce) const {
    const std::int64_t now = now_.time_since_epoch().count();
    return {{"iss", issuer_},
            {"iat", now},
            {"nbf", now},
            {"exp", now + token_life_s},
            {"eat_nonce", eat_nonce},
            {"x-ms-runtime", {{"keys", json::array({vtpm_jwk()})}}},
            {"assay",
             {{"pcr-policy", std::string(64, '7')},
              {"wrapping-key-bound", true},
              {"runtime-policy-hash", policy_hash_},
              {"verity-root-hash", std::string(64, '8')},
              {"kernel-digest", std::string(64, '9')},
              {"images-hash", std::string(64, 'a')},
              {"gpu-count", 8},
              {"gpu-cc-mode", "on"},
              {"gpu-measres", "success"},
              {"event-log", "replayed"}}}};
}

std::string Scene::sign(const json& header, const json& claims) const {
    const std::string input =
        to_base64url(as_bytes(header.dump())) + "." + to_base64url(as_bytes(claims.dump()));
    return input + "." +
           to_base64url(key_.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(input)));
}

HttpResponse Scene::send(const Ask& ask) {
    const auto nonce = from_base64url(ask.nonce);
    json head = header(), content = claims(!ask.eat_nonce.empty() ? ask.eat_nonce
                                           : nonce                ? to_hex(*nonce)
                                                                  : std::string{});
    if (ask.header) ask.header(head);
    if (ask.claims) ask.claims(content);
    std::string token = sign(head, content);
    if (ask.token) ask.token(token);
    json body{{"token", token}, {"nonce", ask.nonce}, {"enc", ask.enc}};
    if (ask.body) ask.body(body);

    HttpRequest request{"POST", "/v1/keys/" + ask.kid + "/release"};
    if (!ask.media_type.empty()) request.fields.push_back({"content-type", ask.media_type});
    if (!ask.credential.empty()) request.fields.push_back({"authorization", "Bearer " + ask.credential});
    const std::string text = body.dump();
    const ByteView bytes = as_bytes(text);
    request.body.assign(bytes.begin(), bytes.end());
    if (ask.bytes) ask.bytes(request.body);

    constexpr std::size_t enough = 24;  // of a token: its parts begin alike
    if (token.size() > 2 * enough) canaries_.push_back(token.substr(token.size() - enough));
    if (ask.nonce.size() > enough) canaries_.push_back(ask.nonce);
    return trial_.need(port_.send(request), "an answer to the release");
}

HttpResponse Scene::get(const std::string& target) {
    return trial_.need(port_.send({"GET", target}), "an answer to GET " + target);
}

json Scene::document(const HttpResponse& answer) {
    json content = parsed_body(answer);
    trial_.expect(!content.is_discarded(), "not-json", "the body is JSON", in_words(answer));
    return content;
}

Bytes Scene::unwrapped(const HttpResponse& answer) {
    const json content = document(answer);
    const auto text = [&](const char* name) {
        return content.is_object() && content.contains(name) && content[name].is_string()
                   ? content[name].get<std::string>()
                   : std::string{};
    };
    trial_.expect(answer.status == 200, "not-released", "the key is released", in_words(answer));
    const auto how = std::ranges::find(encs, text("enc"), &EncFacts::enc);
    const auto blob = from_base64url(text("wrapped"));
    trial_.expect(how != encs.end() && blob.has_value(), "form",
                  "enc is a known format, wrapped is base64url", in_words(answer));
    const crypto::PrivateKey& rsa = vtpm_key();
    const std::size_t modulus = rsa.public_key().bits() / 8;
    const auto open = [&]() -> std::optional<Secret> {
        if (!how->with_aes) return rsa.decrypt_oaep(how->hash, *blob);
        if (blob->size() < modulus) return {};
        const auto aes = rsa.decrypt_oaep(how->hash, ByteView{*blob}.first(modulus));
        if (!aes || aes->bytes().size() != 32) return {};
        return crypto::unwrap_key(crypto::KeyWrap::kwp, aes->bytes(), ByteView{*blob}.subspan(modulus));
    };
    const auto key = open();
    trial_.expect(key.has_value(), "not-wrapped", "the attested key unwraps the answer by its enc",
                  "it does not unwrap");
    return {key->bytes().begin(), key->bytes().end()};
}

void Scene::expect_same(std::string_view what, std::string_view expected, std::string_view actual) {
    trial_.expect(expected == actual, "differs", fmt::format("{} is {}", what, expected),
                  fmt::format("it is {}", actual));
}

void Scene::expect_refusal(const HttpResponse& answer, unsigned status, std::string_view code) {
    const json content = parsed_body(answer);
    const std::string found = content.is_object() && content.contains("code") && content["code"].is_string()
                                  ? content["code"].get<std::string>()
                                  : std::string{"no code"};
    trial_.expect(answer.status == status && found == code,
                  {"wrong-answer",
                   fmt::format("{} {} instead of {} {}", answer.status, found, status, code),
                   fmt::format("the request is refused with {} {}", status, code),
                   in_words(answer),
                   {}});
    const auto* const type = find_field(answer.fields, "content-type");
    const bool formed = type != nullptr && *type == "application/problem+json" && content.size() == 4 &&
                        content.contains("type") && content.contains("title") && content["status"] == status;
    trial_.expect(formed, "no-problem-document",
                  "the refusal is a problem document: type, title, status, code", in_words(answer));
    for (const std::string& canary : canaries_) {
        trial_.expect(!contains(answer.body, canary), "request-repeated",
                      "the refusal repeats nothing of the request", in_words(answer));
        for (const HttpField& field : answer.fields)
            trial_.expect(field.value.find(canary) == std::string::npos, "request-repeated",
                          "no field of the refusal repeats anything of the request",
                          "it stands in " + field.name);
    }
}

void Scene::expect_pending(const HttpResponse& answer) {
    trial_.expect(answer.status == 202 && find_field(answer.fields, "retry-after") != nullptr, "wrong-answer",
                  "the answer is 202 with Retry-After", in_words(answer));
    trial_.expect(!contains(answer.body, "wrapped"), "key-released", "no key comes with it",
                  in_words(answer));
}

void Scene::expect_key(const HttpResponse& answer, ByteView key) {
    trial_.expect(equal(unwrapped(answer), key), "another-key",
                  "the released key is the one that was imported", "it is another one");
}

}  // namespace assay::conformance::key_release
