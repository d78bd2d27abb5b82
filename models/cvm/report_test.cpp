// Reports of CPU and paravisor: recorded ones of Azure, and every field in its place.
#include <boost/test/unit_test.hpp>

#include "models/cvm/hcl_report.hpp"
#include "models/cvm/shared_evidence.hpp"
#include "sim/crypto/context.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::cvm {
namespace {

struct Sample {
    const char* report;
    const char* certificates;
    std::size_t user_data;
    bool own_chip = true;
};
constexpr Sample samples[] = {
    // The certificates beside this report are those of another chip.
    {"tpm/azure-snp/hcl-report-a.bin", "tpm/azure-snp/certs-a.pem", 0, false},
    {"tpm/azure-snp/hcl-report-b.bin", "tpm/azure-snp/vcek-b.pem", 64},
    {"key-release/azure/az-snp-vtpm/hcl-report.bin", "key-release/azure/az-snp-vtpm/vcek.pem", 64},
};

std::string hcl_outcome(ByteView bytes) {
    const auto report = parse_hcl_report(bytes);
    return report ? "good" : report.error().text();
}
std::string claims_outcome(std::string_view text) {
    const auto claims = parse_runtime_claims(as_bytes(text));
    return claims ? "good" : claims.error().text();
}

BOOST_AUTO_TEST_SUITE(reports)

BOOST_AUTO_TEST_CASE(recorded_reports_are_read_written_again_and_signed_by_their_chip) {
    if (!recorded::present("tpm/azure-snp") || !recorded::present("key-release/azure")) return;
    for (const Sample& sample : samples) {
        const Bytes bytes = recorded::file(sample.report);
        const auto hcl = parse_hcl_report(bytes);
        BOOST_TEST_REQUIRE(static_cast<bool>(hcl), sample.report << ": " << hcl_outcome(bytes));
        BOOST_TEST((write_hcl_report(*hcl, bytes.size()) == bytes), sample.report);
        const auto report = decode<SnpReport>(hcl->hardware_report, snp_byte_order);
        BOOST_TEST_REQUIRE(static_cast<bool>(report));
        BOOST_TEST((encode(*report, snp_byte_order) == hcl->hardware_report));

        const auto chain = *crypto::certificates_from_pem(recorded::file(sample.certificates));
        const ByteView signed_part = ByteView{hcl->hardware_report}.first(snp_signed_size);
        const bool verified =
            chain.front().public_key().verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                              signed_part, snp_signature(*report).value());
        BOOST_TEST(verified == sample.own_chip, sample.report);
        const auto hwid = chain.front().extension(vcek_hwid_oid);
        BOOST_TEST(equal(hwid.value(), report->chip_id) == sample.own_chip);

        const auto claims = parse_runtime_claims(hcl->runtime_data);
        BOOST_TEST_REQUIRE(static_cast<bool>(claims));
        BOOST_TEST(claims->keys.contains(ak_kid));
        BOOST_TEST(claims->user_data.size() == sample.user_data);
        const Bytes hash = crypto::digest(hcl->hash, {hcl->runtime_data});
        BOOST_TEST(equal(hash, ByteView{report->report_data}.first(32)));
        SnpReport again = *report;
        set_snp_signature(again, *snp_signature(*report));
        BOOST_TEST((encode(again, snp_byte_order) == hcl->hardware_report));
    }
}

