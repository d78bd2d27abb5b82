// Parsing and canonicalising XML with libxml2.
#include "sim/crypto/xml.hpp"

#include <algorithm>
#include <stdexcept>

#include <libxml/SAX2.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

namespace assay::crypto {
namespace {

constexpr int max_xml_depth = 64;

using ParserHandle = Handle<xmlParserCtxt, &xmlFreeParserCtxt>;

// libxml2 prints what it does not like, through a function that each thread can replace.
class Silence {
public:
    Silence() : before_(xmlStructuredError), before_context_(xmlStructuredErrorContext) {
        xmlSetStructuredErrorFunc(nullptr, [](void*, xmlError*) {});
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() { xmlSetStructuredErrorFunc(before_context_, before_); }

private:
    xmlStructuredErrorFunc before_;
    void* before_context_;
};

// What the parser stopped for, beyond what libxml2 itself finds.
struct Stop {
    bool doctype = false;
    bool too_deep = false;
    std::size_t line = 0;
};

void stop_at(xmlParserCtxt* parser, bool Stop::*why) {
    auto& stop = *static_cast<Stop*>(parser->_private);
    stop.*why = true;
    stop.line = static_cast<std::size_t>(std::max(0, parser->input != nullptr ? parser->input->line : 0));
    xmlStopParser(parser);
}

// Called at the document type's name, before a declaration in it is read.
void on_doctype(void* parser, const xmlChar*, const xmlChar*, const xmlChar*) {
    stop_at(static_cast<xmlParserCtxt*>(parser), &Stop::doctype);
}

void on_element(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int namespaces,
                const xmlChar** namespace_list, int attributes, int defaulted,
                const xmlChar** attribute_list) {
    auto* parser = static_cast<xmlParserCtxt*>(context);
    if (parser->nodeNr >= max_xml_depth) return stop_at(parser, &Stop::too_deep);
    xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace_list, attributes, defaulted,
                          attribute_list);
}

bool is_utf8_text(ByteView xml) {
    if (std::ranges::find(xml, std::uint8_t{0}) != xml.end()) return false;
    const Bytes ended = concat({xml, as_bytes({"\0", 1})});
    return xmlCheckUTF8(ended.data()) == 1;
}

std::optional<Bytes> canonical(xmlDoc* document, xmlC14NIsVisibleCallback visible, void* data,
                               Canonicalization method) {
    const Silence silence;
    xmlOutputBuffer* out = xmlAllocOutputBuffer(nullptr);
    if (out == nullptr) throw std::runtime_error("libxml2: xmlAllocOutputBuffer");
    const int mode = method == Canonicalization::xml_1_0 ? XML_C14N_1_0 : XML_C14N_1_1;
    const int code = xmlC14NExecute(document, visible, data, mode, nullptr, 0, out);
    std::optional<Bytes> bytes;
    if (code >= 0) {
        const auto* text = xmlOutputBufferGetContent(out);
        bytes.emplace(text, text + xmlOutputBufferGetSize(out));
    }
    xmlOutputBufferClose(out);
    return bytes;
}

// A namespace node is not linked to its element, which comes as `parent`.
bool is_inside(const xmlNode* node, const xmlNode* parent, const xmlNode* apex) {
    for (const xmlNode* at = node->type == XML_NAMESPACE_DECL ? parent : node; at != nullptr; at = at->parent)
        if (at == apex) return true;
    return false;
}

}  // namespace

std::string_view xml_text(const xmlChar* text) {
    return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

bool is_element(const xmlNode* node, std::string_view name, std::string_view namespace_uri) {
    return node != nullptr && node->type == XML_ELEMENT_NODE && xml_text(node->name) == name &&
           node->ns != nullptr && xml_text(node->ns->href) == namespace_uri;
}

std::size_t line_of(const xmlNode* node) {
    return static_cast<std::size_t>(std::max(0L, xmlGetLineNo(node)));
}

Result<XmlDocument, XmlError> parse_xml(ByteView xml) {
    static const bool initialized = (xmlInitParser(), true);
    (void)initialized;
    using Kind = XmlError::Kind;
    if (xml.empty() || xml.size() > max_xml_size)
        return XmlError{Kind::malformed, 0, xml.empty() ? "empty" : "longer than 1 MiB"};
    if (!is_utf8_text(xml)) return XmlError{Kind::malformed, 0, "not UTF-8 text"};

    const Silence silence;
    const ParserHandle parser{xmlNewParserCtxt()};
    if (!parser) throw std::runtime_error("libxml2: xmlNewParserCtxt");
    Stop stop;
    parser->_private = &stop;
    parser->sax->internalSubset = &on_doctype;
    parser->sax->startElementNs = &on_element;
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
    XmlDocument document{xmlCtxtReadMemory(parser.get(), reinterpret_cast<const char*>(xml.data()),
                                           int_size(xml.size()), nullptr, nullptr, options)};
    if (stop.doctype) return XmlError{Kind::doctype, stop.line, "a document type declaration"};
    if (stop.too_deep)
        return XmlError{Kind::malformed, stop.line, "nested deeper than " + std::to_string(max_xml_depth)};
    if (!document || parser->wellFormed == 0 || parser->nsWellFormed == 0) {
        const xmlError& error = parser->lastError;
        std::string what = error.message != nullptr ? error.message : "not well-formed";
        std::erase(what, '\n');
        return XmlError{Kind::malformed, static_cast<std::size_t>(std::max(0, error.line)), what};
    }
    std::string encoding{xml_text(document->encoding)};
    std::ranges::transform(encoding, encoding.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    if (!encoding.empty() && encoding != "UTF-8")
        return XmlError{Kind::malformed, 1, "declares an encoding other than UTF-8"};
    return document;
}

std::optional<Bytes> canonical_without(xmlDoc* document, const xmlNode* without, Canonicalization method) {
    if (without == nullptr) return canonical(document, nullptr, nullptr, method);
    const auto visible = [](void* data, xmlNode* node, xmlNode* parent) {
        return is_inside(node, parent, static_cast<const xmlNode*>(data)) ? 0 : 1;
    };
    return canonical(document, visible, const_cast<xmlNode*>(without), method);
}

std::optional<Bytes> canonical_subtree(xmlDoc* document, const xmlNode* apex, Canonicalization method) {
    const auto visible = [](void* data, xmlNode* node, xmlNode* parent) {
        return is_inside(node, parent, static_cast<const xmlNode*>(data)) ? 1 : 0;
    };
    return canonical(document, visible, const_cast<xmlNode*>(apex), method);
}

}  // namespace assay::crypto
