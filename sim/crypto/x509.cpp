// Certificates: read strictly from DER, field by field in the order of RFC 5280, 4.1.
#include "sim/crypto/x509.hpp"

#include <algorithm>

#include "sim/crypto/pem.hpp"
#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

using CertificateFault = CertificateError::Kind;

CertificateError malformed(std::string what) { return {CertificateFault::malformed, 0, std::move(what)}; }

// A key that from_spki refuses: broken, or only of a kind that is not accepted?
CertificateError refused_key(ByteView spki) {
    der::Cursor inside{der::parse(spki)->contents};
    const auto algorithm = inside.next(der::sequence);
    const auto bits = inside.next(der::bit_string);
    if (!algorithm || !bits || !inside.at_end()) return malformed("subjectPublicKeyInfo is malformed");
    for (const std::string_view known :
         {"301306072a8648ce3d020106082a8648ce3d030107", "301006072a8648ce3d020106052b81040022",
          "300506032b656e", "300d06092a864886f70d0101010500"})
        if (to_hex(algorithm->whole) == known) return malformed("the public key is not a valid one");
    return {CertificateFault::unsupported, 0, "the public key is not P-256, P-384, X25519 or RSA"};
}

bool read_basic_constraints(ByteView value, Certificate::Native& out) {
    const auto outer = der::parse(value);
    if (!outer || outer->tag != der::sequence) return false;
    der::Cursor inside{outer->contents};
    if (const auto ca = inside.next(der::boolean)) {
        if (!equal(ca->contents, as_bytes("\xFF"))) return false;
        out.ca = true;
    }
    if (const auto length = inside.next(der::integer)) {
        const auto number = der::unsigned_value(*length);
        if (!number || number->size() > 2 || !out.ca) return false;
        out.path_length = 0;
        for (const std::uint8_t byte : *number) out.path_length = *out.path_length << 8 | byte;
    }
    return inside.at_end();
}

bool read_key_usage(ByteView value, Certificate::Native& out) {
    const auto bits = der::parse(value);
    if (!bits || bits->tag != der::bit_string || bits->contents.size() < 2 || bits->contents.size() > 3 ||
        bits->contents[0] > 7)
        return false;
    out.key_usage = bits->contents[1];
    return true;
}

bool read_extended_key_usage(ByteView value, Certificate::Native& out) {
    const auto list = der::parse(value);
    if (!list || list->tag != der::sequence || list->contents.empty()) return false;
    for (der::Cursor inside{list->contents}; !inside.at_end();) {
        const auto oid = inside.next(der::object_identifier);
        if (!oid) return false;
        out.extended_key_usage.push_back(oid->contents);
    }
    return true;
}

bool read_key_identifier(ByteView value, Certificate::Native&) {
    const auto identifier = der::parse(value);
    return identifier && identifier->tag == der::octet_string;
}

// The extensions that this code evaluates.
struct KnownExtension {
    std::string_view oid;
    bool (*read)(ByteView value, Certificate::Native& out);
    const char* name;
};
constexpr std::array known_extensions{
    KnownExtension{oids::basic_constraints, &read_basic_constraints, "basicConstraints is malformed"},
    KnownExtension{oids::key_usage, &read_key_usage, "keyUsage is malformed"},
    KnownExtension{oids::extended_key_usage, &read_extended_key_usage, "extKeyUsage is malformed"},
    KnownExtension{oids::subject_key_identifier, &read_key_identifier, "subjectKeyIdentifier is malformed"},
};

}  // namespace

std::string_view name(CertificateError::Kind kind) {
    constexpr std::array<std::string_view, 10> names{
        "malformed",      "bad_signature", "wrong_issuer", "not_a_ca",    "path_length",
        "untrusted_root", "not_yet_valid", "expired",      "unsupported", "wrong_length"};
    return names.at(static_cast<std::size_t>(kind));
}

bool Certificate::Native::has_usage(std::string_view oid) const {
    return std::ranges::any_of(extended_key_usage, [&](ByteView one) { return as_text(one) == oid; });
}

