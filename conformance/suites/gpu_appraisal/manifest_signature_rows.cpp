// One fault in the signature of a manifest (XML-DSig; signature wrapping).
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace manifest_signature_table {

void replace_once(std::string& text, std::string_view from, std::string_view to, std::size_t after = 0) {
    const auto at = text.find(from, after);
    if (at == std::string::npos) throw std::logic_error("forge: nothing to replace");
    text.replace(at, from.size(), to);
}
/// Another character of the same kind, so that base64 stays base64.
void turn(char& c) { c = c == 'A' ? 'B' : 'A'; }
std::string signature_of(const std::string& text) {
    const auto at = text.find("<ds:Signature ");
    const std::string_view end = "</ds:Signature>";
    return text.substr(at, text.find(end) + end.size() - at);
}

void value_flipped(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string_view tag = "<ds:SignatureValue>";
        turn(text[text.find(tag) + tag.size() + 10]);
    };
}
void digest_flipped(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string_view tag = "<ds:DigestValue>";
        turn(text[text.find(tag) + tag.size() + 10]);
    };
}
void golden_edited(World& w) {
    // Runtime and golden agree, and the golden is not what was signed.
    const Bytes altered = w.random(48);
    const std::string before = w.driver().golden(21).hashes[0];
    w.report().block(21).value = altered;
    w.driver().after_signing = [before, altered](std::string& text) {
        replace_once(text, before, to_hex(altered));
    };
}
void made_active(World& w) {
    w.driver().after_signing = [](std::string& text) {
        replace_once(text, "active=\"True\"", "active=\"False\"");
    };
}
void version_edited(World& w) {
    w.driver().version = "550.90.06";
    w.driver().after_signing = [](std::string& text) {
        replace_once(text, "550.90.06", "550.90.07");
    };
}
void stripped(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string signature = signature_of(text);
        replace_once(text, signature, "");
    };
}
void by_another_key(World& w) { w.driver().other_signer = true; }
void signature_of_the_other_manifest(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        auto& rims = request.references.rims;
        std::string text{as_text(rims[0].content)};
        const std::string own = signature_of(text);
        const std::string other = signature_of(std::string{as_text(rims[1].content)});
        replace_once(text, own, other);
        rims[0].content.assign(text.begin(), text.end());
    };
}
void two_signatures(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string signature = signature_of(text);
        text.insert(text.find(signature), signature);
    };
}
void two_references(World& w) { w.driver().form.second_reference = true; }
void reference_to_an_id(World& w) { w.driver().form.uri = "#x"; }
void no_enveloped_transform(World& w) { w.driver().form.transforms = {w.driver().form.c14n}; }
void xslt_transform(World& w) {
    w.driver().form.transforms = {w.driver().form.transforms[0],
                                  "http://www.w3.org/TR/1999/REC-xslt-19991116"};
}
void sha256_digest(World& w) {
    w.driver().form.digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    w.driver().form.digest_hash = crypto::Hash::sha256;
}
void sha1_digest(World& w) {
    w.driver().form.digest = "http://www.w3.org/2000/09/xmldsig#sha1";
    w.driver().form.digest_hash = crypto::Hash::sha1;
}
void hmac_signature(World& w) {
    w.driver().form.signature = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384";
}
void wrapped(World& w) {
    // The signed document lies inside another one that has goldens of its own and the runtime to match.
    const Bytes altered = w.random(48);
    const std::string before = w.driver().golden(21).hashes[0];
    w.report().block(21).value = altered;
    w.driver().after_signing = [before, altered](std::string& text) {
        const std::string signature = signature_of(text);
        std::string genuine = text;
        std::string outer = text;
        replace_once(outer, before, to_hex(altered));
        replace_once(genuine, signature, "");
        const std::string object = "<ds:Object>" + genuine + "</ds:Object></ds:Signature>";
        replace_once(outer, "</ds:Signature>", object);
        text = outer;
    };
}
void resource_in_the_signature(World& w) {
    // What lies inside Signature is not covered by an enveloped signature.
    const Bytes altered = w.random(48);
    w.report().block(21).value = altered;
    w.driver().after_signing = [altered](std::string& text) {
        replace_once(
            text, "</ds:Signature>",
            "<ds:Object><ns0:Payload><ns0:Resource type=\"Measurement\" index=\"21\" active=\"True\" "
            "alternatives=\"1\" ns2:Hash0=\"" +
                to_hex(altered) +
                "\" name=\"Measurement_21\" size=\"48\"/></ns0:Payload></ds:Object></ds:Signature>");
    };
}
void signature_not_in_the_root(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string signature = signature_of(text);
        replace_once(text, signature, "");
        replace_once(text, "    </ns0:Payload>", "    " + signature + "</ns0:Payload>");
    };
}
void with_a_doctype(World& w) {
    w.driver().after_signing = [](std::string& text) {
        text.insert(0, "<!DOCTYPE SoftwareIdentity [<!ENTITY x \"y\">]>\n");
    };
}
void no_certificate(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const auto at = text.find("<ds:KeyInfo>");
        const std::string_view end = "</ds:KeyInfo>";
        text.erase(at, text.find(end) + end.size() - at);
    };
}
void certificate_not_base64(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const std::string_view tag = "<ds:X509Certificate>";
        text[text.find(tag) + tag.size() + 3] = '!';
    };
}
void not_xml(World& w) {
    w.driver().after_signing = [](std::string& text) {
        text.resize(text.size() / 2);
    };
}

}  // namespace manifest_signature_table

