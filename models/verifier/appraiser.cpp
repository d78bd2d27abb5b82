// The first half of an appraisal: the report, and the device that signed it.
#include "models/verifier/appraiser.hpp"

#include <algorithm>

#include "models/gpu/fwid.hpp"
#include "models/verifier/steps.hpp"

namespace assay::verifier {
namespace {

constexpr std::size_t max_chain_text = 1 << 20;
constexpr std::size_t device_chain_length = 5;
constexpr std::size_t device_identity = 1;  // index of the certificate that names the device

Finding of_evidence(std::string_view reason, std::string path, std::string what) {
    return {std::string{reason}, "evidence", std::move(path), {}, std::move(what)};
}
Finding of_report(std::string_view reason, std::string path, std::optional<std::size_t> offset,
                  std::string what) {
    return {std::string{reason}, "report", std::move(path), offset, std::move(what)};
}

std::string_view reason_of(gpu::ReportError::Kind kind) {
    using Kind = gpu::ReportError::Kind;
    switch (kind) {
        case Kind::length: return "E_REPORT_LENGTH";
        case Kind::request:
        case Kind::response: return "E_SPDM_PARSE";
        case Kind::trailing: return "E_SPDM_TRAILING_DATA";
        case Kind::measurement: return "E_MEAS_BLOCK";
        case Kind::measurement_index: return "E_MEAS_UNKNOWN";
        case Kind::measurement_order: return "E_MEAS_ORDER";
        case Kind::measurement_duplicate: return "E_MEAS_DUPLICATE";
        case Kind::measurement_type: return "E_MEAS_VALUE_TYPE";
        case Kind::opaque: return "E_OPAQUE_PARSE";
        case Kind::opaque_duplicate: return "E_OPAQUE_DUPLICATE";
        case Kind::opaque_type: return "E_OPAQUE_TYPE";
        case Kind::opaque_value: return "E_OPAQUE_VALUE";
        case Kind::opaque_version: return "E_OPAQUE_VERSION";
    }
    return "E_SPDM_PARSE";
}

std::optional<gpu::Arch> arch_of(std::string_view model) {
    if (model.starts_with("GH1")) return gpu::Arch::hopper;
    if (model.starts_with("GB1") || model.starts_with("GB2")) return gpu::Arch::blackwell;
    if (model.starts_with("LS_10") || model.starts_with("LS10")) return gpu::Arch::ls10;
    return {};
}

}  // namespace

Appraiser::Appraiser(const gpu::Evidence& evidence, Bench& bench) : evidence_(evidence), bench_(bench) {
    state_.arch = evidence.arch;
    state_.kind = gpu::kind_of(evidence.arch);
    out_.kind = state_.kind;
    if (is_gpu())
        state_.rims = {{"driver", "driver RIM", {}, {}, {}, {}, {}, {}},
                       {"vbios", "VBIOS RIM", {}, {}, {}, {}, {}, {}}};
    else
        state_.rims = {{"bios", "BIOS RIM", {}, {}, {}, {}, {}, {}}};
}

GpuAppraisal Appraiser::run() {
    if (stated_nonce() && read_chain() && architecture() && length() && signature() && parse() && fields() &&
        nonce() && fwid() && chain() && ocsp() && name_device() && manifests() && conflict() &&
        measurements())
        policy();
    finish();
    return std::move(out_);
}

Bytes Appraiser::expected_nonce() const {
    const Expectation& e = bench_.expectation;
    if (!e.nonce) return evidence_.nonce;
    return e.cvm_key ? bound_nonce(*e.nonce, *e.cvm_key) : *e.nonce;
}

bool Appraiser::stated_nonce() {
    const Expectation& e = bench_.expectation;
    if (e.cvm_key && !e.nonce)
        return stop("stated-nonce", of_evidence("E_CVM_BINDING", "nonce",
                                                "binding to a key needs the nonce that was asked for"));
    if (evidence_.nonce.size() != spdm::nonce_size)
        return stop("stated-nonce",
                    of_evidence("E_SPDM_NONCE_MISMATCH", "nonce",
                                std::to_string(evidence_.nonce.size()) + " bytes found, 32 expected"));
    const Bytes expected = expected_nonce();
    if (evidence_.nonce != expected) {
        const std::string_view reason = e.cvm_key ? "E_CVM_BINDING" : "E_SPDM_NONCE_MISMATCH";
        std::string what = to_hex(evidence_.nonce) + " found, " + to_hex(expected) + " expected";
        if (e.cvm_key)
            what += evidence_.nonce == *e.nonce
                        ? ": it answers the nonce itself, not the one bound to the key"
                        : ", the nonce bound to the key";
        return stop("stated-nonce", of_evidence(reason, "nonce", std::move(what)));
    }
    if (!e.nonce)
        return warn("stated-nonce",
                    of_evidence("E_STALE_EVIDENCE", "nonce", "no nonce was given to compare with"));
    return pass("stated-nonce", to_hex(evidence_.nonce));
}

bool Appraiser::read_chain() {
    if (evidence_.chain_pem.size() > max_chain_text)
        return stop("chain-read",
                    {"E_PKI_PARSE",
                     "certificate chain",
                     "",
                     {},
                     std::to_string(evidence_.chain_pem.size()) + " bytes found, at most 1 MiB allowed"});
    auto chain = crypto::certificates_from_pem(as_bytes(evidence_.chain_pem));
    if (!chain) return stop("chain-read", chain_finding(chain.error(), "certificate chain"));
    if (chain->empty())
        return stop("chain-read", {"E_PKI_PARSE", "certificate chain", "", {}, "no certificate"});
    chain_ = *std::move(chain);
    if (chain_.size() > device_identity) {
        out_.hwmodel = state_.hwmodel = chain_[device_identity].common_name().value_or("");
        identity_ = chain_[device_identity].public_key().spki();
    }
    return pass("chain-read", std::to_string(chain_.size()) + " certificates");
}

bool Appraiser::architecture() {
    const bool known = evidence_.arch == gpu::Arch::hopper || evidence_.arch == gpu::Arch::blackwell ||
                       evidence_.arch == gpu::Arch::ls10;
    if (!known) return stop("architecture", of_evidence("E_ARCH", "arch", "not HOPPER, BLACKWELL or LS10"));
    const std::string stated{gpu::name(evidence_.arch)};
    if (const auto real = arch_of(state_.hwmodel); real && *real != evidence_.arch)
        return stop("architecture", of_evidence("E_ARCH", "arch",
                                                stated + " found, but certificate 1 is of \"" +
                                                    state_.hwmodel + "\", " + std::string{gpu::name(*real)}));
    state_.arch_ok = true;
    return pass("architecture", stated);
}

bool Appraiser::length() {
    const std::size_t size = evidence_.report.size();
    if (size < gpu::min_report_size || size > gpu::max_report_size)
        return stop("length",
                    of_report("E_REPORT_LENGTH", "", {},
                              std::to_string(size) + " bytes found, " + std::to_string(gpu::min_report_size) +
                                  " to " + std::to_string(gpu::max_report_size) + " expected"));
    return pass("length", std::to_string(size) + " bytes");
}

/// Before anything of the report is looked at.
bool Appraiser::signature() {
    const ByteView report = evidence_.report;
    const ByteView message = gpu::signed_part(report);
    const crypto::PublicKey key = chain_.front().public_key();
    const auto wrong = [&](std::string what) {
        return stop("signature", of_report("E_SPDM_SIGNATURE", "Signature", message.size(), std::move(what)));
    };
    if (key.type() != crypto::KeyType::p384)
        return wrong("the leaf certificate's key is " + std::string{crypto::name(key.type())} +
                     ", P-384 expected");
    if (!key.verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, message,
                    report.subspan(message.size())))
        return wrong("not by the key of the leaf certificate, " + label(chain_, 0));
    state_.signature_verified = true;
    return pass("signature", label(chain_, 0));
}

