// Runs: order, determinism, limits, what is written where.
#include <csignal>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

void expect_random_echo(Trial& trial) {
    Bytes request(8);
    trial.random().fill(request);
    trial.attach({"request", "input", "request.bin", {}, request, {}});
    const Bytes answer = trial.need(trial.gpu().exchange(request), "an answer");
    trial.expect(equal(answer, request), "no-echo", "the answer is the request", to_hex(answer));
}
Target wrong() {
    return scripted_target("wrong", [](ByteView) { return Bytes{9}; });
}
std::vector<Case> several() {
    std::vector<Case> out;
    for (const char* id : {"t.a", "t.b", "t.b.c", "t.d", "t.e"})
        out.push_back(test_case(id, expect_random_echo));
    return out;
}
/// Every file of a folder and its content.
std::map<std::string, std::string> content_of(const std::filesystem::path& folder) {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.is_regular_file())
            out[std::filesystem::relative(entry.path(), folder).string()] = text_of(entry.path());
    return out;
}
std::vector<std::string> verdicts(const json& results) {
    std::vector<std::string> out;
    for (const json& one : results.at("cases")) out.push_back(one.at("verdict"));
    return out;
}

BOOST_AUTO_TEST_SUITE(runs)

BOOST_AUTO_TEST_CASE(case_seeds_are_those_of_the_published_vectors) {
    BOOST_TEST(case_seed(42, "demo.ok") == 0x4ee5c5356c8e835cu);
    BOOST_TEST(case_seed(42, "spdm.challenge.truncated-m2") == 0x60ae06b61e098ddau);
    BOOST_TEST(case_seed(42, "kms.release.policy-match") == 0x4593091105e7ae34u);
}

BOOST_AUTO_TEST_CASE(a_run_gives_the_same_bytes_twice_and_with_any_number_of_jobs) {
    const TemporaryFolder folder;
    const Plan plan = plan_of(test_catalogue(several()), {wrong(), echo()});
    std::map<std::string, std::string> first;
    for (const unsigned jobs : {1u, 1u, 2u, 7u}) {
        RunOptions options;
        options.out = folder.path / "run";
        options.jobs = jobs;
        std::filesystem::remove_all(options.out);
        const json results = run_quietly(plan, options);
        BOOST_TEST(schema_violations(results).empty());
        BOOST_TEST(semantic_violations(results, options.out).empty());
        BOOST_TEST(text_of(options.out / "results.json") == canonical_text(results));
        if (first.empty()) first = content_of(options.out);
        BOOST_TEST((content_of(options.out) == first), jobs << " jobs");
    }
    // Per target: one request a case; where it failed also messages and events.
    BOOST_TEST(first.size() == 2u + 5 + 5 * 3);
}

// A run tells at least every 30 s how far it is (reports.md, 3; command line, 6), also while one case takes
// long.
BOOST_AUTO_TEST_CASE(a_run_says_how_far_it_is_while_a_case_takes_long) {
    // The slow case goes on when it has been told three times that it is the one of two that is left.
    std::array<int, 2> pipe{};
    BOOST_REQUIRE(::pipe(pipe.data()) == 0);
    struct Listener final : RunObserver {
        explicit Listener(int to) : to_(to) {}
        void heartbeat(std::size_t done, std::size_t total, std::size_t failed) override {
            if (std::array{done, total, failed} == std::array<std::size_t, 3>{1, 2, 1} && ++times == 3)
                static_cast<void>(::write(to_, "3", 1) == 1);
        }
        unsigned times = 0;

    private:
        int to_;
    } listener{pipe[1]};
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.reproducible = true;
    BOOST_TEST(options.heartbeat <= std::chrono::seconds{30});
    options.heartbeat = std::chrono::milliseconds{100};
    options.timeout_s = 60;
    const Catalogue& catalogue = test_catalogue(
        {test_case("t.a", expect_random_echo), test_case("t.slow", [from = pipe[0]](Trial& trial) {
             char byte = 0;
             static_cast<void>(::read(from, &byte, 1) == 1);
             expect_random_echo(trial);
         })});
    const json results = run(plan_of(catalogue, {wrong()}), options, listener);
    BOOST_TEST(listener.times >= 3U);
    BOOST_TEST(results.at("cases").at(1).at("verdict") == "FAIL");  // not ERROR, of waiting in vain
    for (const int end : pipe) ::close(end);
}

