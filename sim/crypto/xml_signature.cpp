// Reading and verifying an enveloped XML signature in its one accepted form.
#include "sim/crypto/xml_signature.hpp"

#include <algorithm>

#include "sim/base/text.hpp"
#include "sim/crypto/xml.hpp"

namespace assay::crypto {
namespace {

using XmlFault = XmlError::Kind;
using Refusal = std::optional<XmlError>;

XmlError refused(XmlFault kind, const xmlNode* node, std::string what) {
    return {kind, line_of(node), std::move(what)};
}

// Child elements; nothing when there is anything else but white space beside them.
std::optional<std::vector<const xmlNode*>> child_elements(const xmlNode* parent) {
    std::vector<const xmlNode*> out;
    for (const xmlNode* node = parent->children; node != nullptr; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            out.push_back(node);
        else if (node->type != XML_TEXT_NODE ||
                 xml_text(node->content).find_first_not_of(" \t\r\n") != std::string_view::npos)
            return {};
    }
    return out;
}

// The text of an element that has nothing else in it.
std::optional<std::string> only_text(const xmlNode* element) {
    std::string out;
    for (const xmlNode* node = element->children; node != nullptr; node = node->next) {
        if (node->type != XML_TEXT_NODE) return {};
        out += xml_text(node->content);
    }
    return out;
}

// The value of the element's one attribute, when that is its only one and has no namespace.
std::optional<std::string> only_attribute(const xmlNode* element, std::string_view name) {
    const xmlAttr* attribute = element->properties;
    if (attribute == nullptr || attribute->next != nullptr || attribute->ns != nullptr ||
        xml_text(attribute->name) != name)
        return {};
    std::string out;
    for (const xmlNode* node = attribute->children; node != nullptr; node = node->next) {
        if (node->type != XML_TEXT_NODE) return {};
        out += xml_text(node->content);
    }
    return out;
}

void find_signatures(const xmlNode* node, std::vector<const xmlNode*>& out) {
    for (; node != nullptr; node = node->next) {
        if (is_element(node, "Signature", dsig::uri)) out.push_back(node);
        if (node->type == XML_ELEMENT_NODE) find_signatures(node->children, out);
    }
}

class SignatureReader {
public:
    Result<EnvelopedSignature, XmlError> read(ByteView xml) {
        auto parsed = parse_xml(xml);
        if (!parsed) return parsed.error();
        document_ = *std::move(parsed);
        for (const auto step : {&SignatureReader::find, &SignatureReader::read_signature,
                                &SignatureReader::read_signed_info, &SignatureReader::read_reference,
                                &SignatureReader::read_key_info, &SignatureReader::canonicalize_parts})
            if (auto bad = (this->*step)()) return *std::move(bad);
        return std::move(out_);
    }

private:
    Refusal find() {
        const xmlNode* root = xmlDocGetRootElement(document_.get());
        std::vector<const xmlNode*> all;
        find_signatures(root, all);
        if (all.size() != 1)
            return refused(XmlFault::structure, all.empty() ? root : all[1],
                           all.empty() ? "no Signature" : "more than one Signature");
        signature_ = all[0];
        if (signature_->parent != root)
            return refused(XmlFault::structure, signature_, "the Signature is not a child of the root");
        return {};
    }

    // `parent` has exactly these child elements of XML-DSig, in this order, and no attributes.
    Refusal take_children(const xmlNode* parent, std::initializer_list<std::string_view> names,
                          std::vector<const xmlNode*>& out) {
        const std::string where{xml_text(parent->name)};
        const auto children = child_elements(parent);
        if (!children) return refused(XmlFault::structure, parent, "text or comments in " + where);
        if (!std::ranges::equal(*children, names, [](const xmlNode* node, std::string_view name) {
                return is_element(node, name, dsig::uri);
            })) {
            std::string expected;
            for (const std::string_view name : names)
                expected += (expected.empty() ? "" : ", ") + std::string{name};
            return refused(XmlFault::structure, parent, where + " has other elements than " + expected);
        }
        out = *children;
        return {};
    }
    static Refusal refuse_attributes(const xmlNode* element) {
        if (element->properties == nullptr) return {};
        return refused(XmlFault::structure, element,
                       "unexpected attribute of " + std::string{xml_text(element->name)});
    }

