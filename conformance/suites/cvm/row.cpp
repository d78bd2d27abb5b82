#include "conformance/suites/cvm/row.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace assay::conformance::confidential_vm {
namespace {

using nlohmann::json;

std::string verdict_in_words(const CvmAppraisalAnswer& answer) {
    if (answer.accepted) return "it is accepted";
    if (answer.reasons.empty()) return "it is refused without a reason";
    return fmt::format("it is refused: {} ({})", fmt::join(answer.reasons, ", "), answer.text.substr(0, 200));
}

void attach_all(Trial& trial, const CvmAppraisalRequest& request, const CvmAppraisalAnswer& answer) {
    const auto add = [&](std::string id, std::string kind, std::string file, std::string_view text) {
        const ByteView bytes = as_bytes(text);
        trial.attach({std::move(id),
                      std::move(kind),
                      std::move(file),
                      "application/json",
                      {bytes.begin(), bytes.end()},
                      {}});
    };
    add("evidence", "quote", "evidence.json", request.evidence);
    add("references", "log", "references.json", request.references);
    add("claims", "log", "claims.json", answer.claims.empty() ? "null" : answer.claims);
}

CvmAppraisalAnswer appraised(Trial& trial, const CvmAppraisalRequest& request, std::string_view what) {
    return trial.need(trial.port<CvmAppraisalPort>().appraise(request), what);
}

CvmAppraisalRequest made(Trial& trial, const Row& row, bool with_fault) {
    World world{trial};
    if (row.neighbour != nullptr) row.neighbour(world);
    if (with_fault && row.fault != nullptr) row.fault(world);
    return world.request();
}

void expect_legal(Trial& trial, const CvmAppraisalAnswer& answer) {
    trial.expect(answer.accepted && answer.reasons.empty(),
                 {"legal-evidence-refused",
                  "legal evidence is refused: " + verdict_in_words(answer).substr(0, 300),
                  "evidence in which everything is right is accepted, without a reason to refuse",
                  verdict_in_words(answer),
                  {}});
}

/// The same evidence answers no other challenge: a verifier that cannot tell has accepted nothing.
void expect_discernment(Trial& trial, CvmAppraisalRequest request) {
    request.nonce.front() = static_cast<std::uint8_t>(request.nonce.front() ^ 1U);
    const auto answer = appraised(trial, request, "the same evidence for another challenge");
    trial.expect(!answer.accepted, {"challenge-ignored",
                                    "the evidence is accepted for another challenge",
                                    "evidence for one challenge does not answer another",
                                    verdict_in_words(answer),
                                    {}});
}

void run_accepted(Trial& trial, const Row& row) {
    const CvmAppraisalRequest request = made(trial, row, false);
    const CvmAppraisalAnswer answer = appraised(trial, request, "an appraisal");
    attach_all(trial, request, answer);
    expect_legal(trial, answer);
    expect_discernment(trial, request);
}

void run_refused(Trial& trial, const Row& row) {
    const CvmAppraisalRequest request = made(trial, row, true);
    const CvmAppraisalAnswer answer = appraised(trial, request, "an appraisal");
    attach_all(trial, request, answer);
    trial.expect(!answer.accepted, {"fault-accepted",
                                    "evidence with a fault is accepted",
                                    fmt::format("it is refused: {}", fmt::join(row.reasons, " or ")),
                                    verdict_in_words(answer),
                                    {}});
    const bool named = !answer.reasons.empty() &&
                       std::ranges::find(row.reasons, answer.reasons.front()) != row.reasons.end();
    trial.expect(named, {"wrong-reason",
                         "the fault is refused for another reason",
                         fmt::format("the first reason is {}", fmt::join(row.reasons, " or ")),
                         verdict_in_words(answer),
                         {}});
    trial.expect(answer.claims.empty(), {"claims-of-refused-evidence",
                                         "refused evidence has claims",
                                         "there are claims of accepted evidence only",
                                         answer.claims.substr(0, 200),
                                         {}});
}

/// The claims of the valid world, and what the world itself knows.
json claims_of_valid(Trial& trial, World& world) {
    const CvmAppraisalRequest request = world.request();
    const CvmAppraisalAnswer answer = appraised(trial, request, "an appraisal");
    attach_all(trial, request, answer);
    expect_legal(trial, answer);
    expect_discernment(trial, request);
    json claims = json::parse(answer.claims, nullptr, false);
    trial.expect(claims.is_object(), {"no-claims",
                                      "the claims are no JSON object",
                                      "an accepted appraisal has claims",
                                      answer.claims.substr(0, 200),
                                      {}});
    return claims;
}

void expect_claim(Trial& trial, const json& claims, std::string_view pointer, const json& expected) {
    const json::json_pointer at{std::string{pointer}};
    const json found = claims.contains(at) ? claims.at(at) : json(nullptr);
    trial.expect(found == expected, {"wrong-claim",
                                     fmt::format("the claim {} is another one", pointer),
                                     fmt::format("{} is {}", pointer, expected.dump()),
                                     found.dump().substr(0, 300),
                                     {}});
}

void claims_of_challenge_and_key(Trial& trial) {
    World world{trial};
    const json claims = claims_of_valid(trial, world);
    expect_claim(trial, claims, "/eat_nonce", to_hex(world.nonce));
    expect_claim(trial, claims, "/x-ms-runtime/keys/0/kid", "TpmEphemeralEncryptionKey");
    expect_claim(trial, claims, "/x-ms-runtime/keys/0/n", to_base64url(world.wrapping_modulus()));
    expect_claim(trial, claims, "/x-ms-runtime/keys/1", nullptr);
    expect_claim(trial, claims, "/assay/wrapping-key-bound", true);
    expect_claim(trial, claims, "/assay/pcr-policy", to_hex(world.pcr_policy()));
}

void claims_of_measured_items(Trial& trial) {
    World world{trial};
    const json claims = claims_of_valid(trial, world);
    expect_claim(trial, claims, "/assay/event-log", "replayed");
    expect_claim(trial, claims, "/assay/kernel-digest", to_hex(world.measured("kernel").digest));
    expect_claim(trial, claims, "/assay/runtime-policy-hash", to_hex(world.measured("policy").digest));
    expect_claim(trial, claims, "/assay/verity-root-hash", world.references.at("verity_roots").front());
    expect_claim(trial, claims, "/assay/image-digests", world.references.at("images"));
    expect_claim(trial, claims, "/assay/images-hash",
                 to_hex(World::sha256({world.measured("image 0").digest, world.measured("image 1").digest})));
    expect_claim(trial, claims, "/secureboot", true);
}

void claims_of_chip(Trial& trial) {
    World world{trial};
    const json claims = claims_of_valid(trial, world);
    const std::string tee = "/x-ms-isolation-tee/";
    expect_claim(trial, claims, tee + "x-ms-attestation-type", "sevsnpvm");
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-launchmeasurement", to_hex(world.report.measurement));
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-is-debuggable", false);
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-migration-allowed", false);
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-vmpl", 0);
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-snpfw-svn", 8);
    expect_claim(trial, claims, tee + "x-ms-sevsnpvm-microcode-svn", 115);
}

void claims_of_gpus(Trial& trial) {
    World world{trial};
    const json claims = claims_of_valid(trial, world);
    expect_claim(trial, claims, "/assay/gpu-count", 1);
    expect_claim(trial, claims, "/assay/gpu-cc-mode", "on");
    expect_claim(trial, claims, "/assay/gpu-measres", "success");
    expect_claim(trial, claims, "/assay/gpu/0/bound", true);
    expect_claim(trial, claims, "/assay/gpu/1", nullptr);
}

}  // namespace

Case case_of(const Row& row) {
    Case out{fmt::format("cvm.{}", row.id),
             std::string{row.title},
             row.requirements,
             {},
             {std::string{row.id.substr(0, row.id.find('.'))}},
             {},
             {}};
    if (row.fault == nullptr) {
        out.run = [row](Trial& trial) {
            run_accepted(trial, row);
        };
        return out;
    }
    out.prepare = [row](Trial& trial) {
        expect_legal(trial, appraised(trial, made(trial, row, false), "the legal neighbour"));
    };
    out.run = [row](Trial& trial) {
        run_refused(trial, row);
    };
    return out;
}

std::vector<Case> claim_cases() {
    const auto one = [](std::string id, std::string title, void (*run)(Trial&)) {
        return Case{"cvm.claims." + id, std::move(title), {"CVM-CLM-001"}, {}, {"claims"}, {}, run};
    };
    return {one("key", "Claims name the challenge and the one wrapping key", claims_of_challenge_and_key),
            one("boot", "Claims name everything that was measured", claims_of_measured_items),
            one("chip", "Claims say what the CPU report says", claims_of_chip),
            one("gpu", "Claims count the GPUs and say how they are", claims_of_gpus)};
}

}  // namespace assay::conformance::confidential_vm
