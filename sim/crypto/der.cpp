// DER (X.690, 8.1 and 10.1): identifier, length, contents.
#include "sim/crypto/der.hpp"

#include <charconv>
#include <stdexcept>

namespace assay::crypto::der {
namespace {

// The element at the start of `bytes`. Nothing unless all of it is there and its length is minimal.
std::optional<Element> first_element(ByteView bytes) {
    constexpr std::uint8_t long_form = 0x80, high_tag_number = 0x1F;
    if (bytes.size() < 2 || (bytes[0] & high_tag_number) == high_tag_number) return {};
    std::size_t header = 2;
    std::size_t size = bytes[1];
    if (size >= long_form) {
        const std::size_t count = size - long_form;
        header += count;
        if (count < 1 || count > 4 || bytes.size() < header) return {};
        size = 0;
        for (const std::uint8_t octet : bytes.subspan(2, count)) size = size << 8 | octet;
        if (size < long_form || size >> 8 * (count - 1) == 0) return {};
    }
    if (bytes.size() - header < size) return {};
    return Element{bytes[0], bytes.subspan(header, size), bytes.first(header + size)};
}

void append_arc(Bytes& out, std::uint64_t arc) {
    int shift = 63;
    while (shift > 0 && arc >> shift == 0) shift -= 7;
    for (; shift > 0; shift -= 7) out.push_back(static_cast<std::uint8_t>(0x80 | (arc >> shift & 0x7F)));
    out.push_back(static_cast<std::uint8_t>(arc & 0x7F));
}

}  // namespace

std::optional<Element> Cursor::peek() {
    if (failed_ || rest_.empty()) return {};
    const auto element = first_element(rest_);
    failed_ = !element;
    return element;
}

std::optional<Element> Cursor::next() {
    const auto element = peek();
    if (element) rest_ = rest_.subspan(element->whole.size());
    return element;
}

std::optional<Element> Cursor::next(std::uint8_t tag) {
    const auto element = peek();
    if (!element || element->tag != tag) return {};
    return next();
}

std::optional<Element> parse(ByteView der) {
    const auto element = first_element(der);
    if (!element || element->whole.size() != der.size()) return {};
    return element;
}

std::optional<ByteView> unsigned_value(const Element& element) {
    const ByteView value = element.contents;
    if (element.tag != integer || value.empty() || (value[0] & 0x80) != 0) return {};
    if (value.size() == 1 || value[0] != 0) return value;
    if ((value[1] & 0x80) == 0) return {};  // the zero was not needed
    return value.subspan(1);
}

std::optional<std::string> oid_text(ByteView contents) {
    std::string text;
    std::uint64_t arc = 0;
    bool inside = false;
    for (const std::uint8_t octet : contents) {
        if ((!inside && octet == 0x80) || arc >> 57 != 0) return {};
        arc = arc << 7 | (octet & 0x7F);
        inside = (octet & 0x80) != 0;
        if (inside) continue;
        if (text.empty()) {
            const std::uint64_t root = arc < 80 ? arc / 40 : 2;
            text = std::to_string(root) + '.' + std::to_string(arc - 40 * root);
        } else {
            text += '.' + std::to_string(arc);
        }
        arc = 0;
    }
    if (inside || text.empty()) return {};
    return text;
}

Bytes element(std::uint8_t tag, std::initializer_list<ByteView> contents) {
    std::size_t size = 0;
    for (const ByteView part : contents) size += part.size();
    Bytes out;
    out.reserve(size + 6);
    out.push_back(tag);
    if (size < 0x80) {
        out.push_back(static_cast<std::uint8_t>(size));
    } else {
        std::size_t count = 1;
        while (count < sizeof size && size >> 8 * count != 0) ++count;
        out.push_back(static_cast<std::uint8_t>(0x80 | count));
        while (count-- > 0) out.push_back(static_cast<std::uint8_t>(size >> 8 * count));
    }
    for (const ByteView part : contents) append(out, part);
    return out;
}

Bytes unsigned_integer(ByteView big_endian) {
    while (!big_endian.empty() && big_endian[0] == 0) big_endian = big_endian.subspan(1);
    static constexpr std::array<std::uint8_t, 1> zero{};
    const bool pad = big_endian.empty() || (big_endian[0] & 0x80) != 0;
    return element(integer, {pad ? ByteView{zero} : ByteView{}, big_endian});
}

Bytes oid(std::string_view dotted) {
    const auto wrong = [&] {
        return std::logic_error("not an OID: " + std::string{dotted});
    };
    std::vector<std::uint64_t> arcs;
    for (const char *at = dotted.data(), *const end = at + dotted.size();;) {
        std::uint64_t arc = 0;
        const auto [stop, error] = std::from_chars(at, end, arc);
        if (error != std::errc{} || (*at == '0' && stop - at > 1)) throw wrong();
        arcs.push_back(arc);
        if (stop == end) break;
        if (*stop != '.') throw wrong();
        at = stop + 1;
    }
    if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39) || arcs[1] >> 63 != 0) throw wrong();
    Bytes contents;
    append_arc(contents, 40 * arcs[0] + arcs[1]);
    for (std::size_t i = 2; i < arcs.size(); ++i) append_arc(contents, arcs[i]);
    return element(object_identifier, {contents});
}

}  // namespace assay::crypto::der
