// XML documents as this folder reads them: libxml2 with nothing expanded, nothing fetched, nothing printed.
// Included by .cpp files of sim/crypto alone.
#pragma once
#include <memory>

#include <libxml/tree.h>

#include "sim/crypto/native.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::crypto {

using XmlDocument = Handle<xmlDoc, &xmlFreeDoc>;

/// Well-formed UTF-8 without a document type declaration, at most max_xml_size bytes, at most 64 deep.
Result<XmlDocument, XmlError> parse_xml(ByteView xml);

enum class Canonicalization { xml_1_0, xml_1_1 };
/// Without comments: all of the document but the element `without`, or only the element `apex` (with the
/// namespaces that it inherits). Nothing where Canonical XML is not defined (relative namespace URIs).
std::optional<Bytes> canonical_without(xmlDoc* document, const xmlNode* without, Canonicalization method);
std::optional<Bytes> canonical_subtree(xmlDoc* document, const xmlNode* apex, Canonicalization method);

std::string_view xml_text(const xmlChar* text);
bool is_element(const xmlNode* node, std::string_view name, std::string_view namespace_uri);
std::size_t line_of(const xmlNode* node);

/// The namespace and the algorithms of XML-DSig that are accepted.
namespace dsig {
inline constexpr std::string_view uri = "http://www.w3.org/2000/09/xmldsig#",
                                  c14n_1_0 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                  c14n_1_1 = "http://www.w3.org/2006/12/xml-c14n11",
                                  enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                                  sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                  ecdsa_sha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
}  // namespace dsig

}  // namespace assay::crypto
