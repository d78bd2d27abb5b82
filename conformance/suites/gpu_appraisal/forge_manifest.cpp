// Reference manifests from a template, and their signature (XML-DSig 1.1, Canonical XML 1.1).
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/gpu_appraisal/forge.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::conformance::gpu_appraisal {
namespace {

constexpr std::string_view closing = "</SoftwareIdentity>";
/// The namespaces that SignedInfo inherits, in canonical order.
constexpr std::string_view inherited =
    R"( xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:ds="http://www.w3.org/2000/09/xmldsig#")"
    R"( xmlns:ns0="http://standards.iso.org/iso/19770/-2/2015/schema.xsd")"
    R"( xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384")";

std::string reference_element(const SignatureForm& form, std::string_view uri, const std::string& digest) {
    std::string out = fmt::format("<ds:Reference URI=\"{}\"><ds:Transforms>", uri);
    for (const std::string& transform : form.transforms)
        out += fmt::format("<ds:Transform Algorithm=\"{}\"></ds:Transform>", transform);
    return out + fmt::format(
                     "</ds:Transforms><ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod>"
                     "<ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
                     form.digest, digest);
}

}  // namespace

Golden& ManifestPlan::golden(unsigned index) {
    const auto found = std::ranges::find(goldens, index, &Golden::index);
    if (found == goldens.end()) throw std::logic_error("forge: no such golden");
    return *found;
}

std::string manifest_text(const ManifestPlan& plan) {
    std::string out = fmt::format(
        R"(<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd")"
        R"( xmlns:ns0="http://standards.iso.org/iso/19770/-2/2015/schema.xsd")"
        R"( xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384" corpus="false" name="{0}" patch="false")"
        R"( supplemental="false" tagId="{1}" version="1.0" tagVersion="0">)"
        "\n    <ns0:Entity name=\"NVIDIA Corporation\" role=\"softwareCreator tagCreator\"/>\n"
        R"(    <ns0:Meta xmlns:ns1="https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/")"
        R"( colloquialVersion="{2}" edition="{3}" product="{0}" revision="r1" PayloadType="direct")"
        R"( ns1:BindingSpec="RIMIM" ns1:BindingSpecVersion="1.01" ns1:PlatformManufacturerId="5703")"
        R"( ns1:PlatformManufacturerStr="NVIDIA Corporation" ns1:PlatformModel="{0}")"
        R"( ns1:FirmwareManufacturer="NVIDIA Corporation" ns1:FirmwareManufacturerId="5703"/>)"
        "\n    <ns0:Payload xmlns:SHA384=\"http://www.w3.org/2001/04/xmlenc#sha384\">\n",
        plan.product, to_hex(crypto::digest(crypto::Hash::sha384, {as_bytes(plan.file)})), plan.version,
        plan.edition);
    for (const Golden& golden : plan.goldens) {
        out += fmt::format(
            R"(        <ns0:Resource type="Measurement" index="{}" active="{}" alternatives="{}")",
            golden.index_text.value_or(std::to_string(golden.index)), golden.active ? "True" : "False",
            golden.alternatives.value_or(std::to_string(golden.hashes.size())));
        for (std::size_t i = 0; i < golden.hashes.size(); ++i)
            out += fmt::format(R"( ns2:Hash{}="{}")", i, golden.hashes[i]);
        out +=
            fmt::format(" name=\"Measurement_{}\" size=\"{}\"/>\n", golden.index, golden.size.value_or("48"));
    }
    return out + "    </ns0:Payload>\n" + std::string{closing};
}

std::string sign_manifest(const std::string& text, const SignatureForm& form, const crypto::PrivateKey& key,
                          const std::vector<crypto::Certificate>& chain) {
    const auto canonical = crypto::canonicalize(as_bytes(text));
    if (!canonical)
        throw std::logic_error("forge: the manifest is not well-formed: " + canonical.error().what);
    const std::string digest = to_base64(crypto::digest(form.digest_hash, {*canonical}));
    std::string inside = fmt::format(
        "<ds:CanonicalizationMethod Algorithm=\"{}\"></ds:CanonicalizationMethod>"
        "<ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>",
        form.c14n, form.signature);
    inside += reference_element(form, form.uri, digest);
    if (form.second_reference) inside += reference_element(form, form.uri, digest);
    const std::string signed_info = fmt::format("<ds:SignedInfo{}>{}</ds:SignedInfo>", inherited, inside);
    const Bytes value =
        key.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(signed_info));

    std::string signature = fmt::format(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{}</ds:SignedInfo>"
        "<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>",
        inside, to_base64(value));
    for (const crypto::Certificate& certificate : chain)
        signature += fmt::format("<ds:X509Certificate>{}</ds:X509Certificate>", to_base64(certificate.der()));
    signature += "</ds:X509Data></ds:KeyInfo></ds:Signature>";
    std::string out = text;
    out.insert(out.rfind(closing), signature);
    return out;
}

}  // namespace assay::conformance::gpu_appraisal
