// DER (X.690) element by element, for the extensions that OpenSSL does not know. Strict: definite, minimal
// lengths; low tag numbers only.
#pragma once
#include <optional>

#include "sim/base/bytes.hpp"

namespace assay::crypto::der {

/// Identifier octets. `context(6)` is the primitive [6], `context(6, true)` the constructed one.
inline constexpr std::uint8_t boolean = 0x01, integer = 0x02, bit_string = 0x03, octet_string = 0x04,
                              object_identifier = 0x06, utf8_string = 0x0C, sequence = 0x30, set = 0x31;
constexpr std::uint8_t context(std::uint8_t number, bool constructed = false) {
    return static_cast<std::uint8_t>(0x80 | (constructed ? 0x20 : 0) | number);
}

/// One element: its identifier octet and its contents.
struct Element {
    std::uint8_t tag = 0;
    ByteView contents;
    ByteView whole;  // with identifier and length
};

/// Reads the elements of a constructed value in order.
class Cursor {
public:
    explicit Cursor(ByteView contents) : rest_(contents) {}

    /// The next element. Nothing at the end and for malformed DER; failed() tells which.
    std::optional<Element> next();
    /// The next element if it has that tag; else nothing is consumed.
    std::optional<Element> next(std::uint8_t tag);
    bool at_end() const { return rest_.empty() && !failed_; }
    bool failed() const { return failed_; }

private:
    std::optional<Element> peek();

    ByteView rest_;
    bool failed_ = false;
};

/// Exactly one element, nothing after it.
std::optional<Element> parse(ByteView der);

/// Of an INTEGER that is minimal and not negative: big-endian, without a leading zero (0 is one zero byte).
std::optional<ByteView> unsigned_value(const Element& element);
/// Dotted text of the contents of an OBJECT IDENTIFIER. Nothing for an arc over 2^64 - 1.
std::optional<std::string> oid_text(ByteView contents);

/// Writing: an element of these contents.
Bytes element(std::uint8_t tag, std::initializer_list<ByteView> contents);
/// A non-negative INTEGER from big-endian bytes.
Bytes unsigned_integer(ByteView big_endian);
/// From dotted text ("2.23.133.5.4.1"), which must be an OID (std::logic_error).
Bytes oid(std::string_view dotted);

}  // namespace assay::crypto::der
