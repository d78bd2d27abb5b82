// Making enveloped XML signatures: the Signature goes, as text, before the end of the root, so that the rest
// of the document keeps its bytes.
#include <stdexcept>

#include "sim/crypto/xml.hpp"

namespace assay::crypto {
namespace {

std::string algorithm_element(std::string_view name, std::string_view algorithm) {
    return "<ds:" + std::string{name} + " Algorithm=\"" + std::string{algorithm} + "\"/>";
}

std::string element(std::string_view name, std::string_view content) {
    return "<ds:" + std::string{name} + '>' + std::string{content} + "</ds:" + std::string{name} + '>';
}

// Base64 in lines of 64, as certificates stand in manifests.
std::string lines_of_base64(ByteView bytes) {
    constexpr std::size_t width = 64;
    const std::string base64 = to_base64(bytes);
    std::string out;
    for (std::size_t at = 0; at < base64.size(); at += width) out += base64.substr(at, width) + '\n';
    return out;
}

std::string signed_info(ByteView digest_value) {
    return element("SignedInfo",
                   algorithm_element("CanonicalizationMethod", dsig::c14n_1_1) +
                       algorithm_element("SignatureMethod", dsig::ecdsa_sha384) + "<ds:Reference URI=\"\">" +
                       element("Transforms", algorithm_element("Transform", dsig::enveloped) +
                                                 algorithm_element("Transform", dsig::c14n_1_1)) +
                       algorithm_element("DigestMethod", dsig::sha384) +
                       element("DigestValue", to_base64(digest_value)) + "</ds:Reference>");
}

// The text before and after the place of a last child of the root.
struct Halves {
    std::string before, after;
};
Halves split_at_end_of_root(ByteView xml, const xmlNode* root) {
    if (root->next != nullptr)
        throw std::logic_error("sign_enveloped: something stands after the root element");
    const std::string_view text = as_text(xml);
    const std::size_t end = text.rfind('>');
    if (text[end - 1] != '/') {
        const std::size_t end_tag = text.rfind("</");
        return {std::string{text.substr(0, end_tag)}, std::string{text.substr(end_tag)}};
    }
    std::string name{xml_text(root->name)};
    if (root->ns != nullptr && root->ns->prefix != nullptr)
        name = std::string{xml_text(root->ns->prefix)} + ':' + name;
    return {std::string{text.substr(0, end - 1)} + '>',
            "</" + name + '>' + std::string{text.substr(end + 1)}};
}

const xmlNode* last_element(const xmlNode* parent) {
    const xmlNode* last = nullptr;
    for (const xmlNode* node = parent->children; node != nullptr; node = node->next)
        if (node->type == XML_ELEMENT_NODE) last = node;
    return last;
}

XmlDocument parse_own(ByteView xml) {
    auto document = parse_xml(xml);
    if (!document) throw std::logic_error("sign_enveloped: " + document.error().what);
    return *std::move(document);
}

}  // namespace

Bytes sign_enveloped(ByteView xml, const PrivateKey& key, const std::vector<Certificate>& chain) {
    const XmlDocument document = parse_own(xml);
    const auto canonical = canonical_without(document.get(), nullptr, Canonicalization::xml_1_1);
    if (!canonical) throw std::logic_error("sign_enveloped: a namespace URI is relative");
    const Halves halves = split_at_end_of_root(xml, xmlDocGetRootElement(document.get()));

    std::string certificates;
    for (const Certificate& one : chain)
        certificates += element("X509Certificate", lines_of_base64(one.der()));
    const std::string open = "<ds:Signature xmlns:ds=\"" + std::string{dsig::uri} + "\">" +
                             signed_info(digest(Hash::sha384, {*canonical}));
    const auto whole = [&](std::string_view signature_value) {
        return halves.before + open + element("SignatureValue", signature_value) +
               element("KeyInfo", element("X509Data", certificates)) + "</ds:Signature>" + halves.after;
    };

    // SignedInfo is canonicalised where it stands: it inherits the namespaces of the root.
    const XmlDocument unsigned_document = parse_own(as_bytes(whole("")));
    const xmlNode* signature = last_element(xmlDocGetRootElement(unsigned_document.get()));
    const auto info =
        canonical_subtree(unsigned_document.get(), signature->children, Canonicalization::xml_1_1).value();
    const std::string out = whole(to_base64(key.sign(SignatureScheme::ecdsa_raw, Hash::sha384, info)));
    if (!parse_enveloped_signature(as_bytes(out)))
        throw std::logic_error("sign_enveloped: the document has a Signature already, or is too large");
    return {out.begin(), out.end()};
}

}  // namespace assay::crypto
