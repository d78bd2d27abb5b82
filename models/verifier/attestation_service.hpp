// The verifier as a service: gives out challenges, appraises composite evidence, issues result tokens.
//
//     AttestationService service{verifier, references, {.issuer = "https://verifier.assay.example", ...}};
//     const auto nonce = service.challenge(now);
//     ... the VM's agent collects evidence for it ...
//     const auto result = service.attest(*nonce, evidence_json, now);
//     if (!result.token) return result.refusals.front().text();
#pragma once
#include "models/verifier/challenges.hpp"
#include "models/verifier/cvm_token.hpp"

namespace assay::verifier {

struct AttestationResult {
    std::optional<std::string> token;       // JWT; only of accepted evidence
    std::vector<Finding> refusals;          // never empty without a token
    std::optional<CvmAppraisal> appraisal;  // where it came to one
};

class AttestationService {
public:
    /// The verifier, the key of `issuer` and `random` must outlive it.
    AttestationService(const CvmVerifier& verifier, CvmReferences references, TokenIssuer issuer,
                       Random& random)
        : verifier_(verifier),
          references_(std::move(references)),
          issuer_(std::move(issuer)),
          random_(random),
          challenges_(random) {}

    Result<Bytes, Finding> challenge(Instant now) { return challenges_.issue(now); }
    /// When a challenge that is given out now is over.
    Instant expiry(Instant now) const { return challenges_.expiry(now); }

    /// `evidence` is JSON (cvm::parse_evidence). The nonce is burnt first. GPU items are judged at
    /// `gpu_times` where given, else at `now`.
    AttestationResult attest(ByteView nonce, ByteView evidence, Instant now,
                             std::optional<Times> gpu_times = {});

    /// The same for a nonce that a relying party gave out: freshness is the relying party's to check, in the
    /// token's nonce.
    AttestationResult appraise(ByteView nonce, ByteView evidence, Instant now,
                               std::optional<Times> gpu_times = {});

    /// Of the next appraisals.
    void set_references(CvmReferences references) { references_ = std::move(references); }

private:
    const CvmVerifier& verifier_;
    CvmReferences references_;
    TokenIssuer issuer_;
    Random& random_;
    Challenges challenges_;
};

}  // namespace assay::verifier
