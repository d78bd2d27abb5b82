// One fault in the form in which the evidence is sent.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace form_table {

void change(World& w, void (*how)(std::map<std::string, std::string>&)) { w.evidence = how; }
void other_format(World& w) {
    change(w, [](auto& members) { members["format"] = "\"assay-cvm/9\""; });
}
void unknown_member(World& w) {
    change(w, [](auto& members) { members["note"] = "1"; });
}
void member_missing(World& w) {
    change(w, [](auto& members) { members.erase("quote"); });
}
void not_base64url(World& w) {
    change(w, [](auto& members) { members["hcl_report"] = "\"!!!!\""; });
}
void not_a_certificate(World& w) {
    change(w, [](auto& members) {
        members["certificates"] = "\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n\"";
    });
}
void member_twice(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.evidence.insert(1, "\"gpu\":\"[]\",");
    };
}
void cut_off(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.evidence.resize(request.evidence.size() / 2);
    };
}
void nested(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.evidence = std::string(5000, '[') + std::string(5000, ']');
    };
}
void register_24(World& w) {
    w.values = [](auto& banks) {
        banks["sha256"].emplace(24, Bytes(32));
    };
}
void register_of_20_bytes(World& w) {
    w.values = [](auto& banks) {
        banks["sha256"].at(3).resize(20);
    };
}

}  // namespace form_table

std::vector<Row> form_rows() {
    namespace t = form_table;
    const std::vector<std::string> form{"CVM-FRM-001"};
    const std::vector<std::string_view> schema{"E_SCHEMA"};
    return {
        {"form.format", "Evidence of an unknown format is refused", form, nullptr, t::other_format, schema},
        {"form.unknown-member", "Evidence with an unknown member is refused", form, nullptr,
         t::unknown_member, schema},
        {"form.missing-member", "Evidence without a quote is refused", form, nullptr, t::member_missing,
         schema},
        {"form.base64url", "A member that is not base64url is refused", form, nullptr, t::not_base64url,
         schema},
        {"form.certificate",
         "Certificates that cannot be read are refused",
         form,
         nullptr,
         t::not_a_certificate,
         {"E_PKI_PARSE"}},
        {"form.twice",
         "Evidence with a repeated member is refused",
         form,
         nullptr,
         t::member_twice,
         {"E_JSON_DUPLICATE_KEY"}},
        {"form.cut-off", "Evidence that is cut off is refused", form, nullptr, t::cut_off, schema},
        {"form.nested",
         "Evidence that is nested 5000 deep is refused",
         form,
         nullptr,
         t::nested,
         {"E_LIMIT", "E_SCHEMA"}},
        {"form.register", "A value of register 24 is refused", form, nullptr, t::register_24, schema},
        {"form.register-size", "A value of another size than its bank's is refused", form, nullptr,
         t::register_of_20_bytes, schema},
    };
}

}  // namespace assay::conformance::confidential_vm