BOOST_AUTO_TEST_CASE(every_target_sees_the_same_stimulus_and_every_case_another) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    run_quietly(plan_of(test_catalogue(several()), {echo("one"), echo("two")}), options);
    const auto request = [&](const char* path) {
        return text_of(options.out / "evidence" / path / "request.bin");
    };
    BOOST_TEST(request("one/t.a").size() == 8u);
    BOOST_TEST((request("one/t.a") == request("two/t.a")));
    BOOST_TEST((request("one/t.a") != request("one/t.b")));
}

BOOST_AUTO_TEST_CASE(cases_are_in_order_of_id_and_target) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 3;
    const json results = run_quietly(plan_of(test_catalogue(several()), {echo("two"), echo("one")}), options);
    std::vector<std::string> keys;
    for (const json& one : results.at("cases"))
        keys.push_back(one.at("id").get<std::string>() + " " + one.at("target").get<std::string>());
    BOOST_TEST(keys.size() == 10u);
    BOOST_TEST(keys.at(0) == "t.a one");
    BOOST_TEST(keys.at(1) == "t.a two");
    BOOST_TEST(std::is_sorted(keys.begin(), keys.end()));
}

BOOST_AUTO_TEST_CASE(a_target_of_another_kind_gets_no_case) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    Target other = echo("verifier");
    other.port = PortKind::appraisal;
    const json results = run_quietly(plan_of(test_catalogue(several()), {other}), options);
    BOOST_TEST(results.at("cases").empty());
    BOOST_TEST(results.at("requirements").empty());
    BOOST_TEST(results.at("summary").at("verdict") == "INCOMPLETE");
    BOOST_TEST(exit_code(results, false) == 4);
}

BOOST_AUTO_TEST_CASE(requirements_whose_cases_were_not_chosen_show_as_without_case) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    auto cases = several();
    cases.push_back(test_case("t.z", expect_random_echo, {"T-MAY-001"}));
    Plan plan = plan_of(test_catalogue(std::move(cases)), {echo()});
    plan.cases.pop_back();
    const json results = run_quietly(plan, options);
    BOOST_TEST(results.at("coverage").at("requirements_without_case") == json::array({"T-MAY-001"}));
    BOOST_TEST(results.at("coverage").at("controls").at(0).at("state") == "partly-exercised");
}

BOOST_AUTO_TEST_CASE(fail_fast_leaves_the_rest_untested) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.fail_fast = 2;
    const json results = run_quietly(plan_of(test_catalogue(several()), {wrong()}), options);
    const std::vector<std::string> expected{"FAIL", "FAIL", "NOT_TESTED", "NOT_TESTED", "NOT_TESTED"};
    BOOST_TEST((verdicts(results) == expected));
    BOOST_TEST(results.at("cases").at(2).at("not_tested").at("reason") == "aborted");
    BOOST_TEST(exit_code(results, false) == 1);
}

volatile int stop = 0;

BOOST_AUTO_TEST_CASE(a_signal_ends_what_runs_and_leaves_the_rest_untested) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.stop_signal = &stop;
    struct Stopper final : RunObserver {
        void event(const Case& test, const Target&, const Event& event) override {
            if (test.id == "t.b" && event.name == "now") stop = SIGINT;
        }
    } stopper;
    std::vector<Case> cases{
        test_case("t.a", expect_random_echo),
        test_case("t.b",
                  [](Trial& t) {
                      t.note({.kind = Event::Kind::note, .actor = "suite", .name = "now"});
                      for (;;) ::pause();
                  }),
        test_case("t.c", expect_random_echo)};
    const json results = run(plan_of(test_catalogue(std::move(cases)), {echo()}), options, stopper);
    stop = 0;
    const std::vector<std::string> expected{"PASS", "NOT_TESTED", "NOT_TESTED"};
    BOOST_TEST((verdicts(results) == expected));
}

