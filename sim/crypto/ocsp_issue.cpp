// OCSP requests and responses of our own (RFC 6960, 4.1 and 4.2; RFC 8954).
#include <algorithm>
#include <stdexcept>

#include "sim/crypto/native.hpp"
#include "sim/crypto/ocsp_wire.hpp"
#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

// Contents of the hashes' OIDs, in the order of Hash.
constexpr std::array<std::string_view, 4> hash_oids{
    "\x2B\x0E\x03\x02\x1A", "\x60\x86\x48\x01\x65\x03\x04\x02\x01", "\x60\x86\x48\x01\x65\x03\x04\x02\x02",
    "\x60\x86\x48\x01\x65\x03\x04\x02\x03"};

// By code; 7 is not used.
constexpr std::array<std::string_view, 11> reasons{
    "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
    "superseded",    "cessationOfOperation", "certificateHold", "",
    "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};

Bytes nonce_extensions(ByteView nonce) {
    const Bytes oid = der::element(der::object_identifier, {as_bytes(oids::ocsp_nonce)});
    return der::element(der::sequence,
                        {make_extension(oid, false, der::element(der::octet_string, {nonce}))});
}

Bytes cert_status(const OcspSpec& spec) {
    if (spec.status == CertStatus::good) return der::element(der::context(0), {});
    if (spec.status == CertStatus::unknown) return der::element(der::context(2), {});
    Bytes reason;
    if (spec.revocation_reason) {
        const auto code = revocation_code(*spec.revocation_reason);
        if (!code) throw std::logic_error("OCSP: not a revocation reason: " + *spec.revocation_reason);
        reason = der::element(der::context(0, true), {der::element(enumerated, {{&*code, 1}})});
    }
    return der::element(der::context(1, true),
                        {generalized_time(spec.revocation_time.value_or(spec.this_update)), reason});
}

}  // namespace

std::optional<std::string> revocation_reason(std::uint8_t code) {
    if (code >= reasons.size() || reasons.at(code).empty()) return {};
    return std::string{reasons.at(code)};
}

std::optional<std::uint8_t> revocation_code(std::string_view reason) {
    const auto* const found = std::ranges::find(reasons, reason);
    if (found == reasons.end() || reason.empty()) return {};
    return static_cast<std::uint8_t>(found - reasons.begin());
}

std::optional<Hash> cert_id_hash(ByteView oid) {
    const auto* const found = std::ranges::find(hash_oids, as_text(oid));
    if (found == hash_oids.end()) return {};
    return static_cast<Hash>(found - hash_oids.begin());
}

Bytes make_cert_id(const Certificate& subject, const Certificate& issuer, Hash hash) {
    const Certificate::Native& from = issuer.native();
    const Bytes oid =
        der::element(der::object_identifier, {as_bytes(hash_oids.at(static_cast<std::size_t>(hash)))});
    return der::element(der::sequence, {der::element(der::sequence, {oid, as_bytes(octets("\x05\x00"))}),
                                        der::element(der::octet_string, {digest(hash, {from.subject})}),
                                        der::element(der::octet_string, {digest(hash, {from.key_bits})}),
                                        der::element(der::integer, {subject.native().serial_contents})});
}

Bytes make_ocsp_request(const Certificate& subject, const Certificate& issuer, Hash hash,
                        std::optional<ByteView> nonce) {
    Bytes extensions;
    if (nonce) extensions = der::element(der::context(2, true), {nonce_extensions(*nonce)});
    const Bytes list =
        der::element(der::sequence, {der::element(der::sequence, {make_cert_id(subject, issuer, hash)})});
    return der::element(der::sequence, {der::element(der::sequence, {list, extensions})});
}

Bytes make_ocsp_response(const OcspSpec& spec, const Certificate& subject, const Certificate& issuer,
                         const Certificate& responder, const PrivateKey& responder_key, Hash hash) {
    Bytes next_update, extensions;
    if (spec.next_update)
        next_update = der::element(der::context(0, true), {generalized_time(*spec.next_update)});
    if (spec.nonce) extensions = der::element(der::context(1, true), {nonce_extensions(*spec.nonce)});
    const Bytes single =
        der::element(der::sequence, {make_cert_id(subject, issuer, spec.cert_id_hash), cert_status(spec),
                                     generalized_time(spec.this_update), next_update});
    const Bytes by_key =
        der::element(der::context(2, true),
                     {der::element(der::octet_string, {digest(Hash::sha1, {responder.native().key_bits})})});
    const Bytes data = der::element(der::sequence, {by_key, generalized_time(spec.this_update),
                                                    der::element(der::sequence, {single}), extensions});
    const Bytes certificates =
        der::element(der::context(0, true), {der::element(der::sequence, {responder.native().der})});
    const Bytes basic = make_signed(data, responder_key, hash, certificates);
    const Bytes type = der::element(der::object_identifier, {as_bytes(oids::ocsp_basic)});
    const Bytes body = der::element(der::sequence, {type, der::element(der::octet_string, {basic})});
    return der::element(der::sequence,
                        {as_bytes(octets("\x0A\x01\x00")), der::element(der::context(0, true), {body})});
}

}  // namespace assay::crypto