BOOST_AUTO_TEST_CASE(reports_of_genoa_and_of_tdx_come_in_the_same_envelope) {
    if (!recorded::present("key-release/openpcc")) return;
    const std::string folder = "key-release/openpcc/";
    const auto genoa = parse_hcl_report(recorded::armoured(
        recorded::archived(folder + "azure_sevsnp_report.txt", "test_azure_sevsnp_report.pem")));
    BOOST_TEST_REQUIRE(static_cast<bool>(genoa), (genoa ? "" : genoa.error().text()));
    BOOST_TEST(genoa->header.version == 2U);
    const auto report = decode<SnpReport>(genoa->hardware_report, snp_byte_order);
    const auto vcek = *crypto::certificates_from_pem(
        as_bytes(recorded::archived(folder + "sev_certificates.txt", "test_vcek.pem")));
    BOOST_TEST(vcek.front().public_key().verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                                ByteView{genoa->hardware_report}.first(snp_signed_size),
                                                snp_signature(*report).value()));
    const Bytes hash = crypto::digest(genoa->hash, {genoa->runtime_data});
    BOOST_TEST(equal(hash, ByteView{report->report_data}.first(32)));

    const auto tdx = parse_hcl_report(
        recorded::armoured(recorded::archived(folder + "azure_tdx_report.txt", "test_azure_tdx_report.pem")));
    BOOST_TEST_REQUIRE(static_cast<bool>(tdx), (tdx ? "" : tdx.error().text()));
    BOOST_TEST(tdx->runtime.report_type == 4U);
    const Bytes tdx_hash = crypto::digest(tdx->hash, {tdx->runtime_data});
    BOOST_TEST(equal(tdx_hash, ByteView{tdx->hardware_report}.subspan(0x80, 32)));
}

BOOST_AUTO_TEST_CASE(fields_of_a_report_are_where_the_standard_has_them) {
    SnpReport report;
    report.policy = 0xB'0000;
    report.vmpl = 3;
    report.reported_tcb = {.boot_loader = 3, .tee = 1, .snp = 8, .microcode = 115};
    report.chip_id[0] = 0xC1;
    report.launch_tcb.boot_loader = 4;
    report.key_info = 0b110;
    const Bytes bytes = encode(report, snp_byte_order);
    BOOST_TEST(bytes.size() == snp_report_size);
    BOOST_TEST(bytes[0x30] == 3);
    BOOST_TEST(to_hex(ByteView{bytes}.subspan(0x180, 8)) == "0301000000000873");
    BOOST_TEST(bytes[0x1A0] == 0xC1);
    BOOST_TEST(bytes[0x1F0] == 4);
    BOOST_TEST(report.smt_allowed());
    BOOST_TEST(report.debug_allowed());
    BOOST_TEST(!report.migration_allowed());
    BOOST_TEST(report.chip_key_masked());
    BOOST_TEST(report.signing_key() == 1U);
    BOOST_TEST(!(TcbVersion{3, 0, {}, 8, 114}.at_least(report.reported_tcb)));
}

BOOST_AUTO_TEST_CASE(a_signature_component_of_more_than_48_bytes_is_none) {
    SnpReport report;
    set_snp_signature(report, Bytes(96, 0xA5));
    BOOST_TEST((snp_signature(report).value() == Bytes(96, 0xA5)));
    report.signature_s[48] = 1;
    BOOST_TEST(!snp_signature(report));
}

BOOST_AUTO_TEST_CASE(every_truncation_of_a_report_is_refused) {
    const Bytes bytes = encode(SnpReport{}, snp_byte_order);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        BOOST_TEST(!decode<SnpReport>(ByteView{bytes}.first(size), snp_byte_order));
    BOOST_TEST(!decode<SnpReport>(concat({bytes, Bytes(1)}), snp_byte_order));
}

HclReport small_report() { return {{}, Bytes(snp_report_size), {}, Bytes{'{', '}'}, crypto::Hash::sha256}; }

