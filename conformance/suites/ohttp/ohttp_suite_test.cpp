// The suite ohttp on its model, and on services that are wrong in one named way.
#include <set>

#include <boost/test/unit_test.hpp>

#include "conformance/targets/model_ohttp.hpp"
#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

/// The model, with something done to what goes in or comes out.
class Altered : public OhttpPort {
public:
    explicit Altered(std::uint64_t seed) : port_(make_model_ohttp(seed)) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        return port_->to_relay(request);
    }
    Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned number) override {
        return port_->to_gateway(request, number);
    }
    OhttpResource resource() const override { return port_->resource(); }
    Instant now() const override { return port_->now(); }
    Result<Nothing, PortError> advance(std::chrono::seconds time) override { return port_->advance(time); }
    Result<Nothing, PortError> rotate(std::chrono::seconds grace) override { return port_->rotate(grace); }
    Result<std::vector<OhttpHop>, PortError> hops() override { return port_->hops(); }
    Result<Bytes, PortError> records() override { return port_->records(); }
    std::vector<Event> take_events() override { return port_->take_events(); }

protected:
    static bool is_keys(const HttpRequest& request) { return request.method == "GET"; }
    std::unique_ptr<OhttpPort> port_;
};

/// Has keys, and says 200 to everything.
class YesService final : public Altered {
public:
    using Altered::Altered;
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override { return answer(request); }
    Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned) override {
        return answer(request);
    }
    Result<Nothing, PortError> advance(std::chrono::seconds) override { return Nothing{}; }
    Result<Nothing, PortError> rotate(std::chrono::seconds) override { return Nothing{}; }

private:
    Result<HttpResponse, PortError> answer(const HttpRequest& request) {
        if (is_keys(request)) return port_->to_relay(request);
        return HttpResponse{
            200, {{"content-type", "message/ohttp-res"}, {"cache-control", "no-store"}}, request.body};
    }
};
/// Has keys, and refuses everything.
class NoService final : public Altered {
public:
    using Altered::Altered;
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        if (is_keys(request)) return port_->to_relay(request);
        return HttpResponse{.status = 422};
    }
    Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned) override {
        return to_relay(request);
    }
};

// Wrong in one way.
class TellsTheCause final : public Altered {
public:
    using Altered::Altered;
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        auto out = port_->to_relay(request);
        if (out && out->status == 422 && !request.body.empty() &&
            request.body[0] == 0)  // key id 0 is unknown

            out->body.push_back('!');
        return out;
    }
};
class KeysPerClient final : public Altered {
public:
    using Altered::Altered;
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        auto out = port_->to_relay(request);
        if (out && is_keys(request) && find_field(request.fields, "cookie"))
            append(out->body, from_hex("0003000000").value());
        return out;
    }
};
class NamesTheClient final : public Altered {
public:
    using Altered::Altered;
    Result<std::vector<OhttpHop>, PortError> hops() override {
        auto out = port_->hops();
        if (out)
            for (OhttpHop& hop : *out) hop.request.fields.push_back({"X-Forwarded-For", "192.0.2.1"});
        return out;
    }
};
class OneIdForAllHops final : public Altered {
public:
    using Altered::Altered;
    Result<std::vector<OhttpHop>, PortError> hops() override {
        auto out = port_->hops();
        if (out)
            for (OhttpHop& hop : *out)
                set_field(hop.request.fields, "x-request-id", "00112233445566778899aabbccddeeff");
        return out;
    }
};
class LogsContent final : public Altered {
public:
    using Altered::Altered;
    Result<Bytes, PortError> records() override {
        const ByteView line = as_bytes("prompt canary-93c4e0");
        return Bytes{line.begin(), line.end()};
    }
};
class CachesAnswers final : public Altered {
public:
    using Altered::Altered;
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        auto out = port_->to_relay(request);
        if (out) remove_fields(out->fields, "cache-control");
        return out;
    }
};
class NeverRevokes final : public Altered {
public:
    using Altered::Altered;
    Result<Nothing, PortError> rotate(std::chrono::seconds) override {
        return port_->rotate(std::chrono::hours{1});
    }
};
/// As if its memory of requests were lost at every step of time.
class ServesAgain final : public Altered {
public:
    explicit ServesAgain(std::uint64_t seed) : Altered(seed), seed_(seed) {}
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        if (!is_keys(request)) {
            port_ = make_model_ohttp(seed_);
            static_cast<void>(port_->advance(time_));
        }
        return port_->to_relay(request);
    }
    Result<Nothing, PortError> advance(std::chrono::seconds time) override {
        time_ += time;
        return port_->advance(time);
    }

private:
    std::uint64_t seed_;
    std::chrono::seconds time_{0};
};

