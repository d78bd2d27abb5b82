// What administrators do: import, rotate, revoke, read the audit trail.
#include <nlohmann/json.hpp>

#include "models/kms/key_service_parts.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

constexpr std::size_t max_import = 1 << 18;
constexpr const char* import_key_name = "import/key";
constexpr std::string_view import_kid = "import-1";

bool has_only(const json& object, std::initializer_list<std::string_view> allowed) {
    if (!object.is_object()) return false;
    for (const auto& [name, member] : object.items())
        if (std::ranges::find(allowed, name) == allowed.end()) return false;
    return true;
}

const json* object_member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || !found->is_object() ? nullptr : &*found;
}

Result<Json, const Reason*> body_of(const HttpRequest& request) {
    if (request.body.size() > max_import) return reason("E_LIMIT");
    if (media_type(request.fields) != "application/json") return reason("E_FORMAT");
    auto body = parse_shared_json(request.body, {max_import, 8});
    if (body && (*body)->is_object()) return *std::move(body);
    if (!body && body.error().kind == JsonFault::Kind::duplicate_name) return reason("E_JSON_DUPLICATE_KEY");
    return reason("E_SCHEMA");
}

/// `{contentType, data: base64url, immutable?, profile?}`
std::optional<ReleaseTerms> terms_of(const json& body) {
    const json* const policy = object_member(body, "release_policy");
    if (policy == nullptr || !has_only(*policy, {"contentType", "data", "immutable", "profile"})) return {};
    const std::string *const type = text_member(*policy, "contentType"), *const data =
                                                                             text_member(*policy, "data");
    if (type == nullptr || *type != "application/json; charset=utf-8" || data == nullptr) return {};
    const auto text = from_base64url(*data);
    if (!text) return {};
    ReleaseTerms out{std::string{as_text(*text)}};
    if (const auto flag = policy->find("immutable"); flag != policy->end()) {
        if (!flag->is_boolean()) return {};
        out.immutable = flag->get<bool>();
    }
    if (policy->contains("profile")) {
        const std::string* const profile = text_member(*policy, "profile");
        const auto named = profile == nullptr ? std::nullopt : policy_profile(*profile);
        if (!named) return {};
        out.profile = *named;
    }
    return out;
}

struct WrappedImport {
    ReleaseTerms terms;
    Wrapping wrapping;
    Bytes blob;
};

/// `{key: {kty: "oct", key_hsm}, hsm: true, attributes: {exportable: true}, release_policy}`. The key itself
/// is wrapped (`key_hsm`): no key in the clear ever stands in JSON.
std::optional<WrappedImport> import_of(const json& body) {
    if (!has_only(body, {"attributes", "hsm", "key", "release_policy"})) return {};
    const json *const key = object_member(body, "key"), *const attributes = object_member(body, "attributes");
    if (key == nullptr || !has_only(*key, {"key_hsm", "kty"}) || attributes == nullptr ||
        !has_only(*attributes, {"exportable"}) || attributes->value("exportable", json()) != true ||
        body.value("hsm", json(true)) != true)
        return {};
    const std::string *const kty = text_member(*key, "kty"), *const hsm = text_member(*key, "key_hsm");
    if (kty == nullptr || (*kty != "oct" && *kty != "oct-HSM") || hsm == nullptr) return {};
    const auto text = from_base64url(*hsm);
    const auto envelope =
        text ? parse_shared_json(*text, {max_import, 4}) : Result<Json, JsonFault>{JsonFault{}};
    if (!envelope || !has_only(**envelope, {"ciphertext", "header", "schema_version"})) return {};
    const json* const header = object_member(**envelope, "header");
    const std::string *const version = text_member(**envelope, "schema_version"), *const ciphertext =
                                                                                      text_member(
                                                                                          **envelope,
                                                                                          "ciphertext");
    if (header == nullptr || !has_only(*header, {"alg", "enc", "kid"}) || version == nullptr ||
        *version != "1.0" || ciphertext == nullptr)
        return {};
    const std::string *const kid = text_member(*header, "kid"), *const alg = text_member(*header, "alg"),
                             *const enc = text_member(*header, "enc");
    if (kid == nullptr || *kid != import_kid || alg == nullptr || *alg != "dir" || enc == nullptr) return {};
    const auto wrapping = wrapping_named(*enc);
    auto blob = from_base64url(*ciphertext);
    auto terms = terms_of(body);
    if (!blob || !terms || (wrapping != Wrapping::rsa_aes_256 && wrapping != Wrapping::rsa_aes_384))
        return {};
    return WrappedImport{*std::move(terms), *wrapping, *std::move(blob)};
}

