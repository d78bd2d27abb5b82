// Why a key is not released: one row per reason, in order of name. What the caller sees is `status` and
// `code`; the reason itself stands in the audit record.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace assay::kms {

struct Reason {
    std::string_view name;
    unsigned row;  // of the release checks (release.hpp); 0: not of a release
    unsigned status;
    std::string_view code;  // of the problem document
    std::string_view meaning;
};

// clang-format off
inline constexpr std::array reason_table{
    Reason{"E_AUDIT", 11, 500, "internal", "The decision could not be recorded."},
    Reason{"E_BAD_ID", 0, 400, "malformed", "The name is none that a key or a group of keys may have."},
    Reason{"E_CALLER", 2, 401, "caller", "No credential, or one that belongs to nobody."},
    Reason{"E_CHALLENGE_CONSUMED", 4, 409, "nonce", "The nonce was used before."},
    Reason{"E_CHALLENGE_EXPIRED", 4, 409, "nonce", "The nonce is older than 300 seconds."},
    Reason{"E_CHALLENGE_UNKNOWN", 4, 409, "nonce", "The nonce was not given to this caller."},
    Reason{"E_ENCODING", 1, 400, "malformed", "A member is not base64url of the right length."},
    Reason{"E_FORMAT", 1, 415, "malformed", "The media type is not application/json."},
    Reason{"E_ID_COLLISION", 0, 409, "exists", "The name is taken."},
    Reason{"E_ID_REUSE", 0, 409, "key-id", "The next OHTTP key id still belongs to a key that is not erased long enough."},
    Reason{"E_INTERNAL", 0, 500, "internal", "Something failed that should not."},
    Reason{"E_JSON_DUPLICATE_KEY", 1, 400, "malformed", "A member comes twice."},
    Reason{"E_KEY_BINDING", 9, 403, "wrapping-key", "The token names no wrapping key that is bound to the PCR state."},
    Reason{"E_KEY_EXPIRED", 7, 410, "expired", "The grace period of the key is over."},
    Reason{"E_KEY_INVALID", 0, 400, "malformed", "The key has fewer than 16 or more than 4096 bytes, or does not unwrap."},
    Reason{"E_KEY_NOT_FOUND", 6, 404, "not-found", "There is no such key; said to administrators alone."},
    Reason{"E_KEY_PARAMS", 9, 403, "wrapping-key", "The wrapping key is not RSA with 2048 to 4096 bits and exponent 65537."},
    Reason{"E_KEY_REVOKED", 7, 403, "revoked", "The key is revoked."},
    Reason{"E_KEY_SCOPE", 2, 403, "caller", "The caller may not ask for this key."},
    Reason{"E_KEY_UNKNOWN", 6, 403, "policy", "There is no such key; looks like a policy that is not met."},
    Reason{"E_LIMIT", 1, 413, "malformed", "The body is longer than 1 MiB."},
    Reason{"E_METHOD", 0, 405, "method", "The resource has no such method."},
    Reason{"E_NOT_ADMINISTRATOR", 0, 403, "caller", "Only administrators may do this."},
    Reason{"E_PATH", 0, 404, "not-found", "There is no such resource."},
    Reason{"E_POLICY_DENIED", 8, 403, "policy", "The claims do not satisfy the release policy."},
    Reason{"E_POLICY_DUPLICATE", 0, 400, "policy-invalid", "A member of the policy comes twice."},
    Reason{"E_POLICY_EMPTY", 0, 400, "policy-invalid", "A list of the policy is empty, so that it would hold for all or for none."},
    Reason{"E_POLICY_IMMUTABLE", 0, 409, "immutable", "The policy of this name may never change."},
    Reason{"E_POLICY_INVALID", 8, 500, "policy-invalid", "The release policy that is stored with the key is none."},
    Reason{"E_POLICY_ISSUER", 8, 403, "policy", "The release policy does not name the issuer of the token."},
    Reason{"E_POLICY_SYNTAX", 0, 400, "policy-invalid", "The policy is not of the grammar."},
    Reason{"E_QUOTA", 0, 429, "rate", "The caller has too many unused nonces."},
    Reason{"E_RATE_LIMIT", 3, 429, "rate", "Too many requests of this caller, or for these keys."},
    Reason{"E_RECEIPT_PENDING", 10, 202, "pending", "The receipt of the key's creation is not there yet."},
    Reason{"E_SCHEMA", 1, 400, "malformed", "The body is not JSON with exactly the members of this request."},
    Reason{"E_SEALED", 11, 500, "internal", "The sealed key does not open."},
    Reason{"E_STORE", 0, 500, "internal", "The store failed."},
    Reason{"E_TOKEN_ALG", 5, 403, "evidence", "The algorithm is not allowed, or not that of the key."},
    Reason{"E_TOKEN_AUDIENCE", 5, 403, "evidence", "The token is for somebody else."},
    Reason{"E_TOKEN_EXPIRED", 5, 403, "evidence", "The token is outside its validity."},
    Reason{"E_TOKEN_FORM", 5, 403, "evidence", "Not a compact JWS over a JSON object with the claims of a token."},
    Reason{"E_TOKEN_ISSUER", 5, 403, "evidence", "The issuer is not trusted."},
    Reason{"E_TOKEN_KEY_SOURCE", 5, 403, "evidence", "The token names a key, or a source of keys, other than the pinned one."},
    Reason{"E_TOKEN_KEY_UNKNOWN", 5, 403, "evidence", "The key id is not in the pinned key set of the issuer."},
    Reason{"E_TOKEN_NONCE", 5, 403, "evidence", "The token was not made for the nonce of this request."},
    Reason{"E_TOKEN_SIGNATURE", 5, 403, "evidence", "The signature is not by the key that the token names."},
    Reason{"E_WRAP_ALG", 9, 403, "wrapping-key", "The key does not fit into one block of the wrapping key: ask for an RSA-AES format."},
};
// clang-format on
static_assert(std::ranges::adjacent_find(reason_table, std::ranges::greater_equal{}, &Reason::name) ==
              reason_table.end());

constexpr std::span<const Reason> reasons() { return reason_table; }

/// The row of that name; a name that is not in the table does not compile.
consteval const Reason* reason(std::string_view name) {
    for (const Reason& row : reason_table)
        if (row.name == name) return &row;
    throw "no such reason";
}

}  // namespace assay::kms