template <class Port>
Target target_of(std::string id) {
    Target out;
    out.id = std::move(id);
    out.uri = "test:ohttp";
    out.kind = "software";
    out.port = PortKind::ohttp;
    out.capabilities = {"clock", "gateway", "hops", "records", "rotation", "second-gateway"};
    out.open = [](std::uint64_t seed) {
        return AnyPort{std::make_unique<Port>(seed)};
    };
    return out;
}

/// What no wrong service of this file gets wrong: left out for it.
bool is_about_one_message(const Case& one) {
    constexpr std::array<std::string_view, 9> topics{"ohttp.balancer.", "ohttp.content.", "ohttp.enc.",
                                                     "ohttp.header.",   "ohttp.label.",   "ohttp.outer.",
                                                     "ohttp.sealed.",   "ohttp.size.",    "ohttp.target."};
    return std::ranges::any_of(topics, [&](std::string_view topic) { return one.id.starts_with(topic); });
}

/// Cases by verdict.
std::map<std::string, std::set<std::string>> verdicts(Target target, bool all = true) {
    Plan plan;
    plan.targets = {std::move(target)};
    for (const Suite& suite : suites())
        if (suite.port == PortKind::ohttp)
            for (const Case& one : suite.cases)
                if (all || !is_about_one_message(one)) plan.cases.push_back(&one);
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 2;
    std::map<std::string, std::set<std::string>> out;
    const nlohmann::json results = run_quietly(plan, options);
    for (const nlohmann::json& one : results.at("cases")) {
        out[one.at("verdict")].insert(one.at("id"));
        if (one.at("verdict") == "ERROR") BOOST_TEST_MESSAGE(one.dump());
    }
    return out;
}

using Ids = std::set<std::string>;

BOOST_AUTO_TEST_SUITE(oblivious_http)

BOOST_AUTO_TEST_CASE(the_model_passes_every_case) {
    const auto model = parse_target("model:ohttp");
    BOOST_REQUIRE(model);
    const auto got = verdicts(*model);
    BOOST_TEST(got.size() == 1U);
    for (const auto& [verdict, ids] : got)
        for (const std::string& id : ids) BOOST_TEST(verdict == "PASS", id << ": " << verdict);
    BOOST_TEST(got.at("PASS").size() > 120U);
}

BOOST_AUTO_TEST_CASE(a_service_that_says_yes_passes_no_case) {
    const auto got = verdicts(target_of<YesService>("yes"));
    BOOST_TEST(!got.contains("PASS"));
    BOOST_TEST(!got.contains("ERROR"));
    if (got.contains("PASS"))
        for (const std::string& id : got.at("PASS")) BOOST_TEST(id == "");
}

BOOST_AUTO_TEST_CASE(a_service_that_says_no_passes_no_case) {
    const auto got = verdicts(target_of<NoService>("no"));
    if (got.contains("PASS"))
        for (const std::string& id : got.at("PASS")) BOOST_TEST(id == "");
    BOOST_TEST(!got.contains("ERROR"));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_wrong_in_one_way_fails_the_cases_of_that) {
    const auto fails = [](Target target, const Ids& expected) {
        const auto got = verdicts(std::move(target), false);
        Ids failed;
        for (const char* verdict : {"FAIL", "WARN"})
            if (got.contains(verdict)) failed.insert(got.at(verdict).begin(), got.at(verdict).end());
        BOOST_TEST(failed == expected, boost::test_tools::per_element());
    };
    fails(target_of<TellsTheCause>("tells"), {"ohttp.failure.one-answer"});
    fails(target_of<KeysPerClient>("keys"), {"ohttp.keys.everyone"});
    fails(target_of<NamesTheClient>("names"), {"ohttp.relay.address"});
    fails(target_of<OneIdForAllHops>("one-id"), {"ohttp.ids.unrelated"});
    fails(target_of<LogsContent>("logs"),
          {"ohttp.leak.denied", "ohttp.leak.malformed", "ohttp.leak.served", "ohttp.leak.undated"});
    fails(target_of<CachesAnswers>("caches"), {"ohttp.response.media-type"});
    fails(target_of<NeverRevokes>("never"), {"ohttp.rotation.expired", "ohttp.rotation.revoked"});
}

BOOST_AUTO_TEST_CASE(a_service_that_forgets_requests_fails_every_case_of_replay) {
    const auto got = verdicts(target_of<ServesAgain>("again"), false);
    BOOST_REQUIRE(got.contains("FAIL"));
    for (const char* id : {"ohttp.replay.twice", "ohttp.replay.others", "ohttp.replay.minutes"})
        BOOST_TEST(got.at("FAIL").contains(id), id);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
