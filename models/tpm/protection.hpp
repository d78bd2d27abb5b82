// How secrets leave a TPM in the hands of others: wrapped objects, credentials, shared secrets (TPM 2.0
// Library 1.59, Part 1, 22 to 24 and B.10, C.8).
#pragma once
#include "models/tpm/kdf.hpp"
#include "models/tpm/object.hpp"
#include "sim/base/result.hpp"

namespace assay::tpm {

/// A seed, and how keys come from it.
struct ProtectionSeed {
    Alg hash = Alg::sha256;  // nameAlg of the parent
    std::uint16_t key_bits = 128;
    ByteView seed{};
};
/// The seed of a storage key: what protects its children.
ProtectionSeed protection_of(const Object& parent);

/// TPM2B_PRIVATE content: integrity || IV || encrypted TPMT_SENSITIVE, bound to the Name of the object.
/// authValue is padded to the digest of `name_alg`.
Bytes wrap_private(const ProtectionSeed& seed, ByteView iv, const TpmtSensitive& sensitive, Alg name_alg,
                   ByteView name);
/// TPM_RC_INTEGRITY, TPM_RC_VALUE (IV) or TPM_RC_SENSITIVE (content), in that order.
Result<TpmtSensitive, Rc> unwrap_private(const ProtectionSeed& seed, ByteView wrapped, ByteView name);

/// Of a duplicate before its outer wrap (Part 1, 23.3.2): with a key, integrity and sensitive area under
/// AES-CFB; without one, the sensitive area in the clear. TPM_RC_INTEGRITY, or TPM_RC_SENSITIVE for what is
/// no sensitive area.
Secret wrap_inner(Alg name_alg, ByteView key, const TpmtSensitive& sensitive, ByteView name);
Result<TpmtSensitive, Rc> unwrap_inner(Alg name_alg, ByteView key, Secret content, ByteView name);

/// The outer wrap of credentials and duplicates: integrity || encrypted `content`, no IV.
Bytes wrap_outer(const ProtectionSeed& seed, ByteView content, ByteView name);
Result<Secret, Rc> unwrap_outer(const ProtectionSeed& seed, ByteView wrapped, ByteView name);

/// TPM2B_ENCRYPTED_SECRET: a secret that only the holder of `key` can compute. `label`: SECRET, DUPLICATE,
/// IDENTITY.
struct SharedSecret {
    Secret secret;
    Bytes encrypted;
};
Result<SharedSecret, Rc> share_secret(const crypto::Context& context, const TpmtPublic& key,
                                      std::string_view label);
/// The same with the parts that are random given: RSA the secret itself, ECC the ephemeral private scalar.
Result<SharedSecret, Rc> share_secret_with(const crypto::Context& context, const TpmtPublic& key,
                                           std::string_view label, ByteView secret_or_scalar);
/// TPM_RC_VALUE, TPM_RC_ECC_POINT or TPM_RC_KEY.
Result<Secret, Rc> recover_secret(const crypto::Context& context, const Object& key, std::string_view label,
                                  ByteView encrypted);

}  // namespace assay::tpm
