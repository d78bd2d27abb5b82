// The device as its evidence shows it, judged with raw crypto and the strict parser.
#include "models/gpu/root_of_trust.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "models/gpu/rim_generator.hpp"
#include "models/spdm/requester.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::gpu {
namespace {

constexpr std::array profiles{"gh100", "gb100"};

struct Device : RootOfTrust {
    explicit Device(std::string_view profile, std::uint64_t seed = 1)
        : RootOfTrust(*find_chip(profile), seed) {
        boot();
    }
    void boot() {
        power_on_reset();
        while (!booted() && boot_stage()) continue;
    }
};

struct Attested {
    Bytes report;
    std::vector<crypto::Certificate> chain;  // leaf first
};
Attested attest(RootOfTrust& device, std::uint8_t nonce = 0x5A) {
    spdm::RequesterPlan plan;
    plan.nonce.fill(nonce);
    spdm::Requester requester{plan};
    while (!requester.done()) {
        const auto ok = requester.receive(device.spdm(requester.next()));
        if (!ok) BOOST_FAIL(ok.error().text());
    }
    const auto& root_first = requester.certificates();
    return {requester.report(), {root_first.rbegin(), root_first.rend()}};
}

Report parsed(const Attested& attested) {
    auto report = parse_report(attested.report, DeviceKind::gpu);
    if (!report) BOOST_FAIL(report.error().text());
    return *std::move(report);
}

/// Golden indices at which two reports differ.
std::vector<unsigned> differences(const Report& a, const Report& b) {
    std::vector<unsigned> out;
    for (unsigned i = 0; i < measurement_slots; ++i)
        if (a.block(i + 1)->value != b.block(i + 1)->value) out.push_back(i);
    return out;
}

Rim signed_rim(const RootOfTrust& device, Manifest manifest) {
    const ManifestSigner signer{device.seed(), device.chip()};
    const auto xml = make_signed_rim(device.seed(), device.chip(), manifest, signer);
    const auto signature = crypto::parse_enveloped_signature(xml);
    if (!signature) BOOST_FAIL(signature.error().what);
    BOOST_TEST(bool(signature->verify()));
    BOOST_TEST(bool(crypto::verify_chain(signature->certificates,
                                         {world_epoch, 4, {signer.authorities().back().certificate}, {}})));
    auto rim = parse_rim(signature->document);
    if (!rim) BOOST_FAIL(rim.error().text());
    return *std::move(rim);
}

BOOST_AUTO_TEST_CASE(evidence_parses_and_its_signature_and_chain_hold) {
    for (const auto* profile : profiles) {
        Device device{profile};
        const Attested attested = attest(device);
        const Report report = parsed(attested);
        BOOST_TEST(attested.chain.size() == 5U);
        BOOST_TEST(bool(crypto::verify_chain(
            attested.chain, {world_epoch, 5, {device.manufacturer().root().certificate}, {}})));
        BOOST_TEST(attested.chain.front().public_key().verify(
            crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, signed_part(attested.report),
            report.signature));
        BOOST_TEST(report.request.nonce[31] == 0x5A);
        BOOST_TEST((report.response.nonce != report.request.nonce));
        BOOST_TEST(report.response.record.items.size() == 64U);
        const auto fwid = fwid_of(attested.chain.front());
        BOOST_REQUIRE(bool(fwid));
        BOOST_TEST((fwid->form == device.chip().fwid_form));
        BOOST_TEST(fwid->digest == report.find(OpaqueType::fwid)->data);
    }
}

BOOST_AUTO_TEST_CASE(the_opaque_fields_stand_in_wire_order) {
    const auto order = [](std::string_view profile) {
        Device device{profile};
        std::string out;
        for (const OpaqueField& field : parsed(attest(device)).response.opaque.items)
            out += std::to_string(static_cast<unsigned>(field.type)) + ' ';
        return out;
    };
    BOOST_TEST(order("gh100") == "6 14 15 16 17 18 19 3 4 12 13 11 20 34 36 ");
    BOOST_TEST(order("gb100") == "6 14 15 16 17 18 19 3 4 12 13 11 20 33 35 34 36 ");
    Device device{"gb100"};
    const Report report = parsed(attest(device));
    BOOST_TEST(to_hex(report.find(OpaqueType::chip_info)->data) == "474231303000");
    BOOST_TEST(to_hex(report.find(OpaqueType::sys_enable_status)->data) == "0707");
    BOOST_TEST(report.find(OpaqueType::msrscnt)->data.size() == 256U);
    BOOST_TEST(vbios_version(*report.find(OpaqueType::vbios_version), DeviceKind::gpu).value() ==
               device.chip().releases[0].vbios);
}

BOOST_AUTO_TEST_CASE(a_boot_repeats_itself_and_a_seed_is_a_device) {
    Device device{"gh100"};
    const Attested first = attest(device);
    BOOST_TEST((attest(device).report != first.report));  // another responder nonce
    device.boot();
    const Attested again = attest(device);
    BOOST_TEST((again.report != first.report));  // nor does a reset begin the nonces anew
    BOOST_TEST((again.chain == first.chain));
    device.restore();
    device.boot();
    BOOST_TEST(attest(device).report == first.report);
    Device same{"gh100"};
    BOOST_TEST(attest(same).report == first.report);
    Device other{"gh100", 2};
    const Attested foreign = attest(other);
    BOOST_TEST((foreign.chain[0].serial() != first.chain[0].serial()));
    BOOST_TEST((foreign.chain[1].serial() != first.chain[1].serial()));
}

BOOST_AUTO_TEST_CASE(the_manifests_fit_the_boot) {
    for (const auto* profile : profiles) {
        Device device{profile};
        const Report report = parsed(attest(device));
        const auto ids = rim_ids(report, DeviceKind::gpu, name(device.chip().arch));
        BOOST_TEST(ids.driver == rim_id(device.chip(), Manifest::driver));
        BOOST_TEST(ids.vbios == rim_id(device.chip(), Manifest::vbios));
        std::set<unsigned> seen;
        std::size_t zero = 0, choices = 0;
        for (const auto manifest : {Manifest::driver, Manifest::vbios}) {
            const Rim rim = signed_rim(device, manifest);
            BOOST_TEST(rim.resources.size() == 64U);
            for (const auto& [index, resource] : rim.active()) {
                const Bytes& value = report.block(index + 1)->value;
                BOOST_TEST((std::ranges::count(resource->alternatives, value) == 1), profile << ' ' << index);
                BOOST_TEST(seen.insert(index).second, index);  // no index in both
                zero += value == Bytes(48) ? 1 : 0;
                choices += resource->alternatives.size() > 1 ? 1 : 0;
            }
        }
        BOOST_TEST(seen.size() == (std::string_view{profile} == "gh100" ? 33U : 41U));
        BOOST_TEST(seen.contains(35));
        BOOST_TEST(zero >= 7U);
        BOOST_TEST(choices >= 6U);
    }
}

BOOST_AUTO_TEST_CASE(a_slot_that_nothing_is_measured_into_is_zero_and_counts_0) {
    Device device{"gh100"};
    const Report report = parsed(attest(device));
    const Bytes& counts = report.find(OpaqueType::msrscnt)->data;
    for (std::size_t i = 0; i < measurement_slots; ++i) {
        const bool zero = report.block(i + 1)->value == Bytes(48);
        BOOST_TEST((load<std::uint32_t>(ByteView{counts}.subspan(4 * i), byte_order) == (zero ? 0U : 1U)), i);
    }
    for (const unsigned index : {0U, 8U, 10U, 12U, 13U, 23U, 24U, 28U, 41U, 63U})
        BOOST_TEST(report.block(index + 1)->value == Bytes(48));
}

BOOST_AUTO_TEST_CASE(a_changed_stage_changes_its_slots_alone) {
    for (const auto* profile : profiles) {
        Device device{profile};
        const Attested released = attest(device);
        const Report before = parsed(released);
        for (const Stage& stage : device.chip().stages) {
            BOOST_TEST(device.firmware().load(stage.name, 1));
            device.boot();
            const Attested changed = attest(device);
            const Report after = parsed(changed);
            BOOST_TEST((differences(before, after) == slots_of(device.chip(), stage.name)), stage.name);
            BOOST_TEST(!slots_of(device.chip(), stage.name).empty());
            BOOST_TEST((changed.chain[0] == released.chain[0]) == !stage.in_fwid, stage.name);
            BOOST_TEST((changed.chain[0].public_key() == released.chain[0].public_key()) == !stage.in_fwid);
            BOOST_TEST((fwid_of(changed.chain[0])->digest == fwid_of(released.chain[0])->digest) ==
                       !stage.in_fwid);
            BOOST_TEST((changed.chain[1] == released.chain[1]));
            BOOST_TEST(device.firmware().load(stage.name, 0));
        }
        device.boot();
        BOOST_TEST((attest(device).chain == released.chain));
        device.restore();
        device.boot();
        BOOST_TEST(attest(device).report == released.report);
        BOOST_TEST(!device.firmware().load("no such stage", 1));
    }
}

BOOST_AUTO_TEST_CASE(a_lower_security_version_does_not_boot) {
    Device device{"gh100"};
    device.firmware().roll_back();
    device.boot();
    BOOST_TEST(!device.booted());
    BOOST_REQUIRE(device.refusal().has_value());
    BOOST_TEST(device.refusal()->stage == "fsp");
    BOOST_TEST(device.refusal()->what == "security version 4 is below the fuses' minimum 5");
    BOOST_TEST(device.spdm(*from_hex("10840000")).empty());
    BOOST_TEST(!device.boot_stage());
    device.firmware().restore();
    device.boot();
    BOOST_TEST(device.booted());
}

BOOST_AUTO_TEST_CASE(debug_and_mode_are_measured) {
    for (const auto* profile : profiles) {
        Device device{profile};
        const Report before = parsed(attest(device));
        device.settings().debug_enabled = true;
        device.boot();
        BOOST_TEST((differences(before, parsed(attest(device))) == slots_of(device.chip(), fuses_slot)));
        device.settings() = {CcMode::devtools, false};
        BOOST_TEST((device.mode() == CcMode::on));  // until the next reset
        device.boot();
        const Report devtools = parsed(attest(device));
        BOOST_TEST((differences(before, devtools) == slots_of(device.chip(), cc_mode_slot)));
        if (const auto* status = devtools.find(OpaqueType::sys_enable_status))
            BOOST_TEST(to_hex(status->data) == "0f0f");
    }
}

BOOST_AUTO_TEST_CASE(with_cc_mode_off_there_are_no_measurements) {
    Device device{"gb100"};
    device.settings().mode = CcMode::off;
    device.boot();
    for (const auto* request : {"10840000", "11e10000 00000000 00000000",
                                "11e30000 2000 01 00 80000000 02000000 000000000000000000000000 00000000"})
        (void)device.spdm(*from_hex(request));
    BOOST_TEST(to_hex(device.spdm(*from_hex("11e000ff"))) == "117f07e0");
    BOOST_TEST(to_hex(device.spdm(*from_hex("11810000"))).starts_with("110100"));
}

BOOST_AUTO_TEST_CASE(certificates_have_the_structure_of_real_ones) {
    for (const auto* profile : profiles) {
        Device device{profile};
        const auto chain = attest(device).chain;
        const std::string product{device.chip().product};
        const std::array names{product + " A01 GSP FMC LF", product + " A01 GSP BROM",
                               "ASSAY " + product + " Provisioner ICA 1", "ASSAY " + product + " Identity",
                               std::string{"ASSAY Device Identity CA"}};
        for (std::size_t i = 0; i < chain.size(); ++i) {
            BOOST_TEST(chain[i].common_name().value() == names.at(i));
            BOOST_TEST(to_rfc3339(chain[i].not_after()) == "9999-12-31T23:59:59Z");
            BOOST_TEST(chain[i].signature_algorithm() == "ecdsa-with-SHA384");
            BOOST_TEST(chain[i].is_ca() == (i != 0));
        }
        BOOST_TEST(to_upper_hex(chain[0].serial()) == chain[0].subject_serial_number().value());
        BOOST_TEST(serial_of_ski(*chain[0].subject_key_identifier()) == chain[0].serial());
        const std::string device_id = chain[1].subject_serial_number().value().substr(2);
        BOOST_TEST(device_id.size() == 16U);
        const Bytes san = chain[0].extension("2.5.29.17").value();
        BOOST_TEST(as_text(san).ends_with("ASSAY:" + product + ":" + device_id));
    }
}

BOOST_AUTO_TEST_CASE(a_responder_of_ours_answers_for_its_issuer) {
    Device device{"gh100"};
    const Manufacturer maker{device.seed(), device.chip()};
    const OcspResponder responder{maker.context(), device.seed(), maker.provisioner()};
    crypto::OcspSpec spec;
    spec.status = crypto::CertStatus::revoked;
    spec.revocation_reason = "certificateHold";
    spec.this_update = world_epoch;
    spec.nonce = Bytes(16, 0x33);
    const auto answer = crypto::verify_ocsp_response(responder.respond(spec, device.device_certificate()),
                                                     device.device_certificate(),
                                                     maker.provisioner().certificate, world_epoch);
    if (!answer) BOOST_FAIL(answer.error().what);
    BOOST_TEST((answer->status == crypto::CertStatus::revoked));
    BOOST_TEST(answer->revocation_reason.value() == "certificateHold");
    BOOST_TEST(answer->nonce.value() == Bytes(16, 0x33));
}

}  // namespace
}  // namespace assay::gpu
