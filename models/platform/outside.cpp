#include "models/platform/outside.hpp"

namespace assay::platform {
namespace {

constexpr std::chrono::hours prompt_key_life{24 * 31};
constexpr std::chrono::hours prompt_key_grace{24 * 7};

Secret random_secret(Random& random, std::size_t size) {
    Secret out{size};
    random.fill(out.bytes());
    return out;
}

}  // namespace

Outside::Outside(const Deployment& deployment, const TrustBase& trust, ByteView seed, const Clock& clock)
    : random_(seed, "verifier and kms"),
      context_(random_),
      token_key_(crypto::PrivateKey::generate(context_, crypto::KeyType::p384)),
      token_public_(token_key_.public_key()),
      token_key_id_(to_hex(crypto::digest(crypto::Hash::sha256, {token_public_->spki()}))),
      verifier_(trust.anchors, verifier::CvmPolicy{}),
      attestation_(verifier_, trust.references, {std::string{token_issuer}, token_key_id_, token_key_},
                   random_),
      endpoint_(attestation_, *token_public_, token_key_id_, clock) {
    Bytes credential(32);
    random_.fill(credential);
    credential_ = to_base64url(credential);
    kms::Deployment service;
    service.issuers = {{std::string{token_issuer}, {{token_key_id_, *token_public_}}}};
    service.callers = {{std::string{gateway_caller},
                        crypto::digest(crypto::Hash::sha256, {as_bytes(credential_)}),
                        false,
                        {std::string{prompt_group} + "-*", std::string{model_key_name}}}};
    service_.emplace(std::move(service), store_, context_, clock, random_secret(random_, 32));
    const kms::ReleaseTerms terms{deployment.release_policy};
    const auto made = service_->create_group({std::string{prompt_group}, kms::KeyKind::hpke_x25519, terms,
                                              kms::RotationPolicy{prompt_key_life, prompt_key_grace}});
    const auto imported = service_->import_key(model_key_name, deployment.model_key, terms);
    if (!made || !imported) throw std::logic_error("the KMS refuses the deployment's keys");
    prompt_kid_ = made->kid;
}

}  // namespace assay::platform
