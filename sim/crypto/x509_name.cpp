// Names (X.501): reading, printing for people (RFC 4514), writing.
#include <algorithm>
#include <stdexcept>

#include "sim/base/text.hpp"
#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

constexpr std::uint8_t printable_string = 0x13, ia5_string = 0x16, universal_string = 0x1C, bmp_string = 0x1E;

struct AttributeFacts {
    std::string_view name;
    std::string_view oid;     // contents
    std::uint8_t string_tag;  // in which we write it (RFC 5280, appendix A.1)
};
constexpr std::array known_attributes{
    AttributeFacts{"CN", "\x55\x04\x03", der::utf8_string},
    AttributeFacts{"serialNumber", "\x55\x04\x05", printable_string},
    AttributeFacts{"C", "\x55\x04\x06", printable_string},
    AttributeFacts{"L", "\x55\x04\x07", der::utf8_string},
    AttributeFacts{"ST", "\x55\x04\x08", der::utf8_string},
    AttributeFacts{"O", "\x55\x04\x0A", der::utf8_string},
    AttributeFacts{"OU", "\x55\x04\x0B", der::utf8_string},
    AttributeFacts{"title", "\x55\x04\x0C", der::utf8_string},
    AttributeFacts{"DC", "\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x19", ia5_string},
    AttributeFacts{"emailAddress", "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01", ia5_string},
};

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) {
        out += static_cast<char>(byte);
    };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
    } else {
        put(0xF0 | (code >> 18 & 0x07));
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
    }
    put(0x80 | (code & 0x3F));
}

// As UTF-8, whatever kind of string it is; other values as #hex of their DER.
std::string value_text(const der::Element& value) {
    const std::size_t width = value.tag == universal_string ? 4 : value.tag == bmp_string ? 2 : 1;
    if (value.tag == der::utf8_string) return std::string{as_text(value.contents)};
    const bool is_string = value.tag == 0x12 || value.tag == printable_string || value.tag == 0x14 ||
                           value.tag == ia5_string || value.tag == 0x1A || width > 1;
    if (!is_string || value.contents.size() % width != 0) return '#' + to_hex(value.whole);
    std::string text;
    for (std::size_t at = 0; at < value.contents.size(); at += width) {
        std::uint32_t code = 0;
        for (const std::uint8_t byte : value.contents.subspan(at, width)) code = code << 8 | byte;
        append_utf8(text, code);
    }
    return text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool at_edge = i == 0 || i + 1 == text.size();
        const bool special = std::string_view{",+\"\\<>;"}.find(text[i]) != std::string_view::npos;
        if (special || (text[i] == ' ' && at_edge) || (text[i] == '#' && i == 0)) out += '\\';
        out += text[i];
    }
    return printable(out);
}

}  // namespace

std::optional<std::vector<NameAttribute>> read_name(ByteView der) {
    const auto list = der::parse(der);
    if (!list || list->tag != der::sequence) return {};
    std::vector<NameAttribute> out;
    for (der::Cursor names{list->contents}; !names.at_end();) {
        const auto set = names.next(der::set);
        if (!set || set->contents.empty()) return {};
        bool first = true;
        for (der::Cursor inside{set->contents}; !inside.at_end(); first = false) {
            const auto pair = inside.next(der::sequence);
            if (!pair) return {};
            der::Cursor both{pair->contents};
            const auto oid = both.next(der::object_identifier);
            const auto value = both.next();
            if (!oid || !value || !both.at_end() || !der::oid_text(oid->contents)) return {};
            out.push_back({oid->contents, *value, first});
        }
    }
    return out;
}

std::string name_text(ByteView der) {
    const std::vector<NameAttribute> all = read_name(der).value();
    std::string text;
    for (auto at = all.end(); at != all.begin();) {  // the last RelativeDistinguishedName comes first
        const auto end = at;
        do --at;
        while (!at->first_of_rdn);
        for (auto one = at; one != end; ++one) {
            if (!text.empty()) text += one == at ? ", " : " + ";
            const auto* const known =
                std::ranges::find(known_attributes, as_text(one->oid), &AttributeFacts::oid);
            text +=
                known != known_attributes.end() ? std::string{known->name} : der::oid_text(one->oid).value();
            text += '=' + escaped(value_text(one->value));
        }
    }
    return text;
}

std::optional<std::string> name_attribute(ByteView der, std::string_view oid) {
    const std::vector<NameAttribute> all = read_name(der).value();
    std::optional<std::string> text;
    for (const NameAttribute& one : all)
        if (as_text(one.oid) == oid) text = value_text(one.value);
    return text;
}

Bytes make_name(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Bytes names;
    for (const auto& [name, text] : pairs) {
        const auto* const known = std::ranges::find(known_attributes, name, &AttributeFacts::name);
        const bool dotted = known == known_attributes.end();
        const Bytes oid =
            dotted ? der::oid(name) : der::element(der::object_identifier, {as_bytes(known->oid)});
        const std::uint8_t tag = dotted ? der::utf8_string : known->string_tag;
        append(names, der::element(der::set, {der::element(der::sequence,
                                                           {oid, der::element(tag, {as_bytes(text)})})}));
    }
    return der::element(der::sequence, {names});
}

}  // namespace assay::crypto
