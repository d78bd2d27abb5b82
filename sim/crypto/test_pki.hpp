// A small public key infrastructure for tests: root, intermediate, leaf; and verdicts as words.
#pragma once
#include "sim/crypto/x509.hpp"

namespace assay::crypto {

/// `good`, or the name of the error's kind.
template <class T, class Error>
std::string kind_of(const Result<T, Error>& result) {
    return result ? "good" : std::string{name(result.error().kind)};
}

/// Valid from 2025-01-01 to 2026-01-01; P-384, SHA-384.
struct TestPki {
    explicit TestPki(std::string_view seed = "test pki");

    /// What a CA certificate says; `common_name` is the subject.
    CertificateSpec ca_spec(const std::string& common_name);
    CertificateSpec leaf_spec(const std::string& common_name);
    PrivateKey new_key(KeyType type = KeyType::p384) { return PrivateKey::generate(context, type); }

    /// Leaf, intermediate, root.
    std::vector<Certificate> chain() const { return {leaf, intermediate, root}; }
    ChainRules rules() const { return {noon, 3, {root}, {}}; }

    std::uint8_t last_serial = 0;
    Drbg random;
    Context context;
    Instant noon = *from_rfc3339("2025-06-01T12:00:00Z");
    PrivateKey root_key, intermediate_key, leaf_key;
    Certificate root, intermediate, leaf;
};

}  // namespace assay::crypto