HttpResponse made(const Result<StoredKey, Refused>& key) {
    if (!key) return problem(key.error().why, key.error().pointer);
    return json_answer(200,
                       {{"kid", key->kid}, {"version", key->version}, {"receipt", receipt_id(key->leaf)}});
}

}  // namespace

crypto::PrivateKey KeyService::Parts::import_key_pair() {
    if (const auto sealed = store.find(import_key_name)) {
        const auto pkcs8 = sealer.open(import_key_name, *sealed);
        auto key = pkcs8 ? crypto::PrivateKey::from_pkcs8(context, pkcs8->bytes()) : std::nullopt;
        if (!key) throw std::runtime_error("the sealed import key does not open");
        return *std::move(key);
    }
    auto key = crypto::PrivateKey::generate(context, crypto::KeyType::rsa);
    Transaction all{store.database()};
    store.put(import_key_name, sealer.seal(import_key_name, key.pkcs8().bytes()));
    all.commit();
    return key;
}

HttpResponse KeyService::Parts::get_import_key(Exchange&) {
    return json_answer(200, {{"kid", import_kid},
                             {"kty", "RSA"},
                             {"e", "AQAB"},
                             {"n", to_base64url(import_key_pair().public_key().rsa_modulus())}});
}

HttpResponse KeyService::Parts::import_wrapped(Exchange& exchange) {
    if (exchange.query != "api-version=7.4") return problem(reason("E_SCHEMA"));
    const auto body = body_of(exchange.request);
    if (!body) return problem(body.error());
    auto request = import_of(**body);
    if (!request) return problem(reason("E_SCHEMA"));
    const std::string_view name = exchange.names.at(0);
    const auto material = unwrap(request->wrapping, import_key_pair(), request->blob);
    return made(change("import", exchange.caller->id, name, [&](Instant now) -> Result<StoredKey, Refused> {
        if (!material) return Refused{reason("E_KEY_INVALID")};
        return keys.import_key(name, *material, request->terms, now);
    }));
}

HttpResponse KeyService::Parts::rotate_group(Exchange& exchange) {
    std::optional<ReleaseTerms> terms;
    if (!exchange.request.body.empty()) {
        const auto body = body_of(exchange.request);
        if (!body) return problem(body.error());
        if (!has_only(**body, {"release_policy"})) return problem(reason("E_SCHEMA"));
        if (!(*body)->empty()) {
            terms = terms_of(**body);
            if (!terms) return problem(reason("E_SCHEMA"));
        }
    }
    const std::string_view name = exchange.names.at(0);
    return made(change("rotate", exchange.caller->id, name,
                       [&](Instant now) { return keys.rotate(name, now, terms); }));
}

HttpResponse KeyService::Parts::revoke_key(Exchange& exchange) {
    if (!exchange.request.body.empty()) return problem(reason("E_SCHEMA"));
    const std::string_view kid = exchange.names.at(0);
    return made(
        change("revoke", exchange.caller->id, kid, [&](Instant now) { return keys.revoke(kid, now); }));
}

HttpResponse KeyService::Parts::get_audit(Exchange&) {
    json list = json::array();
    for (const AuditRecord& r : store.audit())
        list.push_back({{"sequence", r.sequence},
                        {"at", to_rfc3339(r.at)},
                        {"action", r.action},
                        {"caller", r.caller},
                        {"kid", r.kid},
                        {"version", r.version},
                        {"policyDigest", to_hex(r.policy_digest)},
                        {"evidenceDigest", to_hex(r.evidence_digest)},
                        {"verdict", r.verdict},
                        {"status", r.status},
                        {"code", r.code},
                        {"reason", r.reason},
                        {"pointer", r.pointer},
                        {"receipt", r.receipt},
                        {"chain", to_hex(r.chain)}});
    return json_answer(200, list);
}

}  // namespace assay::kms
