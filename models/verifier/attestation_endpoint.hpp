// The verifier as an HTTP server. One row per resource in the .cpp:
//
//     POST /v1/challenge               -> 200 {"nonce": base64url, "expires_in": seconds}
//     POST /v1/attest?nonce=<nonce>    composite evidence (JSON) for such a nonce -> 200 {"token": JWT}
//     POST /v1/appraise?nonce=<nonce>  the same for a nonce that the relying party gave out, and checks
//     itself GET  /v1/keys                    -> 200 a JWK set (RFC 7517): what tokens are verified with
//
// A refusal is 403 {"code": first reason, "refusals": [{"code", "text"}]}. Else: 400 without a nonce of 8 to
// 64 bytes, 404, 405, 413 over 1 MiB, 415, 429 while too many challenges are outstanding.
#pragma once
#include "models/verifier/attestation_service.hpp"
#include "sim/base/http.hpp"

namespace assay::verifier {

class AttestationEndpoint {
public:
    static constexpr std::size_t max_evidence = 1 << 20;  // bytes

    /// All outlive it. `key` is the public half of the service's issuer (P-384), `key_id` its kid.
    AttestationEndpoint(AttestationService& service, const crypto::PublicKey& key, std::string key_id,
                        const Clock& clock)
        : service_(service), key_(key), key_id_(std::move(key_id)), clock_(clock) {}

    HttpResponse handle(const HttpRequest& request);
    /// Where composite evidence for `nonce` goes, and what is sent.
    static HttpRequest appraisal_request(ByteView nonce, std::string_view evidence);

private:
    struct Resource;
    static std::span<const Resource> resources();
    HttpResponse challenge(ByteView nonce, const HttpRequest& request);
    HttpResponse attest(ByteView nonce, const HttpRequest& request);
    HttpResponse appraise(ByteView nonce, const HttpRequest& request);
    HttpResponse keys(ByteView nonce, const HttpRequest& request);

    AttestationService& service_;
    const crypto::PublicKey& key_;
    std::string key_id_;
    const Clock& clock_;
};

}  // namespace assay::verifier
