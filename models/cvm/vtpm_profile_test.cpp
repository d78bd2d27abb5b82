// TPMs as makers and paravisors leave them to their users (TCG EK Credential Profile 2.5; TPM 2.0
// provisioning; the Azure paravisor's NV indices; the SVSM's service manifest), seen by commands and by
// tpm2-tools.
#include "models/cvm/vtpm_profile.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/digests.hpp"
#include "models/tpm/swtpm_server.hpp"
#include "models/tpm/test_programs.hpp"
#include "sim/base/file.hpp"

namespace assay::cvm {
namespace {

namespace rh = tpm::rh;

struct Machine {
    explicit Machine(std::string_view profile, std::uint64_t seed = 1, tpm::Config config = {})
        : tpm(*find_vtpm_profile(profile), config, seed, time) {
        tpm.power_on();
        started = bool(tpm::call(ask(), tpm::StartupIn{tpm::Su::clear}));
    }
    std::function<Bytes(ByteView)> ask() {
        return [this](ByteView command) {
            return tpm.execute(command);
        };
    }
    template <class In>
    typename In::Out call(const In& in, std::vector<tpm::TpmsAuthCommand> sessions = {}) {
        auto out = tpm::call(ask(), in, std::move(sessions));
        BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error().text()));
        return *std::move(out);
    }
    template <class In>
    std::string refusal(const In& in, std::vector<tpm::TpmsAuthCommand> sessions) {
        const auto out = tpm::call(ask(), in, std::move(sessions));
        return out ? "done" : out.error().text();
    }
    Bytes nv(tpm::Handle index) {
        const std::size_t size = call(tpm::NvReadPublicIn{.nv_index = index}).nv_public.value.data_size;
        Bytes out;
        while (out.size() < size) {
            const auto part = static_cast<std::uint16_t>(std::min<std::size_t>(1024, size - out.size()));
            append(out, call(tpm::NvReadIn{.auth_handle = rh::owner,
                                           .nv_index = index,
                                           .size = part,
                                           .offset = static_cast<std::uint16_t>(out.size())},
                             {tpm::password()})
                            .data.value);
        }
        return out;
    }
    tpm::TpmtPublic area(tpm::Handle handle) {
        return call(tpm::ReadPublicIn{.object_handle = handle}).out_public.value;
    }
    tpm::ManualTime time;
    ProvisionedTpm tpm;
    bool started = false;
};

BOOST_AUTO_TEST_SUITE(vtpm_profile)

BOOST_AUTO_TEST_CASE(ek_policies_are_the_published_ones) {
    // TCG EK Credential Profile 2.5, B.6: PolicyA (SHA-256) and PolicyB (SHA-384).
    BOOST_TEST(to_hex(tpm::templates::endorsement_key(tpm::Alg::rsa).auth_policy.value) ==
               "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");
    BOOST_TEST(
        to_hex(tpm::templates::high_range_endorsement_key(tpm::Curve::p384).auth_policy.value) ==
        "b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419cacb47ba09699646150f9fc000f3f80e12");
    BOOST_TEST(
        to_hex(tpm::templates::high_range_endorsement_key(tpm::Curve::p521).auth_policy.value) ==
        "b8221ca69e8550a4914de3faa6a18c072cc01208073a928d5d66d59ef79e49a429c41a6b269571d57edb25fbdb18384256"
        "08b413cd616a5f6db5b6071af99bea");
    BOOST_TEST(to_hex(tpm::templates::high_range_endorsement_key(tpm::Curve::p256).auth_policy.value) ==
               "ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0");
}

