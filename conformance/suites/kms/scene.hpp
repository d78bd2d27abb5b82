// What a case of the suite kms works with: a verifier, a gateway with its vTPM key, callers, a clock.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "conformance/case.hpp"
#include "conformance/targets/kms_port.hpp"

namespace assay::conformance::key_release {

inline constexpr const char* default_enc = "RSA_AES_KEY_WRAP_256";

/// One request for a key, and what is to be wrong about it. As it is made, everything is right.
struct Ask {
    std::string kid = "model";
    std::string credential;  // empty: none is sent
    std::string media_type = "application/json";
    std::string enc = default_enc;
    std::string nonce;      // base64url; as the service gave it
    std::string eat_nonce;  // hex; empty: the same
    std::function<void(nlohmann::json&)> header{};
    std::function<void(nlohmann::json&)> claims{};
    std::function<void(std::string&)> token{};
    std::function<void(nlohmann::json&)> body{};
    std::function<void(Bytes&)> bytes{};
};

class Scene {
public:
    /// The target trusts this scene's issuer, knows its callers `gateway` (keys `model`, `control`,
    /// `missing`, `prompt-*`), `neighbour` (key `elsewhere`) and `operator` (all keys), and has the scene's
    /// time.
    explicit Scene(Trial& trial);
    ~Scene();
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    Trial& trial() { return trial_; }
    KmsPort& port() { return port_; }
    Instant now() const { return now_; }
    void set_clock(Instant now);
    void pass(std::chrono::seconds time) { set_clock(now_ + time); }

    const std::string& issuer() const { return issuer_; }
    const std::string& gateway() const { return gateway_; }
    const std::string& neighbour() const { return neighbour_; }
    const std::string& administrator() const { return administrator_; }

    /// The release policy that the claims of a right request satisfy.
    std::string policy() const;
    /// A policy of this issuer over these conditions (JSON text of a list).
    std::string policy_over(std::string_view conditions) const;

    /// Imports a key of 32 random bytes; the bytes.
    Bytes provide(const std::string& name, const std::string& policy, bool immutable = false);
    Bytes provide(const std::string& name) { return provide(name, policy()); }
    void provide_group(const std::string& kem, std::chrono::seconds interval, std::chrono::seconds grace);

    /// A nonce by POST /v1/challenge.
    std::string challenge(const std::string& credential);
    /// A right request with a fresh nonce of the gateway.
    Ask ask(const std::string& kid = "model");
    HttpResponse send(const Ask& ask);
    HttpResponse release(const std::string& kid) { return send(ask(kid)); }
    HttpResponse get(const std::string& target);

    /// A token over `claims` with `header`, signed with ES384 by the scene's issuer.
    std::string sign(const nlohmann::json& header, const nlohmann::json& claims) const;
    nlohmann::json header() const;
    /// Claims in which everything is right, with that `eat_nonce`.
    nlohmann::json claims(const std::string& eat_nonce) const;

    /// The key that an answer carries, unwrapped with the vTPM's key; the case fails where there is none.
    Bytes unwrapped(const HttpResponse& answer);
    nlohmann::json document(const HttpResponse& answer);

    /// The answer is a problem document with exactly that status and code, and repeats nothing of the
    /// request.
    void expect_refusal(const HttpResponse& answer, unsigned status, std::string_view code);
    /// 202 with Retry-After and no key; anything else is a failure.
    void expect_pending(const HttpResponse& answer);
    /// 200 and exactly this key.
    void expect_key(const HttpResponse& answer, ByteView key);
    void expect_same(std::string_view what, std::string_view expected, std::string_view actual);

    /// Texts of requests so far that no answer may repeat: credentials, tokens, nonces, claim values.
    const std::vector<std::string>& canaries() const { return canaries_; }

private:
    Trial& trial_;
    KmsPort& port_;
    Instant now_;
    std::string mark_, issuer_, gateway_, neighbour_, administrator_, policy_hash_;
    crypto::PrivateKey key_;
    std::vector<std::string> canaries_;
};

/// The gateway's RSA key. It protects nothing: it is in the sources.
const crypto::PrivateKey& vtpm_key();
/// Its JWK, kid TpmEphemeralEncryptionKey.
nlohmann::json vtpm_jwk();
/// A JWK of that kid over a random odd number of so many bits: a key that only has to be refused.
nlohmann::json jwk_of_bits(Trial& trial, std::size_t bits);

bool contains(ByteView text, std::string_view part);

}  // namespace assay::conformance::key_release
