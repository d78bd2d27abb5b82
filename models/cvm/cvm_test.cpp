// A confidential VM of the model, on our TPM and on one that is not ours: boot, evidence, and a key that the
// TPM opens only while the registers are the attested ones.
#include <boost/test/unit_test.hpp>

#include "models/cvm/guest_agent.hpp"
#include "models/cvm/measured_boot.hpp"
#include "models/cvm/test_tpm.hpp"
#include "models/tpm/digests.hpp"
#include "sim/crypto/key_wrap.hpp"

namespace assay::cvm {
namespace {

/// Processor, paravisor and boot on a TPM.
struct TestVm {
    explicit TestVm(TpmTransport transport, const std::vector<BootFault>& faults = {})
        : tpm(std::move(transport)), boot(plan, faults, tpm), paravisor(processor, tpm, {}) {
        GuestLaunch guest;
        guest.image = plan.paravisor;
        processor.launch(guest);
        const auto started = paravisor.start();
        BOOST_TEST_REQUIRE(static_cast<bool>(started), (started ? "" : started.error().text()));
        const auto ran = boot.run();
        BOOST_TEST_REQUIRE(static_cast<bool>(ran), (ran ? "" : ran.error().text()));
        agent.emplace(tpm, paravisor, boot.event_log());
    }
    Bytes nonce = Bytes(32, 0x4E);
    BootPlan plan = BootPlan::example(as_bytes("vm"));
    TpmTransport tpm;
    SnpVendor vendor{as_bytes("vendor")};
    SecureProcessor processor{vendor, as_bytes("chip")};
    MeasuredBoot boot;
    Paravisor paravisor;
    std::optional<GuestAgent> agent;
};

void extend(TestVm& vm, unsigned pcr) {
    const auto answer =
        ask(vm.tpm, "extend",
            tpm::PcrExtendIn{.pcr_handle = pcr, .digests = {{{tpm::Alg::sha256, Bytes(32, 7)}}}},
            {tpm::password()});
    BOOST_TEST_REQUIRE(static_cast<bool>(answer));
}

BOOST_AUTO_TEST_SUITE(confidential_vm)

BOOST_AUTO_TEST_CASE(the_log_of_a_boot_replays_to_the_registers_of_its_tpm) {
    on_each_tpm([](const TpmTransport& transport) {
        TestVm vm{transport};
        const auto evidence = vm.agent->collect(vm.nonce);
        BOOST_TEST_REQUIRE(static_cast<bool>(evidence), (evidence ? "" : evidence.error().text()));
        const auto log = decode_event_log(*evidence->event_log);
        BOOST_TEST_REQUIRE(static_cast<bool>(log));
        const auto values = replay(*log, log_sha256);
        for (unsigned pcr = 0; pcr < 16; ++pcr)
            BOOST_TEST(!explain(*log, log_sha256, pcr, evidence->quote.pcrs.at("sha256").at(pcr)), pcr);
        BOOST_TEST(values.size() == 10U);
        // PCR 8 follows from the policy alone.
        const Bytes policy = crypto::digest(crypto::Hash::sha256, {vm.plan.runtime_policy});
        BOOST_TEST((crypto::digest(crypto::Hash::sha256, {Bytes(32), policy}) ==
                    evidence->quote.pcrs.at("sha256").at(runtime_policy_pcr)));
    });
}

BOOST_AUTO_TEST_CASE(the_evidence_of_a_vm_holds_together) {
    on_each_tpm([](const TpmTransport& transport) {
        TestVm vm{transport};
        const auto evidence = vm.agent->collect(vm.nonce, "[]");
        BOOST_TEST_REQUIRE(static_cast<bool>(evidence), (evidence ? "" : evidence.error().text()));
        const auto again = parse_evidence(as_bytes(write_evidence(*evidence)));
        BOOST_TEST_REQUIRE(static_cast<bool>(again), (again ? "" : again.error().text()));

        const auto hcl = *parse_hcl_report(again->hcl_report);
        const auto report = *decode<SnpReport>(hcl.hardware_report, snp_byte_order);
        const auto vcek = *crypto::Certificate::from_der(again->certificates.front());
        BOOST_TEST(vcek.public_key().verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                            ByteView{hcl.hardware_report}.first(snp_signed_size),
                                            snp_signature(report).value()));
        BOOST_TEST(equal(report.measurement, launch_digest(vm.plan.paravisor, 0)));
        const Bytes hash = crypto::digest(hcl.hash, {hcl.runtime_data});
        BOOST_TEST(equal(hash, ByteView{report.report_data}.first(32)));
        const auto claims = *parse_runtime_claims(hcl.runtime_data);
        const auto& ak = claims.keys.at("HCLAkPub").key;

        const Bytes binding = evidence_binding(vm.nonce, again->wrapping_key->public_area, "[]");
        BOOST_TEST(equal(binding, ByteView{claims.user_data}.first(32)));
        const auto attest = *decode<tpm::TpmsAttest>(again->quote.message, tpm::byte_order);
        BOOST_TEST((attest.extra_data.value == binding));
        BOOST_TEST(ak.verify(crypto::SignatureScheme::rsa_pkcs1, crypto::Hash::sha256, again->quote.message,
                             again->quote.signature));
        const CertifiedKey& wrapping = *again->wrapping_key;
        BOOST_TEST(ak.verify(crypto::SignatureScheme::rsa_pkcs1, crypto::Hash::sha256, wrapping.attest,
                             wrapping.signature));
        const auto certified = *decode<tpm::TpmsAttest>(wrapping.attest, tpm::byte_order);
        BOOST_TEST((certified.certify.name.value ==
                    tpm::name_of(*decode<tpm::TpmtPublic>(wrapping.public_area, tpm::byte_order))));
        BOOST_TEST((certified.extra_data.value == vm.nonce));
    });
}

BOOST_AUTO_TEST_CASE(a_wrapped_key_opens_until_an_attested_register_changes) {
    on_each_tpm([](const TpmTransport& transport) {
        TestVm vm{transport};
        const auto evidence = vm.agent->collect(vm.nonce);
        BOOST_TEST_REQUIRE(static_cast<bool>(evidence));
        const auto area = *decode<tpm::TpmtPublic>(evidence->wrapping_key->public_area, tpm::byte_order);
        const auto key = crypto::PublicKey::from_rsa(area.unique_rsa.value);
        crypto::Drbg random{as_bytes("kms")};
        crypto::Context context{random};
        const Bytes aes(32, 0xAE), payload{1, 2, 3, 4, 5};
        const Bytes wrapped = concat({key->encrypt_oaep(context, crypto::Hash::sha256, aes),
                                      crypto::wrap_key(crypto::KeyWrap::kwp, aes, payload)});
        const auto opened = vm.agent->unwrap(wrapped);
        BOOST_TEST_REQUIRE(static_cast<bool>(opened), (opened ? "" : opened.error().text()));
        BOOST_TEST(equal(opened->bytes(), payload));

        extend(vm, 16);  // does not count
        BOOST_TEST(static_cast<bool>(vm.agent->unwrap(wrapped)));
        extend(vm, images_pcr);
        const auto refused = vm.agent->unwrap(wrapped);
        BOOST_TEST_REQUIRE(!refused);
        BOOST_TEST((refused.error().rc == tpm::at_session(tpm::Rc::policy_fail, 1)));
    });
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_boot_shows_in_log_or_register) {
    on_each_tpm([](const TpmTransport& transport) {
        TestVm vm{transport, {{BootFault::Kind::unlogged, "image 1"}}};
        const auto evidence = vm.agent->collect(vm.nonce);
        const auto log = *decode_event_log(*evidence->event_log);
        BOOST_TEST(explain(log, log_sha256, images_pcr, evidence->quote.pcrs.at("sha256").at(images_pcr))
                       ->what.starts_with("PCR 12: the replay of 2 events gives "));
    });
}

BOOST_AUTO_TEST_CASE(after_a_power_cycle_the_wrapping_key_is_another_one) {
    ModelTpm tpm;
    Bytes first, again, rebooted;
    {
        TestVm vm{tpm.transport()};
        BOOST_TEST(static_cast<bool>(vm.agent->collect(vm.nonce)));
        first = vm.agent->wrapping_public();
        BOOST_TEST(static_cast<bool>(vm.agent->forget()));
        BOOST_TEST(!vm.agent->decrypt(Bytes(256)));
        BOOST_TEST(static_cast<bool>(vm.agent->collect(vm.nonce)));
        again = vm.agent->wrapping_public();
    }
    tpm.power_cycle();
    TestVm vm{tpm.transport()};
    BOOST_TEST(static_cast<bool>(vm.agent->collect(vm.nonce)));
    rebooted = vm.agent->wrapping_public();
    BOOST_TEST((first == again));     // the same boot, the same registers
    BOOST_TEST((first != rebooted));  // another NULL seed
}

BOOST_AUTO_TEST_CASE(faults_alter_what_they_name_and_nothing_else) {
    const BootPlan plan = BootPlan::example(as_bytes("vm"));
    const auto good = boot_actions(plan, {});
    using Kind = BootFault::Kind;
    const auto changed = [&](Kind kind, const std::string& item) {
        const auto actions = boot_actions(plan, {{kind, item}});
        std::vector<std::string> out;
        for (std::size_t i = 0; i < std::min(good.size(), actions.size()); ++i) {
            const auto same = [](const std::optional<BootStep>& a, const std::optional<BootStep>& b) {
                return a.has_value() == b.has_value() &&
                       (!a || (a->digest == b->digest && a->data == b->data && a->pcr == b->pcr));
            };
            if (!same(good[i].extend, actions[i].extend)) out.push_back(good[i].item + " extended");
            if (!same(good[i].log, actions[i].log)) out.push_back(good[i].item + " logged");
        }
        return out;
    };
    using Words = std::vector<std::string>;
    for (const char* const item :
         {"firmware", "loader", "kernel", "runtime policy", "command line", "image 0"})
        BOOST_TEST((changed(Kind::altered, item) ==
                    Words{std::string{item} + " extended", std::string{item} + " logged"}),
                   item);
    BOOST_TEST(
        (changed(Kind::altered, "verity root") == Words{"command line extended", "command line logged"}));
    BOOST_TEST((changed(Kind::unlogged, "kernel") == Words{"kernel logged"}));
    BOOST_TEST((changed(Kind::unmeasured, "kernel") == Words{"kernel extended"}));
    BOOST_TEST((changed(Kind::log_data, "separator 4") == Words{"separator 4 logged"}));
    BOOST_TEST((changed(Kind::log_swapped, "kernel") == Words{"loader logged", "kernel logged"}));
    BOOST_TEST(boot_actions(plan, {{Kind::skipped, "kernel"}}).size() == good.size() - 1);
    BOOST_CHECK_THROW(boot_actions(plan, {{Kind::skipped, "initrd"}}), std::invalid_argument);
    BOOST_CHECK_THROW(boot_actions(plan, {{Kind::altered, "separator 4"}}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_verity_root_is_read_only_where_it_is_there_once) {
    const std::string root(64, 'a');
    BOOST_TEST((verity_root_of("ro roothash=" + root + " quiet") == root));
    BOOST_TEST(!verity_root_of("ro quiet"));
    BOOST_TEST(!verity_root_of("roothash=" + root + " roothash=" + root));
    BOOST_TEST(!verity_root_of("roothash=" + std::string(64, 'A')));
    BOOST_TEST(!verity_root_of("roothash=" + root + "a"));
    BOOST_TEST(!verity_root_of("xroothash=" + root));
    BOOST_TEST(command_line_form("ro roothash=" + root + " quiet") == "ro roothash={verity-root} quiet");
}

BOOST_AUTO_TEST_CASE(the_processor_signs_with_another_key_for_another_firmware) {
    SnpVendor vendor{as_bytes("vendor")};
    SecureProcessor processor{vendor, as_bytes("chip")};
    BOOST_TEST((processor.report(Bytes(64)).error() == SnpStatus::invalid_guest_state));
    GuestLaunch guest;
    guest.image = Bytes(5000, 1);
    processor.launch(guest);
    BOOST_TEST((processor.report(Bytes(63)).error() == SnpStatus::invalid_param));
    BOOST_TEST((processor.report(Bytes(64), 4).error() == SnpStatus::invalid_param));
    const auto chain = processor.chain();
    BOOST_TEST(static_cast<bool>(crypto::verify_chain(chain, {{}, 3, {vendor.ark()}, {}})));
    const auto report = *decode<SnpReport>(*processor.report(Bytes(64), 2), snp_byte_order);
    BOOST_TEST(report.vmpl == 2U);
    processor.set_tcb({3, 0, {}, 8, 116});
    BOOST_TEST(!(processor.chain().front().public_key() == chain.front().public_key()));
    processor.set_tcb({3, 0, {}, 8, 115});
    BOOST_TEST((processor.chain().front().public_key() == chain.front().public_key()));
    SecureProcessor other{vendor, as_bytes("another chip")};
    BOOST_TEST(!equal(other.chip_id(), processor.chip_id()));
}

BOOST_AUTO_TEST_CASE(the_launch_digest_covers_every_page_and_its_address) {
    const Bytes image(8192, 3);
    const Bytes digest = launch_digest(image, 0x1000);
    Bytes other = image;
    other[8191] = 4;
    BOOST_TEST((launch_digest(other, 0x1000) != digest));
    BOOST_TEST((launch_digest(image, 0x2000) != digest));
    BOOST_TEST((launch_digest(ByteView{image}.first(4096), 0x1000) != digest));
    BOOST_TEST((launch_digest({}, 0) == Bytes(48)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::cvm
