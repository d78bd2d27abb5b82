// What a signature of measurements covers: L1/L2 of SPDM 1.1 (DSP0274), and what begins it anew.
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/spdm_client.hpp"

namespace assay::conformance::gpu_evidence {
namespace spdm_transcript_topic {

/// A connection with the leaf's chain beside it, and the transcript as a verifier keeps it.
struct Session {
    explicit Session(Trial& trial)
        : spdm(trial), chain(chain_of(trial, collect(trial, random_bytes(trial, 32), ""))) {
        spdm.connect();
    }
    /// An unsigned measurement, added to L1.
    void add(std::uint8_t operation) {
        const MeasurementsFacts answer = spdm.measure(operation, std::nullopt);
        append(l1, get_measurements(operation, std::nullopt));
        append(l1, answer.message);
    }
    /// A signed one: its signature covers `l1` and itself. Then L1 is empty.
    void expect_covered(std::string_view code, std::string_view sentence) {
        const Bytes nonce = random_bytes(spdm.trial(), 32);
        const MeasurementsFacts answer = spdm.measure(0xFF, nonce);
        const Bytes own = concat({get_measurements(0xFF, nonce), answer.unsigned_part()});
        const bool held = spdm.covers(chain, concat({l1, own}), answer.signature);
        const bool alone = !held && spdm.covers(chain, own, answer.signature);
        spdm.trial().expect(held, code, sentence,
                            alone ? "it covers the last exchange alone" : "it verifies over neither");
        l1.clear();
    }

    Spdm spdm;
    std::vector<crypto::Certificate> chain;
    Bytes l1;
};

void covers_unsigned_before(Trial& trial) {
    Session session{trial};
    session.add(1);
    session.add(2);
    session.expect_covered("l1-incomplete",
                           "the signature covers the unsigned measurements before it, then its own exchange");
}
void covers_the_count(Trial& trial) {
    Session session{trial};
    session.add(0);
    session.add(0xFF);
    session.expect_covered("l1-without-count", "the signature covers operation 0 and all blocks before it");
}
void begins_anew_after_signature(Trial& trial) {
    Session session{trial};
    session.add(1);
    session.expect_covered("l1-incomplete", "the first signature covers what came before");
    session.expect_covered("l1-kept", "the second signature covers its own exchange alone");
}
void begins_anew_after_other_request(Trial& trial) {
    Session session{trial};
    session.add(1);
    session.spdm.answered(get_digests_request, 0x11, 0x01, 4, "DIGESTS");
    session.l1.clear();
    session.expect_covered("l1-kept", "after GET_DIGESTS the transcript begins anew");
}
void begins_anew_after_error(Trial& trial) {
    Session session{trial};
    session.add(1);
    session.spdm.refused(get_measurements(0xFE, std::nullopt), {invalid_request},
                         "GET_MEASUREMENTS for an Index that does not exist");
    session.l1.clear();
    session.expect_covered("l1-kept", "after an error to GET_MEASUREMENTS the transcript begins anew");
}
void begins_anew_with_version(Trial& trial) {
    Session session{trial};
    session.add(1);
    session.spdm.connect();
    session.l1.clear();
    session.expect_covered("l1-kept", "after GET_VERSION the transcript begins anew");
}
void leaves_out_the_setup(Trial& trial) {
    Session session{trial};
    session.expect_covered("l1-with-setup", "in SPDM 1.1 the signature covers no set-up messages");
}
void nonces_are_in_it(Trial& trial) {
    Session session{trial};
    const Bytes nonce = random_bytes(trial, 32);
    const MeasurementsFacts answer = session.spdm.measure(0xFF, nonce);
    trial.expect(
        session.spdm.covers(session.chain, concat({get_measurements(0xFF, nonce), answer.unsigned_part()}),
                            answer.signature),
        "signature-invalid", "the signature verifies over the request with its nonce", "it does not");
    Bytes other = nonce;
    other[0] = static_cast<std::uint8_t>(other[0] ^ 0x80);
    trial.expect(
        !session.spdm.covers(session.chain, concat({get_measurements(0xFF, other), answer.unsigned_part()}),
                             answer.signature),
        "nonce-uncovered", "it does not verify over another nonce", "it does");
}

std::vector<Case> all() {
    const std::vector<std::string> spdm{"spdm"};
    return {
        make_case("spdm.transcript-unsigned", "A signature covers the unsigned measurements before it",
                  {"GPU-SPDM-028"}, spdm, needs_signed_measurement, covers_unsigned_before),
        make_case("spdm.transcript-count", "A signature covers a count asked for before it", {"GPU-SPDM-028"},
                  spdm, needs_signed_measurement, covers_the_count),
        make_case("spdm.transcript-signature", "A signature ends the transcript", {"GPU-SPDM-029"}, spdm,
                  needs_signed_measurement, begins_anew_after_signature),
        make_case("spdm.transcript-other-request", "Another request begins the transcript anew",
                  {"GPU-SPDM-029"}, spdm, needs_signed_measurement, begins_anew_after_other_request),
        make_case("spdm.transcript-error", "An error begins the transcript anew", {"GPU-SPDM-029"}, spdm,
                  needs_signed_measurement, begins_anew_after_error),
        make_case("spdm.transcript-version", "GET_VERSION begins the transcript anew",
                  {"GPU-SPDM-004", "GPU-SPDM-029"}, spdm, needs_signed_measurement, begins_anew_with_version),
        make_case("spdm.transcript-setup", "A signature of SPDM 1.1 leaves the set-up out", {"GPU-SPDM-025"},
                  spdm, needs_signed_measurement, leaves_out_the_setup),
        make_case("spdm.transcript-nonce", "A signature covers the requester's nonce", {"GPU-SPDM-025"}, spdm,
                  needs_signed_measurement, nonces_are_in_it),
    };
}

}  // namespace spdm_transcript_topic

std::vector<Case> spdm_transcript_cases() { return spdm_transcript_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
