// A small device of the test's own, whose keys are here: what is changed is signed again, so that the check
// behind the signature is the one that must see it.
#include <functional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/gpu/fwid.hpp"
#include "models/verifier/golden_appraisal.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::verifier {
namespace {

using crypto::Certificate;
using crypto::PrivateKey;
using golden::reasons_of;

const Instant test_time = *from_rfc3339("2026-01-01T12:00:00Z");
constexpr auto day = std::chrono::hours{24};

/// Everything that is signed, as it is before signing; a test changes a part and runs.
struct Lab {
    crypto::Drbg random{as_bytes("signed_test")};
    crypto::Context context{random};
    std::vector<PrivateKey> device_keys = keys(5), rim_keys = keys(3);
    PrivateKey responder_key = PrivateKey::generate(context, crypto::KeyType::p384);

    gpu::Arch arch = gpu::Arch::hopper;
    gpu::Report report;
    std::optional<Bytes> leaf_fwid = Bytes(48, 0xF1);
    std::vector<Instant> device_until = std::vector<Instant>(5, test_time + day);
    Instant rim_until = test_time + day;
    gpu::Rim driver{"aa", "550.90.07", "GPU", "GH100", "5703", {}},
        vbios{"bb", "96.00.9F.00.01", "GPU", "GH100", "5703", {}};
    std::function<std::string(std::string)> change_driver_xml = [](std::string xml) {
        return xml;
    };
    std::function<void(std::size_t, crypto::OcspSpec&)> change_ocsp = [](std::size_t, auto&) {
    };
    GpuPolicy policy;
    Expectation expectation{Bytes(32, 0xA5), {}};

    std::vector<PrivateKey> keys(std::size_t count) const {
        std::vector<PrivateKey> out;
        for (std::size_t i = 0; i < count; ++i)
            out.push_back(PrivateKey::generate(context, crypto::KeyType::p384));
        return out;
    }

    Lab() {
        using T = gpu::OpaqueType;
        report.request.header = {0x11, spdm::Code::get_measurements, 0x01, 0xFF};
        report.request.nonce.fill(0xA5);
        report.response.header = {0x11, spdm::Code::measurements, 0, 0};
        for (std::uint8_t i = 1; i <= 40; ++i)
            report.response.record.items.push_back({i, 1, 51, 1, 48, Bytes(48, i)});
        set(T::vbios_version, gpu::vbios_field("96.00.9F.00.01"));
        set(T::driver_version, {'5', '5', '0', '.', '9', '0', '.', '0', '7', 0});
        set(T::project, {'1', 0});
        set(T::project_sku, {'2', 0});
        set(T::chip_sku, {'3', 0});
        set(T::nvdec0_status, {0xAA});
        set(T::fwid, Bytes(48, 0xF1));
        driver.resources = {{7, true, "Measurement_7", {Bytes(48, 9), Bytes(48, 8)}},
                            {35, true, "Measurement_35", {Bytes(48, 36)}}};
        vbios.resources = {{0, true, "Measurement_0", {Bytes(48, 1)}}};
    }

    void set(gpu::OpaqueType type, Bytes data) {
        clear(type);
        report.response.opaque.items.push_back({type, static_cast<std::uint16_t>(data.size()), data});
    }
    void clear(gpu::OpaqueType type) {
        std::erase_if(report.response.opaque.items, [&](const auto& f) { return f.type == type; });
    }
    Bytes& measurement(std::size_t index) { return report.response.record.items.at(index - 1).value; }

    /// Leaf first.
    std::vector<Certificate> chain(const std::vector<PrivateKey>& with, const std::vector<std::string>& names,
                                   const std::vector<Instant>& until, bool fwid) const {
        std::vector<Certificate> out;
        for (std::size_t i = with.size(); i-- > 0;) {
            crypto::CertificateSpec spec;
            spec.subject = {{"CN", names[i]}};
            spec.serial = {static_cast<std::uint8_t>(i + 1), 0x33};
            spec.not_before = test_time - day;
            spec.not_after = until[i];
            spec.ca = i != 0;
            spec.key_usage = {i == 0 ? "digitalSignature" : "keyCertSign"};
            if (i == 0 && fwid && leaf_fwid)
                spec.extensions.push_back(
                    gpu::fwid_extension(gpu::FwidForm::device_id, *leaf_fwid, with[1].public_key()));
            const bool is_root = i + 1 == with.size();
            out.insert(out.begin(),
                       crypto::issue(spec, with[i].public_key(), is_root ? nullptr : &out.front(),
                                     with[is_root ? i : i + 1], crypto::Hash::sha384));
        }
        return out;
    }

