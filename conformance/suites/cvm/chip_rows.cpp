// One fault in the certificates of the chip, or in what its report says.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace chip_table {

using std::chrono::seconds;

void root_of_the_same_name(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        crypto::Drbg random{request.nonce};
        crypto::Context context{random};
        const auto key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
        crypto::CertificateSpec spec;
        spec.subject = {{"O", "Forge of a conformance suite"}, {"CN", "ARK-Forge"}};
        spec.serial = {1};
        spec.not_before = request.at - std::chrono::hours{24};
        spec.not_after = request.at + std::chrono::hours{24};
        spec.ca = true;
        request.cpu_roots = {crypto::issue(spec, key.public_key(), nullptr, key, crypto::Hash::sha384)};
    };
}
void no_root(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.cpu_roots.clear();
    };
}
void root_is_only_a_stock(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.cpu_intermediates = std::exchange(request.cpu_roots, {});
    };
}
void leaf_forged(World& w) { w.vcek.forged = true; }
void middle_forged(World& w) { w.ask.forged = true; }
void leaf_ended(World& w) { w.vcek.spec.not_after = w.now - seconds{1}; }
void middle_not_begun(World& w) { w.ask.spec.not_before = w.now + seconds{1}; }
void middle_is_no_ca(World& w) { w.ask.spec.ca = false; }
void leaf_of_p256(World& w) { w.vcek.key = crypto::KeyType::p256; }
void signed_by_another(World& w) { w.report_other_signer = true; }
void altered_after(World& w) {
    w.report_after_signing = [](Bytes& report) {
        report[0x1A6] = static_cast<std::uint8_t>(report[0x1A6] ^ 1);
    };
}
void signature_zero(World& w) {
    w.report_after_signing = [](Bytes& report) {
        std::fill(report.begin() + 0x2A0, report.end(), std::uint8_t{0});
    };
}
void other_algorithm(World& w) { w.report.signature_algo = 2; }
void another_chip(World& w) { w.report.chip_id[63] = static_cast<std::uint8_t>(w.report.chip_id[63] ^ 1); }
void chip_not_certified(World& w) { w.certified_chip.clear(); }
void chip_masked(World& w) {
    w.report.key_info = 0b10;
    w.report.chip_id = {};
}
void denied_chip(World& w) { w.policy = "{\"denied_chips\":[\"" + to_hex(w.report.chip_id) + "\"]}"; }
void denied_other_chip(World& w) { w.policy = "{\"denied_chips\":[\"" + std::string(128, '0') + "\"]}"; }
void microcode_differs(World& w) { w.report.reported_tcb.microcode = 116; }
void boot_loader_differs(World& w) { w.report.reported_tcb.boot_loader = 2; }
void below_floor(World& w) { w.policy = R"({"min_snp":9})"; }
void at_floor(World& w) { w.policy = R"({"min_snp":8})"; }
void debug(World& w) { w.report.policy |= 1U << 19; }
void migration(World& w) { w.report.policy |= 1U << 18; }
void other_level(World& w) { w.report.vmpl = 3; }
void unknown_version(World& w) { w.report.version = 99; }
void smt_forbidden(World& w) { w.policy = R"({"allow_smt":false})"; }
void guest_svn_low(World& w) { w.report.guest_svn = 0; }
void guest_svn_right(World& w) {
    w.policy = R"({"min_guest_svn":1})";
    w.report.guest_svn = 1;
}
void launch_differs(World& w) {
    w.report.measurement[0] = static_cast<std::uint8_t>(w.report.measurement[0] ^ 1);
}
void no_launch_reference(World& w) { w.references["launch_measurements"].clear(); }
void host_data_known(World& w) { w.references["host_data"] = {std::string(64, '0')}; }
void host_data_differs(World& w) {
    host_data_known(w);
    w.report.host_data[5] = 1;
}
void tdx_report(World& w) { w.report_type = 4; }

}  // namespace chip_table

