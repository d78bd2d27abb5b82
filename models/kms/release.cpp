// The rows of a release, in the order of the table at the end.
#include "models/kms/release.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sim/crypto/mac.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

constexpr std::size_t max_body = 1 << 20, nonce_size = 32, max_kid = 64;

bool is_kid(std::string_view text) {
    return !text.empty() && text.size() <= max_kid && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '_' || c == '-';
    });
}

}  // namespace

const Caller* authenticate(const std::vector<Caller>& callers, const HttpFields& fields) {
    constexpr std::string_view scheme = "Bearer ";
    if (count_fields(fields, "authorization") != 1) return nullptr;
    const std::string_view value = *find_field(fields, "authorization");
    if (!value.starts_with(scheme) || value.size() == scheme.size()) return nullptr;
    const Bytes digest = crypto::digest(crypto::Hash::sha256, {as_bytes(value.substr(scheme.size()))});
    const Caller* found = nullptr;
    for (const Caller& caller : callers)
        if (crypto::equal_in_constant_time(caller.credential_digest, digest)) found = &caller;
    return found;
}

std::optional<std::string> scope_of(const Caller& caller, std::string_view kid) {
    for (const std::string& entry : caller.keys) {
        const std::string_view pattern = entry;
        if (pattern == kid ||
            (pattern.ends_with('*') && kid.starts_with(pattern.substr(0, pattern.size() - 1))))
            return entry;
    }
    return {};
}

Releaser::Releaser(const Deployment& deployment, Store& store, KeyRing& keys, Ledger& ledger,
                   const crypto::Context& context, RateLimiter& per_caller, RateLimiter& per_key)
    : deployment_(&deployment),
      store_(&store),
      keys_(&keys),
      ledger_(&ledger),
      context_(&context),
      per_caller_(&per_caller),
      per_key_(&per_key) {}

const Reason* Releaser::form(ReleaseAttempt& attempt) {
    const HttpRequest& request = attempt.request;
    if (request.body.size() > max_body) return reason("E_LIMIT");
    if (media_type(request.fields) != "application/json") return reason("E_FORMAT");
    if (!is_kid(attempt.kid)) {
        attempt.kid.clear();  // nothing that is no name gets into the record
        return reason("E_SCHEMA");
    }
    const auto body = parse_shared_json(request.body, {max_body, 4});
    if (!body)
        return body.error().kind == JsonFault::Kind::duplicate_name ? reason("E_JSON_DUPLICATE_KEY")
                                                                    : reason("E_SCHEMA");
    const std::string *const token = text_member(**body, "token"),
                             *const nonce = text_member(**body, "nonce"),
                             *const enc = text_member(**body, "enc");
    if (token == nullptr || nonce == nullptr || enc == nullptr || (*body)->size() != 3)
        return reason("E_SCHEMA");
    auto bytes = from_base64url(*nonce);
    if (!bytes || bytes->size() != nonce_size || token->empty()) return reason("E_ENCODING");
    const auto wrapping = wrapping_named(*enc);
    if (!wrapping || (*wrapping == Wrapping::rsa_aes_legacy && !deployment_->sha1_wrapping))
        return reason("E_SCHEMA");
    attempt.token = *token;
    attempt.nonce = *std::move(bytes);
    attempt.wrapping = *wrapping;
    return nullptr;
}

const Reason* Releaser::caller(ReleaseAttempt& attempt) {
    attempt.caller = authenticate(deployment_->callers, attempt.request.fields);
    if (attempt.caller == nullptr) return reason("E_CALLER");
    const auto scope = scope_of(*attempt.caller, attempt.kid);
    if (!scope) return reason("E_KEY_SCOPE");
    attempt.scope = *scope;
    return nullptr;
}

const Reason* Releaser::rate(ReleaseAttempt& attempt) {
    // Both are counted: whoever is over one limit does not get the other for nothing.
    const bool caller = per_caller_->take(attempt.caller->id, attempt.now);
    const bool keys = per_key_->take(attempt.scope, attempt.now);
    return caller && keys ? nullptr : reason("E_RATE_LIMIT");
}

const Reason* Releaser::nonce(ReleaseAttempt& attempt) {
    Transaction burning{store_->database()};
    const Store::Nonce found = store_->burn_nonce(attempt.nonce, attempt.caller->id, attempt.now);
    burning.commit();
    switch (found) {
        case Store::Nonce::burnt_now: return nullptr;
        case Store::Nonce::consumed: return reason("E_CHALLENGE_CONSUMED");
        case Store::Nonce::expired: return reason("E_CHALLENGE_EXPIRED");
        case Store::Nonce::unknown: break;
    }
    return reason("E_CHALLENGE_UNKNOWN");
}

