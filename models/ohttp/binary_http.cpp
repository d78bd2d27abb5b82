// Decoding and encoding of binary HTTP (RFC 9292).
#include "models/ohttp/binary_http.hpp"

#include <algorithm>
#include <stdexcept>

#include "models/ohttp/varint.hpp"

namespace assay::ohttp::bhttp {
namespace {

enum class Framing : std::uint8_t {
    known_request = 0,
    known_response = 1,
    indeterminate_request = 2,
    indeterminate_response = 3,
};

constexpr bool is_lower_token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 9113, 8.2.1, and ':' before a pseudo-field's name.
bool is_field_name(std::string_view text) {
    if (text.starts_with(':')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, is_lower_token_char);
}
bool is_method(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return is_lower_token_char(c) || is_upper(c); });
}
bool is_scheme(std::string_view text) {
    const auto letter = [](char c) {
        return lower(c) >= 'a' && lower(c) <= 'z';
    };
    return !text.empty() && letter(text[0]) && std::ranges::all_of(text, [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}
bool is_visible(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}
bool is_path(std::string_view text) { return is_visible(text) && (text.starts_with('/') || text == "*"); }
/// RFC 9110, 5.5: no control bytes but tabs, no white space around it.
bool is_field_value(std::string_view text) {
    const auto space = [](char c) {
        return c == ' ' || c == '\t';
    };
    if (!text.empty() && (space(text.front()) || space(text.back()))) return false;
    return std::ranges::none_of(
        text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}
/// RFC 9113, 8.2.2: they belong to a connection, and an encapsulated message has none.
bool is_connection_specific(const Field& field) {
    constexpr std::array<std::string_view, 5> names{"connection", "keep-alive", "proxy-connection",
                                                    "transfer-encoding", "upgrade"};
    return std::ranges::find(names, field.name) != names.end() ||
           (field.name == "te" && field.value != "trailers");
}
/// What control data says, and a field may not say again (RFC 9292, 3.6).
bool is_control_name(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{":method", ":scheme", ":authority", ":path", ":status"};
    return std::ranges::find(names, name) != names.end();
}

class Parser {
public:
    Parser(std::span<std::uint8_t> message, const Limits& limits)
        : message_(message), end_(message.size()), limits_(limits) {}

    bool request(Request& out) {
        return framing(Framing::known_request, Framing::indeterminate_request) &&
               control("method", out.method, is_method) && control("scheme", out.scheme, is_scheme) &&
               control("authority", out.authority, is_visible) && control("path", out.path, is_path) &&
               rest(out) && same_content_length(out);
    }
    bool response(Response& out) {
        if (!framing(Framing::known_response, Framing::indeterminate_response)) return false;
        for (;;) {
            const std::size_t start = at_;
            std::uint64_t status = 0;
            if (!number("status", status)) return false;
            if (status < 100 || status > 599) return fail(ParseError::Kind::status, "status", start);
            if (status >= 200) {
                out.status = static_cast<unsigned>(status);
                return rest(out);
            }
            const std::string path = "informational[" + std::to_string(out.informational.size()) + "].fields";
            if (out.informational.size() == limits_.informational)
                return fail(ParseError::Kind::limit, path, start, limits_.informational,
                            limits_.informational + 1);
            out.informational.push_back({static_cast<unsigned>(status), {}});
            if (!section(path, out.informational.back().fields, false)) return false;
        }
    }

    const ParseError& error() const { return error_; }

private:
    /// Sections at the end may be left out when they are empty (RFC 9292, 3.8).
    template <class Message>
    bool rest(Message& out) {
        if (at_ == end_) return true;
        if (!section("fields", out.fields, false)) return false;
        if (at_ == end_) return true;
        if (!(indeterminate_ ? chunks(out.content) : content(out.content))) return false;
        if (at_ == end_) return true;
        return section("trailers", out.trailers, true) && padding();
    }

    bool framing(Framing known, Framing indeterminate) {
        std::uint64_t value = 0;
        if (!number("framing", value)) return false;
        indeterminate_ = value == static_cast<std::uint64_t>(indeterminate);
        return indeterminate_ || value == static_cast<std::uint64_t>(known) ||
               fail(ParseError::Kind::framing, "framing", 0);
    }

    bool control(const char* path, std::string_view& out, bool (*legal)(std::string_view)) {
        const std::size_t start = at_;
        std::uint64_t size = 0;
        if (!number(path, size) || !within(limits_.control, size, path, start) || !text(path, size, out))
            return false;
        return legal(out) || fail(ParseError::Kind::control, path, start);
    }

    bool section(const std::string& path, Fields& out, bool trailers) {
        if (indeterminate_) {
            const std::size_t start = at_;
            bool ordinary = false;
            for (std::size_t lines = 0;; ++lines) {
                const std::string line = path + "[" + std::to_string(lines) + "]";
                const std::size_t line_start = at_;
                std::uint64_t size = 0;
                if (!number(line + ".name", size)) return false;
                if (size == 0) return true;
                if (!field_line(line, line_start, size, out, lines, ordinary, trailers) ||
                    !within(limits_.section, at_ - start, path, start))
                    return false;
            }
        }
        const std::size_t start = at_;
        std::uint64_t length = 0;
        if (!number(path, length) || !within(limits_.section, length, path, start)) return false;
        if (length > end_ - at_)
            return fail(ParseError::Kind::truncated, path, at_, static_cast<std::size_t>(length), end_ - at_);
        const std::size_t outer = std::exchange(end_, at_ + static_cast<std::size_t>(length));
        bool ordinary = false;
        for (std::size_t lines = 0; at_ < end_; ++lines) {
            const std::string line = path + "[" + std::to_string(lines) + "]";
            const std::size_t line_start = at_;
            std::uint64_t size = 0;
            if (!number(line + ".name", size) ||
                !field_line(line, line_start, size, out, lines, ordinary, trailers))
                return false;
        }
        end_ = outer;
        return true;
    }

    bool field_line(const std::string& line, std::size_t start, std::uint64_t name_size, Fields& out,
                    std::size_t lines, bool& ordinary, bool trailers) {
        if (lines == limits_.field_lines)
            return fail(ParseError::Kind::limit, line, start, limits_.field_lines, lines + 1);
        Field field;
        std::uint64_t value_size = 0;
        if (!text(line + ".name", name_size, field.name)) return false;
        if (!is_field_name(field.name)) return fail(ParseError::Kind::field_name, line + ".name", start);
        const bool pseudo = field.name[0] == ':';
        if (pseudo && (ordinary || trailers || is_control_name(field.name)))
            return fail(ParseError::Kind::pseudo_field, line + ".name", start);
        ordinary = ordinary || !pseudo;
        const std::size_t value_start = at_;
        if (!number(line + ".value", value_size) || !text(line + ".value", value_size, field.value))
            return false;
        if (!is_field_value(field.value))
            return fail(ParseError::Kind::field_value, line + ".value", value_start);
        if (!is_connection_specific(field)) out.push_back(field);
        return true;
    }

    bool content(ByteView& out) {
        const std::size_t start = at_;
        std::uint64_t size = 0;
        return number("content", size) && within(limits_.content, size, "content", start) &&
               bytes("content", size, out);
    }
    /// Moves the chunks together: each begins at least one byte after the end of the one before it.
    bool chunks(ByteView& out) {
        const std::size_t start = at_;
        std::size_t length = 0;
        for (std::size_t i = 0;; ++i) {
            const std::string path = "content[" + std::to_string(i) + "]";
            const std::size_t chunk_start = at_;
            std::uint64_t size = 0;
            ByteView chunk;
            if (!number(path, size)) return false;
            if (size == 0) break;
            if (!within(limits_.content - length, size, path, chunk_start) || !bytes(path, size, chunk))
                return false;
            std::ranges::copy(chunk, message_.begin() + static_cast<std::ptrdiff_t>(start + length));
            length += chunk.size();
        }
        out = message_.subspan(start, length);
        return true;
    }

    bool padding() {
        for (std::size_t i = at_; i < end_; ++i)
            if (message_[i] != 0) return fail(ParseError::Kind::padding, "padding", i);
        return true;
    }

    bool same_content_length(const Request& request) {
        const auto said = find(request.fields, "content-length");
        if (!said || *said == std::to_string(request.content.size())) return true;
        return fail(ParseError::Kind::content_length, "content", 0);
    }

    bool number(const std::string& path, std::uint64_t& out) {
        const auto read = read_varint(message_.subspan(at_, end_ - at_));
        if (!read) {
            const std::size_t needed = at_ == end_ ? 1 : std::size_t{1} << (message_[at_] >> 6);
            return fail(ParseError::Kind::truncated, path, at_, needed, end_ - at_);
        }
        out = read->value;
        at_ += read->size;
        return true;
    }
    bool bytes(const std::string& path, std::uint64_t size, ByteView& out) {
        if (size > end_ - at_)
            return fail(ParseError::Kind::truncated, path, at_, static_cast<std::size_t>(size), end_ - at_);
        out = message_.subspan(at_, static_cast<std::size_t>(size));
        at_ += out.size();
        return true;
    }
    bool text(const std::string& path, std::uint64_t size, std::string_view& out) {
        ByteView raw;
        if (!bytes(path, size, raw)) return false;
        out = as_text(raw);
        return true;
    }
    bool within(std::size_t limit, std::uint64_t size, const std::string& path, std::size_t start) {
        return size <= limit ||
               fail(ParseError::Kind::limit, path, start, limit, static_cast<std::size_t>(size));
    }
    bool fail(ParseError::Kind kind, std::string path, std::size_t offset, std::size_t expected = 0,
              std::size_t found = 0) {
        error_ = {kind, std::move(path), offset, expected, found};
        return false;
    }

    std::span<std::uint8_t> message_;
    std::size_t at_ = 0;
    std::size_t end_;  // of the section that is open, else of the message
    Limits limits_;
    bool indeterminate_ = false;
    ParseError error_;
};

/// Writes, or only counts where it has no room.
class Sink {
public:
    Sink() = default;
    explicit Sink(std::span<std::uint8_t> out) : out_(out), writes_(true) {}

    void number(std::uint64_t value) {
        const std::size_t size = varint_size(value);
        if (writes_) write_varint(value, out_.subspan(at_, size));
        at_ += size;
    }
    void bytes(ByteView value) {
        number(value.size());
        if (writes_) std::ranges::copy(value, out_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += value.size();
    }
    void text(std::string_view value) { bytes(as_bytes(value)); }
    void fields(const Fields& fields) {
        Sink inside;
        inside.lines(fields);
        number(inside.at_);
        lines(fields);
    }
    void finish() { std::ranges::fill(out_.subspan(at_), std::uint8_t{0}); }
    std::size_t size() const { return at_; }

private:
    void lines(const Fields& fields) {
        for (const Field& field : fields) {
            const std::size_t start = at_ + varint_size(field.name.size());
            text(field.name);
            for (std::size_t i = start; writes_ && i < at_; ++i)
                out_[i] = static_cast<std::uint8_t>(lower(static_cast<char>(out_[i])));
            text(field.value);
        }
    }

    std::span<std::uint8_t> out_{};
    bool writes_ = false;
    std::size_t at_ = 0;
};

void put(Sink& sink, const Request& request) {
    sink.number(static_cast<std::uint64_t>(Framing::known_request));
    for (const std::string_view part : {request.method, request.scheme, request.authority, request.path})
        sink.text(part);
    sink.fields(request.fields);
    sink.bytes(request.content);
    sink.fields(request.trailers);
}
void put(Sink& sink, const Response& response) {
    sink.number(static_cast<std::uint64_t>(Framing::known_response));
    for (const Informational& early : response.informational) {
        sink.number(early.status);
        sink.fields(early.fields);
    }
    sink.number(response.status);
    sink.fields(response.fields);
    sink.bytes(response.content);
    sink.fields(response.trailers);
}
template <class Message>
std::size_t size_of(const Message& message) {
    Sink sink;
    put(sink, message);
    return sink.size();
}
template <class Message>
void write(const Message& message, std::span<std::uint8_t> out) {
    if (out.size() < size_of(message)) throw std::logic_error("bhttp: no room for the message");
    Sink sink{out};
    put(sink, message);
    sink.finish();
}

}  // namespace

std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) return {};
    return found->value;
}

std::string_view name(ParseError::Kind kind) {
    constexpr std::array<std::string_view, 10> names{
        "truncated",   "framing",      "control",        "status",  "field-name",
        "field-value", "pseudo-field", "content-length", "padding", "limit"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string ParseError::text() const {
    std::string out = std::string{name(kind)} + " at " + path + ", offset " + std::to_string(offset);
    if (kind == Kind::truncated || kind == Kind::limit)
        out += ", expected " + std::to_string(expected) + ", found " + std::to_string(found);
    return out;
}

Result<Request, ParseError> decode_request(std::span<std::uint8_t> message, const Limits& limits) {
    Parser parser{message, limits};
    Request out;
    if (!parser.request(out)) return parser.error();
    return out;
}

Result<Response, ParseError> decode_response(std::span<std::uint8_t> message, const Limits& limits) {
    Parser parser{message, limits};
    Response out;
    if (!parser.response(out)) return parser.error();
    return out;
}

std::size_t encoded_size(const Request& request) { return size_of(request); }
std::size_t encoded_size(const Response& response) { return size_of(response); }
void encode(const Request& request, std::span<std::uint8_t> out) { write(request, out); }
void encode(const Response& response, std::span<std::uint8_t> out) { write(response, out); }

}  // namespace assay::ohttp::bhttp
