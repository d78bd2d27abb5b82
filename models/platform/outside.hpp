// Across the network: the verifier that appraises the platform, and the KMS that keeps its keys: their cores.
#pragma once
#include "models/kms/key_service.hpp"
#include "models/platform/deployment.hpp"
#include "models/platform/scene.hpp"
#include "models/verifier/attestation_endpoint.hpp"
#include "sim/crypto/context.hpp"

namespace assay::platform {

/// Everything that the makers of CPU, GPU and firmware publish, and what the operator of this deployment
/// allows.
struct TrustBase {
    verifier::CvmAnchors anchors;
    verifier::CvmReferences references;
};

class Outside {
public:
    /// All outlive it.
    Outside(const Deployment& deployment, const TrustBase& trust, ByteView seed, const Clock& clock);

    /// What the gateway presents to the KMS.
    const std::string& gateway_credential() const { return credential_; }
    /// kid of the key that prompts are sealed to.
    const std::string& prompt_kid() const { return prompt_kid_; }

    // What clients pin.
    const crypto::PublicKey& token_key() const { return *token_public_; }
    const std::string& token_key_id() const { return token_key_id_; }
    const crypto::Certificate& kms_certificate() const { return service_->certificate(); }

    kms::KeyService& service() { return *service_; }
    verifier::AttestationEndpoint& verifier() { return endpoint_; }

private:
    crypto::Drbg random_;
    crypto::Context context_;
    crypto::PrivateKey token_key_;
    std::optional<crypto::PublicKey> token_public_;
    std::string token_key_id_, credential_, prompt_kid_;
    verifier::CvmVerifier verifier_;
    verifier::AttestationService attestation_;
    verifier::AttestationEndpoint endpoint_;
    kms::Store store_;
    std::optional<kms::KeyService> service_;
};

}  // namespace assay::platform
