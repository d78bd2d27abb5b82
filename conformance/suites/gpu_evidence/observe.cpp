#include "conformance/suites/gpu_evidence/observe.hpp"

#include <fmt/format.h>

#include "models/gpu/report.hpp"

namespace assay::conformance::gpu_evidence {
namespace {

std::string with_label(std::string_view id, std::string_view label) {
    return label.empty() ? std::string{id} : fmt::format("{}-{}", id, label);
}

void attach_evidence(Trial& trial, const gpu::Evidence& evidence, std::string_view label) {
    Evidence report{with_label("report", label), "measurement-log", with_label("report", label) + ".bin",
                    "application/octet-stream",  evidence.report,   {}};
    // Labels for the hex dump alone: nothing is judged by this codec.
    report.fields = describe<gpu::Report>(evidence.report, gpu::byte_order).leaves;
    trial.attach(std::move(report));
    const ByteView pem = as_bytes(evidence.chain_pem);
    trial.attach({with_label("chain", label),
                  "certificate",
                  with_label("chain", label) + ".pem",
                  "application/x-pem-file",
                  {pem.begin(), pem.end()},
                  {}});
}

}  // namespace

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               std::vector<std::string> needs, void (*prepare)(Trial&), void (*run)(Trial&)) {
    Case out{fmt::format("gpu-evidence.{}", id),
             std::string{title},
             std::move(requirements),
             std::move(needs),
             {std::string{id.substr(0, id.find('.'))}},
             {},
             run};
    if (prepare != nullptr) out.prepare = prepare;
    return out;
}

Failure wrong(std::string_view code, std::string_view expected, std::string_view actual,
              std::vector<Difference> differences) {
    return {std::string{code}, std::string{actual.substr(0, 300)}, std::string{expected}, std::string{actual},
            std::move(differences)};
}

Difference in_report(std::string_view field, std::size_t offset, ByteView expected, ByteView actual,
                     std::string_view note) {
    return {"report",
            std::string{field},
            offset,
            {expected.begin(), expected.end()},
            {actual.begin(), actual.end()},
            std::string{note}};
}

Bytes random_bytes(Trial& trial, std::size_t size) {
    Bytes out(size);
    trial.random().fill(out);
    return out;
}

gpu::Evidence collect(Trial& trial, ByteView nonce, std::optional<std::string_view> label) {
    gpu::Evidence evidence = trial.need(trial.gpu().collect(nonce), "evidence over a nonce");
    if (label) attach_evidence(trial, evidence, *label);
    return evidence;
}

gpu::Evidence evidence(Trial& trial) { return collect(trial, random_bytes(trial, 32)); }

ReportFacts facts_of(Trial& trial, const gpu::Evidence& evidence) {
    ReportFacts facts = read_report(evidence.report);
    if (!facts.faults.empty()) {
        const FramingFault& fault = facts.faults.front();
        trial.expect(false, wrong(fault.code, fault.expected, fault.actual,
                                  {in_report("", fault.offset, {}, {}, fault.actual)}));
    }
    return facts;
}

ReportFacts report(Trial& trial) { return facts_of(trial, evidence(trial)); }

std::vector<crypto::Certificate> chain_of(Trial& trial, const gpu::Evidence& evidence) {
    auto chain = crypto::certificates_from_pem(as_bytes(evidence.chain_pem));
    const std::string actual =
        !chain ? fmt::format("certificate {}: {}", chain.error().index, chain.error().what)
               : std::string{chain->empty() ? "there is none" : "all can be read"};
    trial.expect(chain && !chain->empty(),
                 wrong("chain-unreadable", "PEM certificates that can all be read", actual));
    return *std::move(chain);
}

std::vector<crypto::Certificate> chain(Trial& trial) { return chain_of(trial, evidence(trial)); }

bool is_switch(const gpu::Evidence& evidence) { return evidence.arch == gpu::Arch::ls10; }

void needs_report(Trial& trial) { facts_of(trial, collect(trial, random_bytes(trial, 32), std::nullopt)); }

void needs_chain(Trial& trial) {
    const auto certificates = chain_of(trial, collect(trial, random_bytes(trial, 32), std::nullopt));
    trial.expect(certificates.size() == 5,
                 wrong("chain-length", "5 certificates", fmt::format("there are {}", certificates.size())));
}

void needs_both(Trial& trial) {
    const gpu::Evidence one = collect(trial, random_bytes(trial, 32), std::nullopt);
    facts_of(trial, one);
    chain_of(trial, one);
}

bool signed_by(const crypto::Certificate& signer, ByteView message, ByteView signature) {
    const crypto::PublicKey key = signer.public_key();
    return key.type() == crypto::KeyType::p384 &&
           key.verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, message, signature);
}

}  // namespace assay::conformance::gpu_evidence
