// Legal evidence, as near to a fault as it can be.
#include <algorithm>

#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace accepted_table {

void nothing(World&) {}
void superset(World& w) { w.selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFFFFFF)}; }
void two_banks(World& w) {
    w.selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha1, 0xFF),
                   tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFFFF)};
}
void other_register(World& w) {
    // PCR 23 is not quoted: its events are no evidence of anything, and disturb nothing.
    w.insert_after("image 1", World::ipl(23, "application", Bytes(32, 7)));
}
void no_action(World& w) {
    Measured note = World::ipl(12, "note", Bytes(32));
    note.type = 3;
    note.extended = false;
    w.insert_after("kernel", note);
}
void startup_locality(World& w) {
    Measured first = World::ipl(0, "", Bytes(32));
    first.type = 3;
    first.data = {'S', 't', 'a', 'r', 't', 'u', 'p', 'L', 'o', 'c', 'a', 'l', 'i', 't', 'y', 0, 0};
    first.extended = false;
    w.insert_after("version", first);
    std::rotate(w.boot.begin(), w.boot.begin() + 1, w.boot.begin() + 2);
}
void more_banks_in_log(World& w) { w.log_banks = {tpm::Alg::sha1, tpm::Alg::sha256, tpm::Alg::sha384}; }
void separators_of_ones(World& w) {
    for (unsigned pcr = 0; pcr < 8; ++pcr) {
        Measured& one = w.measured("separator " + std::to_string(pcr));
        one.data = Bytes(4, 0xFF);
        one.digest = World::sha256({one.data});
    }
}
void padded_log(World& w) {
    w.log_bytes = [](Bytes& log) {
        log.resize(log.size() + 512);
    };
}
void one_image_only(World& w) { w.drop("image 1"); }
void second_alternatives(World& w) {
    for (auto& [name, list] : w.references)
        if (name == "kernels" || name == "loaders" || name == "firmware" || name == "runtime_policies")
            list.insert(list.begin(), std::string(64, 'a'));
}
void leaf_begins_now(World& w) { w.vcek.spec.not_before = w.now; }
void leaf_ends_now(World& w) { w.vcek.spec.not_after = w.now; }
void versions_at_the_floor(World& w) {
    w.policy = R"({"min_boot_loader":3,"min_tee":0,"min_snp":8,"min_microcode":115})";
}
void older_version_of_report(World& w) { w.report.version = 2; }
void paravisor_version_2(World& w) { w.hcl_version = 2; }
void certificates_without_root(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        // The root alone is pinned: the evidence need not bring it.
        const auto at = request.evidence.rfind("-----BEGIN CERTIFICATE-----");
        const auto end = request.evidence.find("-----END CERTIFICATE-----\\n", at);
        request.evidence.erase(at, end + 27 - at);
    };
}
void creation_instead_of_certify(World& w) {
    w.certification.before_signing = [](tpm::TpmsAttest& attest) {
        attest.creation.object_name = attest.certify.name;
        attest.creation.creation_hash.value = Bytes(32, 1);
        attest.type = tpm::Tag::attest_creation;
    };
}
void admin_with_policy(World& w) { w.key_attributes |= tpm::object_attribute::admin_with_policy; }
void explicit_exponent(World& w) { w.key_exponent = 65537; }

}  // namespace accepted_table

std::vector<Row> accepted_rows() {
    namespace t = accepted_table;
    const std::vector<std::string> accepted{"CVM-ACC-001"};
    return {
        {"accept.valid", "Valid evidence is accepted", accepted, t::nothing},
        {"accept.superset",
         "A quote over more registers than required is accepted",
         {"CVM-ACC-002"},
         t::superset},
        {"accept.two-banks",
         "A quote over a second bank beside the required one is accepted",
         {"CVM-ACC-002"},
         t::two_banks},
        {"accept.other-register",
         "Events of a register that is not quoted are passed over",
         {"CVM-ACC-003"},
         t::other_register},
        {"accept.no-action", "An event that extends nothing is no fault", {"CVM-ACC-003"}, t::no_action},
        {"accept.startup-locality",
         "A log that states its locality is accepted",
         {"CVM-ACC-003"},
         t::startup_locality},
        {"accept.more-banks",
         "Digests of other banks in the log are passed over",
         {"CVM-ACC-003"},
         t::more_banks_in_log},
        {"accept.separator-ones",
         "Separators of ones are as good as those of zeros",
         {"CVM-ACC-003"},
         t::separators_of_ones},
        {"accept.padded-log", "A log that is padded with zeros is accepted", {"CVM-ACC-003"}, t::padded_log},
        {"accept.image-not-required",
         "An allowed image that is not required may be missing",
         {"CVM-ACC-004"},
         t::one_image_only},
        {"accept.alternatives",
         "A match with the second reference value is a match",
         {"CVM-ACC-004"},
         t::second_alternatives},
        {"accept.valid-from-now",
         "A certificate that becomes valid now is valid",
         {"CVM-ACC-005"},
         t::leaf_begins_now},
        {"accept.valid-until-now",
         "A certificate that ends now is still valid",
         {"CVM-ACC-005"},
         t::leaf_ends_now},
        {"accept.version-floor",
         "Security versions exactly at the floor are accepted",
         {"CVM-ACC-005"},
         t::versions_at_the_floor},
        {"accept.report-version-2",
         "A CPU report of version 2 is accepted",
         {"CVM-ACC-005"},
         t::older_version_of_report},
        {"accept.paravisor-version-2",
         "A paravisor report of version 2 is accepted",
         {"CVM-ACC-005"},
         t::paravisor_version_2},
        {"accept.without-root",
         "Certificates that leave out the pinned root are accepted",
         {"CVM-ACC-005"},
         t::certificates_without_root},
        {"accept.creation",
         "A wrapping key vouched for by TPM2_CertifyCreation is accepted",
         {"CVM-ACC-006"},
         t::creation_instead_of_certify},
        {"accept.admin-policy",
         "A wrapping key with adminWithPolicy is accepted",
         {"CVM-ACC-006"},
         t::admin_with_policy},
        {"accept.exponent", "An exponent of 65537 may be spelled out", {"CVM-ACC-006"}, t::explicit_exponent},
    };
}

}  // namespace assay::conformance::confidential_vm