    /// A response for each certificate between root and `last`, from a responder that its issuer delegated
    /// to.
    void answer(const std::vector<Certificate>& chain_of, const std::vector<PrivateKey>& with,
                std::size_t last, std::vector<ReferenceValues::Item>& out) const {
        for (std::size_t i = last; i + 1 < chain_of.size(); ++i) {
            crypto::CertificateSpec delegate;
            delegate.subject = {{"CN", "responder"}};
            delegate.serial = {0x55};
            delegate.not_before = test_time - day;
            delegate.not_after = test_time + day;
            delegate.key_usage = {"digitalSignature"};
            delegate.extended_key_usage = {"1.3.6.1.5.5.7.3.9"};
            const Certificate responder = crypto::issue(delegate, responder_key.public_key(),
                                                        &chain_of[i + 1], with[i + 1], crypto::Hash::sha384);
            crypto::OcspSpec spec;
            spec.this_update = test_time - std::chrono::hours{1};
            spec.next_update = test_time + std::chrono::hours{1};
            if (last == 1) change_ocsp(i, spec);
            out.push_back({"ocsp " + std::to_string(out.size()),
                           crypto::make_ocsp_response(spec, chain_of[i], chain_of[i + 1], responder,
                                                      responder_key, crypto::Hash::sha384)});
        }
    }

    GpuAppraisal run() {
        const auto device =
            chain(device_keys, {"GH100 leaf", "GH100 device", "provisioner", "identity", "root"},
                  device_until, true);
        const auto publisher =
            chain(rim_keys, {"signer", "publisher", "RIM root"}, std::vector<Instant>(3, rim_until), false);
        report.response.number_of_blocks = static_cast<std::uint8_t>(report.response.record.items.size());
        Bytes bytes = encode(report, gpu::byte_order);
        bytes.resize(bytes.size() - gpu::signature_size);
        append(bytes, device_keys[0].sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, bytes));
        gpu::Evidence evidence{arch, *expectation.nonce, bytes, ""};
        if (expectation.cvm_key) evidence.nonce = {report.request.nonce.begin(), report.request.nonce.end()};
        for (const Certificate& one : device) evidence.chain_pem += one.pem();
        const std::string driver_xml = change_driver_xml(std::string{as_text(gpu::write_rim(driver))});
        ReferenceValues references{
            {{"driver.xml", crypto::sign_enveloped(as_bytes(driver_xml), rim_keys[0], publisher)},
             {"vbios.xml", crypto::sign_enveloped(gpu::write_rim(vbios), rim_keys[0], publisher)}},
            {}};
        answer(device, device_keys, 1, references.ocsp_responses);
        answer(publisher, rim_keys, 0, references.ocsp_responses);
        return GpuVerifier{{{device.back()}, {publisher.back()}}, Times::all(test_time), policy}.appraise(
            evidence, references, expectation);
    }
};

std::string outcome_after(const std::function<void(Lab&)>& change) {
    Lab lab;
    change(lab);
    return reasons_of(lab.run());
}

using T = gpu::OpaqueType;

BOOST_AUTO_TEST_SUITE(signed_anew)

BOOST_AUTO_TEST_CASE(the_small_device_is_accepted) {
    Lab lab;
    const auto a = lab.run();
    BOOST_TEST(reasons_of(a) == "accepted", golden::all_text(a));
    BOOST_TEST(a.matched == 3U);
}

BOOST_AUTO_TEST_CASE(firmware_identities) {
    BOOST_TEST(outcome_after([](Lab& x) { x.leaf_fwid = Bytes(48, 0xF2); }) == "507: E_FWID_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) { x.leaf_fwid.reset(); }) == "800: E_FWID_ABSENT");
    BOOST_TEST(outcome_after([](Lab& x) { x.clear(T::fwid); }) == "accepted");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.clear(T::fwid);
                   x.policy.require_fwid = true;
               }) == "405: E_FIELD_ABSENT");
}

