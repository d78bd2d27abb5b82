// Binary HTTP against RFC 9292, section 5, and 33 legal and illegal messages.
#include "models/ohttp/binary_http.hpp"

#include "models/ohttp/test_vectors.hpp"
#include "models/ohttp/varint.hpp"

namespace assay::ohttp::bhttp {
namespace {

using testing::hex;
using testing::shared_json;

bool is_response(ByteView message) { return !message.empty() && (message[0] == 1 || message[0] == 3); }

/// Empty where the message is legal.
std::string fault(Bytes message) {
    if (is_response(message)) {
        const auto got = decode_response(message);
        return got ? "" : got.error().text();
    }
    const auto got = decode_request(message);
    return got ? "" : got.error().text();
}

Bytes message_of(std::string_view hex_text) { return from_hex(hex_text).value(); }

constexpr std::string_view control = "00 03474554 056874747073 09612e6578616d706c65 012f";

BOOST_AUTO_TEST_SUITE(binary_http)

// RFC 9000, A.1.
BOOST_AUTO_TEST_CASE(integers_are_those_of_rfc_9000) {
    const auto value = [](std::string_view bytes) {
        return read_varint(message_of(bytes)).value();
    };
    BOOST_TEST(value("c2197c5eff14e88c").value == 151288809941952652U);
    BOOST_TEST(value("9d7f3e7d").value == 494878333U);
    BOOST_TEST(value("7bbd").value == 15293U);
    BOOST_TEST(value("25").value == 37U);
    BOOST_TEST(value("4025").value == 37U);
    BOOST_TEST(value("4025").size == 2U);
    BOOST_TEST(!read_varint({}));
    BOOST_TEST(!read_varint(message_of("c2197c5eff14e8")));
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{64}, std::uint64_t{16383}, std::uint64_t{16384},
          std::uint64_t{1} << 30, max_varint}) {
        Bytes out(8);
        out.resize(write_varint(number, out));
        BOOST_TEST(out.size() == varint_size(number));
        BOOST_TEST(read_varint(out).value().value == number);
    }
}

BOOST_AUTO_TEST_CASE(the_messages_of_rfc_9292_section_5_say_what_the_rfc_says) {
    const auto data = shared_json("bhttp/rfc9292-section5.json");
    if (!data) return;
    const auto& vectors = data->at("vectors");
    for (const int request : {0, 1}) {
        Bytes message = hex(vectors.at(static_cast<std::size_t>(request)), "message");
        const auto got = decode_request(message);
        BOOST_REQUIRE(got);
        BOOST_TEST(got->method == "GET");
        BOOST_TEST(got->scheme == "https");
        BOOST_TEST(got->authority.empty());
        BOOST_TEST(got->path == "/hello.txt");
        BOOST_REQUIRE(got->fields.size() == 3U);
        BOOST_TEST(find(got->fields, "user-agent").value() ==
                   "curl/7.16.3 libcurl/7.16.3 OpenSSL/0.9.7l zlib/1.2.3");
        BOOST_TEST(find(got->fields, "host").value() == "www.example.com");
        BOOST_TEST(find(got->fields, "accept-language").value() == "en, mi");
        BOOST_TEST(got->content.empty());
        BOOST_TEST(got->trailers.empty());
    }
    Bytes third = hex(vectors.at(2), "message");
    const auto got = decode_response(third);
    BOOST_REQUIRE(got);
    BOOST_REQUIRE(got->informational.size() == 2U);
    BOOST_TEST(got->informational[0].status == 102U);
    BOOST_TEST(find(got->informational[0].fields, "running").value() == "\"sleep 15\"");
    BOOST_TEST(got->informational[1].status == 103U);
    BOOST_TEST(got->informational[1].fields.size() == 2U);
    BOOST_TEST(got->status == 200U);
    BOOST_TEST(got->fields.size() == 8U);
    BOOST_TEST(as_text(got->content) == "Hello World! My content includes a trailing CRLF.\r\n");
    Bytes fourth = hex(vectors.at(3), "message");
    const auto last = decode_response(fourth);
    BOOST_REQUIRE(last);
    BOOST_TEST(last->status == 200U);
    BOOST_TEST(last->fields.empty());
    BOOST_TEST(as_text(last->content) == "This content contains CRLF.\r\n");
    BOOST_TEST(find(last->trailers, "trailer").value() == "text");
}

