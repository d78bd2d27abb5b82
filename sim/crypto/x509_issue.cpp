// Issuing certificates (RFC 5280) and certification requests (RFC 2986).
#include <algorithm>
#include <stdexcept>

#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

Bytes encoded_oid(std::string_view contents) {
    return der::element(der::object_identifier, {as_bytes(contents)});
}

// KeyUsage (4.2.1.3) as a named bit list: trailing zero bits are not encoded (X.690, 11.2.2).
Bytes key_usage_bits(const std::vector<std::string>& names) {
    constexpr std::array<std::string_view, 9> bits{"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                   "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                   "cRLSign",          "encipherOnly",   "decipherOnly"};
    std::uint16_t value = 0;
    for (const std::string& name : names) {
        const auto* const found = std::ranges::find(bits, name);
        if (found == bits.end()) throw std::logic_error("x509: not a key usage: " + name);
        value = static_cast<std::uint16_t>(value | 0x8000 >> (found - bits.begin()));
    }
    const auto two_bytes = store(value, std::endian::big);
    const std::size_t used = two_bytes[1] != 0 ? 2 : 1;
    const auto unused = static_cast<std::uint8_t>(std::countr_zero(two_bytes.at(used - 1)));
    return der::element(der::bit_string, {{&unused, 1}, ByteView{two_bytes}.first(used)});
}

Bytes key_bits_of(const PublicKey& key) {
    const Bytes spki = key.spki();
    der::Cursor parts{der::parse(spki)->contents};
    (void)parts.next();
    const ByteView bits = whole_bits(parts.next().value()).value();
    return {bits.begin(), bits.end()};
}

Bytes key_identifier(ByteView key_bits) { return digest(Hash::sha1, {key_bits}); }

// What the subject asks for itself; the same in a certificate and in a request.
Bytes requested_extensions(const CertificateSpec& spec) {
    Bytes out;
    if (spec.ca || spec.path_length) {
        Bytes constraints;
        if (spec.ca) append(constraints, as_bytes("\x01\x01\xFF"));
        if (spec.path_length) {
            const auto length = store(static_cast<std::uint32_t>(*spec.path_length), std::endian::big);
            append(constraints, der::unsigned_integer(length));
        }
        append(out, make_extension(encoded_oid(oids::basic_constraints), true,
                                   der::element(der::sequence, {constraints})));
    }
    if (!spec.key_usage.empty())
        append(out, make_extension(encoded_oid(oids::key_usage), true, key_usage_bits(spec.key_usage)));
    if (!spec.extended_key_usage.empty()) {
        Bytes usages;
        for (const std::string& oid : spec.extended_key_usage) append(usages, der::oid(oid));
        append(out, make_extension(encoded_oid(oids::extended_key_usage), false,
                                   der::element(der::sequence, {usages})));
    }
    for (const CertificateSpec::Extension& extension : spec.extensions)
        append(out, make_extension(der::oid(extension.oid), extension.critical, extension.value));
    return out;
}

}  // namespace

Certificate issue(const CertificateSpec& spec, const PublicKey& subject_key, const Certificate* issuer,
                  const PrivateKey& issuer_key, Hash hash) {
    if (std::ranges::all_of(spec.serial, [](std::uint8_t byte) { return byte == 0; }))
        throw std::logic_error("x509: a serial number is positive");
    const Bytes subject = make_name(spec.subject);
    const Bytes own_identifier =
        spec.subject_key_identifier ? *spec.subject_key_identifier : key_identifier(key_bits_of(subject_key));
    Bytes extensions = requested_extensions(spec);
    append(extensions, make_extension(encoded_oid(oids::subject_key_identifier), false,
                                      der::element(der::octet_string, {own_identifier})));
    if (spec.authority_key_identifier) {
        Bytes identifier = own_identifier;
        if (issuer != nullptr)
            identifier = issuer->subject_key_identifier().value_or(key_identifier(issuer->public_key_bits()));
        append(extensions,
               make_extension(encoded_oid(oids::authority_key_identifier), false,
                              der::element(der::sequence, {der::element(der::context(0), {identifier})})));
    }
    const Bytes content = der::element(
        der::sequence,
        {der::element(der::context(0, true), {as_bytes("\x02\x01\x02")}), der::unsigned_integer(spec.serial),
         as_bytes(signature_algorithm(issuer_key.type(), hash).identifier),
         issuer != nullptr ? issuer->subject_name() : subject,
         der::element(der::sequence, {validity_time(spec.not_before), validity_time(spec.not_after)}),
         subject, subject_key.spki(),
         der::element(der::context(3, true), {der::element(der::sequence, {extensions})})});
    auto made = Certificate::from_der(make_signed(content, issuer_key, hash));
    if (!made) throw std::logic_error("x509: this specification makes no certificate: " + made.error().what);
    return *std::move(made);
}

Bytes make_request(const CertificateSpec& spec, const PrivateKey& key, Hash hash) {
    Bytes attributes;
    if (const Bytes extensions = requested_extensions(spec); !extensions.empty())
        attributes = der::element(der::sequence,
                                  {der::oid("1.2.840.113549.1.9.14"),  // extensionRequest (RFC 2985, 5.4.2)
                                   der::element(der::set, {der::element(der::sequence, {extensions})})});
    const Bytes content = der::element(
        der::sequence, {der::unsigned_integer({}), make_name(spec.subject), key.public_key().spki(),
                        der::element(der::context(0, true), {attributes})});
    return make_signed(content, key, hash);
}

Result<CertificationRequest, CertificateError> verify_request(ByteView der) {
    using Kind = CertificateError::Kind;
    const auto object = read_signed(der);
    if (!object || !object->rest.empty())
        return CertificateError{Kind::malformed, 0, "not one DER CertificationRequest"};
    der::Cursor fields{object->content.contents};
    const auto version = fields.next(der::integer);
    const auto subject = fields.next(der::sequence);
    const auto spki = fields.next(der::sequence);
    const auto attributes = fields.next(der::context(0, true));
    if (!version || !equal(version->contents, as_bytes(std::string_view{"\0", 1})) || !subject ||
        !read_name(subject->whole) || !spki || !attributes || !fields.at_end())
        return CertificateError{Kind::malformed, 0, "CertificationRequestInfo is malformed"};
    const SignatureAlgorithm* algorithm = signature_algorithm(object->algorithm);
    const auto key = PublicKey::from_spki(spki->whole);
    if (!key || algorithm == nullptr || !algorithm->accepted)
        return CertificateError{Kind::unsupported, 0, "the key or the signature algorithm is not accepted"};
    if (!is_signed_by(*object, *key))
        return CertificateError{Kind::bad_signature, 0, "not signed by the key inside"};
    return CertificationRequest{*key, name_text(subject->whole)};
}

}  // namespace assay::crypto
