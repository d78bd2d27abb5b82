// Responders as their users describe them: what a requester then sees (DSP0274, VERSION, CAPABILITIES,
// ALGORITHMS, MEASUREMENTS), and every kind of mistake told by its place.
#include "models/spdm/responder_config.hpp"

#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

ResponderConfig config_of(std::string_view json) {
    auto out = read_responder_config(as_bytes(json));
    BOOST_REQUIRE_MESSAGE(bool(out), json << ": " << (out ? "" : out.error()));
    return *std::move(out);
}
std::string fault_of(std::string_view json) {
    const auto out = read_responder_config(as_bytes(json));
    return out ? "read" : out.error();
}

struct Described {
    explicit Described(std::string_view json) : config(config_of(json)) {}
    ResponderConfig config;
    SampleDevice device{config.profile, config.measurements, 1, config.provisioned_slots};
    Responder responder{device, mctp_records};
    std::string ask(std::string_view request) { return to_hex(responder.execute(*from_hex(request))); }
};

BOOST_AUTO_TEST_SUITE(responder_config)

BOOST_AUTO_TEST_CASE(an_empty_file_is_the_generic_responder) {
    const ResponderConfig config = config_of("{}");
    BOOST_TEST(config.profile.flags == generic_profile().flags);
    BOOST_TEST(config.measurements.size() == generic_measurements(crypto::Hash::sha384).size());
    BOOST_TEST(config.provisioned_slots == 2);
}

BOOST_AUTO_TEST_CASE(versions_and_capabilities_are_what_the_file_says) {
    Described one{R"({
        "versions": ["1.1", "1.2"], "CTExponent": 9, "DataTransferSize": 1024, "MaxSPDMmsgSize": 4096,
        "capabilities": {"MEAS_CAP": 1, "PSK_CAP": 0, "MUT_AUTH_CAP": false, "HBEAT_CAP": false,
                         "SET_CERT_CAP": false, "CSR_CAP": false}})"};
    BOOST_TEST(one.ask("10840000") == "10040000000200110012");
    // Flags of the generic responder in 1.2, with MEAS_CAP 1 instead of 2, without those that are switched
    // off.
    const std::uint32_t flags = cap::cert | cap::chal | cap::meas_no_sig | cap::meas_fresh | cap::encrypt |
                                cap::mac | cap::key_ex | cap::encap | cap::key_upd |
                                cap::handshake_in_the_clear | cap::chunk;
    BOOST_TEST(one.ask("12e10000 00 00 0000 c6f20200 00100000 00100000") ==
               "1261000000090000" + to_hex(store(flags, std::endian::little)) + "0004000000100000");
}

BOOST_AUTO_TEST_CASE(algorithms_and_measurements_are_what_the_file_says) {
    Described one{R"({
        "versions": ["1.2"], "BaseAsymAlgo": ["TPM_ALG_ECDSA_ECC_NIST_P256"], "BaseHashAlgo": ["TPM_ALG_SHA_256"],
        "MeasurementHashAlgo": "TPM_ALG_SHA_256", "DHE": ["secp256r1"], "AEAD": ["CHACHA20_POLY1305"],
        "ReqBaseAsymAlg": ["TPM_ALG_ECDSA_ECC_NIST_P256"], "provisioned_slots": 1, "HeartbeatPeriod": 7,
        "measurements": [{"Index": 1, "DMTFSpecMeasurementValueType": 0, "digest_of": "616263"},
                         {"Index": 254, "DMTFSpecMeasurementValueType": 7, "raw": "0500000000000000"}]})"};
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.base_asym = alg::ecdsa_p256 | alg::ecdsa_p384;
    plan.base_hash = alg::sha256 | alg::sha384;
    plan.dhe = alg::dhe_p256 | alg::dhe_p384;
    plan.aead = alg::aes_256_gcm | alg::chacha20_poly1305;
    TestConnection connection{plan, one.device, 3};
    BOOST_TEST(connection.run() == "");
    const Connection& settled = connection.requester.connection();
    BOOST_TEST(settled.base_asym == alg::ecdsa_p256);
    BOOST_TEST(settled.base_hash == alg::sha256);
    BOOST_TEST(settled.measurement_hash == alg::measurement_sha256);
    BOOST_TEST(settled.dhe == alg::dhe_p256);
    BOOST_TEST(settled.aead == alg::chacha20_poly1305);
    BOOST_REQUIRE(one.config.measurements.size() == 2U);
    // SHA-256 of "abc" (FIPS 180-4).
    BOOST_TEST(to_hex(one.config.measurements[0].value) ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(one.config.measurements[0].value_type == 0);
    BOOST_TEST(one.config.measurements[1].value_type == 0x87);
    BOOST_TEST(one.device.certificate_chain(1, settled).empty());
    BOOST_TEST(!one.device.certificate_chain(0, settled).empty());
}