BOOST_AUTO_TEST_CASE(manifests_of_another_component_or_version) {
    BOOST_TEST(outcome_after([](Lab& x) { x.driver.product = "GB100"; }) == "106: E_RIM_ID_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) { x.driver.edition = "SWITCH"; }) == "106: E_RIM_ID_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) { x.driver.colloquial_version = "550.90.08"; }) ==
               "505: E_RIM_VERSION_DRIVER");
    BOOST_TEST(outcome_after([](Lab& x) { x.vbios.colloquial_version = "96.00.9F.00.02"; }) ==
               "506: E_RIM_VERSION_VBIOS");
    const auto xml = [](std::string_view from, std::string_view to) {
        return outcome_after([&](Lab& x) {
            x.change_driver_xml = [&](std::string text) {
                return text.replace(text.find(from), from.size(), to);
            };
        });
    };
    BOOST_TEST(xml("<ns0:Meta", "<ns0:Link") == "106: E_RIM_SCHEMA");
    BOOST_TEST(xml(R"(alternatives="2")", R"(alternatives="0")") == "106: E_RIM_SCHEMA");
    BOOST_TEST(xml("0909", "09") == "106: E_RIM_FORMAT");
    BOOST_TEST(xml("0909", "090909") == "106: E_RIM_FORMAT");
    BOOST_TEST(xml(R"(index="35")", R"(index="7")") == "106: E_RIM_SCHEMA");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.driver.resources.push_back({0, true, "m", {Bytes(48, 1)}});
               }) == "108: E_RIM_CONFLICT");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.driver.resources.push_back({0, false, "m", {Bytes(48, 1)}});
               }) == "accepted");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.rim_until = test_time - std::chrono::hours{1};
               }).starts_with("12: E_PKI_EXPIRED"));
}

BOOST_AUTO_TEST_CASE(measurements_and_golden_values) {
    BOOST_TEST(outcome_after([](Lab& x) { x.measurement(8) = Bytes(48, 9); }) ==
               "accepted");  // another alternative
    BOOST_TEST(outcome_after([](Lab& x) { x.measurement(8)[0] ^= 1; }) == "12: E_MEAS_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) { x.measurement(9)[0] ^= 1; }) ==
               "accepted");  // nothing is golden there
    BOOST_TEST(outcome_after([](Lab& x) { x.report.response.record.items.resize(35); }) ==
               "12: E_MEAS_MISSING");
    BOOST_TEST(outcome_after([](Lab& x) { x.vbios.resources[0].alternatives = {Bytes(32, 1)}; }) ==
               "12: E_MEAS_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) {
                   for (auto* const rim : {&x.driver, &x.vbios})
                       for (auto& r : rim->resources) r.active = false;
               }) == "12: E_MEAS_NO_REFERENCE");
    const auto nvdec = [](std::uint8_t status, bool differs) {
        return outcome_after([&](Lab& x) {
            x.set(T::nvdec0_status, {status});
            if (differs) x.measurement(36)[0] ^= 1;
        });
    };
    BOOST_TEST(nvdec(0xAA, false) == "accepted");
    BOOST_TEST(nvdec(0xAA, true) == "12: E_MEAS_MISMATCH");
    BOOST_TEST(nvdec(0x55, false) == "accepted");
    BOOST_TEST(nvdec(0x55, true) == "accepted");
    BOOST_TEST(nvdec(0x00, false) == "2: E_NVDEC0_STATUS");
    BOOST_TEST(outcome_after([](Lab& x) { x.clear(T::nvdec0_status); }) == "405: E_FIELD_ABSENT");
}

BOOST_AUTO_TEST_CASE(reports_that_are_wrong_though_signed) {
    BOOST_TEST(outcome_after([](Lab& x) { x.report.request.header.version = 0x12; }) == "503: E_SPDM_PARSE");
    BOOST_TEST(outcome_after([](Lab& x) { x.report.response.record.items[3].index = 3; }) ==
               "503: E_MEAS_DUPLICATE");
    BOOST_TEST(outcome_after([](Lab& x) { x.report.response.record.items[3].value_type = 2; }) ==
               "503: E_MEAS_VALUE_TYPE");
    BOOST_TEST(outcome_after([](Lab& x) { x.report.response.record.items.back().index = 65; }) ==
               "503: E_MEAS_UNKNOWN");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.report.response.opaque.items.push_back({T::fwid, 48, Bytes(48)});
               }) == "503: E_OPAQUE_DUPLICATE");
    BOOST_TEST(outcome_after([](Lab& x) { x.set(static_cast<T>(37), {1}); }) == "4: E_OPAQUE_TYPE");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.set(T::opaque_data_version, {2, 0});
               }) == "510: E_OPAQUE_VERSION");
    BOOST_TEST(outcome_after([](Lab& x) { x.clear(T::driver_version); }) == "405: E_FIELD_ABSENT");
    BOOST_TEST(outcome_after([](Lab& x) { x.clear(T::vbios_version); }) == "405: E_FIELD_ABSENT");
    BOOST_TEST(outcome_after([](Lab& x) { x.report.request.nonce.fill(1); }) == "504: E_SPDM_NONCE_MISMATCH");
    BOOST_TEST(outcome_after([](Lab& x) {
                   x.report.request.nonce.fill(1);
                   x.report.response.nonce.fill(0xA5);
               }) == "504: E_SPDM_NONCE_MISMATCH");
}

