// Binary HTTP inside: legal messages that must be served, and malformed ones that must be refused inside.
#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

/// A message to be sealed: what a client says in the place of a legal one.
struct MessageRow {
    std::string_view id, title;
    std::vector<std::string> requirements;
    Bytes (*plaintext)(const Session&);
};

/// The fields of a legal request and one more.
Bytes with_field(const Session& s, std::string_view name, std::string_view value) {
    InnerRequest request = s.request();
    request.fields.push_back({std::string{name}, std::string{value}});
    return known_length(request);
}
/// framing, control data, fields; and what comes after.
Bytes with_rest(const Session& s, std::initializer_list<ByteView> rest) {
    const InnerRequest request = s.request();
    Bytes out = concat({varint(0), control_data(request), sized(lines(request.fields))});
    for (const ByteView part : rest) append(out, part);
    return out;
}
/// The same without lengths of sections and content.
Bytes indeterminate(const Session& s, std::initializer_list<ByteView> rest) {
    const InnerRequest request = s.request();
    Bytes out = concat({varint(2), control_data(request), lines(request.fields)});
    for (const ByteView part : rest) append(out, part);
    return out;
}
const Bytes end{0};

// Legal: content "a question", or none.
Bytes trailers_left_out(const Session& s) { return with_rest(s, {sized("a question")}); }
Bytes content_left_out(const Session& s) { return with_rest(s, {}); }
Bytes padded_with_zeros(const Session& s) {
    Bytes out = known_length(s.request());
    out.resize(out.size() + 37);
    return out;
}
Bytes longer_integers(const Session& s) {
    const InnerRequest request = s.request();
    const Bytes fields = lines(request.fields);
    return concat({varint(0, 8), control_data(request), varint(fields.size(), 8), fields,
                   varint(request.content.size(), 4), request.content, varint(0, 2)});
}
Bytes one_chunk(const Session& s) { return indeterminate(s, {end, sized("a question"), end, end}); }
Bytes three_chunks(const Session& s) {
    return indeterminate(s, {end, sized("a "), sized("quest"), sized("ion"), end, end});
}
Bytes chunks_padded(const Session& s) {
    return indeterminate(s, {end, sized("a question"), end, end, Bytes(20)});
}
Bytes unknown_pseudo_field(const Session& s) {
    InnerRequest request = s.request();
    request.fields.insert(request.fields.begin(), {":protocol", "x"});
    return known_length(request);
}
Bytes empty_authority(const Session& s) {
    InnerRequest request = s.request();
    request.fields.push_back({"host", request.authority});
    request.authority.clear();
    return known_length(request);
}
Bytes with_trailers(const Session& s) {
    InnerRequest request = s.request();
    request.trailers = {{"checksum", "1"}};
    return known_length(request);
}