std::vector<Row> manifest_signature_rows() {
    using gpu::Arch;
    namespace t = manifest_signature_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> signature{"E_RIM_SIGNATURE"},
        form{"E_RIM_SIGNATURE", "E_RIM_SIGNATURE_SCOPE", "E_RIM_SCHEMA"};
    return {
        {"rim-signature.value",
         "A flipped bit of SignatureValue is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::value_flipped,
         signature,
         {},
         105},
        {"rim-signature.digest",
         "A flipped bit of DigestValue is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::digest_flipped,
         signature},
        {"rim-signature.golden",
         "A golden edited to match the device is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::golden_edited,
         signature,
         {},
         105},
        {"rim-signature.active",
         "A golden switched off after signing is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::made_active,
         signature},
        {"rim-signature.version",
         "A version edited to match the report is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::version_edited,
         {"E_RIM_SIGNATURE", "E_RIM_ID_MISMATCH"}},
        {"rim-signature.stripped",
         "A manifest without its signature is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::stripped,
         form},
        {"rim-signature.other-key",
         "A manifest that another key signed is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::by_another_key,
         signature,
         {},
         105},
        {"rim-signature.exchanged",
         "The signature of another manifest is refused",
         {"GPUV-SIG-001"},
         h,
         nullptr,
         t::signature_of_the_other_manifest,
         signature},
        {"rim-signature.two",
         "Two signatures are refused",
         {"GPUV-SIG-002"},
         h,
         nullptr,
         t::two_signatures,
         form},
        {"rim-signature.two-references",
         "A signature with two references is refused",
         {"GPUV-SIG-002"},
         h,
         nullptr,
         t::two_references,
         form},
        {"rim-signature.reference-id",
         "A signature over a part of the document is refused",
         {"GPUV-SIG-002"},
         h,
         nullptr,
         t::reference_to_an_id,
         form},
        {"rim-signature.no-enveloped",
         "A signature without the enveloped transform is refused",
         {"GPUV-SIG-002"},
         h,
         nullptr,
         t::no_enveloped_transform,
         form},
        {"rim-signature.transform",
         "A transform that can select anything is refused",
         {"GPUV-SIG-002"},
         h,
         nullptr,
         t::xslt_transform,
         form},
        {"rim-signature.sha256",
         "A digest of SHA-256 is refused",
         {"GPUV-SIG-003"},
         h,
         nullptr,
         t::sha256_digest,
         form},
        {"rim-signature.sha1",
         "A digest of SHA-1 is refused",
         {"GPUV-SIG-003"},
         h,
         nullptr,
         t::sha1_digest,
         form},
        {"rim-signature.hmac",
         "A signature method that needs no private key is refused",
         {"GPUV-SIG-003"},
         h,
         nullptr,
         t::hmac_signature,
         form},
        {"rim-signature.wrapped",
         "A signed manifest wrapped into another is refused",
         {"GPUV-SIG-004"},
         h,
         nullptr,
         t::wrapped,
         form},
        {"rim-signature.unsigned-resource",
         "A golden inside the signature element counts for nothing",
         {"GPUV-SIG-004"},
         h,
         nullptr,
         t::resource_in_the_signature,
         {"E_RIM_SIGNATURE", "E_RIM_SIGNATURE_SCOPE", "E_RIM_SCHEMA", "E_MEAS_MISMATCH"}},
        {"rim-signature.place",
         "A signature that is no child of the root is refused",
         {"GPUV-SIG-004"},
         h,
         nullptr,
         t::signature_not_in_the_root,
         form},
        {"rim-signature.doctype",
         "A manifest with a document type is refused",
         {"GPUV-SIG-005"},
         h,
         nullptr,
         t::with_a_doctype,
         form},
        {"rim-signature.no-certificate",
         "A signature without certificates is refused",
         {"GPUV-SIG-005"},
         h,
         nullptr,
         t::no_certificate,
         {"E_RIM_CERTIFICATE", "E_RIM_SIGNATURE", "E_RIM_SCHEMA"}},
        {"rim-signature.bad-certificate",
         "A signature with an unreadable certificate is refused",
         {"GPUV-SIG-005"},
         h,
         nullptr,
         t::certificate_not_base64,
         {"E_RIM_CERTIFICATE", "E_RIM_SIGNATURE", "E_RIM_SCHEMA"}},
        {"rim-signature.not-xml",
         "A manifest cut in half is refused",
         {"GPUV-SIG-005"},
         h,
         nullptr,
         t::not_xml,
         {"E_RIM_SCHEMA", "E_RIM_SIGNATURE", "E_RIM_UNAVAILABLE"}},
    };
}

}  // namespace assay::conformance::gpu_appraisal