const ExtensionView* Certificate::Native::extension(std::string_view oid) const {
    const auto found =
        std::ranges::find_if(extensions, [&](const ExtensionView& one) { return as_text(one.oid) == oid; });
    return found == extensions.end() ? nullptr : &*found;
}

Result<Certificate, CertificateError> Certificate::from_der(ByteView input) {
    constexpr std::size_t max_size = 1 << 16, max_serial_size = 21;
    if (input.size() > max_size) return malformed("longer than 64 KiB");
    Bytes der{input.begin(), input.end()};
    const auto object = read_signed(der);
    if (!object || !object->rest.empty()) return malformed("not one DER Certificate");

    der::Cursor fields{object->content.contents};
    bool v3 = false;
    if (const auto version = fields.next(der::context(0, true))) {
        v3 = equal(version->contents, as_bytes("\x02\x01\x02"));
        if (!v3) return malformed("version is neither v1 nor v3");
    }
    const auto serial = fields.next(der::integer);
    if (!serial || !der::unsigned_value(*serial) || serial->contents.size() > max_serial_size)
        return malformed("serialNumber is not a non-negative INTEGER of at most 20 bytes");
    const auto algorithm = fields.next(der::sequence);
    if (!algorithm || !equal(algorithm->whole, object->algorithm))
        return malformed("the two signature algorithms differ");
    const auto issuer = fields.next(der::sequence);
    if (!issuer || !read_name(issuer->whole)) return malformed("issuer is not a Name");
    const auto validity = fields.next(der::sequence);
    if (!validity) return malformed("validity is missing");
    der::Cursor times{validity->contents};
    const auto first_time = times.next();
    const auto last_time = times.next();
    const auto not_before = first_time ? read_time(*first_time) : std::nullopt;
    const auto not_after = last_time ? read_time(*last_time) : std::nullopt;
    if (!not_before || !not_after || !times.at_end()) return malformed("validity is not two times");
    const auto subject = fields.next(der::sequence);
    if (!subject || !read_name(subject->whole)) return malformed("subject is not a Name");
    const auto spki = fields.next(der::sequence);
    if (!spki) return malformed("subjectPublicKeyInfo is missing");
    auto key = PublicKey::from_spki(spki->whole);
    if (!key) return refused_key(spki->whole);
    der::Cursor key_parts{spki->contents};
    (void)key_parts.next();
    const ByteView key_bits = whole_bits(key_parts.next().value()).value();

    std::vector<ExtensionView> extensions;
    if (const auto wrapped = fields.next(der::context(3, true))) {
        auto list = read_extensions(wrapped->contents);
        if (!v3 || !list) return malformed("extensions are malformed");
        extensions = *std::move(list);
    }
    if (!fields.at_end()) return malformed("unexpected fields after the extensions");

    Native native{.der = std::move(der),  // the views stay good: the buffer moves along
                  .object = *object,
                  .serial_contents = serial->contents,
                  .issuer = issuer->whole,
                  .subject = subject->whole,
                  .key_bits = key_bits,
                  .not_before = *not_before,
                  .not_after = *not_after,
                  .extensions = std::move(extensions),
                  .path_length = {},
                  .key_usage = {},
                  .extended_key_usage = {},
                  .key = *std::move(key)};
    for (const KnownExtension& known : known_extensions)
        if (const ExtensionView* found = native.extension(known.oid))
            if (!known.read(found->value, native)) return malformed(known.name);
    return Certificate{std::make_shared<const Native>(std::move(native))};
}

Bytes Certificate::der() const { return native_->der; }
std::string Certificate::pem() const { return to_pem("CERTIFICATE", native_->der); }
PublicKey Certificate::public_key() const { return native_->key; }

Bytes Certificate::serial() const {
    ByteView serial = native_->serial_contents;
    if (serial.size() > 1 && serial[0] == 0) serial = serial.subspan(1);
    return {serial.begin(), serial.end()};
}

