// Freshness: the verifier's nonce in the request, the responder's in the response.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace nonce_topic {

/// Collects over `nonce` and expects it signed in its place.
ReportFacts answered(Trial& trial, ByteView nonce, std::optional<std::string_view> label = "") {
    const gpu::Evidence one = collect(trial, nonce, label);
    const ReportFacts facts = facts_of(trial, one);
    trial.expect(
        equal(facts.request_nonce(), nonce),
        wrong("nonce-not-echoed", fmt::format("the request in the report has nonce {}", to_hex(nonce)),
              fmt::format("it has {}", to_hex(facts.request_nonce())),
              {in_report("GET_MEASUREMENTS.Nonce", 4, nonce, facts.request_nonce())}));
    const auto certificates = chain_of(trial, one);
    trial.expect(signed_by(certificates.front(), facts.signed_part(), facts.signature()), "nonce-not-signed",
                 "the report over this nonce is signed by the leaf", "the signature does not verify");
    return facts;
}

void random_nonce(Trial& trial) { answered(trial, random_bytes(trial, 32)); }
void zero_nonce(Trial& trial) { answered(trial, Bytes(32)); }
void ones_nonce(Trial& trial) { answered(trial, Bytes(32, 0xFF)); }
void every_place(Trial& trial) {
    Bytes nonce(32);
    for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(i);
    answered(trial, nonce);
    std::ranges::reverse(nonce);
    answered(trial, nonce, "second");
}
void two_nonces(Trial& trial) {
    const Bytes first = random_bytes(trial, 32);
    const Bytes second = random_bytes(trial, 32);
    const ReportFacts one = answered(trial, first);
    const ReportFacts two = answered(trial, second, "second");
    trial.expect(!equal(one.bytes, two.bytes), "report-replayed", "two nonces give two reports",
                 "the same bytes came twice");
}
void nonces_one_bit_apart(Trial& trial) {
    Bytes nonce = random_bytes(trial, 32);
    answered(trial, nonce);
    nonce[31] = static_cast<std::uint8_t>(nonce[31] ^ 1);
    answered(trial, nonce, "second");
}
void repeated_nonce(Trial& trial) {
    const Bytes nonce = random_bytes(trial, 32);
    const ReportFacts one = answered(trial, nonce);
    const ReportFacts two = answered(trial, nonce, "second");
    trial.expect(!equal(one.responder_nonce(), two.responder_nonce()), "responder-nonce-repeated",
                 "the same request twice gives two responder nonces", "the responder nonce is the same");
}
void return_to_a_nonce(Trial& trial) {
    const Bytes first = random_bytes(trial, 32);
    const ReportFacts one = answered(trial, first);
    answered(trial, random_bytes(trial, 32), std::nullopt);
    const ReportFacts again = answered(trial, first, "second");
    trial.expect(!equal(one.bytes, again.bytes), "report-cached",
                 "a nonce asked for again gives a new report", "the old report came back");
}

void responder_nonces_differ(Trial& trial) {
    std::set<Bytes> seen;
    for (int i = 0; i < 12; ++i) {
        const gpu::Evidence one = collect(trial, random_bytes(trial, 32),
                                          i == 0 ? std::optional<std::string_view>{""} : std::nullopt);
        const ReportFacts facts = facts_of(trial, one);
        const ByteView nonce = facts.responder_nonce();
        trial.expect(seen.emplace(nonce.begin(), nonce.end()).second,
                     wrong("responder-nonce-repeated", "every response has a nonce of its own",
                           fmt::format("response {} has the nonce of one before it", i + 1),
                           {in_report("MEASUREMENTS.Nonce", facts.nonce_offset, {}, nonce)}));
    }
}
void responder_nonce_is_random(Trial& trial) {
    const ReportFacts facts = report(trial);
    const ByteView nonce = facts.responder_nonce();
    const std::set<std::uint8_t> values(nonce.begin(), nonce.end());
    // 32 random bytes hold fewer than 12 different values with a probability below 2^-70.
    trial.expect(values.size() >= 12,
                 wrong("responder-nonce-weak", "32 random bytes, of at least 12 different values",
                       fmt::format("{} has {} different bytes", to_hex(nonce), values.size()),
                       {in_report("MEASUREMENTS.Nonce", facts.nonce_offset, {}, nonce)}));
}
void responder_nonce_is_its_own(Trial& trial) {
    const ReportFacts facts = report(trial);
    trial.expect(
        !equal(facts.responder_nonce(), facts.request_nonce()),
        wrong("responder-nonce-copied", "the responder's nonce is not the requester's", "both are the same",
              {in_report("MEASUREMENTS.Nonce", facts.nonce_offset, {}, facts.responder_nonce())}));
}

std::vector<Case> all() {
    return {
        make_case("nonce.echo", "A report carries the nonce that was asked for, signed", {"GPU-NON-001"},
                  {"fresh-nonce"}, needs_both, random_nonce),
        make_case("nonce.two", "Two nonces give two reports, each over its own",
                  {"GPU-NON-001", "GPU-NON-002"}, {"fresh-nonce"}, needs_both, two_nonces),
        make_case("nonce.all-zero", "The nonce of zeros is answered as any other", {"GPU-NON-001"},
                  {"fresh-nonce"}, needs_both, zero_nonce),
        make_case("nonce.all-ones", "The nonce of 0xFF bytes is answered as any other", {"GPU-NON-001"},
                  {"fresh-nonce"}, needs_both, ones_nonce),
        make_case("nonce.every-place", "Every byte of the nonce keeps its place", {"GPU-NON-001"},
                  {"fresh-nonce"}, needs_both, every_place),
        make_case("nonce.one-bit", "Nonces one bit apart are told apart", {"GPU-NON-001"}, {"fresh-nonce"},
                  needs_both, nonces_one_bit_apart),
        make_case("nonce.repeated", "The same nonce twice gives two reports", {"GPU-NON-002", "GPU-NON-003"},
                  {"fresh-nonce"}, needs_both, repeated_nonce),
        make_case("nonce.not-cached", "A nonce asked for again after another gives a new report",
                  {"GPU-NON-002"}, {"fresh-nonce"}, needs_both, return_to_a_nonce),
        make_case("nonce.responder-fresh", "Every response has a responder nonce of its own", {"GPU-NON-003"},
                  {"fresh-nonce"}, needs_report, responder_nonces_differ),
        make_case("nonce.responder-random", "The responder nonce looks random", {"GPU-NON-004"}, {},
                  needs_report, responder_nonce_is_random),
        make_case("nonce.responder-own", "The responder nonce is not a copy of the requester's",
                  {"GPU-NON-004"}, {}, needs_report, responder_nonce_is_its_own),
    };
}

}  // namespace nonce_topic

std::vector<Case> nonce_cases() { return nonce_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
