// The published policy with its 109 commands and its measured digest.
#include <cstdio>

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::runtime {
namespace shared_policy {

using nlohmann::json;

std::optional<Bytes> file(const std::string& name) {
    const auto path = shared_data("vectors/runtime-policy/own/" + name);
    if (!path) {
        std::puts("skipped: shared data vectors/runtime-policy/own");
        return std::nullopt;
    }
    return *read_file(*path, 1 << 20);
}

Bytes sha256(ByteView bytes) { return crypto::digest(crypto::Hash::sha256, {bytes}); }

BOOST_AUTO_TEST_CASE(the_policy_has_the_published_digest_and_pcr_value) {
    const auto policy = file("inference-worker.policy.json");
    const auto facts = file("inference-worker.digest.json");
    if (!policy || !facts) return;
    const json expected = json::parse(*facts);
    const auto parsed = parse_policy(*policy);
    BOOST_REQUIRE(parsed);
    BOOST_TEST(policy->size() == expected.at("bytes").get<std::size_t>());
    BOOST_TEST(to_hex(parsed->digest) == expected.at("sha256").get<std::string>());
    const Bytes zero(32);
    BOOST_TEST(to_hex(crypto::digest(crypto::Hash::sha256, {zero, parsed->digest})) ==
               expected.at("pcr_after_extend_from_zero").get<std::string>());
}

BOOST_AUTO_TEST_CASE(the_published_variants_that_are_not_canonical_are_refused) {
    const auto policy = file("inference-worker.policy.json");
    const auto facts = file("inference-worker.digest.json");
    if (!policy || !facts) return;
    for (const int indent : {1, 2, 4}) BOOST_TEST(!parse_policy(as_bytes(json::parse(*policy).dump(indent))));
    Bytes newline = *policy;
    newline.push_back('\n');
    BOOST_TEST(!parse_policy(newline));
    // Of the pretty one only the digest is published, and no usual printer gives it: where a variant was
    // measured, the canonical bytes do not bind.
    NoEffects effects;
    bool newline_met = false;
    const json known = json::parse(*facts);
    for (const json& variant : known.at("not_canonical_variants_to_refuse")) {
        const auto measured = from_hex(variant.at("sha256").get<std::string>()).value();
        newline_met |= measured == sha256(newline);
        BOOST_TEST(!Agent{effects}.bind(*policy, measured), variant.at("what"));
    }
    BOOST_TEST(newline_met);
}

BOOST_AUTO_TEST_CASE(every_published_command_has_its_verdict_and_a_denial_changes_nothing) {
    const auto policy = file("inference-worker.policy.json");
    const auto stream = file("inference-worker.commands.json");
    if (!policy || !stream) return;
    NoEffects effects;
    Agent agent{effects};
    BOOST_REQUIRE(agent.bind(*policy, sha256(*policy)));
    agent.device_attested("gpu");
    std::size_t index = 0, denied = 0;
    const json document = json::parse(*stream);
    for (const json& each : document.at("commands")) {
        BOOST_TEST_CONTEXT("command " << index++) {
            const Bytes before = agent.state_digest();
            const std::uint64_t counted = agent.denials();
            const json line = {{"command", each.at("command")}, {"input", each.at("input")}};
            const Decision decision = agent.decide(as_bytes(line.dump()));
            const std::string code{name(decision.code)};
            BOOST_TEST(code == each.value("code", ""));
            BOOST_TEST(decision.allowed() == (each.at("expect") == "allow"));
            BOOST_TEST(agent.denials() == counted + (decision.allowed() ? 0 : 1));
            if (!decision.allowed()) {
                ++denied;
                BOOST_TEST((agent.state_digest() == before));
                BOOST_TEST(!decision.reason.empty());
                BOOST_TEST(answer(decision).size() == answer_size);
            }
        }
    }
    BOOST_TEST(index == 109U);
    BOOST_TEST(denied == 91U);
}

}  // namespace shared_policy
}  // namespace assay::runtime
