// The user's side: it knows the verifier's key and the KMS's certificate, and seals a prompt only to a key
// that both vouch for.
#pragma once
#include "models/ohttp/client.hpp"
#include "models/platform/deployment.hpp"
#include "models/platform/scene.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::platform {

/// What a user pins.
struct ClientTrust {
    crypto::PublicKey token_key;
    std::string token_key_id;
    crypto::Certificate kms;
    Bytes runtime_policy_hash;  // SHA-256: what the service promised to run under
};

/// The key configuration of a list counts when the KMS's receipt is for that very configuration, and the
/// verifier's token says that the platform is as promised. `evidence` is {"receipt": text, "token": text}.
class AttestedKeys final : public ohttp::KeyAuthority {
public:
    /// `clock` outlives it.
    AttestedKeys(ClientTrust trust, const Clock& clock) : trust_(std::move(trust)), clock_(clock) {}

    Result<ohttp::KeyConfig, ohttp::ClientError> accept(ByteView list, ByteView evidence) override;

private:
    ClientTrust trust_;
    const Clock& clock_;
};
Bytes key_evidence(std::string_view receipt, std::string_view token);

}  // namespace assay::platform
