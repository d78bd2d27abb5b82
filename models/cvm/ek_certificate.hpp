// Certificates of endorsement keys (TCG EK Credential Profile for TPM 2.0, 2.5, section 3.2): what says that
// a TPM is of its maker.
#pragma once
#include "sim/crypto/x509.hpp"

namespace assay::cvm {

/// What the certificate says of the TPM (tcg-at-tpmManufacturer, Model, Version).
struct TpmIdentity {
    std::string manufacturer{};  // "id:" and 8 hexadecimal digits of TPM_PT_MANUFACTURER
    std::string model{};
    std::string version{};  // "id:" and 8 hexadecimal digits of the firmware version
};

/// The authority of a maker of TPMs: one root, ECDSA P-384, valid from 2020 to 2060.
class TpmManufacturer {
public:
    /// Equal seeds, equal keys.
    explicit TpmManufacturer(ByteView seed);
    const crypto::Certificate& root() const { return root_.value(); }
    /// For RSA keys keyEncipherment, for ECC keys keyAgreement; subject alternative name with the identity,
    /// critical, since the subject is empty; extended key usage tcg-kp-EKCertificate.
    crypto::Certificate endorse(const crypto::PublicKey& ek, const TpmIdentity& tpm) const;

private:
    std::unique_ptr<crypto::Drbg> random_;
    std::unique_ptr<crypto::Context> context_;
    std::optional<crypto::PrivateKey> key_;
    std::optional<crypto::Certificate> root_;
};

}  // namespace assay::cvm