// Malformed.
Bytes empty(const Session&) { return {}; }
Bytes unknown_framing(const Session& s) {
    Bytes out = known_length(s.request());
    out[0] = 4;
    return out;
}
Bytes a_response(const Session&) { return concat({varint(1), varint(200), end, end, end}); }
Bytes cut_in_method(const Session&) { return concat({varint(0), varint(4), as_bytes("PO")}); }
Bytes cut_in_field(const Session& s) {
    const InnerRequest request = s.request();
    const Bytes fields = lines(request.fields);
    return concat({varint(0), control_data(request), varint(fields.size() + 9), fields});
}
Bytes cut_in_integer(const Session& s) { return with_rest(s, {Bytes{0x40}}); }
Bytes crossing_section(const Session& s) {
    const InnerRequest request = s.request();
    const Bytes fields = lines(request.fields);
    return concat(
        {varint(0), control_data(request), varint(fields.size() - 3), fields, sized("a question"), end});
}
Bytes content_too_long(const Session& s) { return with_rest(s, {varint(32), as_bytes("a question")}); }
Bytes content_huge(const Session& s) { return with_rest(s, {varint((std::uint64_t{1} << 62) - 1)}); }
Bytes chunks_not_ended(const Session& s) { return indeterminate(s, {end, sized("a question")}); }
Bytes fields_not_ended(const Session& s) { return indeterminate(s, {}); }
Bytes empty_method(const Session& s) {
    InnerRequest request = s.request();
    request.method.clear();
    return known_length(request);
}
Bytes space_in_method(const Session& s) {
    InnerRequest request = s.request();
    request.method = "GET /";
    return known_length(request);
}
Bytes line_end_in_path(const Session& s) {
    InnerRequest request = s.request();
    request.path += "\r\nx: y";
    return known_length(request);
}
Bytes empty_name(const Session& s) { return with_field(s, "", "x"); }
Bytes upper_case_name(const Session& s) { return with_field(s, "Accept", "x"); }
Bytes space_in_name(const Session& s) { return with_field(s, "a b", "x"); }
Bytes colon_in_name(const Session& s) { return with_field(s, "a:b", "x"); }
Bytes line_end_in_value(const Session& s) { return with_field(s, "a", "b\r\nc: d"); }
Bytes line_feed_in_value(const Session& s) { return with_field(s, "a", "b\nc"); }
Bytes nul_in_value(const Session& s) { return with_field(s, "a", std::string_view{"b\0c", 3}); }
Bytes space_before_value(const Session& s) { return with_field(s, "a", " b"); }
Bytes tab_after_value(const Session& s) { return with_field(s, "a", "b\t"); }
Bytes path_as_field(const Session& s) {
    InnerRequest request = s.request();
    request.fields.insert(request.fields.begin(), {":path", "/other"});
    return known_length(request);
}
Bytes pseudo_after_field(const Session& s) { return with_field(s, ":protocol", "x"); }
Bytes pseudo_in_trailers(const Session& s) {
    InnerRequest request = s.request();
    request.trailers = {{":protocol", "x"}};
    return known_length(request);
}
Bytes padding_not_zero(const Session& s) {
    Bytes out = padded_with_zeros(s);
    out.back() = 1;
    return out;
}
Bytes padding_one_then_zeros(const Session& s) {
    Bytes out = padded_with_zeros(s);
    out[out.size() - 37] = 1;
    return out;
}
Bytes expect_continue(const Session& s) { return with_field(s, "expect", "100-continue"); }

using Rules = std::vector<std::string>;
const Rules framing{"BHTTP-DEC-001"}, integers{"BHTTP-DEC-002"}, control{"BHTTP-DEC-003"},
    names{"BHTTP-DEC-004"}, values{"BHTTP-DEC-005"}, pseudo{"BHTTP-DEC-006"}, truncation{"BHTTP-DEC-007"},
    padding{"BHTTP-DEC-008"}, limits{"BHTTP-DEC-009"}, inside{"OHTTP-ERR-001", "BHTTP-DEC-001"},
    expecting{"OHTTP-REQ-007"};

