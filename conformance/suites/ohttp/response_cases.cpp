// Encapsulated responses, the outer request, and what is asked for inside.
#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

void media_type_and_cache(Session& s) {
    const Answer answer = s.exchange(s.seal(s.request()));
    s.expect_served(answer);
    s.trial().expect(media_type(answer.outer.fields) == "message/ohttp-res", "media-type",
                     "the answer is a message/ohttp-res", "it is not");
    const std::string* cache = find_field(answer.outer.fields, "cache-control");
    s.trial().expect(cache != nullptr && cache->find("no-store") != std::string::npos, "cacheable",
                     "the answer has Cache-Control: no-store", "it has not");
}

void fresh_nonces(Session& s) {
    std::vector<Bytes> seen;
    for (int i = 0; i < 8; ++i) {
        const Sealed sealed = s.seal(s.request());
        const Answer answer = s.exchange(sealed);
        s.expect_served(answer);
        const ByteView nonce = ByteView{answer.outer.body}.first(nonce_size(sealed.suite));
        for (const Bytes& one : seen)
            s.trial().expect(!equal(one, nonce), "response-nonce-repeated",
                             "every response has a nonce of its own", "a nonce came twice");
        seen.emplace_back(nonce.begin(), nonce.end());
    }
}

void bound_to_the_request(Session& s) {
    const Sealed a = s.seal(s.request("of a")), b = s.seal(s.request("of b"));
    const Answer to_a = s.exchange(a), to_b = s.exchange(b);
    s.expect_served(to_a, "of a");
    s.expect_served(to_b, "of b");
    s.trial().expect(!open_response(a, to_b.outer.body) && !open_response(b, to_a.outer.body),
                     "response-not-bound", "a response opens with the context of its own request alone",
                     "it opens with another one");
}

void one_size_per_class(Session& s) {
    std::optional<std::size_t> wire_size;
    for (const std::size_t length : {1U, 20U, 57U}) {
        const std::string content(length, 'x');
        const Answer answer = s.exchange(s.seal(s.request(content)));
        s.expect_served(answer, content);
        s.trial().expect(!wire_size || *wire_size == answer.outer.body.size(), "size-tells-length",
                         "short answers of different lengths have one size",
                         "they have " + std::to_string(wire_size.value_or(0)) + " and " +
                             std::to_string(answer.outer.body.size()) + " bytes");
        wire_size = answer.outer.body.size();
    }
}

void refusals_have_the_size_of_answers(Session& s) {
    const Answer served = s.exchange(s.seal(s.request("x")));
    s.expect_served(served, "x");
    InnerRequest other = s.request("x");
    other.authority = "other.invalid";
    const Answer refused = s.exchange(s.seal(other));
    s.expect_refused_inside(refused);
    s.trial().expect(served.outer.body.size() == refused.outer.body.size(), "size-tells-outcome",
                     "a short answer and a refusal inside have one size", "they have two");
}

/// A legal message in an outer request with one thing changed.
void outer_refused(Session& s, const std::function<void(HttpRequest&)>& change) {
    HttpRequest request = s.outer(s.seal(s.request()).message);
    change(request);
    const auto got = s.trial().need(s.port().to_gateway(request, 0), "an answer");
    s.trial().expect(got.status >= 400 && got.status < 500, "not-refused",
                     "the outer request is refused with a 4xx",
                     "the answer is a " + std::to_string(got.status));
}

void type_with_parameters(Session& s) {
    const Sealed sealed = s.seal(s.request());
    HttpRequest request = s.outer(sealed.message);
    set_field(request.fields, "content-type", "Message/OHTTP-Req; charset=utf-8");
    const auto got = s.trial().need(s.port().to_gateway(request, 0), "an answer");
    const auto plaintext = open_response(sealed, got.body);
    s.trial().expect(got.status == 200 && plaintext, "parameters-refused",
                     "parameters of the media type do not matter",
                     "the answer is a " + std::to_string(got.status));
    const auto inner = read_response(*plaintext);
    s.trial().expect(inner && inner->status == 200, "not-served", "the resource answers 200", "it does not");
}