std::string Certificate::serial_decimal() const {
    std::string digits;  // the last one first
    for (Bytes number = serial(); !number.empty();) {
        unsigned rest = 0;
        for (std::uint8_t& byte : number) {
            rest = rest << 8 | byte;
            byte = static_cast<std::uint8_t>(rest / 10);
            rest %= 10;
        }
        digits += static_cast<char>('0' + rest);
        const auto used = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
        number.erase(number.begin(), used);
    }
    std::ranges::reverse(digits);
    return digits;
}

std::string Certificate::subject() const { return name_text(native_->subject); }
std::string Certificate::issuer() const { return name_text(native_->issuer); }
Bytes Certificate::subject_name() const { return {native_->subject.begin(), native_->subject.end()}; }
Bytes Certificate::issuer_name() const { return {native_->issuer.begin(), native_->issuer.end()}; }
std::optional<std::string> Certificate::common_name() const {
    return name_attribute(native_->subject, oids::common_name);
}
std::optional<std::string> Certificate::subject_serial_number() const {
    return name_attribute(native_->subject, oids::serial_number);
}
Instant Certificate::not_before() const { return native_->not_before; }
Instant Certificate::not_after() const { return native_->not_after; }
bool Certificate::self_issued() const { return equal(native_->subject, native_->issuer); }
bool Certificate::is_ca() const { return native_->ca; }
bool Certificate::may_sign_data() const {
    constexpr std::uint8_t digital_signature = 0x80;
    return !native_->key_usage || (*native_->key_usage & digital_signature) != 0;
}

bool Certificate::has_extended_key_usage(std::string_view dotted_oid) const {
    return std::ranges::any_of(native_->extended_key_usage,
                               [&](ByteView one) { return der::oid_text(one) == dotted_oid; });
}

std::optional<Bytes> Certificate::subject_key_identifier() const {
    const ExtensionView* found = native_->extension(oids::subject_key_identifier);
    if (found == nullptr) return {};
    const ByteView identifier = der::parse(found->value)->contents;
    return Bytes{identifier.begin(), identifier.end()};
}

std::optional<Bytes> Certificate::extension(std::string_view dotted_oid) const {
    for (const ExtensionView& one : native_->extensions)
        if (der::oid_text(one.oid) == dotted_oid) return Bytes{one.value.begin(), one.value.end()};
    return {};
}

std::vector<std::string> Certificate::extensions() const {
    std::vector<std::string> out;
    for (const ExtensionView& one : native_->extensions) out.push_back(der::oid_text(one.oid).value());
    return out;
}

std::string Certificate::signature_algorithm() const {
    if (const SignatureAlgorithm* known = crypto::signature_algorithm(native_->object.algorithm))
        return std::string{known->name};
    der::Cursor inside{der::parse(native_->object.algorithm)->contents};
    const auto oid = inside.next(der::object_identifier);
    return oid ? der::oid_text(oid->contents).value_or("unknown") : "unknown";
}

Bytes Certificate::public_key_bits() const { return {native_->key_bits.begin(), native_->key_bits.end()}; }

bool Certificate::operator==(const Certificate& other) const {
    return native_ == other.native_ || native_->der == other.native_->der;
}

Result<std::vector<Certificate>, CertificateError> certificates_from_pem(ByteView text) {
    std::vector<Certificate> out;
    for (const PemBlock& block : pem_blocks(text)) {
        if (block.label != "CERTIFICATE") continue;
        if (!block.der)
            return CertificateError{CertificateFault::malformed, out.size(),
                                    "the PEM block is cut off or not base64"};
        auto certificate = Certificate::from_der(block.der->bytes());
        if (!certificate)
            return CertificateError{certificate.error().kind, out.size(), certificate.error().what};
        out.push_back(*std::move(certificate));
    }
    return out;
}

Result<std::vector<Certificate>, CertificateError> certificates_from_der(ByteView der) {
    std::vector<Certificate> out;
    der::Cursor all{der};
    while (const auto one = all.next()) {
        auto certificate = Certificate::from_der(one->whole);
        if (!certificate)
            return CertificateError{certificate.error().kind, out.size(), certificate.error().what};
        out.push_back(*std::move(certificate));
    }
    if (all.failed()) return CertificateError{CertificateFault::malformed, out.size(), "cut off, or not DER"};
    return out;
}

}  // namespace assay::crypto
