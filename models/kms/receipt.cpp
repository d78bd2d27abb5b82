#include "models/kms/receipt.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "models/kms/strict_json.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;
using Fault = ReceiptError::Kind;

constexpr std::size_t hash_size = 32;
constexpr std::size_t max_proof = 64;

Bytes sha256(std::initializer_list<ByteView> parts) { return crypto::digest(crypto::Hash::sha256, parts); }

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<Bytes> hash_text(const std::string* text) {
    if (text == nullptr || text->size() != 2 * hash_size || !is_lower_hex(*text)) return {};
    return from_hex(*text);
}

bool is_number(std::string_view text) {
    constexpr std::size_t max_digits = 19;
    return !text.empty() && text.size() <= max_digits &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "ce:2.214:<64 hex digits>"
bool is_commit_evidence(std::string_view text) {
    if (!text.starts_with("ce:")) return false;
    text.remove_prefix(3);
    const auto dot = text.find('.'), colon = text.find(':');
    if (dot == std::string_view::npos || colon == std::string_view::npos || dot > colon) return false;
    const std::string_view digest = text.substr(colon + 1);
    return is_number(text.substr(0, dot)) && is_number(text.substr(dot + 1, colon - dot - 1)) &&
           digest.size() == 2 * hash_size && is_lower_hex(digest);
}

bool only_members(const json& object, std::initializer_list<std::string_view> allowed) {
    for (const auto& [name, member] : object.items())
        if (std::ranges::find(allowed, name) == allowed.end()) return false;
    return true;
}

std::optional<std::vector<ProofElement>> proof_of(const json& receipt) {
    const auto list = receipt.find("proof");
    if (list == receipt.end() || !list->is_array() || list->size() > max_proof) return {};
    std::vector<ProofElement> out;
    for (const json& element : *list) {
        if (!element.is_object() || element.size() != 1) return {};
        const bool left = element.contains("left");
        auto hash = hash_text(text_member(element, left ? "left" : "right"));
        if (!hash) return {};
        out.push_back({left, *std::move(hash)});
    }
    return out;
}

struct Parsed {
    Receipt receipt;
    crypto::Certificate node;
    std::optional<std::string> node_id;
};

Result<Parsed, ReceiptError> parse(ByteView text) {
    const auto malformed = [](std::string_view what) {
        return ReceiptError{Fault::malformed, what};
    };
    const auto parsed = parse_shared_json(text);
    if (!parsed || !(*parsed)->is_object()) return malformed("not a JSON object");
    const json& object = **parsed;
    if (!only_members(object,
                      {"cert", "leaf_components", "node_id", "proof", "service_endorsements", "signature"}))
        return malformed("a member that receipts do not have");
    const auto leaf = object.find("leaf_components");
    if (leaf == object.end() || !leaf->is_object() ||
        !only_members(*leaf, {"claims_digest", "commit_evidence", "write_set_digest"}))
        return malformed("leaf_components is missing or has other members");
    auto write_set = hash_text(text_member(*leaf, "write_set_digest")),
         claims = hash_text(text_member(*leaf, "claims_digest"));
    if (!write_set || !claims) return malformed("a digest is not 32 bytes of lower-case hex");
    const std::string* const evidence = text_member(*leaf, "commit_evidence");
    if (evidence == nullptr || !is_commit_evidence(*evidence)) return malformed("commit_evidence");
    auto proof = proof_of(object);
    if (!proof) return malformed("proof: each element has one side of 32 bytes");
    const std::string *const pem = text_member(object, "cert"), *const signature =
                                                                    text_member(object, "signature");
    if (pem == nullptr || signature == nullptr) return malformed("cert or signature is missing");
    const auto certificates = crypto::certificates_from_pem(as_bytes(*pem));
    if (!certificates || certificates->size() != 1) return malformed("cert is not one PEM certificate");
    const crypto::Certificate& node = certificates->front();
    const crypto::KeyType type = node.public_key().type();
    auto der = from_base64(*signature);
    if (type != crypto::KeyType::p384 && type != crypto::KeyType::p256)
        return ReceiptError{Fault::certificate, "the node's key is not ECDSA"};
    if (!der || !crypto::ecdsa_der_to_raw(type, *der)) return malformed("signature is not base64 of DER");
    std::optional<std::string> node_id;
    if (object.contains("node_id")) {
        const std::string* const id = text_member(object, "node_id");
        if (!hash_text(id)) return malformed("node_id is not 32 bytes of lower-case hex");
        node_id = *id;
    }
    return Parsed{
        {*pem, *std::move(write_set), *evidence, *std::move(claims), *std::move(proof), *std::move(der)},
        node,
        std::move(node_id)};
}

}  // namespace

std::string_view name(ReceiptError::Kind kind) {
    constexpr std::array<std::string_view, 4> names{"malformed", "certificate", "signature", "claims"};
    return names.at(static_cast<std::size_t>(kind));
}

Bytes receipt_leaf(const Receipt& receipt) {
    return sha256(
        {receipt.write_set_digest, sha256({as_bytes(receipt.commit_evidence)}), receipt.claims_digest});
}

Bytes receipt_root(const Receipt& receipt) {
    Bytes current = receipt_leaf(receipt);
    for (const ProofElement& element : receipt.proof)
        current = element.left ? sha256({element.hash, current}) : sha256({current, element.hash});
    return current;
}

std::string to_json(const Receipt& receipt) {
    json proof = json::array();
    for (const ProofElement& element : receipt.proof)
        proof.push_back({{element.left ? "left" : "right", to_hex(element.hash)}});
    return json{{"cert", receipt.certificate_pem},
                {"leaf_components",
                 {{"write_set_digest", to_hex(receipt.write_set_digest)},
                  {"commit_evidence", receipt.commit_evidence},
                  {"claims_digest", to_hex(receipt.claims_digest)}}},
                {"proof", std::move(proof)},
                {"signature", to_base64(receipt.signature)}}
        .dump();
}

Result<Receipt, ReceiptError> verify_receipt(ByteView text, const crypto::Certificate& service,
                                             ByteView published, std::optional<Instant> at) {
    auto parsed = parse(text);
    if (!parsed) return parsed.error();
    if (parsed->node == service)
        return ReceiptError{Fault::certificate, "the service's certificate stands in for a node's"};
    crypto::ChainRules rules;
    rules.at = at;
    rules.length = 2;
    rules.roots = {service};
    if (!crypto::verify_chain({parsed->node, service}, rules))
        return ReceiptError{Fault::certificate, "the node's certificate is not by the pinned service"};
    if (parsed->node_id && *parsed->node_id != to_hex(sha256({parsed->node.public_key().spki()})))
        return ReceiptError{Fault::certificate, "node_id is not the digest of the node's key"};
    if (!parsed->node.public_key().verify_digest(crypto::SignatureScheme::ecdsa_der, crypto::Hash::sha256,
                                                 receipt_root(parsed->receipt), parsed->receipt.signature))
        return ReceiptError{Fault::signature, "the node did not sign this root"};
    if (!equal(parsed->receipt.claims_digest, sha256({published})))
        return ReceiptError{Fault::claims, "the receipt is of another key"};
    return std::move(parsed->receipt);
}

}  // namespace assay::kms