void outer_fields_do_not_matter(Session& s) {
    const Sealed sealed = s.seal(s.request());
    HttpRequest request = s.outer(sealed.message);
    for (const auto& [name, value] : HttpFields{{":path", "/other"},
                                                {"host", "other.invalid"},
                                                {"x-original-url", "/other"},
                                                {"x-http-method-override", "DELETE"},
                                                {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}})
        request.fields.push_back({name, value});
    const auto got = s.trial().need(s.port().to_gateway(request, 0), "an answer");
    const auto plaintext = open_response(sealed, got.body);
    s.trial().expect(got.status == 200 && plaintext, "outer-fields-matter",
                     "outer fields do not keep a request out",
                     "the answer is a " + std::to_string(got.status));
    const auto inner = read_response(*plaintext);
    const std::string expected = "POST " + s.port().resource().path + "\n";
    s.trial().expect(inner && inner->status == 200 && as_text(inner->content).starts_with(expected),
                     "outer-fields-matter", "the resource sees method and path of the inner request",
                     "it sees others");
}

void inner_refused(Session& s, const std::function<void(InnerRequest&)>& change) {
    InnerRequest request = s.request();
    change(request);
    s.expect_refused_inside(s.exchange(s.seal(request)));
}

}  // namespace

std::vector<Case> response_cases() {
    const auto at_outer = [](std::string id, std::string title, auto change) {
        return refusal_case("outer." + std::move(id), std::move(title), {"OHTTP-REQ-005"},
                            [change](Session& s) { outer_refused(s, change); }, {"gateway"});
    };
    const auto denied = [](std::string id, std::string title, auto change) {
        return refusal_case("target." + std::move(id), std::move(title), {"OHTTP-REQ-006"},
                            [change](Session& s) { inner_refused(s, change); });
    };
    return {
        plain_case("response.media-type", "An answer is a message/ohttp-res that nobody stores",
                   {"OHTTP-RES-001"}, media_type_and_cache),
        plain_case("response.nonce", "Every response has a nonce of its own", {"OHTTP-RES-002"},
                   fresh_nonces),
        plain_case("response.bound", "A response opens with the context of its own request alone",
                   {"OHTTP-RES-003"}, bound_to_the_request),
        plain_case("padding.content", "Short answers of different lengths have one size", {"OHTTP-PAD-001"},
                   one_size_per_class),
        plain_case("padding.refusal", "A short answer and a refusal inside have one size", {"OHTTP-PAD-001"},
                   refusals_have_the_size_of_answers),
        at_outer("get", "A GET of the request target is refused", [](HttpRequest& r) { r.method = "GET"; }),
        at_outer("put", "A PUT is refused", [](HttpRequest& r) { r.method = "PUT"; }),
        at_outer("no-type", "A request without a media type is refused",
                 [](HttpRequest& r) { r.fields.clear(); }),
        at_outer("inner-type", "A request marked message/bhttp is refused",
                 [](HttpRequest& r) { set_field(r.fields, "content-type", "message/bhttp"); }),
        at_outer("chunked-type", "A whole request marked as a chunked one is refused",
                 [](HttpRequest& r) { set_field(r.fields, "content-type", "message/ohttp-chunked-req"); }),
        at_outer("response-type", "A request marked as a response is refused",
                 [](HttpRequest& r) { set_field(r.fields, "content-type", "message/ohttp-res"); }),
        at_outer("two-types", "A request with two media types is refused",
                 [](HttpRequest& r) {
                     r.fields.push_back({"content-type", "text/plain"});
                 }),
        plain_case("outer.parameters", "Parameters of the media type do not matter", {"OHTTP-REQ-005"},
                   type_with_parameters, {"gateway"}),
        plain_case("outer.fields", "Outer fields do not change the inner request", {"OHTTP-REQ-008"},
                   outer_fields_do_not_matter, {"gateway"}),
        denied("authority", "A request for another authority is refused inside",
               [](InnerRequest& r) { r.authority = "other.invalid"; }),
        denied("loopback", "A request for the gateway's own machine is refused inside",
               [](InnerRequest& r) { r.authority = "127.0.0.1"; }),
        denied("scheme", "A request in the clear is refused inside",
               [](InnerRequest& r) { r.scheme = "http"; }),
        denied("two-hosts", "An empty authority with two Host fields is refused inside",
               [](InnerRequest& r) {
                   r.fields.push_back({"host", r.authority});
                   r.fields.push_back({"host", "other.invalid"});
                   r.authority.clear();
               }),
    };
}

}  // namespace assay::conformance::oblivious
