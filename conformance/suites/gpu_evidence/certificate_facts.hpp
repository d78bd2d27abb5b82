// What a certificate says, read from its DER (RFC 5280), beside what sim/crypto says of it.
#pragma once
#include <optional>
#include <string>

#include "sim/base/bytes.hpp"

namespace assay::conformance::gpu_evidence {

struct ExtensionFacts {
    std::string oid;
    bool critical = false;
    Bytes value;  // inside the OCTET STRING
};

struct CertificateFacts {
    Bytes tbs;             // the signed element, whole
    unsigned version = 0;  // 0 for v1, 2 for v3
    Bytes serial;          // contents of the INTEGER
    std::string inner_algorithm, outer_algorithm;
    Bytes spki;
    Bytes signature;  // contents of the BIT STRING
    std::vector<ExtensionFacts> extensions;

    const ExtensionFacts* extension(std::string_view oid) const;
    /// Bit `number` of KeyUsage (RFC 5280, 4.2.1.3); nothing without the extension or where it is malformed.
    std::optional<bool> key_usage(unsigned number) const;
    /// cA of basicConstraints; nothing without the extension or where it is malformed.
    std::optional<bool> ca() const;
    /// keyIdentifier of authorityKeyIdentifier, and subjectKeyIdentifier.
    std::optional<Bytes> authority_key() const;
    std::optional<Bytes> subject_key() const;
    /// The UTF8String of the otherName of that type in subjectAltName.
    std::optional<std::string> other_name(std::string_view type) const;
};
std::optional<CertificateFacts> read_certificate(ByteView der);

inline constexpr std::string_view ecdsa_with_sha384 = "1.2.840.10045.4.3.3";
inline constexpr std::string_view key_usage_oid = "2.5.29.15";
inline constexpr std::string_view basic_constraints_oid = "2.5.29.19";
inline constexpr std::string_view fwid_device_id_oid = "2.23.133.5.4.1";
inline constexpr std::string_view fwid_tcb_info_oid = "2.23.133.5.4.1.1";
inline constexpr std::string_view device_info_oid = "1.3.6.1.4.1.412.274.1";

/// The firmware identity in an extension's value. `fault` is empty when the value is well-formed.
struct FwidFacts {
    Bytes digest;
    Bytes device_key;       // SPKI in the device identity form
    std::string algorithm;  // OID of the digest
    std::string vendor, model;
    std::string fault;
};
FwidFacts read_device_id_fwid(ByteView value);
FwidFacts read_tcb_info_fwid(ByteView value);

}  // namespace assay::conformance::gpu_evidence