struct LegalRow : MessageRow {
    std::string_view content = "a question";
};
const std::vector<LegalRow>& legal_rows() {
    static const std::vector<LegalRow> all{
        {{"legal.no-trailers", "A request that ends after its content is served", truncation,
          trailers_left_out}},
        {{"legal.no-content", "A request that ends after its fields is served", truncation, content_left_out},
         ""},
        {{"legal.padded", "A request with zeros after it is served", padding, padded_with_zeros}},
        {{"legal.long-integers", "A request with integers in longer forms is served", integers,
          longer_integers}},
        {{"legal.one-chunk", "A request of indeterminate length is served", framing, one_chunk}},
        {{"legal.chunks", "The chunks of a request reach the resource as one content", framing,
          three_chunks}},
        {{"legal.chunks-padded", "A request of indeterminate length with zeros after it is served", padding,
          chunks_padded}},
        {{"legal.pseudo-field", "An unknown pseudo-field before the other fields is taken", pseudo,
          unknown_pseudo_field}},
        {{"legal.host", "A Host field stands in for an authority that is empty", control, empty_authority}},
        {{"legal.trailers", "A request with trailers is served", framing, with_trailers}},
    };
    return all;
}
const std::vector<MessageRow>& bad_rows() {
    static const std::vector<MessageRow> all{
        {"bad.empty", "An empty message is refused inside", inside, empty},
        {"bad.framing", "A message with framing indicator 4 is refused inside", framing, unknown_framing},
        {"bad.response", "A response in the place of a request is refused inside", framing, a_response},
        {"bad.cut-method", "A message that ends within its method is refused inside", truncation,
         cut_in_method},
        {"bad.cut-field", "A message that ends within its fields is refused inside", truncation,
         cut_in_field},
        {"bad.cut-integer", "A message that ends within an integer is refused inside", integers,
         cut_in_integer},
        {"bad.crossing", "A field line that crosses the end of its section is refused inside", framing,
         crossing_section},
        {"bad.content-long", "A content longer than the message is refused inside", truncation,
         content_too_long},
        {"bad.content-huge", "A content of 2^62 - 1 bytes is refused inside", limits, content_huge},
        {"bad.chunks-open", "Chunks that do not end are refused inside", truncation, chunks_not_ended},
        {"bad.fields-open", "Fields of indeterminate length that do not end are refused inside", truncation,
         fields_not_ended},
        {"bad.method-empty", "An empty method is refused inside", control, empty_method},
        {"bad.method-space", "A method with a space is refused inside", control, space_in_method},
        {"bad.path-line-end", "A path with a line end is refused inside", control, line_end_in_path},
        {"bad.name-empty", "An empty field name is refused inside", names, empty_name},
        {"bad.name-upper", "A field name in upper case is refused inside", names, upper_case_name},
        {"bad.name-space", "A field name with a space is refused inside", names, space_in_name},
        {"bad.name-colon", "A field name with a colon within is refused inside", names, colon_in_name},
        {"bad.value-line-end", "A field value with CR LF is refused inside", values, line_end_in_value},
        {"bad.value-line-feed", "A field value with LF is refused inside", values, line_feed_in_value},
        {"bad.value-nul", "A field value with NUL is refused inside", values, nul_in_value},
        {"bad.value-space", "A field value that begins with a space is refused inside", values,
         space_before_value},
        {"bad.value-tab", "A field value that ends with a tab is refused inside", values, tab_after_value},
        {"bad.path-field", ":path as a field is refused inside", pseudo, path_as_field},
        {"bad.pseudo-late", "A pseudo-field after an ordinary field is refused inside", pseudo,
         pseudo_after_field},
        {"bad.pseudo-trailer", "A pseudo-field in trailers is refused inside", pseudo, pseudo_in_trailers},
        {"bad.padding-last", "A last padding byte that is not zero is refused inside", padding,
         padding_not_zero},
        {"bad.padding-first", "A first padding byte that is not zero is refused inside", padding,
         padding_one_then_zeros},
        {"bad.expect", "Expect: 100-continue inside is refused inside", expecting, expect_continue},
    };
    return all;
}

/// Malformed messages alone are different requests: each is sealed anew.
Answer answer_to(const Session& s, Bytes (*plaintext)(const Session&)) {
    return s.exchange(s.seal(plaintext(s)));
}

}  // namespace

std::vector<Case> content_cases() {
    std::vector<Case> out;
    for (const LegalRow& row : legal_rows())
        out.push_back(plain_case("content." + std::string{row.id}, std::string{row.title}, row.requirements,
                                 [plaintext = row.plaintext, content = row.content](Session& s) {
                                     s.expect_served(answer_to(s, plaintext), content);
                                 }));
    for (const MessageRow& row : bad_rows())
        out.push_back(refusal_case(
            "content." + std::string{row.id}, std::string{row.title}, row.requirements,
            [plaintext = row.plaintext](Session& s) { s.expect_refused_inside(answer_to(s, plaintext)); }));
    return out;
}

}  // namespace assay::conformance::oblivious
