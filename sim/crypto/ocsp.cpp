// OCSP responses (RFC 6960, 4.2): read strictly, then judged rule by rule.
#include "sim/crypto/ocsp.hpp"

#include <algorithm>

#include "sim/crypto/native.hpp"
#include "sim/crypto/ocsp_wire.hpp"
#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

using OcspFault = OcspError::Kind;

struct CertId {
    ByteView algorithm;  // contents of the hash's OID
    ByteView name_hash, key_hash, serial;
};
struct SingleResponse {
    CertId id;
    CertStatus status{};
    std::optional<std::string> reason;
    Instant this_update{};
    std::optional<Instant> next_update;
};
struct BasicResponse {
    SignedObject object;
    der::Element responder;  // [1] Name or [2] KeyHash
    std::vector<SingleResponse> responses;
    std::optional<Bytes> nonce;
    std::vector<Certificate> certificates;
};

std::optional<CertId> read_cert_id(const der::Element& element) {
    der::Cursor inside{element.contents};
    const auto algorithm = inside.next(der::sequence);
    const auto name_hash = inside.next(der::octet_string);
    const auto key_hash = inside.next(der::octet_string);
    const auto serial = inside.next(der::integer);
    if (!algorithm || !name_hash || !key_hash || !serial || !inside.at_end()) return {};
    der::Cursor identifier{algorithm->contents};
    const auto oid = identifier.next(der::object_identifier);
    const auto null = identifier.next();  // NULL or absent (RFC 5754, 2)
    if (!oid || (null && !equal(null->whole, as_bytes(octets("\x05\x00")))) || !identifier.at_end())
        return {};
    return CertId{oid->contents, name_hash->contents, key_hash->contents, serial->contents};
}

std::optional<Instant> read_generalized_time(const std::optional<der::Element>& element) {
    return element && element->tag == generalized_time_tag ? read_time(*element) : std::nullopt;
}
// In an explicit tag.
std::optional<Instant> read_tagged_time(const der::Element& tagged) {
    return read_generalized_time(der::parse(tagged.contents));
}

bool read_status(const der::Element& element, SingleResponse& out) {
    constexpr std::uint8_t good = der::context(0), revoked = der::context(1, true), unknown = der::context(2);
    if (element.tag == good || element.tag == unknown) {
        out.status = element.tag == good ? CertStatus::good : CertStatus::unknown;
        return element.contents.empty();
    }
    if (element.tag != revoked) return false;
    out.status = CertStatus::revoked;
    der::Cursor inside{element.contents};
    if (!read_generalized_time(inside.next())) return false;
    if (const auto tagged = inside.next(der::context(0, true))) {
        const auto reason = der::parse(tagged->contents);
        if (!reason || reason->tag != enumerated || reason->contents.size() != 1) return false;
        out.reason = revocation_reason(reason->contents[0]);
        if (!out.reason) return false;
    }
    return inside.at_end();
}

// Extensions of which none is both critical and unknown; the nonce among them (RFC 8954).
bool read_ocsp_extensions(ByteView der, std::optional<Bytes>* nonce) {
    const auto all = read_extensions(der);
    if (!all) return false;
    for (const ExtensionView& extension : *all) {
        if (nonce != nullptr && as_text(extension.oid) == oids::ocsp_nonce) {
            const auto value = der::parse(extension.value);
            if (!value || value->tag != der::octet_string) return false;
            *nonce = Bytes{value->contents.begin(), value->contents.end()};
        } else if (extension.critical) {
            return false;
        }
    }
    return true;
}

std::optional<SingleResponse> read_single(const der::Element& element) {
    der::Cursor inside{element.contents};
    const auto id_element = inside.next(der::sequence);
    const auto id = id_element ? read_cert_id(*id_element) : std::nullopt;
    const auto status = inside.next();
    const auto this_update = read_generalized_time(inside.next());
    SingleResponse out;
    if (!id || !status || !read_status(*status, out) || !this_update) return {};
    out.id = *id;
    out.this_update = *this_update;
    if (const auto tagged = inside.next(der::context(0, true))) {
        out.next_update = read_tagged_time(*tagged);
        if (!out.next_update || *out.next_update < out.this_update) return {};
    }
    if (const auto tagged = inside.next(der::context(1, true)))
        if (!read_ocsp_extensions(tagged->contents, nullptr)) return {};
    if (!inside.at_end()) return {};
    return out;
}