const Reason* Releaser::evidence(ReleaseAttempt& attempt) {
    auto token = verify_token(attempt.token, deployment_->issuers, attempt.now, attempt.nonce);
    if (!token) return token.error();
    attempt.evidence = *std::move(token);
    return nullptr;
}

const Reason* Releaser::existence(ReleaseAttempt& attempt) {
    attempt.key = keys_->find(attempt.kid);
    if (attempt.key) return nullptr;
    return attempt.caller->administrator ? reason("E_KEY_NOT_FOUND") : reason("E_KEY_UNKNOWN");
}

const Reason* Releaser::state(ReleaseAttempt& attempt) {
    switch (state_of(*attempt.key, attempt.now)) {
        case KeyState::revoked: return reason("E_KEY_REVOKED");
        case KeyState::expired: return reason("E_KEY_EXPIRED");
        case KeyState::pending:  // row 10 says so
        case KeyState::active:
        case KeyState::grace: break;
    }
    return nullptr;
}

const Reason* Releaser::policy(ReleaseAttempt& attempt) {
    const ReleaseTerms& terms = attempt.key->terms;
    const auto parsed = ReleasePolicy::parse(as_bytes(terms.policy), terms.profile);
    if (!parsed || !equal(parsed->digest(), attempt.key->policy_digest)) return reason("E_POLICY_INVALID");
    const PolicyDecision decision = parsed->decide(*attempt.evidence->claims);
    attempt.pointer = decision.pointer;
    switch (decision.verdict) {
        case PolicyDecision::Verdict::allow: return nullptr;
        case PolicyDecision::Verdict::deny_claims: return reason("E_POLICY_DENIED");
        case PolicyDecision::Verdict::deny_authority: break;
    }
    return reason("E_POLICY_ISSUER");
}

const Reason* Releaser::wrapping_key(ReleaseAttempt& attempt) {
    const auto key = wrapping_key_of(*attempt.evidence->claims);
    if (!key) return key.error();
    if (!fits(attempt.wrapping, *key, payload_size(*attempt.key))) return reason("E_WRAP_ALG");
    attempt.wrapping_key = *key;
    return nullptr;
}

const Reason* Releaser::receipt(ReleaseAttempt& attempt) {
    const auto receipt = attempt.key->receipted ? ledger_->receipt(attempt.key->leaf) : std::nullopt;
    if (!receipt) return reason("E_RECEIPT_PENDING");
    attempt.receipt = *receipt;
    return nullptr;
}

const Reason* Releaser::wrap_key(ReleaseAttempt& attempt) {
    const auto payload = keys_->payload(*attempt.key);
    auto wrapped =
        payload ? wrap(*context_, attempt.wrapping, *attempt.wrapping_key, payload->bytes()) : std::nullopt;
    if (!wrapped) return reason("E_SEALED");
    attempt.wrapped = *std::move(wrapped);
    return nullptr;
}

std::span<const Releaser::Row> Releaser::rows() {
    // clang-format off
    static constexpr std::array table{
        Row{ 1, "size, media type, JSON, members",        &Releaser::form},
        Row{ 2, "caller, and its right to this name",     &Releaser::caller},
        Row{ 3, "rate of the caller and of the keys",     &Releaser::rate},
        Row{ 4, "nonce: known, unused, fresh; burnt now", &Releaser::nonce},
        Row{ 5, "token",                                  &Releaser::evidence},
        Row{ 6, "key exists",                             &Releaser::existence},
        Row{ 7, "key state",                              &Releaser::state},
        Row{ 8, "release policy of that key version",     &Releaser::policy},
        Row{ 9, "wrapping key of the token",              &Releaser::wrapping_key},
        Row{10, "receipt",                                &Releaser::receipt},
        Row{11, "wrapping",                               &Releaser::wrap_key},
    };
    // clang-format on
    static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &Row::row) == table.end());
    return table;
}

const Reason* Releaser::run(ReleaseAttempt& attempt) {
    for (const Row& row : rows()) {
        const Reason* const why = (this->*row.check)(attempt);
        if (why == nullptr) continue;
        if (why->row != row.row) throw std::logic_error("a release row answers with the reason of another");
        return why;
    }
    return nullptr;
}

}  // namespace assay::kms
