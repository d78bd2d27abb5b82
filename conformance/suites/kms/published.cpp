#include "conformance/suites/kms/published.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/crypto/x509.hpp"

namespace assay::conformance::key_release {
namespace {

using nlohmann::json;

constexpr std::uint16_t kem_p384 = 0x0011, kem_x25519 = 0x0020;

Bytes sha256(std::initializer_list<ByteView> parts) { return crypto::digest(crypto::Hash::sha256, parts); }

std::uint16_t number(ByteView bytes) { return load<std::uint16_t>(bytes, std::endian::big); }

/// RFC 9458, 3.1. False where the bytes are none.
bool read_config(PublishedKey& out) {
    constexpr std::size_t head = 3;
    const ByteView config = out.config;
    if (config.size() < head) return false;
    out.key_id = config[0];
    out.kem = number(config.subspan(1));
    const std::size_t size = out.kem == kem_p384 ? 97 : out.kem == kem_x25519 ? 32 : 0;
    if (size == 0 || config.size() < head + size + 2) return false;
    out.public_key.assign(config.begin() + head, config.begin() + head + static_cast<std::ptrdiff_t>(size));
    const ByteView suites = config.subspan(head + size);
    const std::size_t length = number(suites);
    return length >= 4 && length % 4 == 0 && suites.size() == 2 + length;
}

std::optional<Bytes> digest_member(const json& object, const char* name) {
    constexpr std::size_t digits = 64;
    if (!object.contains(name) || !object[name].is_string()) return {};
    const auto& text = object[name].get_ref<const std::string&>();
    if (text.size() != digits || text.find_first_not_of("0123456789abcdef") != std::string::npos) return {};
    return from_hex(text);
}

}  // namespace

std::vector<PublishedKey> published(Scene& scene) {
    const HttpResponse answer = scene.get("/v1/keys");
    const json list = scene.document(answer);
    scene.trial().expect(answer.status == 200 && list.is_array(), "no-list", "GET /v1/keys gives a list",
                         fmt::format("it answers {}", answer.status));
    std::vector<PublishedKey> out;
    for (const json& entry : list) {
        PublishedKey& key = out.emplace_back();
        bool formed = entry.is_object() && entry.contains("kid") && entry["kid"].is_string() &&
                      entry.contains("publicKey") && entry["publicKey"].is_string() &&
                      entry.contains("receipt") && entry["receipt"].is_string();
        if (formed) {
            key.kid = entry["kid"];
            key.receipt = entry["receipt"];
            key.config = from_hex(entry["publicKey"].get<std::string>()).value_or(Bytes{});
            formed = read_config(key);
        }
        scene.trial().expect(formed, "form", "an entry has kid, a key configuration in hex, and a receipt",
                             "it has not");
    }
    return out;
}

void expect_none_published(Scene& scene) {
    const HttpResponse answer = scene.get("/v1/keys");
    const bool none = answer.status == 202 || as_text(answer.body) == "[]";
    scene.trial().expect(none, "published", "no key is published", "one is");
}

std::string receipt_fault(std::string_view receipt, ByteView service_der, ByteView config, Instant now) {
    const json object = json::parse(receipt, nullptr, false);
    if (!object.is_object() || !object.contains("leaf_components") ||
        !object["leaf_components"].is_object() || !object.contains("proof") || !object["proof"].is_array() ||
        !object.contains("cert") || !object["cert"].is_string() || !object.contains("signature") ||
        !object["signature"].is_string())
        return "not of the form";
    const json& leaf = object["leaf_components"];
    const auto write_set = digest_member(leaf, "write_set_digest"),
               claims = digest_member(leaf, "claims_digest");
    if (!write_set || !claims || !leaf.contains("commit_evidence") || !leaf["commit_evidence"].is_string())
        return "leaf_components";
    const auto& evidence = leaf["commit_evidence"].get_ref<const std::string&>();
    if (!evidence.starts_with("ce:")) return "commit_evidence";
    Bytes current = sha256({*write_set, sha256({as_bytes(evidence)}), *claims});
    for (const json& element : object["proof"]) {
        if (!element.is_object() || element.size() != 1) return "an element with other than one side";
        const auto left = digest_member(element, "left"), right = digest_member(element, "right");
        if (!left && !right) return "an element without a hash";
        current = left ? sha256({*left, current}) : sha256({current, *right});
    }
    const auto nodes = crypto::certificates_from_pem(as_bytes(object["cert"].get_ref<const std::string&>()));
    const auto service = crypto::Certificate::from_der(service_der);
    if (!nodes || nodes->size() != 1 || !service) return "certificate";
    if (nodes->front() == *service) return "the service's certificate stands in for a node's";
    crypto::ChainRules rules;
    rules.at = now;
    rules.roots = {*service};
    if (!crypto::verify_chain({nodes->front(), *service}, rules)) return "the node is not the service's";
    const auto signature = from_base64(object["signature"].get_ref<const std::string&>());
    if (!signature || !nodes->front().public_key().verify_digest(crypto::SignatureScheme::ecdsa_der,
                                                                 crypto::Hash::sha256, current, *signature))
        return "the node did not sign this root";
    if (!equal(*claims, sha256({config}))) return "another key's receipt";
    return {};
}

}  // namespace assay::conformance::key_release
