// The suite spdm on the models, which pass, and on responders that are wrong in one named way, which do not.
#include <boost/test/unit_test.hpp>

#include "conformance/suites/spdm_test_run.hpp"

namespace assay::conformance {
namespace {

using Change = std::function<void(SpdmKind kind, ByteView request, Bytes& answer)>;

/// The generic model, with its answers changed on their way.
class WrongSpdm final : public SpdmPort {
public:
    WrongSpdm(std::uint64_t seed, Change change)
        : inner_(spdm_test_model(seed)), change_(std::move(change)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    SpdmTransport transport() const override { return inner_->transport(); }
    SpdmShared shared() const override { return inner_->shared(); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        auto answer = inner_->exchange(kind, message);
        if (answer) change_(kind, message, *answer);
        return answer;
    }
    Result<Nothing, PortError> reset() override { return inner_->reset(); }

private:
    std::unique_ptr<SpdmPort> inner_;
    Change change_;
};

Target target_of(std::string id, std::function<AnyPort(std::uint64_t)> open) {
    static const auto like = spdm_test_model(1);
    return spdm_test_target(std::move(id), *like, std::move(open));
}

/// Every case passes, or is not tested for a reason that is told; at least `passes` pass.
void expect_verdicts(const std::string& uri, std::size_t passes) {
    auto target = parse_target(uri);
    BOOST_REQUIRE_MESSAGE(bool(target), (target ? "" : target.error().text()));
    const auto results = run_spdm(*std::move(target));
    for (const auto& one : results.at("cases")) {
        const std::string verdict = one.at("verdict");
        BOOST_TEST((verdict == "PASS" || verdict == "NOT_TESTED"), one.dump());
        if (verdict == "NOT_TESTED")
            BOOST_TEST(!one.at("not_tested").at("detail").get<std::string>().empty());
    }
    BOOST_TEST(verdicts(results)["PASS"] >= passes);
}

BOOST_AUTO_TEST_CASE(the_generic_model_passes_every_case) {
    expect_verdicts("model:spdm?profile=generic", 966);
}
BOOST_AUTO_TEST_CASE(the_nvidia_model_passes_what_it_claims) {
    expect_verdicts("model:spdm?profile=nvidia", 73);
}

BOOST_AUTO_TEST_CASE(the_nvidia_model_passes_over_each_transport) {
    for (const std::string transport : {"mctp", "tcp", "none"})
        expect_verdicts("model:spdm?profile=nvidia&transport=" + transport, transport == "none" ? 60 : 73);
}

class YesMan final : public SpdmPort {
public:
    std::set<std::string> capabilities() const override { return spdm_test_model(1)->capabilities(); }
    SpdmTransport transport() const override { return SpdmTransport::mctp; }
    Result<Bytes, PortError> exchange(SpdmKind, ByteView message) override {
        Bytes out{message.begin(), message.end()};
        if (out.size() > 1) out[1] = static_cast<std::uint8_t>(out[1] & 0x7F);
        return out;
    }
    Result<Nothing, PortError> reset() override { return Nothing{}; }
};

BOOST_AUTO_TEST_CASE(a_responder_that_says_yes_to_everything_passes_no_case) {
    const auto results =
        run_spdm(target_of("yes-man", [](std::uint64_t) { return AnyPort{std::make_unique<YesMan>()}; }));
    for (const auto& one : results.at("cases")) {
        BOOST_TEST((one.at("verdict") != "PASS"), one.at("id"));
        BOOST_TEST((one.at("verdict") != "ERROR"), one.dump());
    }
}

/// Requirements that fail, with the case that says so.
std::set<std::string> failing(const Change& change) {
    const auto results = run_spdm(target_of("wrong",
                                            [change](std::uint64_t seed) {
                                                return AnyPort{std::make_unique<WrongSpdm>(seed, change)};
                                            }),
                                  [](const Case& one) { return one.id.ends_with("-v12"); });
    std::set<std::string> out;
    for (const auto& one : results.at("cases"))
        if (one.at("verdict") == "FAIL")
            for (const auto& requirement : one.at("requirements")) out.insert(requirement);
    return out;
}
bool is(ByteView message, std::uint8_t code) { return message.size() > 3 && message[1] == code; }

BOOST_AUTO_TEST_CASE(wrong_responders_are_found) {
    struct Wrong {
        std::string_view what;
        Change change;
        std::string_view requirement;
    };
    const std::vector<Wrong> wrong{
        {"a signature of CHALLENGE_AUTH with another bit",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x03)) answer.back() ^= 1;
         },
         "SPDM-ID-005"},
        {"a signature of MEASUREMENTS with another bit",
         [](SpdmKind, ByteView request, Bytes& answer) {
             if (is(answer, 0x60) && (request[2] & 1) != 0) answer.back() ^= 1;
         },
         "SPDM-MEAS-003"},
        {"one nonce for ever",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x60)) {
                 const std::size_t record = 8U + (answer[5] | answer[6] << 8U);
                 std::fill_n(answer.begin() + static_cast<std::ptrdiff_t>(record), 32, std::uint8_t{0});
             }
         },
         "SPDM-MEAS-004"},
        {"ResponderVerifyData with another bit",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x64)) answer.back() ^= 1;
         },
         "SPDM-KEX-005"},
        {"a session id that is always the same",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x64)) answer[4] = answer[5] = 0xFF;
         },
         "SPDM-KEX-008"},
        {"mutual authentication that nobody offered",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x64)) answer[6] = 1;
         },
         "SPDM-KEX-001"},
        {"an algorithm that was not offered",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x63) && answer.size() > 43) answer[42] = 0x08;
         },
         "SPDM-VCA-007"},
        {"Unspecified instead of SessionRequired",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x7F) && answer[2] == 0x0B) answer[2] = 0x05;
         },
         "SPDM-SES-001"},
        {"InvalidRequest instead of VersionMismatch",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x7F) && answer[2] == 0x41) answer[2] = 0x01;
         },
         "SPDM-ERR-002"},
        {"DIGESTS of another chain",
         [](SpdmKind, ByteView, Bytes& answer) {
             if (is(answer, 0x01)) answer[10] ^= 1;
         },
         "SPDM-ID-001"},
        {"a record to a session that is not there",
         [](SpdmKind kind, ByteView request, Bytes& answer) {
             if (kind == SpdmKind::secured && answer.empty() && request.size() > 8) answer.assign(24, 0x01);
         },
         "SPDM-REC-008"},
    };
    for (const Wrong& one : wrong) {
        const auto found = failing(one.change);
        std::string list;
        for (const std::string& requirement : found) list += requirement + ' ';
        BOOST_TEST(found.contains(std::string{one.requirement}), one.what << ": " << list);
    }
}

