#include "models/platform/outside.hpp"

#include <nlohmann/json.hpp>

#include "models/verifier/cvm_token.hpp"

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

Outside::Outside(const Deployment& deployment, TrustBase trust, ByteView seed, Scene& scene)
    : deployment_(deployment),
      trust_(std::move(trust)),
      scene_(scene),
      random_(seed, "verifier and kms"),
      context_(random_),
      token_key_(crypto::PrivateKey::generate(context_, crypto::KeyType::p384)),
      token_public_(token_key_.public_key()),
      token_key_id_(to_hex(crypto::digest(crypto::Hash::sha256, {token_public_->spki()}))),
      verifier_(trust_.anchors, verifier::CvmPolicy{}) {
    Bytes credential(32);
    random_.fill(credential);
    credential_ = to_base64url(credential);
    kms::Deployment service;
    service.issuers = {{std::string{token_issuer}, {{token_key_id_, *token_public_}}}};
    service.callers = {{std::string{gateway_caller},
                        crypto::digest(crypto::Hash::sha256, {as_bytes(credential_)}),
                        false,
                        {std::string{prompt_group} + "-*", std::string{model_key_name}}}};
    service_.emplace(std::move(service), store_, context_, scene_.clock, random_secret(random_, 32));
    const kms::ReleaseTerms terms{deployment_.release_policy};
    const auto made = service_->create_group({std::string{prompt_group}, kms::KeyKind::hpke_x25519, terms,
                                              kms::RotationPolicy{prompt_key_life, prompt_key_grace}});
    const auto imported = service_->import_key(model_key_name, deployment_.model_key, terms);
    if (!made || !imported) throw std::logic_error("the KMS refuses the deployment's keys");
    prompt_kid_ = made->kid;
}

HttpResponse Outside::kms(const HttpRequest& request, std::string_view from) {
    HttpRequest arriving = request;
    if (scene_.tampering.key_request) scene_.tampering.key_request(arriving);
    scene_.message(from, "kms", request.method + " " + request.target, request.body);
    scene_.spend("kms.request");
    HttpResponse answer = service_->handle(arriving);
    if (scene_.tampering.key_answer) scene_.tampering.key_answer(answer);
    scene_.message("kms", from, std::to_string(answer.status), answer.body,
                   answer.status < 400 ? Event::Outcome::ok : Event::Outcome::refused);
    return answer;
}

Result<std::string, Refusal> Outside::appraise(const cvm::CompositeEvidence& given, ByteView nonce) {
    cvm::CompositeEvidence evidence = given;
    if (scene_.tampering.evidence) scene_.tampering.evidence(evidence);
    const std::string sent = cvm::write_evidence(evidence);
    scene_.message("vm", "verifier", "composite evidence", as_bytes(sent));
    scene_.spend("verifier.appraise");
    const auto arrived = cvm::parse_evidence(as_bytes(sent));
    if (!arrived) return scene_.refuse(Stage::attest, "verifier", "E_SCHEMA", arrived.error().text());

    verifier::CvmExpectation expected;
    expected.nonce.assign(nonce.begin(), nonce.end());
    if (scene_.tampering.verifier_nonce) scene_.tampering.verifier_nonce(expected.nonce);
    expected.at = scene_.clock.now();
    expected.gpu_times = verifier::Times::all(scene_.clock.now());
    last_ = verifier_.appraise(*arrived, trust_.references, expected);
    if (!last_.accepted) {
        const verifier::Finding& first = last_.refusals.front();
        return scene_.refuse(Stage::attest, "verifier", first.reason, first.text());
    }
    Bytes id(32);
    random_.fill(id);
    std::string token =
        verifier::cvm_token({std::string{token_issuer}, token_key_id_, token_key_}, last_,
                            verifier::policy_hash(verifier_.policy()), scene_.clock.now(), id);
    if (scene_.tampering.token) scene_.tampering.token(token);
    scene_.message("verifier", "vm", "result token (EAT, ES384)", as_bytes(token));
    return token;
}

}  // namespace assay::platform