bool read_response_data(const der::Element& data, BasicResponse& out) {
    der::Cursor fields{data.contents};  // a version would be v1, which DER leaves out
    const auto responder = fields.next();
    const auto produced_at = read_generalized_time(fields.next());
    const auto responses = fields.next(der::sequence);
    if (!responder || !produced_at || !responses) return false;
    out.responder = *responder;
    for (der::Cursor each{responses->contents}; !each.at_end();) {
        const auto element = each.next(der::sequence);
        auto single = element ? read_single(*element) : std::nullopt;
        if (!single) return false;
        out.responses.push_back(*std::move(single));
    }
    if (const auto tagged = fields.next(der::context(1, true)))
        if (!read_ocsp_extensions(tagged->contents, &out.nonce)) return false;
    return fields.at_end();
}

// Certificates that cannot be the responder's, because this code does not know their kind of key, are
// skipped.
bool read_certificates(ByteView rest, BasicResponse& out) {
    der::Cursor inside{rest};
    const auto tagged = inside.next(der::context(0, true));
    if (!tagged) return inside.at_end();
    const auto list = der::parse(tagged->contents);
    if (!list || list->tag != der::sequence || !inside.at_end()) return false;
    for (der::Cursor each{list->contents}; !each.at_end();) {
        const auto element = each.next();
        if (!element) return false;
        auto certificate = Certificate::from_der(element->whole);
        if (certificate)
            out.certificates.push_back(*std::move(certificate));
        else if (certificate.error().kind != CertificateError::Kind::unsupported)
            return false;
    }
    return true;
}

Result<BasicResponse, OcspError> read_response(ByteView der) {
    const OcspError malformed{OcspFault::malformed, "not one DER OCSPResponse"};
    const auto outer = der::parse(der);
    if (!outer || outer->tag != der::sequence) return malformed;
    der::Cursor inside{outer->contents};
    const auto status = inside.next(enumerated);
    if (!status || status->contents.size() != 1) return malformed;
    if (status->contents[0] != 0) {
        constexpr std::array<std::string_view, 7> names{
            "successful", "malformedRequest", "internalError", "tryLater",
            "4",          "sigRequired",      "unauthorized"};
        const std::size_t number = status->contents[0];
        return OcspError{OcspFault::not_successful,
                         "the responder answers " + (number < names.size() ? std::string{names.at(number)}
                                                                           : std::to_string(number))};
    }
    const auto tagged = inside.next(der::context(0, true));
    if (!tagged || !inside.at_end()) return malformed;
    const auto response_bytes = der::parse(tagged->contents);
    if (!response_bytes || response_bytes->tag != der::sequence) return malformed;
    der::Cursor typed{response_bytes->contents};
    const auto type = typed.next(der::object_identifier);
    const auto body = typed.next(der::octet_string);
    if (!type || as_text(type->contents) != oids::ocsp_basic || !body || !typed.at_end())
        return OcspError{OcspFault::malformed, "not a basic OCSP response"};
    const auto object = read_signed(body->contents);
    if (!object) return OcspError{OcspFault::malformed, "BasicOCSPResponse is malformed"};
    BasicResponse out{*object, {}, {}, {}, {}};
    if (!read_response_data(object->content, out))
        return OcspError{OcspFault::malformed, "ResponseData is malformed"};
    if (!read_certificates(object->rest, out))
        return OcspError{OcspFault::malformed, "a certificate in the response is malformed"};
    return out;
}

bool names_certificate(const CertId& id, const Certificate& subject, const Certificate& issuer) {
    const std::optional<Hash> hash = cert_id_hash(id.algorithm);
    return hash && equal(id.serial, subject.native().serial_contents) &&
           equal(id.name_hash, digest(*hash, {issuer.native().subject})) &&
           equal(id.key_hash, digest(*hash, {issuer.native().key_bits}));
}

bool is_responder(const der::Element& id, const Certificate& certificate) {
    const auto inner = der::parse(id.contents);
    if (!inner) return false;
    if (id.tag == der::context(1, true)) return equal(inner->whole, certificate.native().subject);
    return id.tag == der::context(2, true) && inner->tag == der::octet_string &&
           equal(inner->contents, digest(Hash::sha1, {certificate.native().key_bits}));
}