BOOST_AUTO_TEST_CASE(repeated_attempts_that_differ_are_nondeterminism) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.repeat = 3;
    BOOST_TEST(outcome_of(test_case("t.same", expect_random_echo), echo(), options).at("verdict") == "PASS");

    const auto counter = folder.path / "counter";
    const Case changing = test_case("t.changes", [counter](Trial& t) {
        const std::string seen = text_of(counter) + "x";
        write_file(counter, as_bytes(seen));
        t.expect(seen.size() < 3, "c", "a third attempt is as the first", seen);
    });
    json result = outcome_of(changing, echo(), options);
    BOOST_TEST(result.at("error").at("code") == "nondeterminism");
    BOOST_TEST(result.at("error").at("summary") == "attempt 3: verdict FAIL, first PASS");

    const Case drifting = test_case("t.drifts", [counter](Trial& t) {
        const std::string seen = text_of(counter) + "x";
        write_file(counter, as_bytes(seen));
        t.attach({"size", "other", "size.bin", {}, Bytes(seen.size()), {}});
        t.expect(true, "c", "s", "a");
    });
    result = outcome_of(drifting, echo(), options);
    BOOST_TEST(result.at("error").at("summary") == "attempt 2: another evidence than the first");
}

BOOST_AUTO_TEST_CASE(volatile_holds_what_may_differ_and_the_digest_does_not_see_it) {
    const TemporaryFolder folder;
    const Plan plan = plan_of(test_catalogue(several()), {echo()});
    RunOptions options;
    options.out = folder.path / "run";
    options.argv = {"assay", "run", "", "\x1b[2J"};
    RunObserver silent;
    const json noisy = run(plan, options, silent);
    const json quiet = run_quietly(plan, options);
    BOOST_TEST(noisy.contains("volatile"));
    BOOST_TEST(!quiet.contains("volatile"));
    BOOST_TEST(content_digest(noisy) == content_digest(quiet));
    BOOST_TEST(noisy.at("volatile").at("case_times").size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_run_that_cannot_be_written_says_which_file_and_leaves_no_results) {
    const TemporaryFolder folder;
    RunOptions options;
    const Plan plan = plan_of(test_catalogue(several()), {echo()});
    write_file(folder.path / "file", {});
    options.out = folder.path / "file" / "run";
    BOOST_CHECK_THROW(run_quietly(plan, options), std::runtime_error);

    options.out = folder.path / "run";
    std::filesystem::create_directories(options.out);
    write_file(options.out / "evidence", {});  // where a folder must be
    write_file(options.out / "results.json", as_bytes("{}"));
    BOOST_CHECK_THROW(run_quietly(plan, options), std::runtime_error);
    BOOST_TEST(!std::filesystem::exists(options.out / "results.json"));
}

BOOST_AUTO_TEST_CASE(two_targets_of_one_id_are_refused) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    BOOST_CHECK_THROW(run_quietly(plan_of(test_catalogue(several()), {echo(), echo()}), options),
                      std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(only_an_empty_folder_or_with_force_an_earlier_run_is_taken) {
    const TemporaryFolder folder;
    const auto out = folder.path / "a" / "run";
    BOOST_TEST(bool(prepare_run_directory(out, false)));
    RunOptions options;
    options.out = out;
    run_quietly(plan_of(test_catalogue(several()), {echo()}), options);
    BOOST_TEST(!prepare_run_directory(out, false));
    write_file(out / "notes.txt", as_bytes("mine"));
    const auto refused = prepare_run_directory(out, true);
    BOOST_TEST(!refused);
    BOOST_TEST(refused.error().find("notes.txt") != std::string::npos);
    std::filesystem::remove(out / "notes.txt");
    BOOST_TEST(bool(prepare_run_directory(out, true)));
    BOOST_TEST(std::filesystem::is_empty(out));

    write_file(out / "results.json", as_bytes("{\"schema\":\"another\"}"));
    BOOST_TEST(!prepare_run_directory(out, true));
    BOOST_TEST(!prepare_run_directory(out / "results.json", true));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
