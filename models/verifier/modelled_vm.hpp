// For tests: a whole confidential VM of the models - processor, paravisor, boot, agent, GPU - on a TPM that
// is handed in, and everything that its evidence is judged with.
#pragma once
#include <boost/test/unit_test.hpp>

#include "models/cvm/guest_agent.hpp"
#include "models/cvm/measured_boot.hpp"
#include "models/cvm/reference_values.hpp"
#include "models/gpu/rim_generator.hpp"
#include "models/gpu/root_of_trust.hpp"
#include "models/spdm/requester.hpp"
#include "models/verifier/attestation_service.hpp"

namespace assay::verifier {

/// A GPU that has booted.
struct ModelledGpu : gpu::RootOfTrust {
    explicit ModelledGpu(std::uint64_t seed = 1, std::string_view profile = "gb100")
        : RootOfTrust(*gpu::find_chip(profile), seed) {
        boot();
    }
    void boot() {
        power_on_reset();
        while (!booted() && boot_stage()) continue;
    }
    gpu::Evidence evidence(ByteView nonce) {
        spdm::RequesterPlan plan;
        std::copy(nonce.begin(), nonce.end(), plan.nonce.begin());
        spdm::Requester requester{plan};
        while (!requester.done()) {
            const auto ok = requester.receive(spdm(requester.next()));
            if (!ok) BOOST_FAIL(ok.error().text());
        }
        std::string pem;
        const auto& root_first = requester.certificates();
        for (auto one = root_first.rbegin(); one != root_first.rend(); ++one) pem += one->pem();
        return {chip().arch, {nonce.begin(), nonce.end()}, requester.report(), pem};
    }
};

struct ModelledVm {
    explicit ModelledVm(cvm::TpmTransport transport, const std::vector<cvm::BootFault>& faults = {},
                        const cvm::GuestLaunch& launch = {}, cvm::VmFacts facts = {})
        : tpm(std::move(transport)), paravisor(processor, tpm, std::move(facts)), boot(plan, faults, tpm) {
        cvm::GuestLaunch guest = launch;
        if (guest.image.empty()) guest.image = plan.paravisor;
        processor.launch(guest);
        const auto started = paravisor.start();
        BOOST_TEST_REQUIRE(static_cast<bool>(started), (started ? "" : started.error().text()));
        const auto ran = boot.run();
        BOOST_TEST_REQUIRE(static_cast<bool>(ran), (ran ? "" : ran.error().text()));
        agent.emplace(tpm, paravisor, boot.event_log());
        policy.gpu.require_ocsp = false;  // there is no responder here
        const gpu::ManifestSigner signer{gpu.seed(), gpu.chip()};
        anchors = {{vendor.ark()}, {}, {{gpu.manufacturer().root().certificate}, {signer.chain().back()}}};
        references = *CvmReferences::from_json(as_bytes(cvm::reference_values(plan)));
        for (const auto manifest : {gpu::Manifest::driver, gpu::Manifest::vbios})
            references.gpu.rims.push_back(
                {"rim", gpu::make_signed_rim(gpu.seed(), gpu.chip(), manifest, signer)});
        expectation.nonce = nonce;
        expectation.at = now;
        expectation.gpu_times = Times::all(now);
    }
    cvm::CompositeEvidence collect() {
        const std::string devices = gpu::write_evidence({gpu.evidence(agent->gpu_nonce(nonce))});
        auto evidence = agent->collect(nonce, devices);
        BOOST_TEST_REQUIRE(static_cast<bool>(evidence), (evidence ? "" : evidence.error().text()));
        return *std::move(evidence);
    }
    CvmAppraisal appraise(const cvm::CompositeEvidence& evidence) const {
        return CvmVerifier{anchors, policy}.appraise(evidence, references, expectation);
    }
    /// `accepted`, or all reasons.
    std::string outcome(const cvm::CompositeEvidence& evidence) const {
        const CvmAppraisal a = appraise(evidence);
        if (a.accepted) return a.refusals.empty() ? "accepted" : "accepted with refusals";
        std::string out;
        for (const Finding& f : a.refusals) out += (out.empty() ? "" : " ") + f.reason;
        return out;
    }
    std::string text(const cvm::CompositeEvidence& evidence) const {
        std::string out;
        for (const Finding& f : appraise(evidence).refusals) out += f.text() + "\n";
        return out;
    }

    Instant now = gpu::world_epoch + std::chrono::hours{1};
    Bytes nonce = Bytes(32, 0x4E);
    cvm::BootPlan plan = cvm::BootPlan::example(as_bytes("vm"));
    cvm::TpmTransport tpm;
    cvm::SnpVendor vendor{as_bytes("vendor")};
    cvm::SecureProcessor processor{vendor, as_bytes("chip")};
    cvm::Paravisor paravisor;
    cvm::MeasuredBoot boot;
    std::optional<cvm::GuestAgent> agent;
    ModelledGpu gpu;

    CvmPolicy policy;
    CvmReferences references;
    CvmAnchors anchors;
    CvmExpectation expectation;
};

}  // namespace assay::verifier