BOOST_AUTO_TEST_CASE(hardware_has_certified_endorsement_keys) {
    Machine machine{"hardware"};
    BOOST_TEST(machine.started);  // the provisioning is over: the user starts it
    const crypto::Certificate& root = machine.tpm.ek_root();
    BOOST_TEST(to_hex(machine.nv(ek_root_index)) == to_hex(root.der()));
    for (const ProvisionedKey& key : find_vtpm_profile("hardware")->keys) {
        // The persistent key is what the template gives.
        const auto made =
            machine.call(tpm::CreatePrimaryIn{.primary_handle = key.hierarchy, .in_public = {key.area()}},
                         {tpm::password()});
        BOOST_TEST((machine.area(key.persistent) == made.out_public.value), key.what);
        machine.call(tpm::FlushContextIn{.flush_handle = made.object_handle});
        if (key.certificate == 0) continue;
        const auto certificate = crypto::Certificate::from_der(machine.nv(key.certificate));
        BOOST_REQUIRE_MESSAGE(bool(certificate), key.what);
        BOOST_TEST((certificate->public_key() == tpm::public_key_of(made.out_public.value)), key.what);
        const auto nv = machine.call(tpm::NvReadPublicIn{.nv_index = key.certificate}).nv_public.value;
        BOOST_TEST(nv.attributes == 0x6207'2001U);  // as makers define them, and written
    }
    // The user, who owns the TPM, cannot replace a certificate.
    BOOST_TEST(machine.refusal(tpm::NvUndefineSpaceIn{.auth_handle = rh::owner, .nv_index = 0x01C0'0002},
                               {tpm::password()}) == "TPM_RC_NV_AUTHORIZATION");
    // An EK is used by PolicySecret(endorsement) alone.
    BOOST_TEST(machine
                   .refusal(tpm::RsaDecryptIn{.key_handle = 0x8101'0001, .cipher_text = {Bytes(256, 1)}},
                            {tpm::password()})
                   .starts_with("TPM_RC_AUTH_UNAVAILABLE"));
}

BOOST_AUTO_TEST_CASE(a_state_folder_keeps_what_the_maker_made) {
    const TemporaryFolder folder;
    tpm::TpmtPublic before, after;
    {
        Machine machine{"hardware", 1, {.state_dir = folder.path}};
        before = machine.area(0x8101'0016);
        // The user takes the TPM over: keys go, an owner authorization comes. The maker does not come back.
        machine.call(
            tpm::EvictControlIn{
                .auth = rh::owner, .object_handle = 0x8101'0002, .persistent_handle = 0x8101'0002},
            {tpm::password()});
        machine.call(tpm::HierarchyChangeAuthIn{.auth_handle = rh::owner, .new_auth = {Bytes(4, 7)}},
                     {tpm::password()});
        machine.call(tpm::ShutdownIn{tpm::Su::clear});
    }
    {
        Machine machine{"hardware", 2, {.state_dir = folder.path}};
        after = machine.area(0x8101'0016);
        BOOST_TEST(!tpm::call(machine.ask(), tpm::ReadPublicIn{.object_handle = 0x8101'0002}));
    }
    BOOST_TEST((before == after));
    BOOST_CHECK_THROW((Machine{"svsm", 1, {.state_dir = folder.path / "2"}}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_hcl_report_binds_the_attestation_key) {
    Machine machine{"azure-hcl"};
    BOOST_TEST(!machine.started);  // the paravisor has started it
    const auto hcl = parse_hcl_report(machine.nv(hcl_report_index));
    BOOST_REQUIRE_MESSAGE(bool(hcl), (hcl ? "" : hcl.error().what));
    const auto report = decode<SnpReport>(hcl->hardware_report, snp_byte_order);
    BOOST_REQUIRE(bool(report));
    const Bytes digest = crypto::digest(crypto::Hash::sha256, {hcl->runtime_data});
    BOOST_TEST(to_hex(ByteView{report->report_data}.first(32)) == to_hex(digest));
    const auto claims = parse_runtime_claims(hcl->runtime_data);
    BOOST_REQUIRE(bool(claims));
    BOOST_TEST((claims->keys.find(ak_kid)->second.key == *tpm::public_key_of(machine.area(ak_handle))));
    const auto signature = snp_signature(*report);
    BOOST_REQUIRE(signature.has_value());
    BOOST_TEST(machine.tpm.report_chain()[0].public_key().verify(
        crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
        ByteView{hcl->hardware_report}.first(snp_signed_size), *signature));
    // What the guest may not: write the report, use the platform hierarchy.
    BOOST_TEST(machine.refusal(
                   tpm::NvWriteIn{.auth_handle = rh::owner, .nv_index = hcl_report_index, .data = {Bytes(4)}},
                   {tpm::password()}) == "TPM_RC_NV_AUTHORIZATION");
    BOOST_TEST(machine.refusal(tpm::ClearIn{.auth_handle = rh::platform}, {tpm::password()})
                   .starts_with("TPM_RC_BAD_AUTH"));
}

BOOST_AUTO_TEST_CASE(user_data_reaches_the_report_after_a_while) {
    Machine machine{"azure-hcl"};
    const auto in_report = [&] {
        const auto hcl = parse_hcl_report(machine.nv(hcl_report_index));
        BOOST_REQUIRE(bool(hcl));
        const auto report = decode<SnpReport>(hcl->hardware_report, snp_byte_order);
        // Whatever is in it, report and runtime data belong together.
        BOOST_TEST(to_hex(ByteView{report->report_data}.first(32)) ==
                   to_hex(crypto::digest(crypto::Hash::sha256, {hcl->runtime_data})));
        return to_hex(parse_runtime_claims(hcl->runtime_data)->user_data);
    };
    const auto write = [&](std::uint8_t byte) {
        machine.call(
            tpm::NvWriteIn{
                .auth_handle = rh::owner, .nv_index = user_data_index, .data = {Bytes(user_data_size, byte)}},
            {tpm::password()});
    };
    const std::string none = to_hex(Bytes(user_data_size)), one = to_hex(Bytes(user_data_size, 1)),
                      two = to_hex(Bytes(user_data_size, 2));
    machine.call(tpm::NvDefineSpaceIn{.auth_handle = rh::owner,
                                      .public_info = {{.nv_index = user_data_index,
                                                       .attributes = 0x0002'0002,
                                                       .data_size = user_data_size}}},
                 {tpm::password()});
    machine.time.advance(report_delay);
    BOOST_TEST(in_report() == none);  // defined is not written
    write(1);
    BOOST_TEST(in_report() == none);  // read too early: the old report, whose binding holds
    machine.time.advance(report_delay - std::chrono::milliseconds{1});
    BOOST_TEST(in_report() == none);
    machine.time.advance(std::chrono::milliseconds{1});
    BOOST_TEST(in_report() == one);
    write(2);
    machine.time.advance(report_delay);
    BOOST_TEST(in_report() == two);
}

BOOST_AUTO_TEST_CASE(an_ephemeral_tpm_is_another_one_after_each_power_on) {
    Machine machine{"svsm"};
    BOOST_TEST(machine.started);
    const auto ek = [&] {
        const auto made =
            machine.call(tpm::CreatePrimaryIn{.primary_handle = rh::endorsement,
                                              .in_public = {tpm::templates::endorsement_key(tpm::Alg::rsa)}},
                         {tpm::password()});
        return std::pair{made.object_handle, encode(made.out_public.value, tpm::byte_order)};
    };
    const auto [handle, first] = ek();
    BOOST_TEST(to_hex(machine.tpm.service_manifest()) == to_hex(first));
    const Bytes nonce(24, 7);
    const auto report = decode<SnpReport>(machine.tpm.service_report(nonce), snp_byte_order);
    BOOST_REQUIRE(bool(report));
    BOOST_TEST(to_hex(report->report_data) == to_hex(crypto::digest(crypto::Hash::sha512, {nonce, first})));
    machine.call(
        tpm::EvictControlIn{.auth = rh::owner, .object_handle = handle, .persistent_handle = 0x8101'0001},
        {tpm::password()});
    machine.tpm.power_off();
    BOOST_TEST(machine.tpm.service_manifest().empty());
    machine.tpm.power_on();
    machine.call(tpm::StartupIn{tpm::Su::clear});
    BOOST_TEST(!tpm::call(machine.ask(), tpm::ReadPublicIn{.object_handle = 0x8101'0001}));
    const auto [again, second] = ek();
    BOOST_TEST(to_hex(second) != to_hex(first));
    BOOST_TEST(to_hex(machine.tpm.service_manifest()) == to_hex(second));
}

BOOST_AUTO_TEST_CASE(tools_find_what_the_profiles_put_there) {
    if (!tpm::tools_are_here()) return;
    const auto played = [](std::string_view profile, std::initializer_list<const char*> lines) {
        const tpm::SteadyTime time;
        ProvisionedTpm tpm{*find_vtpm_profile(profile), {}, 1, time};
        tpm::SwtpmServer server{tpm, {}};
        const std::jthread thread{[&](const std::stop_token& stop) {
            server.serve(stop);
        }};
        tpm::Workshop shop{tpm::tcti_of("swtpm", server.port())};
        for (const char* const line : lines) {
            const auto done = shop.run(line);
            BOOST_TEST(done.code == 0, profile << ": " << line << ": " << done.output);
        }
    };
    played(
        "hardware",
        {"tpm2_startup -c", "tpm2_getekcertificate -o rsa.der -o ecc.der",
         "tpm2_nvread 0x01C00100 -C o -o root.der && openssl x509 -inform der -in root.der -out root.pem",
         "tpm2_nvread 0x01C00016 -C o -o p384.der",
         "for one in rsa ecc p384; do openssl x509 -inform der -in $one.der -out $one.pem && openssl verify "
         "-CAfile root.pem $one.pem || exit 1; done",
         "openssl x509 -in rsa.pem -noout -ext subjectAltName,extendedKeyUsage,keyUsage > text && "
         "grep -q 2.23.133.8.1 text && grep -q 'Key Encipherment' text && grep -q 'id:41534159' text",
         "openssl x509 -in rsa.pem -pubkey -noout > want.pem && tpm2_readpublic -c 0x81010001 -f pem -o "
         "have.pem "
         "&& cmp want.pem have.pem",
         "openssl x509 -in p384.pem -pubkey -noout > want.pem && tpm2_readpublic -c 0x81010016 -f pem -o "
         "have.pem "
         "&& cmp want.pem have.pem",
         "tpm2_createak -C 0x81010001 -c ak.ctx -u ak.pub -n ak.name",
         "tpm2_create -C 0x81000001 -c child.ctx -u c.pub -r c.prv && tpm2_flushcontext -t"});
    played("azure-hcl",
           {"tpm2_nvread 0x01400001 -C o -o report && test $(head -c 4 report) = HCLA",
            "tpm2_readpublic -c 0x81000003 -f pem -o ak.pem",
            "tpm2_quote -c 0x81000003 -l sha256:0,1,2 -q 01020304 -m quote -s signature -o pcrs && "
            "tpm2_checkquote -u ak.pem -m quote -s signature -f pcrs -g sha256 -q 01020304"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::cvm
