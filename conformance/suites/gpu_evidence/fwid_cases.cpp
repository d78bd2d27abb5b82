// The firmware identity in the leaf (TCG DICE) and in the report.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/certificate_facts.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace fwid_topic {

struct Seen {
    gpu::Evidence evidence;
    std::vector<crypto::Certificate> chain;
    CertificateFacts leaf;
    bool tcb_info = false;
    FwidFacts fwid;
};

/// The leaf and its firmware identity, in whichever form it has one.
Seen see(Trial& trial) {
    Seen seen{evidence(trial), {}, {}, false, {}};
    seen.chain = chain_of(trial, seen.evidence);
    auto leaf = read_certificate(seen.chain.front().der());
    trial.expect(leaf.has_value(), "certificate-malformed", "the leaf is DER by RFC 5280", "it is not");
    seen.leaf = *std::move(leaf);
    const ExtensionFacts* device_id = seen.leaf.extension(fwid_device_id_oid);
    const ExtensionFacts* tcb_info = seen.leaf.extension(fwid_tcb_info_oid);
    trial.expect(device_id != nullptr || tcb_info != nullptr, "fwid-missing",
                 "the leaf has extension 2.23.133.5.4.1 or 2.23.133.5.4.1.1", "it has neither");
    seen.tcb_info = tcb_info != nullptr;
    seen.fwid = seen.tcb_info ? read_tcb_info_fwid(tcb_info->value) : read_device_id_fwid(device_id->value);
    return seen;
}
Seen well_formed(Trial& trial) {
    Seen seen = see(trial);
    trial.expect(seen.fwid.fault.empty(), "fwid-malformed", "the firmware identity is well-formed",
                 seen.fwid.fault);
    return seen;
}

void is_there_once(Trial& trial) {
    const Seen seen = see(trial);
    const bool both = seen.leaf.extension(fwid_device_id_oid) != nullptr &&
                      seen.leaf.extension(fwid_tcb_info_oid) != nullptr;
    trial.expect(!both, "fwid-twice", "the leaf has one firmware identity", "it has one in each form");
}
void is_well_formed(Trial& trial) { well_formed(trial); }
void has_the_form_of_its_architecture(Trial& trial) {
    const Seen seen = well_formed(trial);
    const bool tcb_info = seen.evidence.arch == gpu::Arch::blackwell;
    trial.expect(
        seen.tcb_info == tcb_info,
        wrong("fwid-form",
              fmt::format("{} carries it as {}", gpu::name(seen.evidence.arch),
                          tcb_info ? "DiceTcbInfo" : "device identity"),
              fmt::format("it is carried as {}", seen.tcb_info ? "DiceTcbInfo" : "device identity")));
}
void is_not_constant(Trial& trial) {
    const Seen seen = well_formed(trial);
    trial.expect(std::ranges::count(seen.fwid.digest, seen.fwid.digest.front()) != 48, "fwid-constant",
                 "the firmware identity is a digest", fmt::format("it is {}", to_hex(seen.fwid.digest)));
}
void equals_the_report(Trial& trial) {
    const Seen seen = well_formed(trial);
    const ReportFacts facts = facts_of(trial, seen.evidence);
    const OpaqueFacts* field = facts.field(20);
    if (field == nullptr)
        trial.not_tested(NotTested::not_supported,
                         "the report has no FWID field: drivers before 550, switches");
    trial.expect(equal(field->data, seen.fwid.digest),
                 wrong("fwid-differs", fmt::format("FWID is {}, as in the leaf", to_hex(seen.fwid.digest)),
                       fmt::format("it is {}", to_hex(field->data)),
                       {in_report("FWID", field->offset + 4, seen.fwid.digest, field->data)}));
}
void names_the_identity_key(Trial& trial) {
    const Seen seen = well_formed(trial);
    if (seen.tcb_info) trial.not_tested(NotTested::not_supported, "DiceTcbInfo names no key");
    const auto identity = seen.chain.size() > 1 ? read_certificate(seen.chain[1].der()) : std::nullopt;
    trial.expect(identity && equal(identity->spki, seen.fwid.device_key), "fwid-device-key",
                 "the firmware identity names the key of the device identity certificate",
                 fmt::format("it names {}", to_hex(seen.fwid.device_key).substr(48, 32)));
}
void names_vendor_and_model(Trial& trial) {
    const Seen seen = well_formed(trial);
    if (!seen.tcb_info) trial.not_tested(NotTested::not_supported, "this form names neither");
    const std::string model = seen.chain.size() > 1 ? seen.chain[1].common_name().value_or("") : "";
    trial.expect(
        !seen.fwid.vendor.empty() && !seen.fwid.model.empty() && model.starts_with(seen.fwid.model),
        wrong("tcb-info-model",
              fmt::format("vendor is there, and model begins the identity's common name \"{}\"", model),
              fmt::format("vendor \"{}\", model \"{}\"", seen.fwid.vendor, seen.fwid.model)));
}
void only_in_the_leaf(Trial& trial) {
    const Seen seen = see(trial);
    for (std::size_t i = 1; i < seen.chain.size(); ++i) {
        const auto one = read_certificate(seen.chain[i].der());
        trial.expect(one && one->extension(fwid_device_id_oid) == nullptr &&
                         one->extension(fwid_tcb_info_oid) == nullptr,
                     "fwid-in-issuer", "no certificate above the leaf has a firmware identity",
                     fmt::format("certificate {} has one", i));
    }
}

std::vector<Case> all() {
    return {
        make_case("fwid.present", "The leaf carries one firmware identity", {"GPU-FWID-001"}, {}, needs_chain,
                  is_there_once),
        make_case("fwid.well-formed", "The firmware identity is well-formed, with a SHA-384 digest",
                  {"GPU-FWID-002"}, {}, needs_chain, is_well_formed),
        make_case("fwid.form", "The firmware identity has the form of the architecture", {"GPU-FWID-003"}, {},
                  needs_chain, has_the_form_of_its_architecture),
        make_case("fwid.not-constant", "The firmware identity is no constant", {"GPU-FWID-002"}, {},
                  needs_chain, is_not_constant),
        make_case("fwid.equals-report", "Leaf and report carry the same firmware identity", {"GPU-FWID-004"},
                  {}, needs_both, equals_the_report),
        make_case("fwid.identity-key", "The firmware identity names the device identity key",
                  {"GPU-FWID-005"}, {}, needs_chain, names_the_identity_key),
        make_case("fwid.model", "DiceTcbInfo names vendor and model", {"GPU-FWID-006"}, {}, needs_chain,
                  names_vendor_and_model),
        make_case("fwid.leaf-only", "No issuer carries a firmware identity", {"GPU-FWID-007"}, {},
                  needs_chain, only_in_the_leaf),
    };
}

}  // namespace fwid_topic

std::vector<Case> fwid_cases() { return fwid_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