    Refusal read_signature() {
        if (auto bad = refuse_attributes(signature_)) return bad;
        const auto children = child_elements(signature_);
        // A missing KeyInfo is a missing certificate.
        if (children && children->size() == 2 && is_element((*children)[1], "SignatureValue", dsig::uri))
            return refused(XmlFault::certificate, signature_, "no KeyInfo");
        std::vector<const xmlNode*> parts;
        if (auto bad = take_children(signature_, {"SignedInfo", "SignatureValue", "KeyInfo"}, parts))
            return bad;
        signed_info_ = parts[0];
        key_info_ = parts[2];
        if (auto bad = refuse_attributes(parts[1])) return bad;
        return read_base64(parts[1], XmlFault::structure, out_.signature_value);
    }

    static Refusal read_base64(const xmlNode* element, XmlFault kind, Bytes& out) {
        const auto text = only_text(element);
        auto bytes = text ? from_base64(*text, true) : std::nullopt;
        if (!bytes || bytes->empty())
            return refused(kind, element, std::string{xml_text(element->name)} + " is not base64");
        out = *std::move(bytes);
        return {};
    }

    // An element that only names an algorithm.
    static Refusal read_algorithm(const xmlNode* element, std::string& out) {
        const auto algorithm = only_attribute(element, "Algorithm");
        if (!algorithm || element->children != nullptr)
            return refused(XmlFault::algorithm, element,
                           std::string{xml_text(element->name)} + " does not only name an algorithm");
        out = *algorithm;
        return {};
    }
    static Refusal expect_algorithm(const xmlNode* element, std::string_view expected) {
        std::string algorithm;
        if (auto bad = read_algorithm(element, algorithm)) return bad;
        if (algorithm == expected) return {};
        return refused(XmlFault::algorithm, element,
                       printable(algorithm) + " is not accepted as " + std::string{xml_text(element->name)});
    }
    static Refusal read_canonicalization(const xmlNode* element, Canonicalization& out) {
        std::string algorithm;
        if (auto bad = read_algorithm(element, algorithm)) return bad;
        out = algorithm == dsig::c14n_1_0 ? Canonicalization::xml_1_0 : Canonicalization::xml_1_1;
        if (algorithm == dsig::c14n_1_0 || algorithm == dsig::c14n_1_1) return {};
        return refused(XmlFault::algorithm, element,
                       printable(algorithm) + " is not accepted for canonicalisation");
    }

    Refusal read_signed_info() {
        if (auto bad = refuse_attributes(signed_info_)) return bad;
        std::vector<const xmlNode*> parts;
        if (auto bad = take_children(signed_info_, {"CanonicalizationMethod", "SignatureMethod", "Reference"},
                                     parts))
            return bad;
        if (auto bad = read_canonicalization(parts[0], signed_info_method_)) return bad;
        reference_ = parts[2];
        return expect_algorithm(parts[1], dsig::ecdsa_sha384);
    }

    Refusal read_reference() {
        if (only_attribute(reference_, "URI") != "")
            return refused(XmlFault::structure, reference_,
                           "the Reference is not to the whole document (URI=\"\")");
        std::vector<const xmlNode*> parts;
        if (auto bad = take_children(reference_, {"Transforms", "DigestMethod", "DigestValue"}, parts))
            return bad;
        if (auto bad = refuse_attributes(parts[0])) return bad;
        const auto transforms = child_elements(parts[0]);
        if (!transforms || transforms->size() != 2 ||
            !std::ranges::all_of(
                *transforms, [](const xmlNode* node) { return is_element(node, "Transform", dsig::uri); }))
            return refused(XmlFault::algorithm, parts[0],
                           "the transforms are not enveloped-signature and a canonicalisation");
        if (auto bad = expect_algorithm((*transforms)[0], dsig::enveloped)) return bad;
        if (auto bad = read_canonicalization((*transforms)[1], document_method_)) return bad;
        if (auto bad = expect_algorithm(parts[1], dsig::sha384)) return bad;
        if (auto bad = refuse_attributes(parts[2])) return bad;
        if (auto bad = read_base64(parts[2], XmlFault::structure, out_.digest_value)) return bad;
        if (out_.digest_value.size() == digest_size(Hash::sha384)) return {};
        return refused(XmlFault::structure, parts[2], "DigestValue is not 48 bytes");
    }

