// Binary HTTP messages (RFC 9292), message/bhttp.
//
//     auto request = bhttp::decode_request(plaintext);           // views into `plaintext`, which the caller
//     owns if (!request) return refuse(request.error().code());       // E_BHTTP_PARSE, E_BHTTP_PADDING const
//     bhttp::Response answer{.status = 200, .fields = {{"content-type", "text/plain"}}, .content = text}; if
//     (bhttp::encoded_size(answer) <= room.size()) bhttp::encode(answer, room);  // zeros up to the end
#pragma once
#include <string>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::ohttp::bhttp {

/// What a message holds is a user's: everything here is a view into the message, and nothing is copied.
struct Field {
    std::string_view name, value;
};
using Fields = std::vector<Field>;

struct Request {
    std::string_view method, scheme, authority, path;
    Fields fields{};
    ByteView content{};
    Fields trailers{};
};
struct Informational {
    unsigned status = 0;  // 100 to 199
    Fields fields{};
};
struct Response {
    std::vector<Informational> informational{};
    unsigned status = 0;  // 200 to 599
    Fields fields{};
    ByteView content{};
    Fields trailers{};
};

/// The value of the first field of that name, which is in lower case; nothing when there is none.
std::optional<std::string_view> find(const Fields& fields, std::string_view name);

struct Limits {
    std::size_t control = 8 << 10;   // bytes of method, scheme, authority, path, each
    std::size_t field_lines = 256;   // of a section
    std::size_t section = 64 << 10;  // bytes
    std::size_t content = 16 << 20;  // bytes
    std::size_t informational = 16;  // responses before the final one
};

/// Where a message is wrong. It says nothing of what the message holds.
struct ParseError {
    enum class Kind : std::uint8_t {
        truncated,       // it ends within a part
        framing,         // not a framing indicator of this kind of message
        control,         // an empty or malformed method, scheme, authority or path
        status,          // not 100 to 599, or the final one is missing
        field_name,      // empty, upper case, or not a token
        field_value,     // control bytes, or white space at an end
        pseudo_field,    // control data as a field, after an ordinary field, or in trailers
        content_length,  // differs from the content
        padding,         // a byte after the message that is not zero
        limit,
    };
    Kind kind{};
    std::string path;                     // "method", "fields[2].name", "content[0]"
    std::size_t offset = 0;               // in the message
    std::size_t expected = 0, found = 0;  // truncated, limit: bytes or counts

    std::string_view code() const { return kind == Kind::padding ? "E_BHTTP_PADDING" : "E_BHTTP_PARSE"; }
    /// One line: what, where.
    std::string text() const;
};
std::string_view name(ParseError::Kind kind);

/// Exactly one message of either framing, then zeros. Connection-specific fields are left out of the result
/// (RFC 9292, 3.6). The chunks of an indeterminate-length message are moved together in place, which is why
/// `message` is not const; after an error its bytes are of no use.
Result<Request, ParseError> decode_request(std::span<std::uint8_t> message, const Limits& limits = {});
Result<Response, ParseError> decode_response(std::span<std::uint8_t> message, const Limits& limits = {});

/// Of the known-length form, all sections written out.
std::size_t encoded_size(const Request& request);
std::size_t encoded_size(const Response& response);

/// The known-length form at the start of `out`, which has at least encoded_size bytes (else
/// std::logic_error); the rest becomes zeros, which is padding. Field names are written in lower case.
void encode(const Request& request, std::span<std::uint8_t> out);
void encode(const Response& response, std::span<std::uint8_t> out);

}  // namespace assay::ohttp::bhttp
