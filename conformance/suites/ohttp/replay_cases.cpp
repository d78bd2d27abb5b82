// A request is processed once, and only near its date.
#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

void twice(Session& s) {
    const Sealed sealed = s.seal(s.request());
    s.expect_served(s.exchange(sealed));
    s.expect_refused(s.exchange(sealed));
    s.expect_refused(s.exchange(sealed));
}

void others_after_a_replay(Session& s) {
    const Sealed sealed = s.seal(s.request());
    s.expect_served(s.exchange(sealed));
    s.expect_refused(s.exchange(sealed));
    s.expect_served(s.exchange(s.seal(s.request())));
}

void at_a_second_gateway(Session& s) {
    const Sealed sealed = s.seal(s.request());
    s.expect_served(s.at_gateway(sealed, 0));
    s.expect_refused(s.at_gateway(sealed, 1));
}

void after(Session& s, std::vector<seconds> pauses) {
    const Sealed sealed = s.seal(s.request());
    s.expect_served(s.exchange(sealed));
    for (const seconds pause : pauses) {
        s.trial().need(s.port().advance(pause), "a later time");
        s.expect_refused(s.exchange(sealed));
    }
    s.expect_served(s.exchange(s.seal(s.request())));
}

Answer dated(const Session& s, const std::vector<std::string>& dates) {
    InnerRequest request = s.request();
    std::erase_if(request.fields, [](const HttpField& f) { return f.name == "date"; });
    for (const std::string& date : dates) request.fields.push_back({"date", date});
    return s.exchange(s.seal(request));
}
std::string at(const Session& s, seconds difference) { return to_http_date(s.port().now() + difference); }

void near_dates(Session& s) {
    for (const int difference : {-30, -5, 5, 30}) s.expect_served(dated(s, {at(s, seconds{difference})}));
}
void outside(Session& s, seconds difference) {
    const Answer answer = dated(s, {at(s, difference)});
    s.expect_refused_inside(answer);
}
void refusal_tells_the_time(Session& s) {
    const Answer answer = dated(s, {at(s, -hours{1})});
    s.expect_refused_inside(answer);
    const std::string* date = find_field(answer.inner->fields, "date");
    s.trial().expect(date != nullptr && *date == to_http_date(s.port().now()), "no-date",
                     "the refusal has the gateway's Date", "it has none, or another one");
    s.trial().expect(contains(answer.inner->content, "https://iana.org/assignments/http-problem-types#date"),
                     "no-problem-type", "the refusal is a problem of type #date", "it is not");
}
void a_refused_date_may_be_mended(Session& s) {
    s.expect_refused_inside(dated(s, {at(s, -hours{1})}));
    s.expect_served(dated(s, {at(s, seconds{0})}));
}

}  // namespace

std::vector<Case> replay_cases() {
    const auto refused_date = [](std::string id, std::string title, auto dates) {
        return refusal_case("date." + std::move(id), std::move(title), {"OHTTP-RPL-002"},
                            [dates](Session& s) { s.expect_refused_inside(dated(s, dates(s))); });
    };
    using Dates = std::vector<std::string>;
    return {
        plain_case("replay.twice", "A request that comes again is refused, each time", {"OHTTP-RPL-001"},
                   twice),
        plain_case("replay.others", "Another request is served after a replay", {"OHTTP-RPL-001"},
                   others_after_a_replay),
        plain_case("replay.second-gateway", "A request is refused by another gateway of the same key",
                   {"OHTTP-RPL-001"}, at_a_second_gateway, {"gateway", "second-gateway"}),
        plain_case("replay.minutes", "A request that comes again within minutes is refused",
                   {"OHTTP-RPL-001"},
                   [](Session& s) {
                       after(s, {seconds{59}, seconds{60}, seconds{61}, seconds{60}, seconds{60}});
                   },
                   {"clock"}),
        plain_case("replay.days", "A request that comes again after days is refused", {"OHTTP-RPL-001"},
                   [](Session& s) {
                       after(s, {hours{1}, hours{24}, hours{240}});
                   },
                   {"clock"}),
        plain_case("date.near", "A request dated within half a minute is served", {"OHTTP-RPL-003"},
                   near_dates),
        refusal_case("date.old", "A request of an hour ago is refused inside", {"OHTTP-RPL-002"},
                     [](Session& s) { outside(s, -hours{1}); }),
        refusal_case("date.future", "A request of the next hour is refused inside", {"OHTTP-RPL-002"},
                     [](Session& s) { outside(s, hours{1}); }),
        refused_date("none", "A request without a date is refused inside",
                     [](const Session&) { return Dates{}; }),
        refused_date("words", "A date that is none is refused inside",
                     [](const Session&) { return Dates{"now"}; }),
        refused_date("two", "Two dates are refused inside",
                     [](const Session& s) {
                         return Dates{at(s, seconds{0}), at(s, -hours{1})};
                     }),
        refusal_case("date.problem", "A refusal for its date tells the gateway's time", {"OHTTP-RPL-003"},
                     refusal_tells_the_time),
        plain_case("date.mended", "After a refusal for its date a new request is served", {"OHTTP-RPL-003"},
                   a_refused_date_may_be_mended),
    };
}

}  // namespace assay::conformance::oblivious