BOOST_AUTO_TEST_CASE(the_other_keys_reach_the_profile) {
    const Profile p = config_of(R"({"certificate_portion": 100, "SupportedSlotMask": 3, "sessions": 2,
        "MutAuthRequested": "with digests", "mutual_auth_mandatory": true, "BasicMutAuthReq": false, "trusted_environment": true})")
                          .profile;
    BOOST_TEST(p.max_portion == 100U);
    BOOST_TEST(p.supported_slots == 3);
    BOOST_TEST(p.max_sessions == 2U);
    BOOST_TEST(p.mutual_auth == mut_auth::with_digests);
    BOOST_TEST(p.mutual_auth_mandatory);
    BOOST_TEST(!p.basic_mut_auth);
    BOOST_TEST(p.trusted_environment);
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_by_their_place) {
    for (
        const auto& [json, told] : std::vector<std::pair<std::string, std::string>>{
            {"", "not JSON at offset 0"},
            {"[]", "/: [] found, an object expected"},
            {R"({"version": ["1.1"]})", "/version: unknown; known: measurements, versions, "},
            {R"({"versions": []})", "/versions: [] found, a list of 1 at least"},
            {R"({"versions": ["1.4"]})", "/versions/0: \"1.4\" found, one of 1.0, 1.1, 1.2, 1.3 expected"},
            {R"({"versions": ["1.2", "1.1"]})", "in ascending order expected"},
            {R"({"versions": ["1.2", "1.2"]})", "/versions/1: \"1.2\" found, each one once expected"},
            {R"({"CTExponent": -1})", "/CTExponent: -1 found, a number from 0 to 31 expected"},
            {R"({"CTExponent": 1.5})", "/CTExponent: 1.5 found"},
            {R"({"CTExponent": "9"})", "/CTExponent: \"9\" found"},
            {R"({"CTExponent": 9, "CTExponent": 8})", "the name \"CTExponent\" comes twice"},
            {R"({"capabilities": {"EVENT_CAP": true}})", "/capabilities/EVENT_CAP: not a capability of this"},
            {R"({"capabilities": {"CERT_CAP": 1}})",
             "/capabilities/CERT_CAP: 1 found, true or false expected"},
            {R"({"capabilities": {"MEAS_CAP": 3}})", "/capabilities/MEAS_CAP: 3 found, a number from 0 to 2"},
            {R"({"capabilities": {"ENCRYPT_CAP": false, "MAC_CAP": false}})", "/capabilities: Flags 0x"},
            {R"({"capabilities": {"CERT_CAP": false}})", "a responder of version 1.1 may not have"},
            {R"({"DataTransferSize": 41})", "/DataTransferSize: 41 found, a number from 42"},
            {R"({"MaxSPDMmsgSize": 100})",
             "/MaxSPDMmsgSize: 100 found, DataTransferSize (4608) at least expected"},
            {R"({"AEAD": ["AES"]})",
             "/AEAD/0: \"AES\" found, one of AES-128-GCM, AES-256-GCM, CHACHA20_POLY1305"},
            {R"({"MutAuthRequested": "none", "mutual_auth_mandatory": true})",
             "/mutual_auth_mandatory: true found"},
            {R"({"SupportedSlotMask": 2})",
             "/provisioned_slots: 2 found, but slot 0 is not in SupportedSlotMask"},
            {R"({"measurements": [{"Index": 1}]})", "an object with DMTFSpecMeasurementValueType expected"},
            {R"({"measurements": [{"Index": 255, "DMTFSpecMeasurementValueType": 0, "raw": ""}]})",
             "/measurements/0/Index: 255 found, a number from 1 to 254 expected"},
            {R"({"measurements": [{"Index": 1, "DMTFSpecMeasurementValueType": 0, "raw": "", "digest_of": "00"}]})",
             "an object with either raw or digest_of expected"},
            {R"({"measurements": [{"Index": 1, "DMTFSpecMeasurementValueType": 0, "raw": "0"}]})",
             "/measurements/0/raw: \"0\" found, 0 to 4096 bytes, hexadecimal expected"},
            {R"({"measurements": [{"Index": 2, "DMTFSpecMeasurementValueType": 0, "raw": ""},
                                   {"Index": 2, "DMTFSpecMeasurementValueType": 0, "raw": ""}]})",
             "/measurements/1/Index: 2 found, an Index above the one before it expected"}})
        BOOST_TEST(fault_of(json).find(told) != std::string::npos, json << ": " << fault_of(json));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::spdm
