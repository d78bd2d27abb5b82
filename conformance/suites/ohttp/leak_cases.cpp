// What must not be seen outside: canaries from inside a request, in everything that an outsider can look at.
#include <algorithm>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

constexpr std::string_view leak_canary = "canary-93c4e0";

/// Canaries in content, field and query.
InnerRequest marked(const Session& s) {
    InnerRequest request = s.request("prompt " + std::string{leak_canary});
    request.fields.push_back({"x-note", std::string{leak_canary}});
    request.path += "?q=" + std::string{leak_canary};
    return request;
}

bool holds(const HttpFields& fields, ByteView body) {
    return contains(body, leak_canary) || std::ranges::any_of(fields, [](const HttpField& f) {
               return f.name.find(leak_canary) != std::string::npos ||
                      f.value.find(leak_canary) != std::string::npos;
           });
}

void expect_unseen(const Session& s, const HttpResponse& answer) {
    s.trial().expect(!holds(answer.fields, answer.body), "leak",
                     "the outer answer says nothing of the inside", "it has a canary");
    const auto capabilities = s.port().capabilities();
    if (capabilities.contains("hops"))
        for (const OhttpHop& hop : s.trial().need(s.port().hops(), "the hops"))
            s.trial().expect(!holds(hop.request.fields, hop.request.body) &&
                                 !contains(as_bytes(hop.request.target), leak_canary) &&
                                 !holds(hop.response.fields, hop.response.body),
                             "leak", "no hop says anything of the inside",
                             "between " + hop.from + " and " + hop.to + " is a canary");
    if (capabilities.contains("records"))
        s.trial().expect(!contains(s.trial().need(s.port().records(), "the records"), leak_canary), "leak",
                         "nothing of the inside is written down", "the records have a canary");
}

void served(Session& s) {
    const Sealed sealed = s.seal(marked(s));
    const Answer answer = s.exchange(sealed);
    s.expect_served(answer, "prompt " + std::string{leak_canary});
    s.trial().expect(contains(answer.inner->content, "x-note: " + std::string{leak_canary}), "field-lost",
                     "a field that links nothing reaches the resource", "it does not");
    expect_unseen(s, answer.outer);
}

void refused(Session& s, const std::function<void(InnerRequest&)>& change) {
    InnerRequest request = marked(s);
    change(request);
    const Answer answer = s.exchange(s.seal(request));
    s.expect_refused_inside(answer);
    s.trial().expect(!holds(answer.inner->fields, answer.inner->content), "echo",
                     "a refusal does not repeat what it refuses", "it has a canary");
    expect_unseen(s, answer.outer);
}

void equal_prompts(Session& s) {
    const Sealed a = s.seal(marked(s)), b = s.seal(marked(s));
    const Answer to_a = s.exchange(a), to_b = s.exchange(b);
    s.expect_served(to_a, "prompt " + std::string{leak_canary});
    s.expect_served(to_b, "prompt " + std::string{leak_canary});
    s.trial().expect(to_a.outer.body.size() == to_b.outer.body.size(), "size-differs",
                     "equal prompts have answers of one size", "they have two");
    const std::size_t nonce = nonce_size(a.suite);
    s.trial().expect(
        !equal(ByteView{to_a.outer.body}.subspan(nonce), ByteView{to_b.outer.body}.subspan(nonce)),
        "linkable", "answers to equal prompts share nothing", "they are the same");
}

void trace_contexts(Session& s) {
    InnerRequest request = s.request();
    constexpr std::array<std::string_view, 7> field_names{
        "cookie", "traceparent", "tracestate", "baggage", "x-request-id", "if-none-match", "x-forwarded-for"};
    for (const std::string_view name : field_names)
        request.fields.push_back({std::string{name}, "linked-77aa"});
    const Answer answer = s.exchange(s.seal(request));
    s.expect_served(answer);
    s.trial().expect(!contains(answer.inner->content, "linked-77aa"), "trace-context",
                     "fields that link requests do not reach the resource", "one does");
}

}  // namespace

std::vector<Case> leak_cases() {
    const auto refusal = [](std::string id, std::string title, auto change) {
        return refusal_case("leak." + std::move(id), std::move(title), {"OHTTP-LEAK-001"},
                            [change](Session& s) { refused(s, change); });
    };
    return {
        plain_case("leak.served", "Nothing of a request that is served is seen outside", {"OHTTP-LEAK-001"},
                   served),
        refusal("denied", "Nothing of a request for another target is seen outside",
                [](InnerRequest& r) { r.authority = std::string{leak_canary} + ".invalid"; }),
        refusal("malformed", "Nothing of a malformed request is seen outside",
                [](InnerRequest& r) {
                    r.fields.push_back({"Bad " + std::string{leak_canary}, std::string{leak_canary}});
                }),
        refusal("undated", "Nothing of a request without a date is seen outside",
                [](InnerRequest& r) { r.fields.erase(r.fields.begin()); }),
        plain_case("leak.equal", "Equal prompts share nothing on the wire but their size", {"OHTTP-LEAK-002"},
                   equal_prompts),
        plain_case("leak.trace", "Fields that link requests do not reach the resource", {"OHTTP-ID-003"},
                   trace_contexts),
    };
}

}  // namespace assay::conformance::oblivious
