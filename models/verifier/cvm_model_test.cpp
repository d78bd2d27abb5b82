// The evidence of a modelled VM, from boot to token.
#include <nlohmann/json.hpp>

#include "models/cvm/test_tpm.hpp"
#include "models/verifier/modelled_vm.hpp"
#include "models/verifier/relying_party.hpp"

namespace assay::verifier {
namespace {

using cvm::BootFault;
using nlohmann::json;
using Kind = BootFault::Kind;

/// What comes of a boot with that fault.
std::string booted_with(const std::vector<BootFault>& faults, std::string* text = nullptr) {
    cvm::QuickTpm vtpm;
    ModelledVm vm{vtpm.transport(), faults};
    const auto evidence = vm.collect();
    if (text != nullptr) *text = vm.text(evidence);
    return vm.outcome(evidence);
}

BOOST_AUTO_TEST_SUITE(modelled_vms)

BOOST_AUTO_TEST_CASE(a_vm_that_is_what_it_should_be_gets_a_token_that_says_so) {
    cvm::on_each_tpm([](const cvm::TpmTransport& transport) {
        ModelledVm vm{transport};
        crypto::Drbg random{as_bytes("verifier")};
        crypto::Context context{random};
        const auto key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
        const CvmVerifier verifier{vm.anchors, vm.policy};
        AttestationService service{
            verifier, vm.references, {"https://verifier.assay.example", "key-1", key}, random};
        vm.nonce = *service.challenge(vm.now);
        const std::string evidence = cvm::write_evidence(vm.collect());
        const AttestationResult result = service.attest(vm.nonce, as_bytes(evidence), vm.now);
        BOOST_TEST_REQUIRE(result.token.has_value(),
                           (result.refusals.empty() ? "" : result.refusals.front().text()));

        const TokenTrust trust{.issuer = "https://verifier.assay.example",
                               .keys = {{"key-1", key.public_key()}},
                               .nonce = vm.nonce};
        const auto text = trusted_claims(*result.token, trust, vm.now);
        BOOST_TEST_REQUIRE(static_cast<bool>(text), (text ? "" : text.error().text()));
        const json claims = json::parse(*text);
        BOOST_TEST(claims.at("eat_nonce") == to_hex(vm.nonce));
        BOOST_TEST(claims.at("exp").get<std::int64_t>() - claims.at("iat").get<std::int64_t>() == 28800);
        const json& wrapping = claims.at("x-ms-runtime").at("keys").at(0);
        BOOST_TEST(wrapping.at("kid") == "TpmEphemeralEncryptionKey");
        const auto area = *decode<tpm::TpmtPublic>(vm.agent->wrapping_public(), tpm::byte_order);
        BOOST_TEST((*from_base64url(wrapping.at("n").get<std::string>()) == area.unique_rsa.value));
        const json& assay = claims.at("assay");
        BOOST_TEST(assay.at("pcr-policy") == to_hex(area.auth_policy.value));
        BOOST_TEST(assay.at("wrapping-key-bound") == true);
        BOOST_TEST(assay.at("runtime-policy-hash") ==
                   to_hex(crypto::digest(crypto::Hash::sha256, {vm.plan.runtime_policy})));
        BOOST_TEST(assay.at("verity-root-hash") == cvm::verity_root_of(vm.plan.command_line).value());
        BOOST_TEST(assay.at("event-log") == "replayed");
        BOOST_TEST(assay.at("image-digests").size() == 2U);
        BOOST_TEST(assay.at("images-hash") ==
                   to_hex(cvm::images_hash({vm.plan.images[0].digest, vm.plan.images[1].digest})));
        BOOST_TEST(assay.at("gpu-count") == 1);
        BOOST_TEST(assay.at("gpu-cc-mode") == "on");
        BOOST_TEST(assay.at("gpu-measres") == "success");
        BOOST_TEST(assay.at("gpu").at(0).at("bound") == true);

        // The challenge is burnt, whatever follows.
        const AttestationResult again = service.attest(vm.nonce, as_bytes(evidence), vm.now);
        BOOST_TEST(!again.token);
        BOOST_TEST(again.refusals.front().reason == "E_CHALLENGE_CONSUMED");
        // Evidence for one challenge does not answer another.
        const Bytes other = *service.challenge(vm.now);
        BOOST_TEST(service.attest(other, as_bytes(evidence), vm.now).refusals.front().reason ==
                   "E_QUOTE_NONCE");
    });
}

BOOST_AUTO_TEST_CASE(every_step_of_an_accepted_appraisal_has_passed) {
    cvm::QuickTpm vtpm;
    ModelledVm vm{vtpm.transport()};
    const CvmAppraisal a = vm.appraise(vm.collect());
    BOOST_TEST_REQUIRE(a.accepted, (a.refusals.empty() ? "" : a.refusals.front().text()));
    BOOST_TEST(a.steps.size() == cvm_step_rows().size());
    for (const Step& step : a.steps)
        BOOST_TEST(
            (step.outcome == (step.id == "policy-register" ? Step::Outcome::not_run : Step::Outcome::pass)),
            step.id);
}

BOOST_AUTO_TEST_CASE(a_boot_of_something_else_is_named) {
    BOOST_TEST(booted_with({{Kind::altered, "firmware"}}) == "E_MEAS_MISMATCH");
    BOOST_TEST(booted_with({{Kind::altered, "firmware version"}}) == "E_MEAS_MISMATCH");
    BOOST_TEST(booted_with({{Kind::altered, "secure boot"}}) == "E_SECURE_BOOT");
    BOOST_TEST(booted_with({{Kind::altered, "loader"}}) == "E_MEAS_MISMATCH");
    BOOST_TEST(booted_with({{Kind::altered, "kernel"}}) == "E_MEAS_MISMATCH");
    BOOST_TEST(booted_with({{Kind::altered, "command line"}}) == "E_LOG_CMDLINE");
    BOOST_TEST(booted_with({{Kind::altered, "verity root"}}) == "E_ROOT_HASH");
    BOOST_TEST(booted_with({{Kind::altered, "runtime policy"}}) == "E_PCR_POLICY_HASH");
    std::string text;
    BOOST_TEST(booted_with({{Kind::altered, "image 1"}}, &text) == "E_IMAGE_DIGEST E_LOG_MISSING");
    BOOST_TEST(text.starts_with("E_IMAGE_DIGEST: event log: event 18, image: "), text);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_not_what_was_extended_is_refused_with_register_and_event) {
    for (const Kind kind : {Kind::unmeasured, Kind::unlogged, Kind::log_digest, Kind::log_swapped})
        BOOST_TEST(booted_with({{kind, "kernel"}}) == "E_LOG_REPLAY", name(kind));
    BOOST_TEST(booted_with({{Kind::log_pcr, "runtime policy"}}) == "E_LOG_REPLAY");
    BOOST_TEST(booted_with({{Kind::log_data, "command line"}}) == "E_LOG_EVENT_DATA");
    std::string text;
    BOOST_TEST(booted_with({{Kind::unmeasured, "kernel"}}, &text) == "E_LOG_REPLAY");
    BOOST_TEST(text.find("PCR 4: event 14 (EV_EFI_BOOT_SERVICES_APPLICATION) and what follows it were never "
                         "extended") != std::string::npos,
               text);
    BOOST_TEST(booted_with({{Kind::log_swapped, "kernel"}}, &text) == "E_LOG_REPLAY");
    BOOST_TEST(text.find("are in the wrong order") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_boot_that_leaves_something_out_or_turns_it_round_is_refused) {
    BOOST_TEST(booted_with({{Kind::skipped, "runtime policy"}}) == "E_LOG_MISSING");
    BOOST_TEST(booted_with({{Kind::skipped, "command line"}}) == "E_ORDER E_ORDER E_LOG_MISSING");
    BOOST_TEST(booted_with({{Kind::swapped, "kernel"}}) == "E_ORDER E_ORDER");
    BOOST_TEST(booted_with({{Kind::skipped, "separator 4"}}) == "E_PCR_CAPPED");
    BOOST_TEST(booted_with({{Kind::skipped, "image 1"}}) == "E_LOG_MISSING");
}

BOOST_AUTO_TEST_CASE(guests_that_their_host_can_reach_are_refused) {
    const auto launched = [](cvm::GuestLaunch launch, cvm::VmFacts facts = {}) {
        cvm::QuickTpm vtpm;
        ModelledVm vm{vtpm.transport(), {}, launch, facts};
        return vm.outcome(vm.collect());
    };
    cvm::GuestLaunch launch;
    BOOST_TEST(launched(launch) == "accepted");
    launch.policy = cvm::guest_policy::usual | cvm::guest_policy::debug;
    BOOST_TEST(launched(launch) == "E_TEE_DEBUG");
    launch.policy = cvm::guest_policy::usual | cvm::guest_policy::migration;
    BOOST_TEST(launched(launch) == "E_TEE_MIGRATION");
    launch = {};
    launch.image = Bytes(4096, 1);
    BOOST_TEST(launched(launch) == "E_MEAS_MISMATCH");
    cvm::VmFacts facts;
    facts.vmpl = 2;
    BOOST_TEST(launched({}, facts) == "E_VMPL");
    facts = {};
    facts.secure_boot = false;
    BOOST_TEST(launched({}, facts) == "E_SECURE_BOOT");
}

BOOST_AUTO_TEST_CASE(parts_of_two_vms_do_not_make_one) {
    cvm::QuickTpm vtpm;
    cvm::ModelTpm other_tpm{"two"};
    ModelledVm vm{vtpm.transport()}, other{other_tpm.transport()};
    const auto evidence = vm.collect(), stolen = other.collect();
    BOOST_TEST(vm.outcome(stolen) == "accepted");  // both are good
    const auto with = [&](auto change) {
        auto mixed = evidence;
        change(mixed);
        return vm.outcome(mixed);
    };
    BOOST_TEST(with([](auto&) {}) == "accepted");
    BOOST_TEST(with([&](auto& e) { e.gpu = stolen.gpu; }) == "E_QUOTE_NONCE");
    BOOST_TEST(with([&](auto& e) { e.wrapping_key = stolen.wrapping_key; }) == "E_QUOTE_NONCE");
    BOOST_TEST(with([&](auto& e) { e.quote = stolen.quote; }) == "E_QUOTE_SIGNATURE");
    BOOST_TEST(with([&](auto& e) { e.hcl_report = stolen.hcl_report; }) == "E_QUOTE_SIGNATURE");
    // An agent that takes another VM's GPU from the start.
    const std::string foreign = gpu::write_evidence({vm.gpu.evidence(other.agent->gpu_nonce(vm.nonce))});
    BOOST_TEST(vm.outcome(*vm.agent->collect(vm.nonce, foreign)) == "E_COMPOSITE_BINDING");
    BOOST_TEST(vm.outcome(*vm.agent->collect(vm.nonce)) == "E_DEVICE_COUNT");
    BOOST_TEST(vm.outcome(*vm.agent->collect(vm.nonce, "[]")) == "E_EVIDENCE_PARSE");
    vm.policy.gpus = 2;
    BOOST_TEST(vm.outcome(evidence) == "E_DEVICE_COUNT");
}

BOOST_AUTO_TEST_CASE(a_gpu_without_confidential_computing_is_refused) {
    cvm::QuickTpm vtpm;
    ModelledVm vm{vtpm.transport()};
    vm.gpu.settings().mode = gpu::CcMode::devtools;
    vm.gpu.boot();
    const std::string outcome = vm.outcome(vm.collect());
    BOOST_TEST(outcome.find("E_GPU_DEVTOOLS_MODE") != std::string::npos, outcome);
}

BOOST_AUTO_TEST_CASE(registers_that_moved_on_make_an_old_wrapping_key_useless) {
    cvm::QuickTpm vtpm;
    ModelledVm vm{vtpm.transport()};
    BOOST_TEST(vm.outcome(vm.collect()) == "accepted");
    const auto extended = cvm::ask(
        vm.tpm, "extend", tpm::PcrExtendIn{.pcr_handle = 11, .digests = {{{tpm::Alg::sha256, Bytes(32, 7)}}}},
        {tpm::password()});
    BOOST_TEST_REQUIRE(static_cast<bool>(extended));
    BOOST_TEST(vm.outcome(vm.collect()) == "E_KEY_POLICY");
}

BOOST_AUTO_TEST_CASE(policies_and_references_are_read_as_they_were_written) {
    CvmPolicy policy;
    policy.min_snp = 8;
    policy.denied_chips = {Bytes(64, 1)};
    const auto again = CvmPolicy::from_json(as_bytes(policy.to_json().dump()));
    BOOST_TEST_REQUIRE(static_cast<bool>(again), (again ? "" : again.error()));
    BOOST_TEST(again->to_json() == policy.to_json());
    BOOST_TEST((policy_hash(*again) == policy_hash(policy)));
    BOOST_TEST((policy_hash(CvmPolicy{}) != policy_hash(policy)));
    const auto fault = [](std::string_view text) {
        const auto parsed = CvmPolicy::from_json(as_bytes(text));
        return parsed ? "good" : parsed.error();
    };
    BOOST_TEST(fault("{\"hcl\":1}") == "policy: hcl: unknown member");
    BOOST_TEST(fault("{\"hcl_v1\":1}") == "policy: hcl_v1: true or false expected");
    BOOST_TEST(fault("{\"pcrs\":[24]}") == "policy: pcrs: an array of numbers below 24 expected");
    BOOST_TEST(fault("{\"pcrs\":[]}") == "policy: pcrs: an array of numbers below 24 expected");
    BOOST_TEST(fault("{\"min_snp\":256}") == "policy: min_snp: a number below 256 expected");
    BOOST_TEST(fault("{\"gpu\":{\"x\":1}}") ==
               "policy: gpu: a GPU policy (policy: x: unknown member) expected");
    const auto references =
        CvmReferences::from_json(as_bytes(cvm::reference_values(cvm::BootPlan::example(as_bytes("vm")))));
    BOOST_TEST_REQUIRE(static_cast<bool>(references));
    BOOST_TEST(CvmReferences::from_json(as_bytes(references->to_json().dump()))->to_json() ==
               references->to_json());
    BOOST_TEST(CvmReferences::from_json(as_bytes("{\"kernels\":[\"00\"]}")).error() ==
               "reference values: kernels: an array of 32 bytes each, in hexadecimal expected");
}

BOOST_AUTO_TEST_CASE(challenges_are_taken_once_and_in_time) {
    crypto::Drbg random{as_bytes("challenges")};
    Challenges challenges{random, std::chrono::seconds{300}, 2};
    const Instant now = gpu::world_epoch;
    const Bytes first = *challenges.issue(now), second = *challenges.issue(now);
    BOOST_TEST(first.size() == 32U);
    BOOST_TEST((first != second));
    BOOST_TEST(challenges.issue(now).error().reason == "E_RATE_LIMIT");
    BOOST_TEST(static_cast<bool>(challenges.take(first, now + std::chrono::seconds{299})));
    BOOST_TEST(challenges.take(first, now).error().reason == "E_CHALLENGE_CONSUMED");
    BOOST_TEST(challenges.take(second, now + std::chrono::seconds{300}).error().reason == "E_STALE_EVIDENCE");
    BOOST_TEST(challenges.take(Bytes(32), now).error().reason == "E_STALE_EVIDENCE");
    BOOST_TEST(static_cast<bool>(challenges.issue(now + std::chrono::seconds{300})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
