// The judge judged: every way in which a case can end, and what is kept of it.
#include <csignal>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

const Bytes ping{1, 2, 3};

void expect_echo(Trial& trial) {
    const Bytes answer = trial.need(trial.gpu().exchange(ping), "an answer");
    trial.expect(equal(answer, ping), "no-echo", "the answer is the request", to_hex(answer));
}
Target failing(PortError::Kind kind) {
    return scripted_target("failing", [kind](ByteView) { return PortError{kind, "it is so"}; });
}
[[noreturn]] void crash() {
    ::raise(SIGSEGV);
    ::_exit(0);
}
[[noreturn]] void hang() {
    for (;;) ::pause();
}
json evidence_named(const json& result, std::string_view id) {
    for (const json& evidence : result.at("evidence"))
        if (evidence.at("id") == id) return evidence;
    return {};
}
Evidence some_evidence(std::string id = "kept") {
    return {std::move(id), "other", "kept.bin", "application/octet-stream", {7, 7}, {{"field", 1, {7}}}};
}

BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(a_case_whose_checks_hold_passes_and_shows_no_events) {
    const json result = outcome_of(test_case("t.echo", expect_echo), echo());
    BOOST_TEST(result.at("verdict") == "PASS");
    BOOST_TEST(result.at("checks").at("done") == 1);
    BOOST_TEST(result.at("events").at("count") == 2);
    BOOST_TEST(result.at("events").at("inline").empty());
    BOOST_TEST(result.at("evidence").empty());
}

BOOST_AUTO_TEST_CASE(a_check_that_does_not_hold_fails_with_the_messages_that_show_it) {
    const auto wrong = scripted_target("wrong", [](ByteView) { return Bytes{9}; });
    const json result = outcome_of(test_case("t.echo", expect_echo), wrong);
    BOOST_TEST(result.at("verdict") == "FAIL");
    BOOST_TEST(result.at("failure").at("code") == "no-echo");
    BOOST_TEST(result.at("failure").at("expected") == "the answer is the request");
    BOOST_TEST(result.at("failure").at("actual") == "09");
    BOOST_TEST(result.at("failure").at("clause") == "A document, 1");
    BOOST_TEST(result.at("checks").at("violated") == 1);
    BOOST_TEST(result.at("events").at("inline").size() == 2u);
    BOOST_TEST(result.at("events").at("inline").at(1).at("bytes").at("offset") == 3);
    BOOST_TEST(evidence_named(result, "messages").at("size") == 4);
    BOOST_TEST(evidence_named(result, "events").at("kind") == "log");
}

BOOST_AUTO_TEST_CASE(without_a_must_among_its_requirements_a_failure_is_a_warning) {
    const auto wrong = scripted_target("wrong", [](ByteView) { return Bytes{9}; });
    for (const std::vector<std::string>& ids :
         {std::vector<std::string>{"T-SHOULD-001"}, {"T-MAY-001"}, {"T-MAY-001", "T-SHOULD-001"}})
        BOOST_TEST(outcome_of(test_case("t.echo", expect_echo, ids), wrong).at("verdict") == "WARN");
    BOOST_TEST(
        outcome_of(test_case("t.echo", expect_echo, {"T-MAY-001", "T-MUST-001"}), wrong).at("verdict") ==
        "FAIL");
}

BOOST_AUTO_TEST_CASE(a_case_that_expects_nothing_is_an_error) {
    using Body = std::function<void(Trial&)>;
    const Body only_asks = [](Trial& t) {
        static_cast<void>(t.gpu().exchange(ping));
    };
    for (const Body& lazy : {Body{[](Trial&) {
                             }},
                             only_asks}) {
        const json result = outcome_of(test_case("t.lazy", lazy), echo());
        BOOST_TEST(result.at("verdict") == "ERROR");
        BOOST_TEST(result.at("error").at("code") == "harness");
        BOOST_TEST(result.at("error").at("summary") == "the case expects nothing");
    }
    Case only_prepares = test_case("t.lazy", [](Trial&) {});
    only_prepares.prepare = [](Trial& t) {
        t.expect(true, "c", "s", "a");
    };
    BOOST_TEST(outcome_of(only_prepares, echo()).at("verdict") == "ERROR");
}