BOOST_AUTO_TEST_CASE(faults_of_a_paravisor_report_name_field_and_offset) {
    const Bytes bytes = write_hcl_report(small_report());
    BOOST_TEST(bytes.size() == hcl_nv_size);
    BOOST_TEST(hcl_outcome(bytes) == "good");
    const auto with = [&](std::size_t at, std::uint8_t value) {
        Bytes changed = bytes;
        changed.at(at) = value;
        return hcl_outcome(changed);
    };
    BOOST_TEST(with(0, 'X') == "E_HCL_FORMAT: signature at offset 0: \"HCLA\" expected");
    BOOST_TEST(with(4, 3) == "E_HCL_FORMAT: version at offset 4: 3 found, 1 or 2 expected");
    BOOST_TEST(with(8, 0) == "E_HCL_FORMAT: report_size at offset 8: 1024 found, 1238 expected");
    BOOST_TEST(with(12, 1) == "E_HCL_FORMAT: request_type at offset 12: 1 found, 2 expected");
    BOOST_TEST(with(1216, 1) == "E_HCL_FORMAT: data_size at offset 1216: 1 found, 22 expected");
    BOOST_TEST(with(1224, 3) ==
               "E_HCL_FORMAT: report_type at offset 1224: 3 found, 2 (SNP) or 4 (TDX) expected");
    BOOST_TEST(with(1228, 4) == "E_HCL_FORMAT: hash_type at offset 1228: 4 found, 1, 2 or 3 expected");
    BOOST_TEST(with(1235, 1).starts_with("E_LIMIT: variable_data_size at offset 1232: "));
    BOOST_TEST(with(1300, 1) ==
               "E_HCL_FORMAT: padding at offset 1300: zeros expected after the runtime data");
    for (const std::size_t size : {0U, 31U, 1215U, 1235U, 1237U})
        BOOST_TEST(hcl_outcome(ByteView{bytes}.first(size)).starts_with("E_HCL_FORMAT: "), size);
    BOOST_TEST(hcl_outcome(ByteView{bytes}.first(1238)) == "good");
}

BOOST_AUTO_TEST_CASE(runtime_claims_are_read_as_they_were_written) {
    crypto::Drbg random{as_bytes("runtime claims")};
    crypto::Context context{random};
    const auto key = crypto::PrivateKey::generate(context, crypto::KeyType::rsa).public_key();
    RuntimeClaims claims;
    claims.keys.emplace("HCLAkPub", RuntimeClaims::Key{{"sign"}, key});
    claims.secure_boot = true;
    claims.tpm_persisted = false;
    claims.vm_id = "911B0EF8-9DBA-48B0-B275-4E4DF2D39252";
    claims.user_data = Bytes(64, 0xAB);
    const std::string text = write_runtime_claims(claims);
    const auto read = parse_runtime_claims(as_bytes(text));
    BOOST_TEST_REQUIRE(static_cast<bool>(read), claims_outcome(text));
    BOOST_TEST((read->keys.at("HCLAkPub").key == key));
    BOOST_TEST((read->keys.at("HCLAkPub").key_ops == std::vector<std::string>{"sign"}));
    BOOST_TEST(read->secure_boot);
    BOOST_TEST(!read->tpm_enabled);
    BOOST_TEST((read->tpm_persisted == false));
    BOOST_TEST(read->vm_id == claims.vm_id);
    BOOST_TEST((read->user_data == claims.user_data));
}

BOOST_AUTO_TEST_CASE(faults_of_runtime_claims_name_the_member) {
    const std::string rest = ",\"vm-configuration\":{}";
    BOOST_TEST(claims_outcome("{\"keys\":[]" + rest + "}") == "good");
    BOOST_TEST(claims_outcome("[]") == "E_RUNTIME_DATA: runtime data: not a JSON object");
    BOOST_TEST(claims_outcome("{\"keys\":[],\"keys\":[]" + rest + "}") ==
               "E_JSON_DUPLICATE_KEY: runtime data: the name \"keys\" comes twice");
    BOOST_TEST(claims_outcome("{\"keys\":[]}") ==
               "E_RUNTIME_DATA: runtime data.vm-configuration: an object expected");
    BOOST_TEST(claims_outcome("{\"keys\":[{\"kid\":\"a\",\"kty\":\"EC\"}]" + rest + "}") ==
               "E_RUNTIME_DATA: runtime data.keys[0].kty: \"RSA\" expected");
    BOOST_TEST(claims_outcome("{\"keys\":[{\"kid\":\"a\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQ\"}]" +
                              rest + "}") ==
               "E_RUNTIME_DATA: runtime data.keys[0]: not an RSA key that is accepted");
    BOOST_TEST(claims_outcome("{\"keys\":[],\"user-data\":\"00\"" + rest + "}") ==
               "E_RUNTIME_DATA: runtime data.user-data: 128 hexadecimal digits expected");
    BOOST_TEST(claims_outcome("{\"keys\":[],\"vm-configuration\":{\"secure-boot\":1}}") ==
               "E_RUNTIME_DATA: runtime data.vm-configuration: true or false expected");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::cvm