BOOST_AUTO_TEST_CASE(certificates_out_of_time) {
    for (std::size_t i = 0; i < 5; ++i)
        BOOST_TEST(outcome_after([&](Lab& x) { x.device_until[i] = test_time - std::chrono::seconds{1}; }) ==
                       "12: E_PKI_EXPIRED",
                   i);
    BOOST_TEST(outcome_after([](Lab& x) { x.device_until[0] = test_time; }) == "accepted");
}

BOOST_AUTO_TEST_CASE(states_of_revocation) {
    using Status = crypto::CertStatus;
    const auto ocsp = [](std::size_t at, const std::function<void(crypto::OcspSpec&)>& change,
                         GpuPolicy policy = {}) {
        return outcome_after([&](Lab& x) {
            x.policy = policy;
            x.change_ocsp = [&](std::size_t i, crypto::OcspSpec& spec) {
                if (i == at) change(spec);
            };
        });
    };
    const auto revoked = [](const char* why) {
        return [why](crypto::OcspSpec& s) {
            s.status = Status::revoked;
            s.revocation_reason = why;
            s.revocation_time = test_time - day;
        };
    };
    GpuPolicy hold, relaxed;
    hold.allow_hold = true;
    relaxed.require_ocsp = false;
    for (std::size_t i = 1; i < 4; ++i)
        BOOST_TEST(ocsp(i, revoked("keyCompromise")) == "12: E_PKI_REVOKED", i);
    BOOST_TEST(ocsp(1, revoked("keyCompromise"), hold) == "12: E_PKI_REVOKED");
    BOOST_TEST(ocsp(1, revoked("keyCompromise"), relaxed) == "12: E_PKI_REVOKED");
    BOOST_TEST(ocsp(1, revoked("certificateHold")) == "12: E_PKI_HOLD");
    BOOST_TEST(ocsp(1, revoked("certificateHold"), hold) == "accepted");
    BOOST_TEST(ocsp(1, [](auto& s) { s.status = Status::unknown; }) == "12: E_OCSP_UNKNOWN");
    BOOST_TEST(ocsp(
                   1, [](auto& s) { s.status = Status::unknown; }, relaxed) == "accepted");
    BOOST_TEST(ocsp(1, [](auto& s) { s.next_update = test_time - std::chrono::minutes{1}; }) ==
               "201: E_OCSP_STALE");
    BOOST_TEST(ocsp(1, [](auto& s) { s.this_update = test_time + std::chrono::minutes{1}; }) ==
               "201: E_OCSP_STALE");

    GpuPolicy nonce;
    nonce.require_ocsp_nonce = true;
    const auto with_nonce = [&](Bytes value) {
        return outcome_after([&](Lab& x) {
            x.policy = nonce;
            x.change_ocsp = [&](std::size_t, crypto::OcspSpec& spec) {
                spec.nonce = value;
            };
        });
    };
    // The device's responses carry it, those of the manifests do not: two chains of two.
    BOOST_TEST(with_nonce(Bytes(32, 0xA5)) == "12: E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE");
    BOOST_TEST(
        with_nonce(Bytes(32, 0xA6)) ==
        "12: E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE E_OCSP_NONCE");

    Lab lab;
    lab.change_ocsp = [&](std::size_t i, crypto::OcspSpec& spec) {
        if (i == 2) revoked("keyCompromise")(spec);
    };
    const auto chain =
        nlohmann::json::parse(lab.run().claims).at("x-nvidia-gpu-attestation-report-cert-chain");
    BOOST_TEST(chain.at("x-nvidia-cert-status") == "revoked");
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-status") == "revoked");
    BOOST_TEST(chain.at("x-nvidia-cert-revocation-reason") == "keyCompromise");
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-response-valid") == true);
}

BOOST_AUTO_TEST_CASE(a_bound_key_is_shown_in_the_claims) {
    Lab lab;
    const Bytes key = lab.responder_key.public_key().spki();
    const Bytes bound = bound_nonce(*lab.expectation.nonce, key);
    lab.expectation.cvm_key = key;
    std::copy(bound.begin(), bound.end(), lab.report.request.nonce.begin());
    const auto a = lab.run();
    BOOST_TEST(reasons_of(a) == "accepted", golden::all_text(a));
    BOOST_TEST(nlohmann::json::parse(a.claims).at("x-assay-cvm-binding") == "bound");
    lab.expectation.cvm_key = lab.device_keys[0].public_key().spki();
    BOOST_TEST(reasons_of(lab.run()) == "504: E_CVM_BINDING");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