// A certificate that `issuer` itself issued for signing its OCSP responses (4.2.2.2).
bool is_delegated(const Certificate& certificate, const Certificate& issuer) {
    const Certificate::Native& native = certificate.native();
    const bool only_known_critical =
        std::ranges::all_of(native.extensions, [](const ExtensionView& extension) {
            const std::string_view oid = as_text(extension.oid);
            return !extension.critical || oid == oids::basic_constraints || oid == oids::key_usage ||
                   oid == oids::extended_key_usage || oid == oids::subject_alternative_name;
        });
    return only_known_critical && native.has_usage(oids::ocsp_signing) && certificate.may_sign_data() &&
           equal(native.issuer, issuer.native().subject) && is_signed_by(native.object, issuer.native().key);
}

std::optional<OcspError> not_fresh(const SingleResponse& response, Instant at) {
    constexpr std::chrono::seconds lifetime{3600};  // where nextUpdate is absent
    if (at < response.this_update)
        return OcspError{OcspFault::not_yet_valid, "thisUpdate is " + to_rfc3339(response.this_update) +
                                                       ", looked at " + to_rfc3339(at)};
    const Instant last = response.next_update.value_or(response.this_update + lifetime);
    if (at > last)
        return OcspError{OcspFault::stale,
                         "good until " + to_rfc3339(last) + ", looked at " + to_rfc3339(at)};
    return {};
}

}  // namespace

std::string_view name(CertStatus status) {
    constexpr std::array<std::string_view, 3> names{"good", "revoked", "unknown"};
    return names.at(static_cast<std::size_t>(status));
}

std::string_view name(OcspError::Kind kind) {
    constexpr std::array<std::string_view, 8> names{"malformed",     "not_successful",   "wrong_certificate",
                                                    "bad_signature", "wrong_responder",  "not_yet_valid",
                                                    "stale",         "responder_expired"};
    return names.at(static_cast<std::size_t>(kind));
}

Result<OcspAnswer, OcspError> verify_ocsp_response(ByteView der, const Certificate& subject,
                                                   const Certificate& issuer, std::optional<Instant> at) {
    const auto response = read_response(der);
    if (!response) return response.error();

    const auto ours = [&](const SingleResponse& one) {
        return names_certificate(one.id, subject, issuer);
    };
    const auto single = std::ranges::find_if(response->responses, ours);
    if (single == response->responses.end())
        return OcspError{OcspFault::wrong_certificate, "no answer for " + subject.subject()};
    if (std::find_if(single + 1, response->responses.end(), ours) != response->responses.end())
        return OcspError{OcspFault::malformed, "two answers for one certificate"};

    const Certificate* responder = is_responder(response->responder, issuer) ? &issuer : nullptr;
    if (responder == nullptr) {
        const auto found = std::ranges::find_if(response->certificates, [&](const Certificate& one) {
            return is_responder(response->responder, one);
        });
        if (found == response->certificates.end())
            return OcspError{OcspFault::wrong_responder,
                             "the responder is neither the issuer nor in the response"};
        if (!is_delegated(*found, issuer))
            return OcspError{OcspFault::wrong_responder, "not delegated by the issuer: " + found->subject()};
        responder = &*found;
    }
    if (!is_signed_by(response->object, responder->native().key))
        return OcspError{OcspFault::bad_signature, "not signed by " + responder->subject()};
    if (at) {
        if (responder != &issuer && (*at < responder->not_before() || *at > responder->not_after()))
            return OcspError{OcspFault::responder_expired, "the responder's certificate is valid until " +
                                                               to_rfc3339(responder->not_after()) +
                                                               ", looked at " + to_rfc3339(*at)};
        if (auto bad = not_fresh(*single, *at)) return *std::move(bad);
    }
    return OcspAnswer{single->status, single->reason, single->this_update, single->next_update,
                      response->nonce};
}

bool ocsp_response_is_for(ByteView der, const Certificate& subject, const Certificate& issuer) {
    const auto response = read_response(der);
    return response && std::ranges::any_of(response->responses, [&](const SingleResponse& one) {
               return names_certificate(one.id, subject, issuer);
           });
}

}  // namespace assay::crypto