    Refusal read_key_info() {
        if (auto bad = refuse_attributes(key_info_)) return bad;
        std::vector<const xmlNode*> parts;
        if (auto bad = take_children(key_info_, {"X509Data"}, parts)) {
            bad->kind = XmlFault::certificate;
            return bad;
        }
        const auto all = child_elements(parts[0]);
        if (!all || all->empty() || parts[0]->properties != nullptr)
            return refused(XmlFault::certificate, parts[0], "X509Data has no X509Certificate");
        for (const xmlNode* one : *all) {
            Bytes der;
            if (!is_element(one, "X509Certificate", dsig::uri) || one->properties != nullptr)
                return refused(XmlFault::certificate, one,
                               "X509Data has other elements than X509Certificate");
            if (auto bad = read_base64(one, XmlFault::certificate, der)) return bad;
            auto certificate = Certificate::from_der(der);
            if (!certificate) return refused(XmlFault::certificate, one, certificate.error().what);
            out_.certificates.push_back(*std::move(certificate));
        }
        return {};
    }

    Refusal canonicalize_parts() {
        auto signed_info = canonical_subtree(document_.get(), signed_info_, signed_info_method_);
        auto whole = canonical_without(document_.get(), signature_, document_method_);
        if (!signed_info || !whole) return XmlError{XmlFault::malformed, 0, "a namespace URI is relative"};
        out_.signed_info = *std::move(signed_info);
        out_.document = *std::move(whole);
        return {};
    }

    XmlDocument document_;
    const xmlNode* signature_ = nullptr;
    const xmlNode* signed_info_ = nullptr;
    const xmlNode* reference_ = nullptr;
    const xmlNode* key_info_ = nullptr;
    Canonicalization signed_info_method_{};
    Canonicalization document_method_{};
    EnvelopedSignature out_;
};

}  // namespace

std::string_view name(XmlError::Kind kind) {
    constexpr std::array<std::string_view, 7> names{"malformed",   "doctype", "structure", "algorithm",
                                                    "certificate", "digest",  "signature"};
    return names.at(static_cast<std::size_t>(kind));
}

Result<EnvelopedSignature, XmlError> parse_enveloped_signature(ByteView xml) {
    return SignatureReader{}.read(xml);
}

Result<Nothing, XmlError> EnvelopedSignature::verify() const {
    if (certificates.empty()) return XmlError{XmlFault::certificate, 0, "no certificate"};
    if (!equal(digest(Hash::sha384, {document}), digest_value))
        return XmlError{XmlFault::digest, 0, "the document is not the one that was signed"};
    const PublicKey key = certificates.front().public_key();
    if (!key.verify(SignatureScheme::ecdsa_raw, Hash::sha384, signed_info, signature_value))
        return XmlError{XmlFault::signature, 0, "not signed by " + certificates.front().subject()};
    return Nothing{};
}

Result<Bytes, XmlError> canonicalize(ByteView xml) {
    const auto document = parse_xml(xml);
    if (!document) return document.error();
    auto bytes = canonical_without(document->get(), nullptr, Canonicalization::xml_1_1);
    if (!bytes) return XmlError{XmlFault::malformed, 0, "a namespace URI is relative"};
    return *std::move(bytes);
}

}  // namespace assay::crypto
