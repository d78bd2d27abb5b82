#include "models/platform/client.hpp"

#include <nlohmann/json.hpp>

#include "models/kms/receipt.hpp"
#include "models/verifier/eat.hpp"

namespace assay::platform {
namespace {

using nlohmann::json;
using ohttp::ClientError;

/// A member of an object of an object; null where there is none.
json claim(const json& claims, const char* outer, const char* inner) {
    const auto found = claims.find(outer);
    if (found == claims.end() || !found->is_object()) return {};
    return found->value(inner, json{});
}

}  // namespace

Bytes key_evidence(std::string_view receipt, std::string_view token) {
    const std::string text = json{{"receipt", receipt}, {"token", token}}.dump();
    const ByteView bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

Result<ohttp::KeyConfig, ClientError> AttestedKeys::accept(ByteView list, ByteView evidence) {
    const auto configs = ohttp::decode_list(list);
    if (!configs) return ClientError{"E_KEYCONFIG_AUTH", configs.error().text()};
    const auto given = json::parse(as_text(evidence), nullptr, false);
    if (!given.is_object() || given.size() != 2 || !given.value("receipt", json{}).is_string() ||
        !given.value("token", json{}).is_string())
        return ClientError{"E_KEY_NOT_ATTESTED", "no receipt, or no token"};
    const ohttp::KeyConfig& config = configs->front();
    const auto receipt = kms::verify_receipt(as_bytes(given["receipt"].get_ref<const std::string&>()),
                                             trust_.kms, ohttp::encode_config(config), clock_.now());
    if (!receipt)
        return ClientError{"E_KEYCONFIG_AUTH", "receipt: " + std::string{kms::name(receipt.error().kind)} +
                                                   ": " + std::string{receipt.error().what}};

    const auto claims_text = verifier::verify_token(
        given["token"].get_ref<const std::string&>(),
        {{{trust_.token_key_id, trust_.token_key}}, std::string{token_issuer}, clock_.now(), std::nullopt});
    if (!claims_text) {
        const auto& fault = claims_text.error();
        const bool old = fault.kind == verifier::TokenError::Kind::expired ||
                         fault.kind == verifier::TokenError::Kind::not_yet_valid;
        return ClientError{old ? "E_STALE_EVIDENCE" : "E_KEY_NOT_ATTESTED", "token: " + fault.what};
    }
    const json claims = json::parse(*claims_text, nullptr, false);
    if (claim(claims, "assay", "runtime-policy-hash") != to_hex(trust_.runtime_policy_hash))
        return ClientError{"E_CHANNEL_BINDING", "the platform runs under another policy than was promised"};
    if (claim(claims, "assay", "gpu-cc-mode") != "on")
        return ClientError{"E_CHANNEL_BINDING",
                           "the platform's GPU does not run in confidential-computing mode"};
    return config;
}

}  // namespace assay::platform