/// Takes every record again that it has taken once: what a responder without sequence numbers would do.
class Forgetful final : public SpdmPort {
public:
    explicit Forgetful(std::uint64_t seed) : inner_(spdm_test_model(seed)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    SpdmTransport transport() const override { return inner_->transport(); }
    SpdmShared shared() const override { return inner_->shared(); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        if (kind == SpdmKind::plain) return inner_->exchange(kind, message);
        const Bytes key{message.begin(), message.end()};
        if (const auto known = answered_.find(key); known != answered_.end()) return known->second;
        auto answer = inner_->exchange(kind, message);
        if (answer) answered_.emplace(key, *answer);
        return answer;
    }
    Result<Nothing, PortError> reset() override { return inner_->reset(); }

private:
    std::unique_ptr<SpdmPort> inner_;
    std::map<Bytes, Bytes> answered_;
};

BOOST_AUTO_TEST_CASE(a_responder_that_takes_a_replay_is_found) {
    const auto results = run_spdm(
        target_of("forgetful", [](std::uint64_t seed) { return AnyPort{std::make_unique<Forgetful>(seed)}; }),
        [](const Case& one) { return one.id == "spdm.record.replayed-v12"; });
    BOOST_REQUIRE(results.at("cases").size() == 1U);
    BOOST_TEST(results.at("cases").at(0).at("verdict") == "FAIL");
}

}  // namespace
}  // namespace assay::conformance
