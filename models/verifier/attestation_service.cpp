#include "models/verifier/attestation_service.hpp"

namespace assay::verifier {

AttestationResult AttestationService::attest(ByteView nonce, ByteView evidence, Instant now,
                                             std::optional<Times> gpu_times) {
    if (const auto taken = challenges_.take(nonce, now); !taken) return {{}, {taken.error()}, {}};
    return appraise(nonce, evidence, now, gpu_times);
}

AttestationResult AttestationService::appraise(ByteView nonce, ByteView evidence, Instant now,
                                               std::optional<Times> gpu_times) {
    AttestationResult out;
    const auto parsed = cvm::parse_evidence(evidence);
    if (!parsed) {
        const cvm::FormatError& e = parsed.error();
        out.refusals = {{e.code, "evidence", e.path, e.offset, e.what}};
        return out;
    }
    CvmExpectation expectation;
    expectation.nonce.assign(nonce.begin(), nonce.end());
    expectation.at = now;
    expectation.gpu_times = gpu_times.value_or(Times::all(now));
    out.appraisal = verifier_.appraise(*parsed, references_, expectation);
    out.refusals = out.appraisal->refusals;
    if (!out.appraisal->accepted) return out;
    Bytes token_id(16);
    random_.fill(token_id);
    out.token = cvm_token(issuer_, *out.appraisal, policy_hash(verifier_.policy()), now, token_id);
    return out;
}

}  // namespace assay::verifier