std::vector<Row> chip_rows() {
    namespace t = chip_table;
    const std::vector<std::string> chain{"CVM-CHN-001"}, times{"CVM-CHN-002"}, signature{"CVM-CPU-001"},
        chip{"CVM-CPU-002"}, versions{"CVM-CPU-003"}, guest{"CVM-CPU-004"}, launch{"CVM-CPU-005"};
    const std::vector<std::string_view> root{"E_PKI_UNTRUSTED_ROOT", "E_PKI_SIGNATURE", "E_PKI_CHAIN_LENGTH"},
        forged{"E_PKI_SIGNATURE"}, by{"E_TEE_SIGNATURE"}, tcb{"E_TCB_MISMATCH"}, mismatch{"E_MEAS_MISMATCH"};
    return {
        {"chain.root-name", "A root with the pinned name and another key is refused", chain, nullptr,
         t::root_of_the_same_name, root},
        {"chain.root-none", "Without a pinned root nothing is trusted", chain, nullptr, t::no_root, root},
        {"chain.root-stock", "A root among the intermediates is no pinned root", chain, nullptr,
         t::root_is_only_a_stock, root},
        {"chain.leaf-forged", "A chip's certificate that its issuer did not sign is refused", chain, nullptr,
         t::leaf_forged, forged},
        {"chain.middle-forged", "An intermediate that the root did not sign is refused", chain, nullptr,
         t::middle_forged, forged},
        {"chain.not-ca",
         "An intermediate that is no authority is refused",
         chain,
         nullptr,
         t::middle_is_no_ca,
         {"E_PKI_NOT_CA"}},
        {"chain.expired",
         "A chip's certificate that ended a second ago is refused",
         times,
         nullptr,
         t::leaf_ended,
         {"E_PKI_EXPIRED"}},
        {"chain.not-yet",
         "An intermediate that begins in a second is refused",
         times,
         nullptr,
         t::middle_not_begun,
         {"E_PKI_NOT_YET_VALID"}},
        {"cpu.other-signer", "A CPU report by another key is refused", signature, nullptr,
         t::signed_by_another, by},
        {"cpu.altered", "A CPU report that was altered after it was signed is refused", signature, nullptr,
         t::altered_after, by},
        {"cpu.signature-zero", "A CPU report with a signature of zeros is refused", signature, nullptr,
         t::signature_zero, by},
        {"cpu.algorithm", "A CPU report of another signature algorithm is refused", signature, nullptr,
         t::other_algorithm, by},
        {"cpu.key-type",
         "A chip's certificate with a key on another curve is refused",
         signature,
         nullptr,
         t::leaf_of_p256,
         {"E_TEE_SIGNATURE", "E_PKI_ALGORITHM"}},
        {"cpu.other-chip",
         "A CPU report of another chip than the certificate's is refused",
         chip,
         nullptr,
         t::another_chip,
         {"E_CHIP_ID"}},
        {"cpu.chip-not-certified",
         "A certificate that names no chip is refused",
         chip,
         nullptr,
         t::chip_not_certified,
         {"E_CHIP_ID"}},
        {"cpu.chip-masked",
         "A CPU report that hides its chip is refused",
         chip,
         nullptr,
         t::chip_masked,
         {"E_CHIP_ID"}},
        {"cpu.chip-denied",
         "A chip on the deny list is refused",
         chip,
         t::denied_other_chip,
         t::denied_chip,
         {"E_CHIP_REVOKED"}},
        {"cpu.microcode", "A microcode version that the certificate does not state is refused", versions,
         nullptr, t::microcode_differs, tcb},
        {"cpu.boot-loader", "A boot loader version below the certificate's is refused", versions, nullptr,
         t::boot_loader_differs, tcb},
        {"cpu.floor", "A security version below the floor is refused", versions, t::at_floor, t::below_floor,
         tcb},
        {"cpu.guest-svn", "A guest version below the floor is refused", versions, t::guest_svn_right,
         t::guest_svn_low, tcb},
        {"cpu.debug", "A guest that may be debugged is refused", guest, nullptr, t::debug, {"E_TEE_DEBUG"}},
        {"cpu.migration",
         "A guest that may be migrated is refused",
         guest,
         nullptr,
         t::migration,
         {"E_TEE_MIGRATION"}},
        {"cpu.vmpl",
         "A CPU report from another privilege level is refused",
         guest,
         nullptr,
         t::other_level,
         {"E_VMPL"}},
        {"cpu.version",
         "A CPU report of an unknown version is refused",
         guest,
         nullptr,
         t::unknown_version,
         {"E_SNP_VERSION"}},
        {"cpu.smt",
         "SMT is refused where the policy forbids it",
         guest,
         nullptr,
         t::smt_forbidden,
         {"E_TEE_SMT"}},
        {"cpu.tdx",
         "A report of another kind of TEE is refused",
         guest,
         nullptr,
         t::tdx_report,
         {"E_TEE_TYPE"}},
        {"cpu.launch", "A launch measurement that is no reference value is refused", launch, nullptr,
         t::launch_differs, mismatch},
        {"cpu.launch-none",
         "Without reference values no launch measurement is accepted",
         launch,
         nullptr,
         t::no_launch_reference,
         {"E_MEAS_NO_REFERENCE"}},
        {"cpu.host-data", "Host data that are no reference value are refused", launch, t::host_data_known,
         t::host_data_differs, mismatch},
    };
}

}  // namespace assay::conformance::confidential_vm