bool Appraiser::parse() {
    auto report = gpu::parse_report(evidence_.report, state_.kind);
    if (!report) {
        const gpu::ReportError& e = report.error();
        return stop("parse", of_report(reason_of(e.kind), e.path, e.offset, e.what));
    }
    out_.report = *std::move(report);
    state_.parsed = true;
    state_.nonce = to_hex(out_.report->request.nonce);
    out_.rim_ids = gpu::rim_ids(*out_.report, state_.kind, gpu::name(evidence_.arch));
    return pass("parse", std::to_string(out_.report->response.record.items.size()) + " measurements, " +
                             std::to_string(out_.report->response.opaque.items.size()) + " opaque fields");
}

bool Appraiser::fields() {
    const gpu::Report& report = *out_.report;
    const auto absent = [&](gpu::OpaqueType type) {
        return stop("fields", of_report("E_FIELD_ABSENT", "OpaqueData." + gpu::name(type, state_.kind), {},
                                        "missing or empty"));
    };
    if (is_gpu()) {
        const auto* const driver = report.find(gpu::OpaqueType::driver_version);
        state_.driver_version = driver == nullptr ? "" : gpu::ascii(*driver).value_or("");
        if (state_.driver_version.empty()) return absent(gpu::OpaqueType::driver_version);
    }
    const auto* const vbios = report.find(gpu::OpaqueType::vbios_version);
    state_.vbios_version = vbios == nullptr ? "" : gpu::vbios_version(*vbios, state_.kind).value_or("");
    if (state_.vbios_version.empty()) return absent(gpu::OpaqueType::vbios_version);
    out_.driver_version = state_.driver_version;
    out_.vbios_version = state_.vbios_version;
    return pass("fields",
                (is_gpu() ? "driver " + state_.driver_version + ", VBIOS " : "BIOS ") + state_.vbios_version);
}

