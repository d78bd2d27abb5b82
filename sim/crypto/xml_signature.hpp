// Enveloped XML signatures (XML-DSig 1.1, Canonical XML 1.1) in the one form that reference integrity
// manifests use: the root's Signature child signs the whole document but itself.
#pragma once
#include "sim/base/result.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::crypto {

struct XmlError {
    enum class Kind : std::uint8_t {
        malformed,    // not well-formed UTF-8 XML, too long, nested too deep
        doctype,      // a document type declaration: entities are never expanded
        structure,    // not exactly one Signature of the accepted form
        algorithm,    // another canonicalisation, transform, digest or signature algorithm
        certificate,  // KeyInfo without a readable X509Certificate
        digest,       // the document is not the one that was signed
        signature,    // SignatureValue is not by the first certificate's key
    };
    Kind kind{};
    std::size_t line = 0;  // 0 where it is not of one line
    std::string what;
};
std::string_view name(XmlError::Kind kind);

/// The parts of a signed document. Nothing of it is trusted before verify().
struct EnvelopedSignature {
    Bytes document;     // canonical form of everything but the Signature: what DigestValue is over
    Bytes signed_info;  // canonical form of SignedInfo: what SignatureValue is over
    Bytes digest_value;
    Bytes signature_value;                  // r || s
    std::vector<Certificate> certificates;  // of KeyInfo, leaf first

    /// The digest of the document first, then the signature under certificates.front(). Chain not checked.
    Result<Nothing, XmlError> verify() const;
};

inline constexpr std::size_t max_xml_size = 1 << 20;

/// Accepts: a document without DOCTYPE of at most 1 MiB; exactly one ds:Signature in it, a child of the root;
/// exactly one Reference, its URI empty, with the transforms enveloped-signature and Canonical XML 1.0 or 1.1
/// (no comments), SHA-384; ecdsa-sha384.
Result<EnvelopedSignature, XmlError> parse_enveloped_signature(ByteView xml);

/// `xml` with a Signature as last child of its root, made by `key`, whose chain (leaf first) goes into
/// KeyInfo. `xml` is well-formed and has no Signature (std::logic_error).
Bytes sign_enveloped(ByteView xml, const PrivateKey& key, const std::vector<Certificate>& chain);

/// Canonical XML 1.1 without comments. Refuses what parse_enveloped_signature refuses as malformed.
Result<Bytes, XmlError> canonicalize(ByteView xml);

}  // namespace assay::crypto