BOOST_AUTO_TEST_CASE(legal_messages_are_taken_and_others_are_not) {
    const auto data = shared_json("bhttp/cases.json");
    if (!data) return;
    std::size_t checked = 0;
    for (const auto& c : data->at("cases")) {
        const std::string got = fault(hex(c, "message"));
        BOOST_TEST(got.empty() == (c.at("expect") == "ok"), c.at("name") << ": " << got);
        ++checked;
    }
    BOOST_TEST(checked == 33U);
    std::cout << "vectors: bhttp/cases.json " << checked << "\n";
}

BOOST_AUTO_TEST_CASE(a_fault_is_named_with_its_place) {
    const auto with = [](std::string_view rest) {
        return message_of(std::string{control} + std::string{rest});
    };
    const auto at = [](Bytes message) {
        return fault(std::move(message));
    };
    BOOST_TEST(at({}) == "truncated at framing, offset 0, expected 1, found 0");
    BOOST_TEST(at(message_of("04")) == "framing at framing, offset 0");
    BOOST_TEST(at(message_of("00 034745")) == "truncated at method, offset 2, expected 3, found 2");
    BOOST_TEST(at(message_of("00 03472054")) == "control at method, offset 1");
    BOOST_TEST(at(message_of("00 00")) == "control at method, offset 1");
    BOOST_TEST(at(message_of("00 03474554 00")) == "control at scheme, offset 5");
    BOOST_TEST(at(message_of("00 03474554 056874747073 00 0161")) == "control at path, offset 12");
    BOOST_TEST(at(with("0a 046e616d65")) == "truncated at fields, offset 24, expected 10, found 5");
    BOOST_TEST(at(with("03 0161 05 0568656c6c6f")) ==
               "truncated at fields[0].value, offset 27, expected 5, found 0");
    BOOST_TEST(at(with("04 0141 0162")) == "field-name at fields[0].name, offset 24");
    BOOST_TEST(at(with("08 0161 0162 0161 0120")) == "field-value at fields[1].value, offset 30");
    BOOST_TEST(at(with("00 40")) == "truncated at content, offset 24, expected 2, found 1");
    BOOST_TEST(at(with("00 00 00 00 01")) == "padding at padding, offset 27");
    BOOST_TEST(at(message_of("01 40c8 00 00 04 022f61 00")) == "field-name at trailers[0].name, offset 6");
    BOOST_TEST(at(message_of("01 4067 00 4258")) == "status at status, offset 4");
    BOOST_TEST(at(message_of("01 4064 04 013a 0161 40c8")) ==
               "field-name at informational[0].fields[0].name, offset 4");
    Bytes message = with("00 00 00 00 01");
    BOOST_TEST(decode_request(message).error().code() == "E_BHTTP_PADDING");
    BOOST_TEST(decode_request({}).error().code() == "E_BHTTP_PARSE");
}

