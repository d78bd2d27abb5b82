// Key configurations as clients read them, and receipts as clients check them. Written from RFC 9458 and from
// the form of CCF's receipts alone.
#pragma once
#include "conformance/suites/kms/scene.hpp"

namespace assay::conformance::key_release {

struct PublishedKey {
    std::string kid;
    std::uint8_t key_id = 0;
    std::uint16_t kem = 0;
    Bytes config;
    Bytes public_key;
    std::string receipt;  // JSON text
};

/// GET /v1/keys. The case fails where the list, or a configuration in it, is not of the form.
std::vector<PublishedKey> published(Scene& scene);

/// The answer to GET /v1/keys has no key: an empty list, or 202.
void expect_none_published(Scene& scene);

/// What is wrong with a receipt of these published bytes under the pinned service certificate; empty:
/// nothing.
std::string receipt_fault(std::string_view receipt, ByteView service_der, ByteView config, Instant now);

}  // namespace assay::conformance::key_release
