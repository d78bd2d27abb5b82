// How the key travels: to the attested key, in the format that was asked for, and in no other form.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"

namespace assay::conformance::key_release {
namespace {

using nlohmann::json;

void format(Scene& scene, const char* enc, std::size_t size) {
    const Bytes key = scene.provide("model");
    Ask ask = scene.ask();
    ask.enc = enc;
    const HttpResponse answer = scene.send(ask);
    scene.expect_key(answer, key);
    const json content = scene.document(answer);
    scene.expect_same("enc", enc, content.value("enc", ""));
    const auto blob = from_base64url(content.at("wrapped").get<std::string>());
    scene.trial().expect(blob->size() == size, "size", fmt::format("the blob has {} bytes", size),
                         fmt::format("it has {}", blob->size()));
    ask = scene.ask();
    ask.enc = enc;
    scene.trial().expect(scene.document(scene.send(ask)).at("wrapped") != content.at("wrapped"), "repeated",
                         "the same key is wrapped differently each time", "the same bytes came twice");
}

void not_in_the_clear(Scene& scene) {
    const Bytes key = scene.provide("model");
    const HttpResponse answer = scene.release("model");
    scene.expect_key(answer, key);
    for (const std::string& form :
         {to_hex(key), to_upper_hex(key), to_base64(key), to_base64url(key), std::string{as_text(key)}})
        scene.trial().expect(!contains(answer.body, form), "key-in-the-clear",
                             "the answer holds the key in no form but wrapped", "it stands in the body");
}

/// A token whose wrapping key is another one, and the answer to it.
void expect_wrapping_refusal(Scene& scene, const std::function<void(json&)>& keys) {
    scene.provide("model");
    Ask ask = scene.ask();
    ask.claims = [&](json& claims) {
        keys(claims["x-ms-runtime"]["keys"]);
    };
    scene.expect_refusal(scene.send(ask), 403, "wrapping-key");
}

struct WrappingRow {
    std::string_view id, title;
    void (*change)(Trial&, json&);
};
constexpr std::array wrapping_rows{
    WrappingRow{"none", "A token without wrapping key gets no key",
                [](Trial&, json& keys) {
                    keys = json::array();
                }},
    WrappingRow{"not-a-list", "A token whose keys are no list gets no key",
                [](Trial&, json& keys) {
                    keys = vtpm_jwk();
                }},
    WrappingRow{"other-kid", "A key of another name is not the wrapping key",
                [](Trial&, json& keys) {
                    keys[0]["kid"] = "HCLEkPub";
                }},
    WrappingRow{"two", "A token with two wrapping keys gets no key",
                [](Trial&, json& keys) {
                    keys.push_back(keys[0]);
                }},
    WrappingRow{"rsa-1024", "A wrapping key of 1024 bits gets no key",
                [](Trial& trial, json& keys) {
                    keys[0] = jwk_of_bits(trial, 1024);
                }},
    WrappingRow{"rsa-8192", "A wrapping key of 8192 bits gets no key",
                [](Trial& trial, json& keys) {
                    keys[0] = jwk_of_bits(trial, 8192);
                }},
    WrappingRow{"exponent-3", "A wrapping key with exponent 3 gets no key",
                [](Trial&, json& keys) {
                    keys[0]["e"] = "Aw";
                }},
    WrappingRow{"exponent-1", "A wrapping key with exponent 1 gets no key",
                [](Trial&, json& keys) {
                    keys[0]["e"] = "AQ";
                }},
    WrappingRow{"even", "A wrapping key with an even modulus gets no key",
                [](Trial&, json& keys) {
                    Bytes modulus = *from_base64url(keys[0]["n"].get<std::string>());
                    modulus.back() &= 0xFE;
                    keys[0]["n"] = to_base64url(modulus);
                }},
    WrappingRow{"private", "A wrapping key that brings its private part gets no key",
                [](Trial&, json& keys) {
                    keys[0]["d"] = "AQAB";
                }},
    WrappingRow{"signing", "A key for signatures is no wrapping key",
                [](Trial&, json& keys) {
                    keys[0]["key_ops"] = json::array({"sign"});
                }},
    WrappingRow{"elliptic", "An elliptic curve key is no wrapping key",
                [](Trial&, json& keys) {
                    keys[0]["kty"] = "EC";
                }},
};

void other_keys_beside_it(Scene& scene) {
    const Bytes key = scene.provide("model");
    Ask ask = scene.ask();
    ask.claims = [](json& claims) {
        json other = vtpm_jwk();
        other["kid"] = "HCLAkPub";
        claims["x-ms-runtime"]["keys"].insert(claims["x-ms-runtime"]["keys"].begin(), other);
    };
    scene.expect_key(scene.send(ask), key);
}

void too_long_for_a_block(Scene& scene) {
    constexpr std::size_t more_than_a_block = 191;
    const Bytes material(more_than_a_block, 0x31);
    scene.trial().need(scene.port().import_key({"model", material, scene.policy()}),
                       "the import of a long key");
    Ask ask = scene.ask();
    ask.enc = "RSA-OAEP-256";
    scene.expect_refusal(scene.send(ask), 403, "wrapping-key");
    scene.expect_key(scene.release("model"), material);
}

}  // namespace

std::vector<Case> wrapping_cases() {
    std::vector<Case> out{
        make_case("wrapping.oaep-256", "RSA-OAEP-256 carries the key itself", {"KMS-WRAP-001"}, with(),
                  [](Scene& scene) { format(scene, "RSA-OAEP-256", 256); }),
        make_case("wrapping.aes-256",
                  "RSA_AES_KEY_WRAP_256 carries it under AES, its key under OAEP with SHA-256",
                  {"KMS-WRAP-001"}, with(), [](Scene& scene) { format(scene, "RSA_AES_KEY_WRAP_256", 296); }),
        make_case("wrapping.aes-384",
                  "RSA_AES_KEY_WRAP_384 carries it under AES, its key under OAEP with SHA-384",
                  {"KMS-WRAP-001"}, with(), [](Scene& scene) { format(scene, "RSA_AES_KEY_WRAP_384", 296); }),
        make_case("wrapping.no-clear-key", "A released key stands in the answer in no form but wrapped",
                  {"KMS-LOG-001"}, with(), not_in_the_clear),
        make_case("wrapping.other-keys", "Other attested keys beside the wrapping key do not matter",
                  {"KMS-WRAP-003"}, with(), other_keys_beside_it),
        make_case("wrapping.long-key", "A key too long for one block is refused there and travels under AES",
                  {"KMS-WRAP-001", "KMS-REL-009"}, with(), too_long_for_a_block),
    };
    for (const WrappingRow& row : wrapping_rows)
        out.push_back(make_case(fmt::format("wrapping.key-{}", row.id), row.title,
                                {"KMS-REL-009", "KMS-WRAP-003"}, with(), [row](Scene& scene) {
                                    expect_wrapping_refusal(
                                        scene, [&](json& keys) { row.change(scene.trial(), keys); });
                                }));
    return out;
}

}  // namespace assay::conformance::key_release
