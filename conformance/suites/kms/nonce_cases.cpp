// Challenges: fresh, single, bound to their caller, and used up whatever follows.
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"

namespace assay::conformance::key_release {
namespace {

void fresh(Scene& scene) {
    std::set<std::string> seen;
    for (int i = 0; i < 16; ++i) {
        const std::string nonce = scene.challenge(scene.gateway());
        const auto bytes = from_base64url(nonce);
        scene.trial().expect(bytes && bytes->size() == 32, "nonce-size", "a nonce is 32 bytes in base64url",
                             nonce);
        scene.trial().expect(seen.insert(nonce).second, "nonce-repeated", "no nonce comes twice", nonce);
    }
}

void once(Scene& scene) {
    const Bytes key = scene.provide("model");
    const Ask ask = scene.ask();
    scene.expect_key(scene.send(ask), key);
    scene.expect_refusal(scene.send(ask), 409, "nonce");
}

void until_it_is_old(Scene& scene) {
    const Bytes key = scene.provide("model");
    const Ask ask = scene.ask();
    scene.pass(std::chrono::seconds{299});
    scene.expect_key(scene.send(ask), key);
}

void needs_a_caller(Scene& scene) {
    const HttpResponse answer =
        scene.trial().need(scene.port().send({"POST", "/v1/challenge"}), "an answer to the challenge");
    scene.expect_refusal(answer, 401, "caller");
}

/// A nonce survives what comes before its check: the request that fails there has not used it up.
void earlier_checks_leave_it(Scene& scene) {
    const Bytes key = scene.provide("model");
    const Ask right = scene.ask();
    Ask wrong = right;
    wrong.credential.clear();
    scene.expect_refusal(scene.send(wrong), 401, "caller");
    wrong = right;
    wrong.media_type = "text/plain";
    scene.expect_refusal(scene.send(wrong), 415, "malformed");
    wrong = right;
    wrong.credential = scene.administrator();
    scene.expect_refusal(scene.send(wrong), 409, "nonce");
    scene.expect_key(scene.send(right), key);
}

/// Every later check uses it up.
void later_checks_use_it_up(Scene& scene) {
    scene.provide("model");
    const Ask right = scene.ask();
    Ask wrong = right;
    wrong.claims = [](nlohmann::json& claims) {
        claims["assay"]["gpu-count"] = 1;
    };
    scene.expect_refusal(scene.send(wrong), 403, "policy");
    scene.expect_refusal(scene.send(right), 409, "nonce");
}

void after_a_restart(Scene& scene) {
    scene.provide("model");
    const Ask ask = scene.ask();
    scene.trial().expect(scene.send(ask).status == 200, "not-released", "the key is released", "it is not");
    scene.trial().need(scene.port().restart(), "a restart");
    scene.expect_refusal(scene.send(ask), 409, "nonce");
}

}  // namespace

std::vector<Case> nonce_cases() {
    return {
        make_case("nonce.fresh", "Nonces are 32 bytes and never come twice", {"KMS-NONCE-002"}, with(),
                  fresh),
        make_case("nonce.once", "A nonce works once", {"KMS-NONCE-001", "KMS-REL-004"}, with(), once),
        make_case("nonce.age", "A nonce works for 299 seconds", {"KMS-REL-004"}, with(), until_it_is_old),
        make_case("nonce.caller", "A challenge is given to known callers alone", {"KMS-NONCE-002"}, with(),
                  needs_a_caller),
        make_case("nonce.earlier-checks",
                  "A request that fails before the nonce is looked at leaves it unused",
                  {"KMS-REL-012", "KMS-NONCE-001"}, with(), earlier_checks_leave_it),
        make_case("nonce.later-checks", "A request that fails after that has used it up", {"KMS-NONCE-001"},
                  with(), later_checks_use_it_up),
        make_case("nonce.restart", "A used nonce stays used after a restart", {"KMS-NONCE-001"},
                  with({"restart"}), after_a_restart),
    };
}

}  // namespace assay::conformance::key_release