BOOST_AUTO_TEST_CASE(what_fails_in_preparation_is_not_tested) {
    Case one = test_case("t.prepared", expect_echo);
    one.prepare = [](Trial& t) {
        t.expect(false, "c", "it is ready", "it is not");
    };
    json result = outcome_of(one, echo());
    BOOST_TEST(result.at("verdict") == "NOT_TESTED");
    BOOST_TEST(result.at("not_tested").at("reason") == "dependency");

    one.prepare = [](Trial& t) {
        t.need(t.gpu().exchange(ping), "an answer");
    };
    for (const auto& [kind, reason] :
         {std::pair{PortError::Kind::io, "dependency"}, std::pair{PortError::Kind::refused, "dependency"},
          std::pair{PortError::Kind::not_supported, "not-supported"}}) {
        result = outcome_of(one, failing(kind));
        BOOST_TEST(result.at("verdict") == "NOT_TESTED");
        BOOST_TEST(result.at("not_tested").at("reason") == reason);
    }
    for (const auto kind : {PortError::Kind::crash, PortError::Kind::timeout})
        BOOST_TEST(outcome_of(one, failing(kind)).at("verdict") == "ERROR");
}

BOOST_AUTO_TEST_CASE(each_port_error_has_its_verdict_while_judging) {
    const Case one = test_case("t.echo", expect_echo);
    for (const auto kind : {PortError::Kind::io, PortError::Kind::refused}) {
        const json result = outcome_of(one, failing(kind));
        BOOST_TEST(result.at("verdict") == "FAIL");
        BOOST_TEST(result.at("failure").at("actual") == "it is so");
    }
    BOOST_TEST(outcome_of(one, failing(PortError::Kind::not_supported)).at("not_tested").at("reason") ==
               "not-supported");
    BOOST_TEST(outcome_of(one, failing(PortError::Kind::crash)).at("error").at("code") == "target-crash");
    BOOST_TEST(outcome_of(one, failing(PortError::Kind::timeout)).at("error").at("code") == "target-timeout");
}

BOOST_AUTO_TEST_CASE(a_capability_that_the_target_lacks_is_not_tested_without_running) {
    Case one = test_case("t.needy", [](Trial&) { crash(); });
    one.needs = {"spdm", "power-on-reset"};
    const json result = outcome_of(one, echo());
    BOOST_TEST(result.at("not_tested").at("reason") == "not-supported");
    BOOST_TEST(result.at("not_tested").at("detail") == "the target lacks power-on-reset");
}

