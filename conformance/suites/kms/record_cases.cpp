// What is recorded, what is kept, and what stands in neither.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"

namespace assay::conformance::key_release {
namespace {

std::vector<KmsDecision> audit(Scene& scene) {
    return scene.trial().need(scene.port().audit(), "the audit trail");
}

void expect_last(Scene& scene, std::size_t before, std::string_view verdict, unsigned status,
                 std::string_view code) {
    const auto records = audit(scene);
    scene.trial().expect(records.size() > before, "not-recorded", "the decision is in the audit trail",
                         "there is no new record");
    const KmsDecision& last = records.back();
    scene.trial().expect(
        last.verdict == verdict && last.status == status && last.code == code && last.kid == "model" &&
            last.caller.starts_with("gateway-"),
        "wrong-record",
        fmt::format("the record says {} {} {} for model and the gateway", verdict, status, code), last.text);
}

void every_decision(Scene& scene) {
    scene.provide("model");
    std::size_t before = audit(scene).size();
    (void)scene.unwrapped(scene.release("model"));
    expect_last(scene, before, "released", 200, "");

    before = audit(scene).size();
    Ask ask = scene.ask();
    ask.claims = [](nlohmann::json& claims) {
        claims["assay"]["gpu-count"] = 1;
    };
    scene.expect_refusal(scene.send(ask), 403, "policy");
    expect_last(scene, before, "refused", 403, "policy");

    before = audit(scene).size();
    scene.expect_refusal(scene.send(ask), 409, "nonce");
    expect_last(scene, before, "refused", 409, "nonce");
}

void nothing_secret(Scene& scene) {
    const Bytes key = scene.provide("model");
    scene.expect_key(scene.release("model"), key);
    Ask ask = scene.ask();
    ask.credential = "wrong-" + scene.gateway();
    (void)scene.send(ask);
    std::vector<std::string> secrets = scene.canaries();
    for (const std::string& form : {to_hex(key), to_base64(key), to_base64url(key)}) secrets.push_back(form);
    for (const KmsDecision& record : audit(scene))
        for (const std::string& secret : secrets)
            scene.trial().expect(
                record.text.find(secret) == std::string::npos, "secret-recorded",
                "no record holds a key, a credential, a token, a nonce or the value of a claim",
                "one does: " + record.verdict + " " + record.code);
}

void nothing_secret_on_the_disk(Scene& scene) {
    const Bytes key = scene.provide("model");
    scene.provide_group("x25519", std::chrono::hours{24}, std::chrono::hours{6});
    const Bytes released = scene.unwrapped(scene.release("prompt-10"));
    const Bytes kept = scene.trial().need(scene.port().storage(), "the storage");
    scene.trial().expect(contains(kept, "prompt-10"), "no-storage", "the storage is what the service keeps",
                         "the key's name is not in it");
    for (const Bytes& secret : {key, released})
        for (const std::string& form :
             {std::string{as_text(secret)}, to_hex(secret), to_base64(secret), to_base64url(secret)})
            scene.trial().expect(!contains(kept, form), "key-at-rest",
                                 "no key stands in the storage in the clear", "one does");
    for (const std::string* const credential : {&scene.gateway(), &scene.administrator()})
        scene.trial().expect(!contains(kept, *credential), "credential-at-rest",
                             "no credential stands in the storage", "one does");
}

void gone_after_expiry(Scene& scene) {
    using std::chrono::hours;
    scene.provide_group("x25519", hours{24}, hours{6});
    (void)scene.unwrapped(scene.release("prompt-10"));
    const std::size_t size_before = scene.trial().need(scene.port().storage(), "the storage").size();
    scene.pass(hours{24} + hours{6});
    scene.expect_refusal(scene.release("prompt-10"), 410, "expired");
    scene.trial().need(scene.port().restart(), "a restart");
    scene.expect_refusal(scene.release("prompt-10"), 410, "expired");
    scene.trial().expect(size_before > 0, "no-storage", "there is a storage", "it is empty");
}

/// A key that is not there and a policy that is not met give the same bytes.
void same_bytes(Scene& scene) {
    scene.provide("model");
    Ask ask = scene.ask();
    ask.claims = [](nlohmann::json& claims) {
        claims["assay"]["gpu-count"] = 1;
    };
    const HttpResponse denied = scene.send(ask);
    const HttpResponse missing = scene.release("missing");
    scene.expect_refusal(denied, 403, "policy");
    scene.trial().expect(
        denied == missing, "existence-told",
        "the answers for a missing key and for a policy that is not met are the same, byte for byte",
        fmt::format("{} and {}", as_text(denied.body), as_text(missing.body)));
}

void administrators_are_told(Scene& scene) {
    Ask ask = scene.ask("missing");
    ask.nonce = scene.challenge(scene.administrator());
    ask.credential = scene.administrator();
    scene.expect_refusal(scene.send(ask), 404, "not-found");
}

}  // namespace

std::vector<Case> record_cases() {
    return {
        make_case("record.every-decision", "Every decision is in the audit trail when it is answered",
                  {"KMS-AUD-001", "KMS-REL-011"}, with({"audit"}), every_decision),
        make_case("record.no-secrets",
                  "The audit trail holds no key, credential, token, nonce or claim value", {"KMS-LOG-001"},
                  with({"audit"}), nothing_secret),
        make_case("record.at-rest", "No key and no credential stands in the storage in the clear",
                  {"KMS-REST-001"}, with({"storage", "groups"}), nothing_secret_on_the_disk),
        make_case("record.erased", "An expired key does not come back with a restart", {"KMS-ROT-002"},
                  with({"storage", "groups", "restart"}), gone_after_expiry),
        make_case("record.existence", "A missing key and an unmet policy are answered with the same bytes",
                  {"KMS-REL-006"}, with(), same_bytes),
        make_case("record.existence-administrator", "An administrator is told that a key is missing",
                  {"KMS-REL-006"}, with(), administrators_are_told),
    };
}

}  // namespace assay::conformance::key_release
