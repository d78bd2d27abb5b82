// OCSP (RFC 6960): requests, and responses verified without a network at a given time.
#pragma once
#include "sim/crypto/x509.hpp"

namespace assay::crypto {

/// A DER OCSPRequest for one certificate, its CertID hashed with `hash`, with a nonce extension if one is
/// given (RFC 8954).
Bytes make_ocsp_request(const Certificate& subject, const Certificate& issuer, Hash hash,
                        std::optional<ByteView> nonce = {});

enum class CertStatus : std::uint8_t { good, revoked, unknown };
std::string_view name(CertStatus status);

struct OcspError {
    enum class Kind : std::uint8_t {
        malformed,
        not_successful,     // OCSPResponseStatus other than successful
        wrong_certificate,  // no SingleResponse for the CertID
        bad_signature,
        wrong_responder,    // not the issuer, and not delegated by it (EKU OCSPSigning)
        not_yet_valid,      // thisUpdate in the future
        stale,              // nextUpdate (or thisUpdate + 3600 s where it is absent) has passed
        responder_expired,  // the delegated certificate is outside its validity at that time
    };
    Kind kind{};
    std::string what;
};
std::string_view name(OcspError::Kind kind);

struct OcspAnswer {
    CertStatus status{};
    std::optional<std::string> revocation_reason;  // RFC 5280 name: keyCompromise, certificateHold, ...
    Instant this_update{};
    std::optional<Instant> next_update;
    std::optional<Bytes> nonce;
};

/// Everything about a response but its status: signature by `issuer` itself or by a responder certificate in
/// the response that `issuer` issued with EKU OCSPSigning (the certificate itself checked at `at`), a
/// SingleResponse for exactly `subject` under `issuer` whatever hash its CertID uses, freshness at `at`
/// (nothing: times are not looked at).
Result<OcspAnswer, OcspError> verify_ocsp_response(ByteView der, const Certificate& subject,
                                                   const Certificate& issuer, std::optional<Instant> at);

/// True when the response has a SingleResponse for `subject` under `issuer`; reads, verifies nothing.
bool ocsp_response_is_for(ByteView der, const Certificate& subject, const Certificate& issuer);

/// What a responder of ours says.
struct OcspSpec {
    CertStatus status = CertStatus::good;
    std::optional<std::string> revocation_reason{};  // RFC 5280 name, with revoked
    std::optional<Instant> revocation_time{};
    Instant this_update{};
    std::optional<Instant> next_update{};
    std::optional<Bytes> nonce{};
    Hash cert_id_hash = Hash::sha384;
};

/// DER OCSPResponse signed by `responder_key`, whose certificate goes along.
Bytes make_ocsp_response(const OcspSpec& spec, const Certificate& subject, const Certificate& issuer,
                         const Certificate& responder, const PrivateKey& responder_key, Hash hash);

}  // namespace assay::crypto
