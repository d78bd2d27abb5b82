// FWID extensions: reading strictly, and writing (TCG DICE Attestation Architecture 1.1, 6.1).
#include "models/gpu/fwid.hpp"

#include <stdexcept>

#include "sim/crypto/der.hpp"

namespace assay::gpu {
namespace {

namespace der = crypto::der;

constexpr std::string_view device_id_oid = "2.23.133.5.4.1";
constexpr std::string_view tcb_info_oid = "2.23.133.5.4.1.1";
constexpr std::string_view sha384_oid = "2.16.840.1.101.3.4.2.2";
constexpr std::size_t fwid_size = 48;
constexpr std::uint8_t fwids = der::context(6, true);

FwidError malformed(std::string what) { return {FwidError::Kind::malformed, std::move(what)}; }

/// FWID ::= SEQUENCE { hashAlg OBJECT IDENTIFIER, digest OCTET STRING }
Result<Bytes, FwidError> digest_of(const der::Element& fwid) {
    if (fwid.tag != der::sequence) return malformed("FWID is not a SEQUENCE");
    der::Cursor in{fwid.contents};
    const auto algorithm = in.next(der::object_identifier);
    const auto digest = in.next(der::octet_string);
    if (!algorithm || !digest || !in.at_end())
        return malformed("FWID is not an algorithm and an OCTET STRING");
    if (!equal(algorithm->whole, der::oid(sha384_oid)))
        return malformed("the algorithm of FWID is not SHA-384");
    if (digest->contents.size() != fwid_size)
        return malformed("the digest of FWID has " + std::to_string(digest->contents.size()) +
                         " bytes, 48 expected");
    return Bytes{digest->contents.begin(), digest->contents.end()};
}

Result<Fwid, FwidError> with(FwidForm form, const Result<Bytes, FwidError>& digest) {
    if (!digest) return digest.error();
    return Fwid{form, *digest};
}

/// SEQUENCE { INTEGER 1, SubjectPublicKeyInfo, FWID }
Result<Fwid, FwidError> from_device_id(ByteView value) {
    const auto outer = der::parse(value);
    if (!outer || outer->tag != der::sequence) return malformed("2.23.133.5.4.1 is not one SEQUENCE");
    der::Cursor in{outer->contents};
    const auto version = in.next(der::integer);
    if (!version || version->contents.size() != 1 || version->contents[0] != 1)
        return malformed("2.23.133.5.4.1: version is not INTEGER 1");
    const auto key = in.next(der::sequence);
    if (!key || !crypto::PublicKey::from_spki(key->whole))
        return malformed("2.23.133.5.4.1: no readable SubjectPublicKeyInfo");
    const auto fwid = in.next();
    if (!fwid || !in.at_end()) return malformed("2.23.133.5.4.1: not version, key and FWID alone");
    return with(FwidForm::device_id, digest_of(*fwid));
}

/// DiceTcbInfo: optional members [0] to [9], in order, each once.
Result<Fwid, FwidError> from_tcb_info(ByteView value) {
    const auto outer = der::parse(value);
    if (!outer || outer->tag != der::sequence) return malformed("DiceTcbInfo is not one SEQUENCE");
    der::Cursor in{outer->contents};
    std::optional<der::Element> list;
    int previous = -1;
    while (const auto member = in.next()) {
        const int number = member->tag & 0x1F;
        const bool constructed = (member->tag & 0x20) != 0;
        if ((member->tag & 0xC0) != 0x80 || number > 9 || number <= previous || constructed != (number == 6))
            return malformed("DiceTcbInfo has a member that is out of place, identifier octet " +
                             to_hex({&member->tag, 1}));
        if (member->tag == fwids) list = member;
        previous = number;
    }
    if (in.failed()) return malformed("DiceTcbInfo is not DER");
    if (!list) return malformed("DiceTcbInfo has no fwids [6]");
    der::Cursor entries{list->contents};
    const auto first = entries.next();
    if (!first) return malformed("DiceTcbInfo: fwids [6] is empty");
    const auto digest = digest_of(*first);
    if (!digest) return digest.error();
    while (const auto more = entries.next())
        if (const auto other = digest_of(*more); !other) return other.error();
    if (entries.failed()) return malformed("DiceTcbInfo: fwids [6] is not DER");
    return Fwid{FwidForm::tcb_info, *digest};
}

Bytes fwid_entry(ByteView digest) {
    return der::element(der::sequence, {der::oid(sha384_oid), der::element(der::octet_string, {digest})});
}

}  // namespace

Result<Fwid, FwidError> fwid_of(const crypto::Certificate& leaf) {
    const auto device_id = leaf.extension(device_id_oid);
    const auto tcb_info = leaf.extension(tcb_info_oid);
    if (device_id && tcb_info) return malformed("two FWID extensions, 2.23.133.5.4.1 and 2.23.133.5.4.1.1");
    if (device_id) return from_device_id(*device_id);
    if (tcb_info) return from_tcb_info(*tcb_info);
    return FwidError{FwidError::Kind::absent, "no extension 2.23.133.5.4.1 or 2.23.133.5.4.1.1"};
}

crypto::CertificateSpec::Extension fwid_extension(FwidForm form, ByteView digest,
                                                  const crypto::PublicKey& device_key) {
    if (digest.size() != fwid_size) throw std::logic_error("fwid_extension: a digest of 48 bytes is needed");
    const Bytes entry = fwid_entry(digest);
    if (form == FwidForm::device_id) {
        constexpr std::uint8_t version = 1;
        return {std::string{device_id_oid}, false,
                der::element(der::sequence,
                             {der::element(der::integer, {{&version, 1}}), device_key.spki(), entry})};
    }
    // As GB100 fills it in, without the members that say something of one device only.
    const Bytes none(fwid_size, 0);
    constexpr std::uint8_t zero = 0, layer = 1, flags[] = {0x00, 0x80, 0x00, 0x00, 0x00};
    return {
        std::string{tcb_info_oid}, false,
        der::element(
            der::sequence,
            {der::element(der::context(0), {as_bytes("NVIDIA")}),
             der::element(der::context(1), {as_bytes("GB100 A01 GSP")}),
             der::element(der::context(2), {as_bytes("01")}), der::element(der::context(3), {{&layer, 1}}),
             der::element(der::context(4), {{&layer, 1}}), der::element(der::context(5), {{&zero, 1}}),
             der::element(fwids, {entry, fwid_entry(none)}), der::element(der::context(7), {flags})})};
}

}  // namespace assay::gpu
