// Certificates for tests.
#include "sim/crypto/test_pki.hpp"

namespace assay::crypto {

TestPki::TestPki(std::string_view seed)
    : random(as_bytes(seed)),
      context(random),
      root_key(new_key()),
      intermediate_key(new_key()),
      leaf_key(new_key()),
      root(issue(ca_spec("Test Root"), root_key.public_key(), nullptr, root_key, Hash::sha384)),
      intermediate(
          issue(ca_spec("Test Intermediate"), intermediate_key.public_key(), &root, root_key, Hash::sha384)),
      leaf(issue(leaf_spec("Test Leaf"), leaf_key.public_key(), &intermediate, intermediate_key,
                 Hash::sha384)) {}

CertificateSpec TestPki::ca_spec(const std::string& common_name) {
    CertificateSpec spec = leaf_spec(common_name);
    spec.ca = true;
    spec.key_usage = {"keyCertSign", "cRLSign"};
    return spec;
}

CertificateSpec TestPki::leaf_spec(const std::string& common_name) {
    CertificateSpec spec;
    spec.subject = {{"C", "DE"}, {"O", "Assay"}, {"CN", common_name}};
    spec.serial = {++last_serial};
    spec.not_before = *from_rfc3339("2025-01-01T00:00:00Z");
    spec.not_after = *from_rfc3339("2026-01-01T00:00:00Z");
    spec.key_usage = {"digitalSignature"};
    return spec;
}

}  // namespace assay::crypto
