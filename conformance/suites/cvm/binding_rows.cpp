// One fault in what binds CPU report, runtime data, TPM and challenge to each other.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace binding_table {

void runtime_data_altered(World& w) {
    // One digit of the VM's id: the JSON stays valid.
    w.hcl_bytes = [](Bytes& hcl) {
        const std::string_view text = as_text(hcl);
        hcl[text.find("01234567-89AB")] = '9';
    };
}
void report_data_tail(World& w) {
    w.before_report_is_signed = [](cvm::SnpReport& report) {
        report.report_data[63] = 1;
    };
}
void report_data_zero(World& w) {
    w.before_report_is_signed = [](cvm::SnpReport& report) {
        report.report_data = {};
    };
}
void other_kid(World& w) { w.ak_kid = "HCLOther"; }
void key_that_encrypts(World& w) { w.ak_operation = "encrypt"; }
void no_tpm(World& w) { w.tpm_enabled = false; }
void secure_boot_off(World& w) { w.secure_boot = false; }
void secure_boot_not_demanded(World& w) { w.policy = R"({"require_secure_boot":false})"; }
void kid_twice(World& w) {
    w.runtime_data = [](std::string& text) {
        const auto begin = text.find('{', 1), end = text.find('}') + 1;
        text.insert(end, "," + text.substr(begin, end - begin));
    };
}
void member_twice(World& w) {
    w.runtime_data = [](std::string& text) {
        text.insert(1, "\"keys\":[],");
    };
}
void not_json(World& w) {
    w.runtime_data = [](std::string& text) {
        text.pop_back();
    };
}
void user_data_zero(World& w) { w.user_data = Bytes(64); }
void user_data_with_tail(World& w) {
    w.runtime_data = [](std::string& text) {
        // The last of 128 digits: what is bound has 32 bytes, the rest is zero.
        const auto at = text.rfind("\"}");
        text[at - 1] = '1';
    };
}
void hcl_signature(World& w) {
    w.hcl_bytes = [](Bytes& hcl) {
        hcl[0] = 'X';
    };
}
void hcl_cut_off(World& w) {
    w.hcl_bytes = [](Bytes& hcl) {
        hcl.resize(1240);
    };
}
void hcl_size(World& w) {
    w.hcl_bytes = [](Bytes& hcl) {
        ++hcl[1232];
    };
}
void hcl_trailing(World& w) {
    w.hcl_bytes = [](Bytes& hcl) {
        hcl.back() = 1;
    };
}
void challenge_of_another(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.nonce.back() = static_cast<std::uint8_t>(request.nonce.back() ^ 1);
    };
}

}  // namespace binding_table

std::vector<Row> binding_rows() {
    namespace t = binding_table;
    const std::vector<std::string> runtime{"CVM-BND-001"}, key{"CVM-BND-002"}, user{"CVM-BND-003"},
        form{"CVM-FRM-002"};
    const std::vector<std::string_view> binding{"E_COMPOSITE_BINDING"}, untrusted{"E_AK_UNTRUSTED"},
        malformed{"E_HCL_FORMAT"};
    return {
        {"binding.runtime-data", "Runtime data that the CPU report does not cover are refused", runtime,
         nullptr, t::runtime_data_altered, binding},
        {"binding.report-data-zero", "A CPU report that covers nothing is refused", runtime, nullptr,
         t::report_data_zero, binding},
        {"binding.report-data-tail",
         "A CPU report whose report data say more is refused",
         runtime,
         nullptr,
         t::report_data_tail,
         {"E_REPORT_DATA_DOMAIN"}},
        {"binding.ak-absent", "Runtime data without the attestation key are refused", key, nullptr,
         t::other_kid, untrusted},
        {"binding.ak-use", "An attestation key that is not for signing is refused", key, nullptr,
         t::key_that_encrypts, untrusted},
        {"binding.ak-twice",
         "Runtime data that name one key twice are refused",
         key,
         nullptr,
         t::kid_twice,
         {"E_RUNTIME_DATA", "E_JSON_DUPLICATE_KEY"}},
        {"binding.no-tpm", "A VM without a TPM is refused", key, nullptr, t::no_tpm, untrusted},
        {"binding.secure-boot",
         "A VM with Secure Boot off is refused",
         {"CVM-REF-006"},
         t::secure_boot_not_demanded,
         [](World& w) {
             w.policy = "{}";
             t::secure_boot_off(w);
         },
         {"E_SECURE_BOOT"}},
        {"binding.user-data", "A CPU report that does not cover the challenge is refused", user, nullptr,
         t::user_data_zero, binding},
        {"binding.user-data-tail", "User data are compared whole", user, nullptr, t::user_data_with_tail,
         binding},
        {"binding.challenge",
         "Evidence for another challenge is refused",
         {"CVM-QUO-005"},
         nullptr,
         t::challenge_of_another,
         {"E_QUOTE_NONCE"}},
        {"form.member-twice",
         "Runtime data with a repeated member are refused",
         form,
         nullptr,
         t::member_twice,
         {"E_JSON_DUPLICATE_KEY"}},
        {"form.runtime-json",
         "Runtime data that are not JSON are refused",
         form,
         nullptr,
         t::not_json,
         {"E_RUNTIME_DATA"}},
        {"form.hcl-signature", "A paravisor report of another kind is refused", form, nullptr,
         t::hcl_signature, malformed},
        {"form.hcl-cut-off", "A paravisor report that is cut off is refused", form, nullptr, t::hcl_cut_off,
         malformed},
        {"form.hcl-size", "A paravisor report whose sizes contradict each other is refused", form, nullptr,
         t::hcl_size, malformed},
        {"form.hcl-trailing", "Bytes after the runtime data are refused", form, nullptr, t::hcl_trailing,
         malformed},
    };
}

}  // namespace assay::conformance::confidential_vm
