#include "conformance/suites/gpu_evidence/certificate_facts.hpp"

#include <algorithm>

#include "sim/crypto/der.hpp"

namespace assay::conformance::gpu_evidence {
namespace der = crypto::der;
namespace {

constexpr std::string_view sha384_oid = "2.16.840.1.101.3.4.2.2";

Bytes copy(ByteView view) { return {view.begin(), view.end()}; }

std::string oid_of(ByteView algorithm_identifier) {
    der::Cursor inside{algorithm_identifier};
    const auto oid = inside.next(der::object_identifier);
    return oid ? der::oid_text(oid->contents).value_or("") : "";
}

bool read_extensions(ByteView list, std::vector<ExtensionFacts>& out) {
    der::Cursor extensions{list};
    while (!extensions.at_end()) {
        const auto one = extensions.next(der::sequence);
        if (!one) return false;
        der::Cursor inside{one->contents};
        const auto oid = inside.next(der::object_identifier);
        const auto critical = inside.next(der::boolean);
        const auto value = inside.next(der::octet_string);
        if (!oid || !value || !inside.at_end()) return false;
        out.push_back(
            {der::oid_text(oid->contents).value_or(""), critical.has_value(), copy(value->contents)});
    }
    return true;
}

/// SEQUENCE { OID, OCTET STRING } of a digest.
bool read_digest(const std::optional<der::Element>& element, FwidFacts& out) {
    if (!element) return false;
    der::Cursor inside{element->contents};
    const auto oid = inside.next(der::object_identifier);
    const auto digest = inside.next(der::octet_string);
    if (!oid || !digest || !inside.at_end()) return false;
    out.algorithm = der::oid_text(oid->contents).value_or("");
    out.digest = copy(digest->contents);
    return true;
}

void judge_digest(FwidFacts& out) {
    if (out.algorithm != sha384_oid)
        out.fault = "the digest is of algorithm " + out.algorithm + ", not SHA-384";
    else if (out.digest.size() != 48)
        out.fault = "the digest has " + std::to_string(out.digest.size()) + " bytes, not 48";
}

}  // namespace

const ExtensionFacts* CertificateFacts::extension(std::string_view oid) const {
    const auto found = std::ranges::find(extensions, oid, &ExtensionFacts::oid);
    return found == extensions.end() ? nullptr : &*found;
}

std::optional<bool> CertificateFacts::key_usage(unsigned number) const {
    const ExtensionFacts* found = extension(key_usage_oid);
    if (found == nullptr) return std::nullopt;
    const auto bits = der::parse(found->value);
    if (!bits || bits->tag != der::bit_string || bits->contents.size() < 2) return std::nullopt;
    const std::size_t byte = 1 + number / 8;
    return byte < bits->contents.size() && (bits->contents[byte] >> (7 - number % 8) & 1) != 0;
}

std::optional<bool> CertificateFacts::ca() const {
    const ExtensionFacts* found = extension(basic_constraints_oid);
    if (found == nullptr) return std::nullopt;
    const auto sequence = der::parse(found->value);
    if (!sequence || sequence->tag != der::sequence) return std::nullopt;
    der::Cursor inside{sequence->contents};
    const auto flag = inside.next(der::boolean);
    return flag && flag->contents.size() == 1 && flag->contents[0] == 0xFF;
}

std::optional<Bytes> CertificateFacts::authority_key() const {
    const ExtensionFacts* found = extension("2.5.29.35");
    if (found == nullptr) return std::nullopt;
    const auto sequence = der::parse(found->value);
    if (!sequence || sequence->tag != der::sequence) return std::nullopt;
    der::Cursor inside{sequence->contents};
    const auto key = inside.next(der::context(0));
    if (!key) return std::nullopt;
    return copy(key->contents);
}

std::optional<Bytes> CertificateFacts::subject_key() const {
    const ExtensionFacts* found = extension("2.5.29.14");
    if (found == nullptr) return std::nullopt;
    const auto key = der::parse(found->value);
    if (!key || key->tag != der::octet_string) return std::nullopt;
    return copy(key->contents);
}

std::optional<std::string> CertificateFacts::other_name(std::string_view type) const {
    const ExtensionFacts* found = extension("2.5.29.17");
    if (found == nullptr) return std::nullopt;
    const auto names = der::parse(found->value);
    if (!names || names->tag != der::sequence) return std::nullopt;
    der::Cursor each{names->contents};
    while (const auto name = each.next()) {
        if (name->tag != der::context(0, true)) continue;
        der::Cursor inside{name->contents};
        const auto oid = inside.next(der::object_identifier);
        const auto value = inside.next(der::context(0, true));
        if (!oid || !value || der::oid_text(oid->contents) != type) continue;
        const auto text = der::parse(value->contents);
        if (!text || text->tag != der::utf8_string) return std::nullopt;
        return std::string{as_text(text->contents)};
    }
    return std::nullopt;
}

std::optional<CertificateFacts> read_certificate(ByteView bytes) {
    const auto whole = der::parse(bytes);
    if (!whole || whole->tag != der::sequence) return std::nullopt;
    der::Cursor certificate{whole->contents};
    const auto tbs = certificate.next(der::sequence);
    const auto algorithm = certificate.next(der::sequence);
    const auto signature = certificate.next(der::bit_string);
    if (!tbs || !algorithm || !signature || signature->contents.empty()) return std::nullopt;

    CertificateFacts facts;
    facts.tbs = copy(tbs->whole);
    facts.outer_algorithm = oid_of(algorithm->contents);
    facts.signature = copy(signature->contents.subspan(1));
    der::Cursor inside{tbs->contents};
    if (const auto version = inside.next(der::context(0, true))) {
        const auto number = der::parse(version->contents);
        if (!number || number->contents.size() != 1) return std::nullopt;
        facts.version = number->contents[0];
    }
    const auto serial = inside.next(der::integer);
    const auto inner = inside.next(der::sequence);
    const auto issuer = inside.next(der::sequence);
    const auto validity = inside.next(der::sequence);
    const auto subject = inside.next(der::sequence);
    const auto key = inside.next(der::sequence);
    if (!serial || !inner || !issuer || !validity || !subject || !key) return std::nullopt;
    facts.serial = copy(serial->contents);
    facts.inner_algorithm = oid_of(inner->contents);
    facts.spki = copy(key->whole);
    if (const auto wrapped = inside.next(der::context(3, true))) {
        const auto list = der::parse(wrapped->contents);
        if (!list || list->tag != der::sequence || !read_extensions(list->contents, facts.extensions))
            return std::nullopt;
    }
    return facts;
}

FwidFacts read_device_id_fwid(ByteView value) {
    FwidFacts out;
    const auto whole = der::parse(value);
    der::Cursor inside{whole && whole->tag == der::sequence ? whole->contents : ByteView{}};
    const auto version = inside.next(der::integer);
    const auto key = inside.next(der::sequence);
    if (!version || !key || !read_digest(inside.next(der::sequence), out) || !inside.at_end()) {
        out.fault = "it is not SEQUENCE { INTEGER, SubjectPublicKeyInfo, SEQUENCE { OID, OCTET STRING } }";
        return out;
    }
    out.device_key = copy(key->whole);
    if (!equal(version->contents, Bytes{1}))
        out.fault = "the version is not 1";
    else
        judge_digest(out);
    return out;
}

FwidFacts read_tcb_info_fwid(ByteView value) {
    FwidFacts out;
    const auto whole = der::parse(value);
    if (!whole || whole->tag != der::sequence) {
        out.fault = "it is not a SEQUENCE";
        return out;
    }
    der::Cursor inside{whole->contents};
    unsigned last = 0;
    bool any = false;
    while (const auto member = inside.next()) {
        const unsigned number = member->tag & 0x1FU;
        if ((member->tag & 0xC0) != 0x80 || (any && number <= last)) {
            out.fault = "its members are not context tags in ascending order";
            return out;
        }
        any = true;
        last = number;
        if (number == 0) out.vendor = as_text(member->contents);
        if (number == 1) out.model = as_text(member->contents);
        if (number != 6) continue;
        der::Cursor digests{member->contents};
        if (!read_digest(digests.next(der::sequence), out)) {
            out.fault = "fwids does not begin with SEQUENCE { OID, OCTET STRING }";
            return out;
        }
    }
    if (inside.failed())
        out.fault = "it is not DER";
    else if (out.digest.empty())
        out.fault = "it has no fwids";
    else
        judge_digest(out);
    return out;
}

}  // namespace assay::conformance::gpu_evidence
