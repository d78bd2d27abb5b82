// X.509 certificates (RFC 5280): reading, verifying chains against pinned roots at a given time, issuing;
// certification requests (RFC 2986).
#pragma once
#include <map>

#include "sim/base/clock.hpp"
#include "sim/base/result.hpp"
#include "sim/crypto/key.hpp"

namespace assay::crypto {

/// Why a certificate, a request or a chain is refused, in words for a user.
struct CertificateError {
    enum class Kind : std::uint8_t {
        malformed,       // not a certificate, or not one that this code can read
        bad_signature,   // one certificate is not signed by the next
        wrong_issuer,    // names do not chain
        not_a_ca,        // basicConstraints or keyUsage of an issuer
        path_length,     // pathLenConstraint
        untrusted_root,  // the chain does not end in a pinned root
        not_yet_valid,
        expired,
        unsupported,   // an unknown critical extension, an algorithm that is not accepted
        wrong_length,  // of the chain
    };
    Kind kind{};
    std::size_t index = 0;  // in the chain, 0 the leaf
    std::string what;
};
std::string_view name(CertificateError::Kind kind);

/// Immutable; copies share it.
class Certificate {
public:
    /// Exactly one DER certificate, v1 or v3. Names, times and the extensions that this code evaluates are
    /// checked, signatures are not. A key of another type than PublicKey knows is `unsupported`.
    static Result<Certificate, CertificateError> from_der(ByteView der);

    Bytes der() const;
    std::string pem() const;
    PublicKey public_key() const;
    /// Big-endian, without leading zeros.
    Bytes serial() const;
    std::string serial_decimal() const;
    /// RFC 2253-like one line, for people.
    std::string subject() const;
    std::string issuer() const;
    /// DER of the Name.
    Bytes subject_name() const;
    Bytes issuer_name() const;
    std::optional<std::string> common_name() const;
    /// The attribute 2.5.4.5, as text.
    std::optional<std::string> subject_serial_number() const;
    Instant not_before() const;
    Instant not_after() const;  // 9999-12-31T23:59:59Z for "no expiry"
    bool self_issued() const;
    bool is_ca() const;
    /// keyUsage has digitalSignature, or there is no keyUsage.
    bool may_sign_data() const;
    bool has_extended_key_usage(std::string_view dotted_oid) const;
    std::optional<Bytes> subject_key_identifier() const;
    /// extnValue's contents (without the OCTET STRING around them).
    std::optional<Bytes> extension(std::string_view dotted_oid) const;
    /// Dotted OIDs in order.
    std::vector<std::string> extensions() const;
    /// `ecdsa-with-SHA384`, `sha256WithRSAEncryption`, `RSASSA-PSS-SHA384`; else the dotted OID.
    std::string signature_algorithm() const;
    /// subjectPublicKey's bits, as CertID hashes them (RFC 6960, 4.1.1).
    Bytes public_key_bits() const;
    bool operator==(const Certificate& other) const;

    /// For sim/crypto alone.
    struct Native;
    explicit Certificate(std::shared_ptr<const Native> native) : native_(std::move(native)) {}
    const Native& native() const { return *native_; }

private:
    std::shared_ptr<const Native> native_;
};

/// All CERTIFICATE blocks of a PEM text, in order. Text between the blocks is skipped; a block that is cut
/// off, not base64, or not a certificate is an error whose `index` counts the blocks.
Result<std::vector<Certificate>, CertificateError> certificates_from_pem(ByteView text);

/// One certificate after the other, DER (the tail of an SPDM certificate chain).
Result<std::vector<Certificate>, CertificateError> certificates_from_der(ByteView der);

struct ChainRules {
    std::optional<Instant> at;          // nothing: validity periods are not looked at
    std::optional<std::size_t> length;  // exact number of certificates
    std::vector<Certificate> roots;     // pinned; compared as whole certificates
    /// Dotted OIDs of critical extensions that the caller evaluates itself.
    std::vector<std::string> known_critical;
};

/// `chain` is leaf first, each certificate issued by the next, the last one of `rules.roots` or issued by one
/// of them. Nothing is searched for or reordered: this is the whole path. Checked in this order: length;
/// algorithms (no MD5, no SHA-1, no RSA below 2048 bits) and critical extensions; names, byte for byte; what
/// makes an issuer; signatures, a root's own too; the root; times, inclusive. A root that does not come along
/// meets the same rules, at index chain.size().
Result<Nothing, CertificateError> verify_chain(const std::vector<Certificate>& chain,
                                               const ChainRules& rules);

/// What goes into a certificate that we issue.
struct CertificateSpec {
    std::vector<std::pair<std::string, std::string>>
        subject;   // {"CN", "..."}, {"serialNumber", "..."} in order
    Bytes serial;  // big-endian, positive
    Instant not_before{};
    Instant not_after{};
    bool ca = false;
    std::optional<int> path_length{};
    std::vector<std::string> key_usage{};  // RFC 5280 names: digitalSignature, keyCertSign, cRLSign, ...
    std::vector<std::string> extended_key_usage{};  // dotted OIDs
    std::optional<Bytes> subject_key_identifier{};  // nothing: SHA-1 of the key bits (RFC 5280, 4.2.1.2)
    bool authority_key_identifier = true;
    struct Extension {
        std::string oid;
        bool critical = false;
        Bytes value;  // DER, goes into the OCTET STRING
    };
    std::vector<Extension> extensions{};
};

/// Signed by `issuer_key` with ECDSA or RSA PKCS#1 and `hash`. Without `issuer` its issuer is its subject.
/// That keys and names belong together is not checked: faulty chains are made here, too. A specification that
/// makes no certificate is a bug of the caller (std::logic_error).
Certificate issue(const CertificateSpec& spec, const PublicKey& subject_key, const Certificate* issuer,
                  const PrivateKey& issuer_key, Hash hash);

/// A certification request (PKCS#10), DER; and its check: the signature is by the key inside.
Bytes make_request(const CertificateSpec& spec, const PrivateKey& key, Hash hash);
struct CertificationRequest {
    PublicKey key;
    std::string subject;
};
Result<CertificationRequest, CertificateError> verify_request(ByteView der);

}  // namespace assay::crypto
