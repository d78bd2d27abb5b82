// What certificates, requests and OCSP messages share: signed objects, names, times, extensions. Internal to
// sim/crypto.
#pragma once
#include <vector>

#include "sim/base/clock.hpp"
#include "sim/crypto/der.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::crypto {

struct SignatureAlgorithm {
    std::string_view identifier;  // the whole AlgorithmIdentifier: parameters have one form for each
    std::string_view name;
    SignatureScheme scheme;
    Hash hash;
    bool accepted;  // false for digests that collide
};
/// Null for one that this code does not know.
const SignatureAlgorithm* signature_algorithm(ByteView identifier);
/// With which keys of `type` sign; std::logic_error when they cannot.
const SignatureAlgorithm& signature_algorithm(KeyType type, Hash hash);

/// SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING, perhaps more }.
struct SignedObject {
    der::Element content;
    ByteView algorithm;  // the whole AlgorithmIdentifier
    ByteView signature;
    ByteView rest;  // elements after the signature
};
std::optional<SignedObject> read_signed(ByteView der);
/// Signs `content` and puts the object together, with `rest` after the signature.
Bytes make_signed(ByteView content, const PrivateKey& key, Hash hash, ByteView rest = {});
/// By `key`, with an algorithm that is accepted.
bool is_signed_by(const SignedObject& object, const PublicKey& key);

/// The bits of a BIT STRING without unused ones.
std::optional<ByteView> whole_bits(const der::Element& element);

inline constexpr std::uint8_t generalized_time_tag = 0x18;

/// UTCTime or GeneralizedTime in the forms of RFC 5280, 4.1.2.5.
std::optional<Instant> read_time(const der::Element& element);
/// UTCTime up to 2049, GeneralizedTime from 2050.
Bytes validity_time(Instant at);
Bytes generalized_time(Instant at);

/// An attribute of a Name; `first_of_rdn` where a RelativeDistinguishedName begins.
struct NameAttribute {
    ByteView oid;
    der::Element value;
    bool first_of_rdn;
};
std::optional<std::vector<NameAttribute>> read_name(ByteView der);
/// Of a Name that read_name accepts.
std::string name_text(ByteView der);
std::optional<std::string> name_attribute(ByteView der, std::string_view oid);
Bytes make_name(const std::vector<std::pair<std::string, std::string>>& attributes);

/// An Extension; the views point into the message.
struct ExtensionView {
    ByteView oid;
    bool critical;
    ByteView value;  // what is in the OCTET STRING
};
/// A SEQUENCE OF Extension without duplicates and not empty.
std::optional<std::vector<ExtensionView>> read_extensions(ByteView der);
Bytes make_extension(ByteView encoded_oid, bool critical, ByteView value);

/// Contents of OIDs.
namespace oids {
inline constexpr std::string_view subject_key_identifier = "\x55\x1D\x0E", key_usage = "\x55\x1D\x0F",
                                  subject_alternative_name = "\x55\x1D\x11",
                                  basic_constraints = "\x55\x1D\x13",
                                  authority_key_identifier = "\x55\x1D\x23",
                                  extended_key_usage = "\x55\x1D\x25", common_name = "\x55\x04\x03",
                                  serial_number = "\x55\x04\x05",
                                  ocsp_signing = "\x2B\x06\x01\x05\x05\x07\x03\x09",
                                  ocsp_basic = "\x2B\x06\x01\x05\x05\x07\x30\x01\x01",
                                  ocsp_nonce = "\x2B\x06\x01\x05\x05\x07\x30\x01\x02";
}  // namespace oids

struct Certificate::Native {
    Bytes der;
    SignedObject object;
    ByteView serial_contents;  // of the INTEGER
    ByteView issuer, subject;  // DER of the Names
    ByteView key_bits;
    Instant not_before{}, not_after{};
    std::vector<ExtensionView> extensions;
    bool ca = false;
    std::optional<std::size_t> path_length;
    std::optional<std::uint8_t> key_usage;  // the first eight bits, digitalSignature the highest
    std::vector<ByteView> extended_key_usage;
    PublicKey key;

    bool may_sign_certificates() const { return ca && (!key_usage || (*key_usage & 0x04) != 0); }
    bool has_usage(std::string_view oid) const;
    const ExtensionView* extension(std::string_view oid) const;
};

}  // namespace assay::crypto
