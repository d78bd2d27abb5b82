// Composite evidence in the forms in which it travels.
#include "models/cvm/evidence.hpp"

#include <boost/test/unit_test.hpp>

#include "models/cvm/shared_evidence.hpp"

namespace assay::cvm {
namespace {

std::string form_outcome(std::string_view text) {
    const auto evidence = parse_evidence(as_bytes(text));
    return evidence ? "good" : evidence.error().text();
}

BOOST_AUTO_TEST_SUITE(composite_evidence)

BOOST_AUTO_TEST_CASE(recorded_envelopes_are_read) {
    if (!recorded::present("key-release/azure")) return;
    const std::string folder = "key-release/azure/az-snp-vtpm/";
    const auto first = parse_evidence(recorded::file(folder + "evidence-v1.json"));
    BOOST_TEST_REQUIRE(static_cast<bool>(first), (first ? "" : first.error().text()));
    BOOST_TEST((first->form == CompositeEvidence::Form::envelope_1));
    BOOST_TEST(first->hcl_report.size() == 2600U);
    BOOST_TEST(first->quote.pcrs.at("sha256").size() == 24U);
    BOOST_TEST(to_hex(first->quote.pcrs.at("sha256").at(0)).starts_with("e15c4479"));
    const auto second = parse_evidence(recorded::file(folder + "evidence-v2.json"));
    BOOST_TEST_REQUIRE(static_cast<bool>(second), (second ? "" : second.error().text()));
    BOOST_TEST((second->form == CompositeEvidence::Form::envelope_2));
    BOOST_TEST(to_hex(second->quote.pcrs.at("sha256").at(0)).starts_with("84275b2f"));
    for (const auto* const one : {&*first, &*second}) {
        const auto again = parse_evidence(as_bytes(write_evidence(*one)));
        BOOST_TEST_REQUIRE(static_cast<bool>(again));
        BOOST_TEST((again->hcl_report == one->hcl_report));
        BOOST_TEST((again->quote.pcrs == one->quote.pcrs));
        BOOST_TEST((again->certificates == one->certificates));
    }
}

BOOST_AUTO_TEST_CASE(composite_evidence_is_read_as_it_was_written) {
    if (!recorded::present("key-release/azure")) return;
    auto evidence = *parse_evidence(recorded::file("key-release/azure/az-snp-vtpm/evidence-v2.json"));
    evidence.form = CompositeEvidence::Form::composite;
    evidence.event_log = Bytes{1, 2, 3};
    evidence.wrapping_key = CertifiedKey{{4}, {5}, {6, 7}};
    evidence.gpu = "[{\"arch\":\"HOPPER\"}]";
    const auto again = parse_evidence(as_bytes(write_evidence(evidence)));
    BOOST_TEST_REQUIRE(static_cast<bool>(again), (again ? "" : again.error().text()));
    BOOST_TEST((again->form == CompositeEvidence::Form::composite));
    BOOST_TEST((again->event_log == evidence.event_log));
    BOOST_TEST((again->wrapping_key->signature == evidence.wrapping_key->signature));
    BOOST_TEST((again->gpu == evidence.gpu));
    BOOST_TEST((again->quote.message == evidence.quote.message));
    BOOST_TEST((again->quote.pcrs == evidence.quote.pcrs));
}

BOOST_AUTO_TEST_CASE(refusals_name_the_member) {
    BOOST_TEST(form_outcome("") == "E_SCHEMA: evidence: not JSON at offset 0");
    BOOST_TEST(form_outcome("[]") == "E_SCHEMA: evidence: an object expected");
    BOOST_TEST(form_outcome("{\"version\":1,\"version\":1}") ==
               "E_JSON_DUPLICATE_KEY: evidence: the name \"version\" comes twice");
    BOOST_TEST(form_outcome("{\"version\":3}") == "E_SCHEMA: version: 1 or 2 expected");
    BOOST_TEST(form_outcome("{\"version\":1,\"x\":1}") == "E_SCHEMA: x: unknown member");
    BOOST_TEST(form_outcome("{\"format\":\"assay-cvm/2\"}") == "E_SCHEMA: format: \"assay-cvm/1\" expected");
    BOOST_TEST(form_outcome("{\"quote\":{},\"report\":[256],\"vcek\":\"\"}") ==
               "E_SCHEMA: quote.message: missing");
    const std::string head =
        "{\"version\":1,\"hcl_report\":\"AA==\",\"vcek\":\"AA\",\"tpm_quote\":{\"message\":\"00\","
        "\"signature\":\"00\",\"pcrs\":";
    BOOST_TEST(form_outcome(head + "[]}}") == "good");
    BOOST_TEST(form_outcome(head + "[\"00\"]}}") == "E_SCHEMA: tpm_quote.pcrs[0]: 32 bytes expected");
    BOOST_TEST(form_outcome(head + "[1]}}") == "E_SCHEMA: tpm_quote.pcrs[0]: not hexadecimal");
    std::string many = head + "[";
    for (int i = 0; i < 25; ++i) many += (i == 0 ? "\"" : ",\"") + std::string(64, '0') + "\"";
    BOOST_TEST(form_outcome(many + "]}}") == "E_SCHEMA: tpm_quote.pcrs[24]: more than 24 registers");
}

BOOST_AUTO_TEST_CASE(the_binding_covers_nonce_key_and_gpu_evidence) {
    const Bytes nonce(32, 1), key{2, 3};
    const Bytes binding = evidence_binding(nonce, key, "[]");
    BOOST_TEST(binding.size() == 32U);
    BOOST_TEST((evidence_binding(Bytes(32, 2), key, "[]") != binding));
    BOOST_TEST((evidence_binding(nonce, Bytes{2}, "[]") != binding));
    BOOST_TEST((evidence_binding(nonce, key, "[ ]") != binding));
    BOOST_TEST((evidence_binding(nonce, key, "[]") == binding));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::cvm
