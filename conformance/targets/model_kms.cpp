#include "conformance/targets/model_kms.hpp"

#include <fmt/format.h>

#include "models/kms/key_service.hpp"

namespace assay::conformance {
namespace {

class SetClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at = *from_rfc3339("2026-01-01T00:00:00Z");
};

Secret root_key(Random& random) {
    constexpr std::size_t size = 32;
    Secret out{size};
    random.fill(out.bytes());
    return out;
}

class ModelKmsPort final : public KmsPort {
public:
    explicit ModelKmsPort(std::uint64_t seed)
        : random_(store(seed, std::endian::big), "assay model kms"),
          context_(random_),
          root_key_(root_key(random_)),
          service_(make()) {}

    std::set<std::string> capabilities() const override {
        return {"audit", "callers",  "certificate", "clock",      "groups", "issuers",
                "keys",  "receipts", "restart",     "revocation", "storage"};
    }

    Result<HttpResponse, PortError> send(const HttpRequest& request) override {
        return service_->handle(request);
    }

    Result<Nothing, PortError> trust_issuer(std::string_view url, std::string_view kid,
                                            ByteView spki) override {
        const auto key = crypto::PublicKey::from_spki(spki);
        if (!key) return PortError{PortError::Kind::refused, "the key is none"};
        issuers_.push_back({std::string{url}, {{std::string{kid}, *key}}});
        service_->trust(issuers_.back());
        return Nothing{};
    }
    Result<Nothing, PortError> admit_caller(std::string_view id, std::string_view credential,
                                            bool administrator,
                                            const std::vector<std::string>& keys) override {
        callers_.push_back({std::string{id}, crypto::digest(crypto::Hash::sha256, {as_bytes(credential)}),
                            administrator, keys});
        service_->admit(callers_.back());
        return Nothing{};
    }
    Result<Nothing, PortError> set_clock(Instant now) override {
        clock_.at = now;
        return Nothing{};
    }

    Result<Nothing, PortError> import_key(const KmsKey& key) override {
        const auto profile = kms::policy_profile(key.profile);
        if (!profile) return PortError{PortError::Kind::refused, "unknown profile"};
        Secret material{key.material.size()};
        std::ranges::copy(key.material, material.bytes().begin());
        return outcome(service_->import_key(key.name, material, {key.policy, *profile, key.immutable}));
    }
    Result<Nothing, PortError> create_group(const KmsGroup& group) override {
        const auto kind = group.kem == "p384" ? kms::KeyKind::hpke_p384 : kms::KeyKind::hpke_x25519;
        return outcome(service_->create_group(
            {group.name, kind, {group.policy}, kms::RotationPolicy{group.interval, group.grace}}));
    }
    Result<Nothing, PortError> rotate(std::string_view group) override {
        return outcome(service_->rotate(group));
    }
    Result<Nothing, PortError> revoke(std::string_view kid) override {
        return outcome(service_->revoke(kid));
    }
    Result<Nothing, PortError> hold_receipts(bool held) override {
        service_->hold_receipts(held);
        return Nothing{};
    }
    Result<Nothing, PortError> commit_receipts() override {
        service_->commit_receipts();
        return Nothing{};
    }

    Result<Bytes, PortError> service_certificate() override { return service_->certificate().der(); }
    Result<std::vector<KmsDecision>, PortError> audit() override {
        std::vector<KmsDecision> out;
        for (const kms::AuditRecord& r : service_->audit())
            out.push_back(
                {r.caller, r.kid, r.verdict, r.code, r.status,
                 fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", r.sequence, to_rfc3339(r.at), r.action,
                             r.caller, r.kid, r.version, to_hex(r.policy_digest), to_hex(r.evidence_digest),
                             r.verdict, r.code, r.reason, r.pointer, r.receipt)});
        return out;
    }
    Result<Nothing, PortError> restart() override {
        service_.reset();
        service_ = make();
        return Nothing{};
    }
    Result<Bytes, PortError> storage() override { return store_.database().image(); }

private:
    std::unique_ptr<kms::KeyService> make() {
        kms::Deployment deployment;
        deployment.issuers = issuers_;
        deployment.callers = callers_;
        deployment.per_caller = deployment.per_key = {60, 60};
        return std::make_unique<kms::KeyService>(std::move(deployment), store_, context_, clock_, root_key_);
    }
    static Result<Nothing, PortError> outcome(const Result<kms::StoredKey, kms::Refused>& made) {
        if (made) return Nothing{};
        return PortError{PortError::Kind::refused, std::string{made.error().why->name}};
    }

    crypto::Drbg random_;
    crypto::Context context_;
    Secret root_key_;
    SetClock clock_;
    kms::Store store_;
    std::vector<kms::TrustedIssuer> issuers_;
    std::vector<kms::Caller> callers_;
    std::unique_ptr<kms::KeyService> service_;
};

}  // namespace

std::unique_ptr<KmsPort> make_model_kms(std::uint64_t seed) { return std::make_unique<ModelKmsPort>(seed); }

}  // namespace assay::conformance
