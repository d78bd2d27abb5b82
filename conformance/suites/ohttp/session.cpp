#include "conformance/suites/ohttp/session.hpp"

#include <algorithm>

namespace assay::conformance::oblivious {

std::string Answer::in_words() const {
    const std::string status = std::to_string(outer.status);
    if (!is_encapsulated()) return "the answer is a " + status + " in the clear";
    if (!inner) return "the answer is encapsulated and cannot be read";
    return "the answer is an encapsulated " + std::to_string(inner->status);
}

Session::Session(Trial& trial) : trial_(trial) {
    const auto got = trial_.need(port().to_relay({.method = "GET", .target = port().keys_target()}),
                                 "the key configurations");
    list_ = got.body;
    const auto configs = read_key_list(list_);
    trial_.expect(
        got.status == 200 && media_type(got.fields) == "application/ohttp-keys" && configs,
        "no-key-configurations", "a GET of the key configurations gives a list of them",
        "the answer is a " + std::to_string(got.status) + " of " + std::to_string(list_.size()) + " bytes");
    configs_ = *configs;
    choices_ = choices(configs_);
    trial_.expect(!choices_.empty(), "no-usable-key", "the list has a configuration of a suite of RFC 9180",
                  "it has none");
    for (const Choice& one : choices_)
        trial_.expect(!!hpke::deserialize_public_key(one.suite.kem, one.config.public_key),
                      "invalid-public-key", "every public key of the list is valid for its KEM",
                      "that of key id " + std::to_string(one.config.id) + " is not");
}

const Choice& Session::choice_of(hpke::KemId kem) const {
    const auto found = std::ranges::find(choices_, kem, [](const Choice& c) { return c.suite.kem; });
    if (found == choices_.end())
        trial_.not_tested(NotTested::not_supported,
                          "the target offers no " + std::string{hpke::facts(kem)->name});
    return *found;
}

InnerRequest Session::request(std::string_view content) const {
    const OhttpResource to = port().resource();
    const ByteView bytes = as_bytes(content);
    InnerRequest out;
    out.authority = to.authority;
    out.path = to.path;
    out.fields = {{"date", to_http_date(port().now())}, {"content-type", "text/plain"}};
    out.content.assign(bytes.begin(), bytes.end());
    return out;
}

HttpRequest Session::outer(ByteView message) const {
    return {"POST",
            port().request_target(),
            {{"content-type", "message/ohttp-req"}},
            {message.begin(), message.end()}};
}

Answer Session::read(const Sealed& sealed, HttpResponse response) const {
    Answer out{std::move(response), {}, {}};
    if (!out.is_encapsulated()) return out;
    if (auto plaintext = open_response(sealed, out.outer.body)) {
        out.inner = read_response(*plaintext);
        out.plaintext = *std::move(plaintext);
    }
    return out;
}

Answer Session::exchange(const Sealed& sealed, ByteView message, const HttpFields& more) const {
    HttpRequest request = outer(message);
    request.fields.insert(request.fields.end(), more.begin(), more.end());
    return read(sealed, trial_.need(port().to_relay(request), "an answer"));
}

Answer Session::at_gateway(const Sealed& sealed, unsigned number) const {
    return read(sealed, trial_.need(port().to_gateway(outer(sealed.message), number), "an answer"));
}

void Session::expect_served(const Answer& answer, std::string_view content) const {
    const std::string actual = answer.in_words();
    trial_.expect(answer.is_encapsulated() && answer.inner, "not-answered",
                  "the request is answered by an encapsulated response that opens", actual);
    trial_.expect(answer.inner->status == 200, "not-served", "the resource answers 200", actual);
    const std::string_view text = as_text(answer.inner->content);
    const auto body = text.find("\n\n");
    trial_.expect(body != std::string_view::npos && text.substr(body + 2) == content, "wrong-content",
                  "the resource got the content of the request", "it got another one");
}

void Session::expect_refused_outside(const Answer& answer) const {
    trial_.expect(answer.outer.status >= 400 && answer.outer.status < 500, "not-refused",
                  "the request is refused in the clear with a 4xx", answer.in_words());
}

void Session::expect_refused_inside(const Answer& answer) const {
    trial_.expect(answer.is_encapsulated() && answer.inner, "not-answered-inside",
                  "the refusal is an encapsulated response", answer.in_words());
    trial_.expect(answer.inner->status >= 400 && answer.inner->status < 500, "not-refused",
                  "the request is refused with a 4xx", answer.in_words());
}

void Session::expect_refused(const Answer& answer) const {
    const unsigned status = answer.inner ? answer.inner->status : answer.outer.status;
    trial_.expect(status >= 400 && status < 500, "not-refused", "the request is refused with a 4xx",
                  answer.in_words());
}

void legal_neighbour(Trial& trial) {
    const Session session{trial};
    session.expect_served(session.exchange(session.seal(session.request())));
}

bool contains(ByteView bytes, std::string_view text) {
    return as_text(bytes).find(text) != std::string_view::npos;
}

Case plain_case(std::string id, std::string title, std::vector<std::string> requirements,
                std::function<void(Session&)> run, std::vector<std::string> needs) {
    return {"ohttp." + std::move(id),
            std::move(title),
            std::move(requirements),
            std::move(needs),
            {},
            {},
            [run = std::move(run)](Trial& trial) {
                Session session{trial};
                run(session);
            }};
}

Case refusal_case(std::string id, std::string title, std::vector<std::string> requirements,
                  std::function<void(Session&)> run, std::vector<std::string> needs) {
    Case out = plain_case(std::move(id), std::move(title), std::move(requirements), std::move(run),
                          std::move(needs));
    out.prepare = legal_neighbour;
    return out;
}

}  // namespace assay::conformance::oblivious