// Whatever is cut off, the rest is a message only where it ends between parts.
BOOST_AUTO_TEST_CASE(a_message_cut_within_a_part_is_refused) {
    const auto data = shared_json("bhttp/rfc9292-section5.json");
    if (!data) return;
    const auto legal_cuts = [](const Bytes& whole) {
        std::vector<std::size_t> out;
        for (std::size_t size = 0; size < whole.size(); ++size)
            if (fault({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).empty())
                out.push_back(size);
        return out;
    };
    const auto& vectors = data->at("vectors");
    const auto check = [&](std::size_t number, std::vector<std::size_t> expected) {
        BOOST_TEST(legal_cuts(hex(vectors.at(number), "message")) == expected,
                   boost::test_tools::per_element());
    };
    check(0, {23, 133, 134});  // after control data, fields, content
    // A byte less for the end of the fields than for their length; then any number of padding bytes.
    check(1, {23, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143});
    check(3, {3, 4, 34});
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded_to_the_same) {
    const Bytes content = testing::text("a body");
    const Request request{
        "POST",  "https",     "llm.example", "/v1/chat", {{"Content-Type", "a/b"}, {"x", ""}},
        content, {{"t", "1"}}};
    Bytes room(encoded_size(request) + 7, 0xAA);
    encode(request, room);
    const auto got = decode_request(room);
    BOOST_REQUIRE(got);
    BOOST_TEST(got->method == "POST");
    BOOST_TEST(got->authority == "llm.example");
    BOOST_TEST(got->path == "/v1/chat");
    BOOST_TEST(find(got->fields, "content-type").value() == "a/b");
    BOOST_TEST(find(got->fields, "x").value().empty());
    BOOST_TEST(as_text(got->content) == "a body");
    BOOST_TEST(find(got->trailers, "t").value() == "1");
    BOOST_CHECK_THROW(encode(request, std::span{room}.first(encoded_size(request) - 1)), std::logic_error);

    const Response response{{{103, {{"link", "</a>"}}}}, 404, {{"a", "b"}}, content, {}};
    Bytes out(encoded_size(response));
    encode(response, out);
    const auto back = decode_response(out);
    BOOST_REQUIRE(back);
    BOOST_TEST(back->informational.at(0).status == 103U);
    BOOST_TEST(back->status == 404U);
    BOOST_TEST(as_text(back->content) == "a body");
}

BOOST_AUTO_TEST_CASE(chunks_are_moved_together_in_place) {
    Bytes message =
        message_of("02 03474554 056874747073 00 012f 00 026162 40 03 636465 0166 00 0174 0131 00 0000");
    const auto got = decode_request(message);
    BOOST_REQUIRE(got);
    BOOST_TEST(as_text(got->content) == "abcdef");
    BOOST_TEST(find(got->trailers, "t").value() == "1");
    BOOST_TEST(
        (got->content.data() > message.data() && got->content.data() < message.data() + message.size()));
}

BOOST_AUTO_TEST_CASE(connection_specific_fields_are_left_out) {
    const Request request{"GET",
                          "https",
                          "a",
                          "/",
                          {{"connection", "close"}, {"te", "trailers"}, {"upgrade", "x"}, {"keep", "1"}}};
    Bytes room(encoded_size(request));
    encode(request, room);
    const auto got = decode_request(room);
    BOOST_REQUIRE(got);
    BOOST_REQUIRE(got->fields.size() == 2U);
    BOOST_TEST(got->fields[0].name == "te");
    BOOST_TEST(got->fields[1].name == "keep");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    const Bytes content(100, 'x');
    const auto refused = [&](const Request& request, Limits limits) {
        Bytes room(encoded_size(request));
        encode(request, room);
        const auto got = decode_request(room, limits);
        return got ? std::string{} : std::string{name(got.error().kind)} + " " + got.error().path;
    };
    const Request request{"GET", "https", "a", "/path", {{"a", "1"}, {"b", "2"}}, content};
    BOOST_TEST(refused(request, {}) == "");
    BOOST_TEST(refused(request, {.content = 99}) == "limit content");
    BOOST_TEST(refused(request, {.content = 100}) == "");
    BOOST_TEST(refused(request, {.field_lines = 1}) == "limit fields[1]");
    BOOST_TEST(refused(request, {.section = 7}) == "limit fields");
    BOOST_TEST(refused(request, {.control = 4}) == "limit scheme");
    Bytes chunked = message_of("02 03474554 056874747073 00 012f 00 026162 026364 00 00");
    BOOST_TEST(!decode_request(chunked, {.content = 3}));
    chunked = message_of("02 03474554 056874747073 00 012f 00 026162 026364 00 00");
    BOOST_TEST(!!decode_request(chunked, {.content = 4}));
    // A number near 2^62 asks for no memory.
    Bytes huge = message_of("00 03474554 056874747073 00 012f 00 ffffffffffffffff");
    BOOST_TEST(decode_request(huge).error().text() ==
               "limit at content, offset 15, expected 16777216, found 4611686018427387903");
}

BOOST_AUTO_TEST_CASE(a_content_length_that_lies_is_refused) {
    const Bytes content(5, 'x');
    for (const auto& [said, good] : {std::pair{"5", true}, {"6", false}, {"05", false}, {"5,5", false}}) {
        const Request request{"POST", "https", "a", "/", {{"content-length", said}}, content};
        Bytes room(encoded_size(request));
        encode(request, room);
        BOOST_TEST(!!decode_request(room) == good, said);
    }
}

// Any byte changed to any value: a message or an error, never more (the sanitizers look on).
BOOST_AUTO_TEST_CASE(no_byte_makes_the_decoder_fall) {
    const auto data = shared_json("bhttp/rfc9292-section5.json");
    if (!data) return;
    std::size_t legal = 0;
    for (const auto& v : data->at("vectors")) {
        const Bytes whole = hex(v, "message");
        for (std::size_t i = 0; i < whole.size(); ++i)
            for (const int flip : {0x01, 0x40, 0x80, 0xFF}) {
                Bytes message = whole;
                message[i] = static_cast<std::uint8_t>(message[i] ^ flip);
                legal += fault(std::move(message)).empty();
            }
    }
    BOOST_TEST(legal > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp::bhttp