/// The nonce of the request, never the responder's.
bool Appraiser::nonce() {
    constexpr std::size_t offset = 4;
    const Bytes expected = expected_nonce();
    const auto& found = out_.report->request.nonce;
    if (!equal(found, expected)) {
        std::string what = to_hex(found) + " found, " + to_hex(expected) + " expected";
        if (equal(out_.report->response.nonce, expected))
            what += ", which is the responder's nonce and shows nothing";
        return stop("nonce", of_report(bench_.expectation.cvm_key ? "E_CVM_BINDING" : "E_SPDM_NONCE_MISMATCH",
                                       "GET_MEASUREMENTS.Nonce", offset, std::move(what)));
    }
    state_.nonce_match = true;
    state_.bound = bench_.expectation.cvm_key.has_value();
    return pass("nonce", state_.nonce);
}

bool Appraiser::fwid() {
    const auto* const field = out_.report->find(gpu::OpaqueType::fwid);
    if (field == nullptr) {
        state_.fwid_match = true;  // as NVIDIA: drivers 535 and 545 and switches have none
        return pass("fwid", "no FWID in the report: nothing to compare");
    }
    const auto fwid = gpu::fwid_of(chain_.front());
    if (!fwid) {
        const bool absent = fwid.error().kind == gpu::FwidError::Kind::absent;
        return stop("fwid", {absent ? "E_FWID_ABSENT" : "E_FWID_FORMAT",
                             "certificate chain",
                             "certificate[0]",
                             {},
                             fwid.error().what});
    }
    if (fwid->digest != field->data)
        return stop("fwid", of_report("E_FWID_MISMATCH", "OpaqueData.FWID", {},
                                      to_hex(field->data) + " found, " + to_hex(fwid->digest) +
                                          " in the leaf certificate"));
    state_.fwid_match = true;
    return pass("fwid", to_hex(fwid->digest));
}

bool Appraiser::chain() {
    if (auto fault = check_path(chain_, bench_.anchors.device, device_chain_length, "certificate chain"))
        return stop("chain", *std::move(fault));
    check_times(chain_, bench_.times.device_chain, "certificate chain", state_.chain);
    return note("chain", state_.chain.faults, state_.chain.status + " until " + state_.chain.expires);
}

/// All but the leaf, which is made anew at every boot, and the root.
bool Appraiser::ocsp() {
    const GpuPolicy& p = bench_.policy;
    const std::size_t before = state_.chain.faults.size();
    bench_.ocsp.check(chain_, bench_.anchors.device, device_identity,
                      {bench_.times.device_ocsp, p.require_ocsp, p.require_ocsp_nonce, p.allow_hold,
                       bench_.expectation.nonce},
                      "certificate chain", state_.chain);
    const std::vector<Finding> found{state_.chain.faults.begin() + static_cast<std::ptrdiff_t>(before),
                                     state_.chain.faults.end()};
    return note("ocsp", found, state_.chain.ocsp);
}

bool Appraiser::name_device() {
    if (state_.hwmodel.empty())
        return stop("identity", {"E_PKI_PARSE", "certificate chain", "certificate[1]", {}, "no common name"});
    out_.ueid = state_.ueid = chain_.front().serial_decimal();
    return pass("identity", state_.hwmodel + ", ueid " + state_.ueid);
}

bool Appraiser::pass(std::string_view step, std::string detail) {
    add_step(step, Step::Outcome::pass, std::move(detail));
    return true;
}

bool Appraiser::warn(std::string_view step, Finding finding) {
    add_step(step, Step::Outcome::warning, finding.what);
    out_.warnings.push_back(std::move(finding));
    return true;
}

bool Appraiser::note(std::string_view step, const std::vector<Finding>& faults, std::string detail) {
    if (faults.empty()) return pass(step, std::move(detail));
    add_step(step, Step::Outcome::fail, faults.front().what);
    return true;
}

bool Appraiser::stop(std::string_view step, Finding finding) {
    add_step(step, Step::Outcome::fail, finding.what);
    out_.refusals.push_back(std::move(finding));
    return false;
}

void Appraiser::add_step(std::string_view id, Step::Outcome outcome, std::string detail) {
    const auto rows = step_rows();
    const auto row = std::ranges::find(rows, id, &StepRow::id);
    out_.steps.push_back({std::string{id}, std::string{row->title}, outcome, std::move(detail)});
}

}  // namespace assay::verifier
