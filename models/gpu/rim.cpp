// Reference integrity manifests: reading what was signed, writing NVIDIA's form, finding their names.
#include "models/gpu/rim.hpp"

#include <charconv>
#include <memory>

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "models/gpu/report.hpp"

namespace assay::gpu {
namespace {

constexpr std::string_view swid_ns = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
constexpr std::string_view rim_ns =
    "https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/";
constexpr std::string_view sha384_ns = "http://www.w3.org/2001/04/xmlenc#sha384";
constexpr std::size_t max_rim_size = 1 << 20;
constexpr unsigned max_alternatives = 64, max_hash_size = 64;

using RimFault = RimError::Kind;

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

/// A parse without network, DTD and entities.
class Document {
public:
    explicit Document(ByteView xml) : context_(xmlNewParserCtxt()) {
        if (context_ == nullptr) throw std::runtime_error("xmlNewParserCtxt");
        context_->_private = &doctype_;
        context_->sax->internalSubset = [](void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
            auto* const parser = static_cast<xmlParserCtxtPtr>(context);
            *static_cast<bool*>(parser->_private) = true;
            xmlStopParser(parser);
        };
        doc_.reset(xmlCtxtReadMemory(context_.get(), reinterpret_cast<const char*>(xml.data()),
                                     static_cast<int>(xml.size()), nullptr, "UTF-8",
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
    }
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// Null when the document is refused: see error().
    const xmlNode* root() const { return doc_ && !doctype_ ? xmlDocGetRootElement(doc_.get()) : nullptr; }

    RimError error() const {
        const xmlError& e = context_->lastError;
        RimError out{RimFault::malformed, e.line > 0 ? static_cast<std::size_t>(e.line) : 0, "", "not XML"};
        if (doctype_)
            out.what = "a document type declaration is not allowed";
        else if (e.message != nullptr)
            out.what += ": " + std::string{e.message, std::string_view{e.message}.find_last_not_of('\n') + 1};
        return out;
    }

private:
    struct FreeContext {
        void operator()(xmlParserCtxt* c) const { xmlFreeParserCtxt(c); }
    };
    struct FreeDocument {
        void operator()(xmlDoc* d) const { xmlFreeDoc(d); }
    };
    bool doctype_ = false;
    std::unique_ptr<xmlParserCtxt, FreeContext> context_;
    std::unique_ptr<xmlDoc, FreeDocument> doc_;
};

bool is(const xmlNode* node, std::string_view name, std::string_view ns = swid_ns) {
    return node->type == XML_ELEMENT_NODE && view(node->name) == name && node->ns != nullptr &&
           view(node->ns->href) == ns;
}

std::size_t line_of(const xmlNode* node) {
    return static_cast<std::size_t>(std::max(0L, xmlGetLineNo(node)));
}

/// An element's attributes, by name and namespace, without copying them.
class Attributes {
public:
    Attributes(const xmlNode* node, std::string path) : node_(node), path_(std::move(path)) {}

    std::optional<std::string_view> find(std::string_view name, std::string_view ns = {}) const {
        for (const xmlAttr* a = node_->properties; a != nullptr; a = a->next)
            if (view(a->name) == name && view(a->ns == nullptr ? nullptr : a->ns->href) == ns)
                return value(a);
        return {};
    }
    RimError wrong(RimFault kind, std::string_view name, std::string what) const {
        return {kind, line_of(node_), path_ + "/@" + std::string{name}, std::move(what)};
    }
    const xmlAttr* first() const { return node_->properties; }

    /// Text of an attribute that is one text node, as it always is without entities.
    static std::string_view value(const xmlAttr* a) {
        if (a->children == nullptr) return "";
        if (a->children->next != nullptr || a->children->type != XML_TEXT_NODE) return "";
        return view(a->children->content);
    }

private:
    const xmlNode* node_;
    std::string path_;
};

std::optional<unsigned> number(std::string_view text, unsigned max) {
    unsigned out = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool plain = !text.empty() && (text == "0" || text.front() != '0');
    if (fault != std::errc{} || end != text.data() + text.size() || !plain || out > max) return {};
    return out;
}

Result<std::string, RimError> required(const Attributes& in, std::string_view name,
                                       std::string_view ns = {}) {
    const auto found = in.find(name, ns);
    if (!found || found->empty()) return in.wrong(RimFault::schema, name, found ? "empty" : "missing");
    return std::string{*found};
}

Result<unsigned, RimError> required_number(const Attributes& in, std::string_view name, unsigned min,
                                           unsigned max) {
    const auto found = in.find(name);
    if (!found) return in.wrong(RimFault::schema, name, "missing");
    const auto value = number(*found, max);
    if (!value || *value < min)
        return in.wrong(RimFault::schema, name,
                        fmt::format("\"{}\" found, {} to {} expected", *found, min, max));
    return *value;
}

Result<Nothing, RimError> read_meta(const xmlNode* node, Rim& out) {
    const Attributes in{node, "Meta"};
    struct Row {
        std::string_view name, ns;
        std::string Rim::*member;
    };
    constexpr Row rows[] = {{"colloquialVersion", "", &Rim::colloquial_version},
                            {"edition", "", &Rim::edition},
                            {"product", "", &Rim::product},
                            {"FirmwareManufacturerId", rim_ns, &Rim::manufacturer_id}};
    for (const Row& row : rows) {
        auto text = required(in, row.name, row.ns);
        if (!text) return text.error();
        out.*row.member = *std::move(text);
    }
    const auto payload = required(in, "PayloadType");
    if (!payload) return payload.error();
    if (*payload != "direct")
        return in.wrong(RimFault::schema, "PayloadType", "\"" + *payload + "\" found, \"direct\" expected");
    return Nothing{};
}

/// Hash0 .. Hash(n-1), all of them and no other, in the namespace of SHA-384.
Result<Nothing, RimError> read_hashes(const Attributes& in, unsigned count, unsigned size, RimResource& out) {
    for (unsigned i = 0; i < count; ++i) {
        const std::string name = "Hash" + std::to_string(i);
        const auto digits = in.find(name, sha384_ns);
        if (!digits) return in.wrong(RimFault::schema, name, "missing");
        auto hash = digits->find(' ') == std::string_view::npos ? from_hex(*digits) : std::nullopt;
        if (!hash) return in.wrong(RimFault::format, name, "not bytes in hexadecimal");
        if (hash->size() != size)
            return in.wrong(RimFault::format, name,
                            fmt::format("{} bytes found, {} expected, as size says", hash->size(), size));
        out.alternatives.push_back(*std::move(hash));
    }
    unsigned hashes = 0;
    for (const xmlAttr* a = in.first(); a != nullptr; a = a->next) {
        if (!view(a->name).starts_with("Hash")) continue;
        if (a->ns == nullptr || view(a->ns->href) != sha384_ns || ++hashes > count)
            return in.wrong(RimFault::schema, view(a->name),
                            fmt::format("not one of the {} that alternatives announces", count));
    }
    return Nothing{};
}

Result<RimResource, RimError> read_resource(const xmlNode* node, const std::string& path) {
    const Attributes in{node, path};
    RimResource out;
    const auto type = required(in, "type");
    if (!type) return type.error();
    if (*type != "Measurement")
        return in.wrong(RimFault::schema, "type", "\"" + *type + "\" found, \"Measurement\" expected");
    const auto index = required_number(in, "index", 0, measurement_slots - 1);
    if (!index) return index.error();
    out.index = *index;
    const auto active = required(in, "active");
    if (!active) return active.error();
    if (*active != "True" && *active != "False")
        return in.wrong(RimFault::schema, "active",
                        "\"" + *active + "\" found, \"True\" or \"False\" expected");
    out.active = *active == "True";
    const auto alternatives = required_number(in, "alternatives", 1, max_alternatives);
    if (!alternatives) return alternatives.error();
    const auto size = required_number(in, "size", 1, max_hash_size);
    if (!size) return size.error();
    if (const auto name = in.find("name")) out.name = *name;
    if (const auto ok = read_hashes(in, *alternatives, *size, out); !ok) return ok.error();
    for (const xmlNode* child = node->children; child != nullptr; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            return RimError{RimFault::schema, line_of(child), path + "/" + std::string{view(child->name)},
                            "an element inside a Resource"};
    return out;
}

Result<Nothing, RimError> read_payload(const xmlNode* node, Rim& out) {
    std::map<unsigned, std::size_t> seen;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type != XML_ELEMENT_NODE) continue;
        const std::size_t position = out.resources.size() + 1;
        const std::string path = "Payload/Resource[" + std::to_string(position) + "]";
        if (!is(child, "Resource"))
            return RimError{RimFault::schema, line_of(child), "Payload/" + std::string{view(child->name)},
                            "not a Resource"};
        auto resource = read_resource(child, path);
        if (!resource) return resource.error();
        if (resource->active)
            if (const auto [first, fresh] = seen.emplace(resource->index, position); !fresh)
                return RimError{RimFault::schema, line_of(child), path + "/@index",
                                fmt::format("a second active resource of index {}, the first is Resource[{}]",
                                            resource->index, first->second)};
        out.resources.push_back(*std::move(resource));
    }
    if (out.resources.empty()) return RimError{RimFault::schema, line_of(node), "Payload", "no Resource"};
    return Nothing{};
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '"': out += "&quot;"; break;
            case '\t': out += "&#x9;"; break;
            case '\n': out += "&#xA;"; break;
            case '\r': out += "&#xD;"; break;
            default: out += c;
        }
    return out;
}

std::string without_dots(std::string text) {
    std::erase(text, '.');
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

std::string rim_text(const Report& report, OpaqueType type) {
    const OpaqueField* const field = report.find(type);
    return field == nullptr ? std::string{} : ascii(*field).value_or("");
}

}  // namespace

std::map<unsigned, const RimResource*> Rim::active() const {
    std::map<unsigned, const RimResource*> out;
    for (const RimResource& r : resources)
        if (r.active) out.emplace(r.index, &r);
    return out;
}

std::string RimError::text() const {
    std::string out = path;
    if (line != 0) out += (out.empty() ? "line " : " at line ") + std::to_string(line);
    return out.empty() ? what : out + ": " + what;
}

Result<Rim, RimError> parse_rim(ByteView xml) {
    if (xml.size() > max_rim_size)
        return RimError{RimFault::malformed, 0, "",
                        fmt::format("{} bytes found, at most {} allowed", xml.size(), max_rim_size)};
    const Document document{xml};
    const xmlNode* const root = document.root();
    if (root == nullptr) return document.error();
    if (!is(root, "SoftwareIdentity"))
        return RimError{RimFault::schema, line_of(root), std::string{view(root->name)},
                        "SoftwareIdentity of ISO/IEC 19770-2:2015 expected as root"};
    Rim out;
    out.tag_id = Attributes{root, ""}.find("tagId").value_or("");
    const xmlNode *meta = nullptr, *payload = nullptr;
    for (const xmlNode* child = root->children; child != nullptr; child = child->next) {
        if (child->type != XML_ELEMENT_NODE) continue;
        if (is(child, "Entity") || is(child, "Link")) continue;
        const bool is_meta = is(child, "Meta");
        if (!is_meta && !is(child, "Payload"))
            return RimError{RimFault::schema, line_of(child), std::string{view(child->name)},
                            "an element that has no place in a manifest"};
        if (std::exchange(is_meta ? meta : payload, child) != nullptr)
            return RimError{RimFault::schema, line_of(child), is_meta ? "Meta" : "Payload",
                            "there is a second one"};
    }
    if (meta != nullptr)
        if (const auto ok = read_meta(meta, out); !ok) return ok.error();
    if (payload == nullptr) return RimError{RimFault::schema, line_of(root), "Payload", "missing"};
    if (const auto ok = read_payload(payload, out); !ok) return ok.error();
    return out;
}

Bytes write_rim(const Rim& rim) {
    const std::string product = escaped(rim.product), maker = escaped(rim.manufacturer_id);
    std::string out = fmt::format(
        R"(<SoftwareIdentity xmlns="{0}" xmlns:ns0="{0}" xmlns:ns2="{1}" corpus="false" name="{2}" patch="false" )"
        R"(supplemental="false" tagId="{3}" version="1.0" tagVersion="0">)"
        "\n"
        R"(    <ns0:Entity name="NVIDIA Corporation" role="softwareCreator tagCreator"/>)"
        "\n",
        swid_ns, sha384_ns, product, escaped(rim.tag_id));
    out += fmt::format(
        R"(    <ns0:Meta xmlns:ns1="{0}" colloquialVersion="{1}" edition="{2}" product="{3}" revision="r1" )"
        R"(PayloadType="direct" ns1:BindingSpec="RIMIM" ns1:BindingSpecVersion="1.01" )"
        R"(ns1:PlatformManufacturerId="{4}" ns1:PlatformManufacturerStr="NVIDIA Corporation" )"
        R"(ns1:PlatformModel="{3}" ns1:FirmwareManufacturer="NVIDIA Corporation" )"
        R"(ns1:FirmwareManufacturerId="{4}"/>)"
        "\n",
        rim_ns, escaped(rim.colloquial_version), escaped(rim.edition), product, maker);
    out += fmt::format("    <ns0:Payload xmlns:SHA384=\"{}\">\n", sha384_ns);
    for (const RimResource& r : rim.resources) {
        out += fmt::format(
            R"(        <ns0:Resource type="Measurement" index="{}" active="{}" alternatives="{}")", r.index,
            r.active ? "True" : "False", r.alternatives.size());
        for (std::size_t i = 0; i < r.alternatives.size(); ++i)
            out += fmt::format(R"( ns2:Hash{}="{}")", i, to_hex(r.alternatives[i]));
        out += fmt::format(R"( name="{}" size="{}"/>)", escaped(r.name),
                           r.alternatives.empty() ? digest_size : r.alternatives.front().size());
        out += '\n';
    }
    out += "    </ns0:Payload>\n</SoftwareIdentity>";
    const ByteView bytes = as_bytes(out);
    return {bytes.begin(), bytes.end()};
}

RimIds rim_ids(const Report& report, DeviceKind kind, std::string_view arch) {
    RimIds out;
    const OpaqueField* const field = report.find(OpaqueType::vbios_version);
    const auto version = field == nullptr ? std::nullopt : vbios_version(*field, kind);
    if (kind == DeviceKind::nvswitch) {
        if (version) out.vbios = "NV_SWITCH_BIOS_5612_0002_890_" + without_dots(*version);
        return out;
    }
    if (const std::string driver = rim_text(report, OpaqueType::driver_version); !driver.empty()) {
        std::string chip = rim_text(report, OpaqueType::chip_info);
        if (chip.empty()) chip = "GB100";
        out.driver =
            arch == "BLACKWELL" ? "NV_GPU_CC_DRIVER_" + chip + "_" + driver : "NV_GPU_DRIVER_GH100_" + driver;
    }
    const std::string project = rim_text(report, OpaqueType::project);
    const std::string project_sku = rim_text(report, OpaqueType::project_sku);
    const std::string chip_sku = rim_text(report, OpaqueType::chip_sku);
    if (version && !project.empty() && !project_sku.empty() && !chip_sku.empty())
        out.vbios =
            without_dots("NV_GPU_VBIOS_" + project + "_" + project_sku + "_" + chip_sku + "_" + *version);
    return out;
}

}  // namespace assay::gpu
