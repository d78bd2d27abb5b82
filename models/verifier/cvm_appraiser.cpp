// Steps 1 to 4 of an appraisal: paravisor report, CPU certificates, CPU report, and what it covers.
#include "models/verifier/cvm_appraiser.hpp"

#include <algorithm>

#include "models/verifier/chain.hpp"
#include "sim/crypto/der.hpp"

namespace assay::verifier {
namespace {

namespace der = crypto::der;
using crypto::Hash;

constexpr StepRow cvm_rows[] = {
    {"form", "Paravisor report and runtime data are readable"},
    {"cpu-chain", "Certificates of the chip lead to a pinned root"},
    {"cpu-signature", "CPU report (ECDSA P-384 by the chip's certificate)"},
    {"cpu-chip", "Chip and security versions are those of the certificate, and allowed"},
    {"cpu-guest", "Guest runs at VMPL 0 without debugging and migration"},
    {"launch", "Launch measurement is a reference value"},
    {"runtime-data", "CPU report covers the runtime data and nothing else"},
    {"quote-form", "Quote covers the required registers, and the values beside it"},
    {"quote-signature", "Quote is by the attestation key in the runtime data"},
    {"nonce", "Quote answers the challenge and covers the other parts"},
    {"user-data", "CPU report covers the challenge and the other parts"},
    {"wrapping-key", "Wrapping key is certified, and bound to the quoted registers"},
    {"policy-register", "PCR 8 is the policy that was demanded"},
    {"event-log", "Event log is well-formed"},
    {"replay", "Event log gives the quoted registers"},
    {"event-data", "Contents of events hash to their digests"},
    {"measured-items", "Everything measured is a reference value"},
    {"gpu", "GPUs of the machine, bound to this VM and challenge"},
};

std::string hex_of(ByteView bytes) { return to_hex(bytes); }

/// The number in an extension of a VCEK.
std::optional<std::uint8_t> version_in(const crypto::Certificate& vcek, std::string_view oid) {
    const auto value = vcek.extension(oid);
    const auto element = value ? der::parse(*value) : std::nullopt;
    if (!element || element->tag != der::integer) return {};
    const auto number = der::unsigned_value(*element);
    if (!number || number->size() != 1) return {};
    return (*number)[0];
}
std::optional<cvm::TcbVersion> tcb_of(const crypto::Certificate& vcek) {
    const auto boot_loader = version_in(vcek, cvm::vcek_boot_loader_oid),
               tee = version_in(vcek, cvm::vcek_tee_oid), snp = version_in(vcek, cvm::vcek_snp_oid),
               microcode = version_in(vcek, cvm::vcek_microcode_oid);
    if (!boot_loader || !tee || !snp || !microcode) return {};
    return cvm::TcbVersion{*boot_loader, *tee, {}, *snp, *microcode};
}

/// Whole path, leaf first: the evidence's certificates, filled up from the stock and the roots.
Result<std::vector<crypto::Certificate>, Finding> path_of(const std::vector<Bytes>& given,
                                                          const CvmAnchors& anchors) {
    std::vector<crypto::Certificate> out;
    for (const Bytes& one : given) {
        auto certificate = crypto::Certificate::from_der(one);
        if (!certificate)
            return Finding{
                "E_PKI_PARSE", "CPU certificates", std::to_string(out.size()), {}, certificate.error().what};
        out.push_back(*std::move(certificate));
    }
    const auto append_issuer = [&](const std::vector<crypto::Certificate>& stock) {
        const auto found = std::ranges::find_if(stock, [&](const crypto::Certificate& one) {
            return one.subject_name() == out.back().issuer_name();
        });
        if (found != stock.end()) out.push_back(*found);
    };
    if (out.size() == 1) append_issuer(anchors.snp_intermediates);
    if (out.size() == 2) append_issuer(anchors.snp_roots);
    return out;
}

}  // namespace

std::span<const StepRow> cvm_step_rows() { return cvm_rows; }

CvmAppraisal CvmVerifier::appraise(const cvm::CompositeEvidence& evidence, const CvmReferences& references,
                                   const CvmExpectation& expectation) const {
    return CvmAppraiser{anchors_, policy_, references, expectation, evidence}.run();
}

CvmAppraiser::CvmAppraiser(const CvmAnchors& anchors, const CvmPolicy& policy,
                           const CvmReferences& references, const CvmExpectation& expectation,
                           const cvm::CompositeEvidence& evidence)
    : anchors_(anchors),
      policy_(policy),
      references_(references),
      expectation_(expectation),
      evidence_(evidence) {
    out_.form = evidence.form;
    out_.nonce = expectation.nonce;
}

CvmAppraisal CvmAppraiser::run() {
    using StepFunction = bool (CvmAppraiser::*)();
    constexpr StepFunction steps[] = {&CvmAppraiser::form,
                                      &CvmAppraiser::cpu_chain,
                                      &CvmAppraiser::cpu_signature,
                                      &CvmAppraiser::cpu_chip,
                                      &CvmAppraiser::cpu_guest,
                                      &CvmAppraiser::launch,
                                      &CvmAppraiser::runtime_data,
                                      &CvmAppraiser::quote_form,
                                      &CvmAppraiser::quote_signature,
                                      &CvmAppraiser::nonce,
                                      &CvmAppraiser::user_data,
                                      &CvmAppraiser::wrapping_key,
                                      &CvmAppraiser::policy_register,
                                      &CvmAppraiser::event_log,
                                      &CvmAppraiser::replay,
                                      &CvmAppraiser::event_data,
                                      &CvmAppraiser::measured_items,
                                      &CvmAppraiser::gpus};
    static_assert(std::size(steps) == std::size(cvm_rows));
    for (const StepFunction step : steps)
        if (!(this->*step)()) break;
    for (std::size_t i = out_.steps.size(); i < std::size(cvm_rows); ++i)
        add_step(cvm_rows[i].id, Step::Outcome::not_run, {});
    out_.accepted = out_.refusals.empty();
    return std::move(out_);
}

bool CvmAppraiser::form() {
    auto hcl = cvm::parse_hcl_report(evidence_.hcl_report);
    if (!hcl) return stop("form", "paravisor report", hcl.error());
    hcl_ = *std::move(hcl);
    if (hcl_->runtime.report_type != 2)
        return stop("form", "E_TEE_TYPE", "paravisor report", "report_type",
                    std::to_string(hcl_->runtime.report_type) + " found, 2 (SNP) expected");
    const auto report = decode<cvm::SnpReport>(hcl_->hardware_report, cvm::snp_byte_order);
    if (!report) return stop("form", "CPU report", cvm::format_error("E_HCL_FORMAT", report.error(), 32));
    out_.report = *report;
    auto claims = cvm::parse_runtime_claims(hcl_->runtime_data);
    if (!claims) return stop("form", "paravisor report", claims.error());
    out_.runtime = *std::move(claims);
    return pass("form", "VM " + out_.runtime->vm_id);
}

bool CvmAppraiser::cpu_chain() {
    const auto path = path_of(evidence_.certificates, anchors_);
    if (!path) return stop("cpu-chain", path.error());
    constexpr const char* subject = "CPU certificates";
    if (auto fault = check_path(*path, anchors_.snp_roots, 3, subject))
        return stop("cpu-chain", *std::move(fault));
    ChainState state;
    check_times(*path, expectation_.at, subject, state);
    if (!state.faults.empty()) return stop("cpu-chain", state.faults.front());
    vcek_ = path->front();
    return pass("cpu-chain", path->front().subject());
}

bool CvmAppraiser::cpu_signature() {
    const cvm::SnpReport& r = *out_.report;
    const auto refuse = [&](std::string_view reason, std::string path, std::string what) {
        return stop("cpu-signature", reason, "CPU report", std::move(path), std::move(what));
    };
    if (r.signature_algo != 1)
        return refuse("E_TEE_SIGNATURE", "SIGNATURE_ALGO",
                      std::to_string(r.signature_algo) + " found, 1 (ECDSA P-384 with SHA-384) expected");
    const auto signature = cvm::snp_signature(r);
    if (!signature) return refuse("E_SIG_FORMAT", "SIGNATURE", "a component is longer than 48 bytes");
    const ByteView covered = ByteView{hcl_->hardware_report}.first(cvm::snp_signed_size);
    const crypto::PublicKey key = vcek_->public_key();
    if (key.type() != crypto::KeyType::p384 ||
        !key.verify(crypto::SignatureScheme::ecdsa_raw, Hash::sha384, covered, *signature))
        return refuse("E_TEE_SIGNATURE", "SIGNATURE", "not by the key of " + vcek_->subject());
    return pass("cpu-signature", "by " + vcek_->subject());
}

bool CvmAppraiser::cpu_chip() {
    const cvm::SnpReport& r = *out_.report;
    const auto refuse = [&](std::string_view reason, std::string path, std::string what) {
        return stop("cpu-chip", reason, "CPU report", std::move(path), std::move(what));
    };
    constexpr unsigned vcek = 0, vlek = 1;
    const bool named_vlek = vcek_->common_name().value_or("").starts_with("SEV-VLEK");
    if (r.signing_key() != (named_vlek ? vlek : vcek))
        return refuse("E_TEE_SIGNATURE", "KEY_INFO",
                      "signing key " + std::to_string(r.signing_key()) + " is not that of the certificate");
    if (r.signing_key() == vcek) {
        const auto hwid = vcek_->extension(cvm::vcek_hwid_oid);
        if (!hwid || r.chip_key_masked() || !equal(*hwid, r.chip_id))
            return refuse(
                "E_CHIP_ID", "CHIP_ID",
                hex_of(r.chip_id) + " found, " + (hwid ? hex_of(*hwid) : "none") + " in the certificate");
    }
    if (std::ranges::any_of(policy_.denied_chips,
                            [&](const Bytes& denied) { return equal(denied, r.chip_id); }))
        return refuse("E_CHIP_REVOKED", "CHIP_ID", "this chip is on the deny list");
    const auto certified = tcb_of(*vcek_);
    if (!certified)
        return refuse("E_TCB_MISMATCH", "certificate", "the certificate does not state four versions");
    cvm::TcbVersion reported = r.reported_tcb;
    reported.reserved = {};
    if (reported != *certified)
        return refuse("E_TCB_MISMATCH", "REPORTED_TCB",
                      reported.text() + " found, " + certified->text() + " in the certificate");
    const cvm::TcbVersion floor{static_cast<std::uint8_t>(policy_.min_boot_loader),
                                static_cast<std::uint8_t>(policy_.min_tee),
                                {},
                                static_cast<std::uint8_t>(policy_.min_snp),
                                static_cast<std::uint8_t>(policy_.min_microcode)};
    if (!reported.at_least(floor))
        return refuse("E_TCB_MISMATCH", "REPORTED_TCB",
                      reported.text() + " found, at least " + floor.text() + " demanded");
    return pass("cpu-chip", reported.text());
}

bool CvmAppraiser::cpu_guest() {
    const cvm::SnpReport& r = *out_.report;
    const auto refuse = [&](std::string_view reason, std::string path, std::string what) {
        return stop("cpu-guest", reason, "CPU report", std::move(path), std::move(what));
    };
    if (std::ranges::find(policy_.report_versions, r.version) == policy_.report_versions.end())
        return refuse("E_SNP_VERSION", "VERSION", std::to_string(r.version) + " found");
    if (r.vmpl != 0) return refuse("E_VMPL", "VMPL", std::to_string(r.vmpl) + " found, 0 expected");
    if (r.debug_allowed()) return refuse("E_TEE_DEBUG", "POLICY", "debugging is allowed");
    if (r.migration_allowed()) return refuse("E_TEE_MIGRATION", "POLICY", "a migration agent is allowed");
    if (!r.reserved_one()) return refuse("E_HCL_FORMAT", "POLICY", "bit 17 is 0, 1 expected");
    if (r.smt_allowed() && !policy_.allow_smt)
        return refuse("E_TEE_SMT", "POLICY", "SMT is allowed, the policy forbids it");
    if (r.guest_svn < policy_.min_guest_svn)
        return refuse("E_TCB_MISMATCH", "GUEST_SVN",
                      std::to_string(r.guest_svn) + " found, at least " +
                          std::to_string(policy_.min_guest_svn) + " demanded");
    return pass("cpu-guest");
}

bool CvmAppraiser::launch() {
    const cvm::SnpReport& r = *out_.report;
    const auto known = [](const std::vector<Bytes>& list, ByteView value) {
        return std::ranges::any_of(list, [&](const Bytes& one) { return equal(one, value); });
    };
    const auto refuse = [&](std::string_view reason, std::string path, ByteView value) {
        return stop("launch", reason, "CPU report", std::move(path),
                    hex_of(value) + " is no reference value");
    };
    if (references_.launch_measurements.empty())
        return stop("launch", "E_MEAS_NO_REFERENCE", "reference values", "launch_measurements",
                    "there is none");
    if (!known(references_.launch_measurements, r.measurement))
        return refuse("E_MEAS_MISMATCH", "MEASUREMENT", r.measurement);
    if (references_.host_data && !known(*references_.host_data, r.host_data))
        return refuse("E_MEAS_MISMATCH", "HOST_DATA", r.host_data);
    if (references_.id_keys && !known(*references_.id_keys, r.id_key_digest))
        return refuse("E_MEAS_MISMATCH", "ID_KEY_DIGEST", r.id_key_digest);
    if (references_.author_keys && !known(*references_.author_keys, r.author_key_digest))
        return refuse("E_MEAS_MISMATCH", "AUTHOR_KEY_DIGEST", r.author_key_digest);
    return pass("launch", hex_of(r.measurement));
}

bool CvmAppraiser::runtime_data() {
    const cvm::SnpReport& r = *out_.report;
    const Bytes hash = crypto::digest(hcl_->hash, {hcl_->runtime_data});
    const auto tail = std::span{r.report_data}.subspan(hash.size());
    if (!equal(hash, ByteView{r.report_data}.first(hash.size())))
        return stop("runtime-data", "E_COMPOSITE_BINDING", "CPU report", "REPORT_DATA",
                    "does not begin with the hash of the runtime data");
    if (std::ranges::any_of(tail, [](std::uint8_t b) { return b != 0; }))
        return stop("runtime-data", "E_REPORT_DATA_DOMAIN", "CPU report", "REPORT_DATA",
                    "bytes follow the hash of the runtime data");
    const auto ak = out_.runtime->keys.find(cvm::ak_kid);
    if (ak == out_.runtime->keys.end())
        return stop("runtime-data", "E_AK_UNTRUSTED", "runtime data", "keys",
                    "there is no key " + std::string{cvm::ak_kid});
    // Older paravisors call the attestation key one for encryption.
    if (evidence_.form == cvm::CompositeEvidence::Form::composite &&
        ak->second.key_ops != std::vector<std::string>{"sign"})
        return stop("runtime-data", "E_AK_UNTRUSTED", "runtime data", "keys." + std::string{cvm::ak_kid},
                    "is not a key that signs and nothing else");
    if (ak->second.key.bits() < 2048)
        return stop("runtime-data", "E_KEY_PARAMS", "runtime data", "keys." + std::string{cvm::ak_kid},
                    std::to_string(ak->second.key.bits()) + " bits, at least 2048 expected");
    if (policy_.require_secure_boot && !out_.runtime->secure_boot)
        return stop("runtime-data", "E_SECURE_BOOT", "runtime data", "vm-configuration.secure-boot",
                    "Secure Boot is off");
    if (!out_.runtime->tpm_enabled)
        return stop("runtime-data", "E_AK_UNTRUSTED", "runtime data", "vm-configuration.tpm-enabled",
                    "the VM has no TPM");
    ak_ = ak->second.key;
    return pass("runtime-data");
}

bool CvmAppraiser::pass(std::string_view step, std::string detail) {
    add_step(step, Step::Outcome::pass, std::move(detail));
    return true;
}

bool CvmAppraiser::not_run(std::string_view step, std::string why) {
    add_step(step, Step::Outcome::not_run, std::move(why));
    return true;
}

bool CvmAppraiser::stop(std::string_view step, Finding finding) {
    add_step(step, Step::Outcome::fail, finding.text());
    out_.refusals.push_back(std::move(finding));
    return false;
}

bool CvmAppraiser::stop(std::string_view step, std::string_view reason, std::string_view subject,
                        std::string path, std::string what, std::optional<std::size_t> offset) {
    return stop(step,
                Finding{std::string{reason}, std::string{subject}, std::move(path), offset, std::move(what)});
}

bool CvmAppraiser::stop(std::string_view step, std::string_view subject, const cvm::FormatError& error) {
    return stop(step, Finding{error.code, std::string{subject}, error.path, error.offset, error.what});
}

bool CvmAppraiser::note(std::string_view step, std::vector<Finding> faults, std::string detail) {
    if (faults.empty()) return pass(step, std::move(detail));
    add_step(step, Step::Outcome::fail, faults.front().text());
    std::ranges::move(faults, std::back_inserter(out_.refusals));
    return true;
}

void CvmAppraiser::add_step(std::string_view id, Step::Outcome outcome, std::string detail) {
    const auto* const row = std::ranges::find(cvm_rows, id, &StepRow::id);
    out_.steps.push_back({std::string{id}, std::string{row->title}, outcome, std::move(detail)});
}

}  // namespace assay::verifier