BOOST_AUTO_TEST_CASE(a_case_may_end_as_not_tested_by_itself) {
    const Case one =
        test_case("t.absent", [](Trial& t) { t.not_tested(NotTested::no_device, "no GPU\n\x1b[2J"); });
    const json result = outcome_of(one, echo());
    BOOST_TEST(result.at("not_tested").at("reason") == "no-device");
    BOOST_TEST(result.at("not_tested").at("detail") == "no GPU\\x0a\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(a_crash_is_an_error_that_keeps_the_request_that_caused_it) {
    const auto fragile = scripted_target("fragile", [](ByteView request) -> Result<Bytes, PortError> {
        if (request.size() == 4) crash();
        return Bytes{request.begin(), request.end()};
    });
    const Case one = test_case("t.crash", [](Trial& trial) {
        expect_echo(trial);
        trial.attach(some_evidence());
        (void)trial.gpu().exchange(Bytes{0xDE, 0xAD, 0xBE, 0xEF});
    });
    const json result = outcome_of(one, fragile);
    BOOST_TEST(result.at("verdict") == "ERROR");
    BOOST_TEST(result.at("error").at("code") == "target-crash");
    BOOST_TEST(result.at("error").at("signal") == SIGSEGV);
    BOOST_TEST(result.at("checks").at("done") == 1);
    BOOST_TEST(evidence_named(result, "kept").at("size") == 2);
    BOOST_TEST(evidence_named(result, "messages").at("size") == 3 + 3 + 4);
    const json& last = result.at("events").at("inline").back();
    BOOST_TEST(last.at("outcome") == "violated");
    BOOST_TEST(last.at("bytes").at("length") == 4);
}

BOOST_AUTO_TEST_CASE(a_target_that_leaves_the_process_is_a_crash_with_its_exit_code) {
    const auto leaver = scripted_target("leaver", [](ByteView) -> Result<Bytes, PortError> { ::_exit(0); });
    const json result = outcome_of(test_case("t.echo", expect_echo), leaver);
    BOOST_TEST(result.at("error").at("code") == "target-crash");
    BOOST_TEST(result.at("error").at("exit_code") == 0);
}

BOOST_AUTO_TEST_CASE(a_hang_is_an_error_after_the_time_limit) {
    RunOptions options;
    options.timeout_s = 1;
    const auto sleeper = scripted_target("sleeper", [](ByteView) -> Result<Bytes, PortError> { hang(); });
    json result = outcome_of(test_case("t.echo", expect_echo), sleeper, options);
    BOOST_TEST(result.at("error").at("code") == "target-timeout");
    BOOST_TEST(result.at("events").at("inline").back().at("bytes").at("length") == 3);

    // One that does not hear the alarm is ended from outside.
    const auto deaf = scripted_target("deaf", [](ByteView) -> Result<Bytes, PortError> {
        std::signal(SIGALRM, SIG_IGN);
        hang();
    });
    result = outcome_of(test_case("t.echo", expect_echo), deaf, options);
    BOOST_TEST(result.at("error").at("code") == "target-timeout");
}

BOOST_AUTO_TEST_CASE(a_crash_of_the_case_itself_is_the_harness_s) {
    json result = outcome_of(test_case("t.broken", [](Trial&) { crash(); }), echo());
    BOOST_TEST(result.at("error").at("code") == "harness");
    result = outcome_of(test_case("t.broken", [](Trial&) { throw std::runtime_error("oh"); }), echo());
    BOOST_TEST(result.at("error").at("code") == "harness");
    BOOST_TEST(result.at("error").at("summary") == "the case ended by an exception: oh");
    result = outcome_of(test_case("t.broken", [](Trial& t) { (void)t.verifier(); }), echo());
    BOOST_TEST(result.at("error").at("code") == "harness");
}

BOOST_AUTO_TEST_CASE(an_exception_out_of_a_target_is_the_target_s) {
    const auto thrower = scripted_target(
        "thrower", [](ByteView) -> Result<Bytes, PortError> { throw std::runtime_error("oh"); });
    const json result = outcome_of(test_case("t.echo", expect_echo), thrower);
    BOOST_TEST(result.at("error").at("code") == "target-crash");

    Target unopened = echo();
    unopened.open = [](std::uint64_t) -> AnyPort {
        throw std::runtime_error("no such device");
    };
    BOOST_TEST(outcome_of(test_case("t.echo", expect_echo), unopened).at("error").at("code") == "target-io");
}

BOOST_AUTO_TEST_CASE(evidence_has_ids_and_files_of_its_own_or_the_case_is_an_error) {
    json result = outcome_of(test_case("t.twice",
                                       [](Trial& t) {
                                           t.attach(some_evidence());
                                           t.attach(some_evidence());
                                           t.expect(false, "c", "s", "a");
                                       }),
                             echo());
    BOOST_TEST(evidence_named(result, "kept").at("path") == "evidence/echo/t.twice/kept.bin");
    BOOST_TEST(evidence_named(result, "kept").at("fields").size() == 1u);
    BOOST_TEST(evidence_named(result, "kept-2").at("path") == "evidence/echo/t.twice/kept-2.bin");

    Evidence climbing = some_evidence();
    climbing.file_name = "../kept.bin";
    Evidence unkind = some_evidence();
    unkind.kind = "secret";
    for (const Evidence& bad : {some_evidence("messages"), some_evidence("A B"), climbing, unkind}) {
        result = outcome_of(test_case("t.bad", [bad](Trial& t) { t.attach(bad); }), echo());
        BOOST_TEST(result.at("error").at("code") == "harness");
    }
}

BOOST_AUTO_TEST_CASE(hostile_texts_and_long_logs_become_a_valid_document) {
    const std::string hostile = "\"><script>\r\n\x1b[31m\xff" + std::string(20'000, 'x');
    const json result =
        outcome_of(test_case("t.hostile",
                             [&](Trial& t) {
                                 for (int i = 0; i < 500; ++i)
                                     t.note({.kind = Event::Kind::note, .actor = hostile, .name = hostile});
                                 Failure failure{hostile, hostile, hostile, hostile, {}};
                                 for (std::size_t i = 0; i < 100; ++i)
                                     failure.differences.push_back(
                                         {hostile, hostile, i, Bytes(10'000, 1), Bytes(10'000, 2), hostile});
                                 t.expect(false, failure);
                             }),
                   echo());
    BOOST_TEST(result.at("verdict") == "FAIL");
    BOOST_TEST(result.at("events").at("count") == 500);
    BOOST_TEST(result.at("events").at("inline").size() == 400u);
    BOOST_TEST(result.at("events").at("truncated") == true);
    BOOST_TEST(result.at("failure").at("diffs").size() == 64u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
