// For tests of suites on targets that are wrong: which requirements fail, one wrong target to a process.
#pragma once
#include <deque>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "conformance/suites/test_trial.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::conformance {

/// What became of the cases of a suite on one target.
struct Failures {
    std::set<std::string> requirements;  // of all cases that failed
    std::size_t passed = 0;
    std::string cases,
        odd;  // those that failed, and those that ended as no case should, with the reason of each

    void add(const Case& one, const std::string& verdict) {
        if (verdict.starts_with("PASS")) return void(++passed);
        if (verdict.starts_with("NOT_TESTED")) return;  // what it needs first is wrong, too
        if (!verdict.starts_with("FAIL")) return void(odd += "\n  " + one.id + ": " + verdict);
        requirements.insert(one.requirements.begin(), one.requirements.end());
        cases += "\n  " + one.id + ": " + verdict;
    }
};

/// "FAIL: what should be | what was".
inline std::string verdict_text(const CaseEnd& end) {
    return std::string{name(end.verdict)} + ": " + end.failure.summary + " | " + end.failure.actual;
}

/// The verdict of a case in a process of its own, for targets that elaborate SystemC when they are opened, or
/// whose state must be as the parent has it.
inline std::string verdict_apart(const Case& one, const Target& target) {
    const auto outcome =
        kernel::run_simulation([&] { return verdict_text(judge(one, target)); }, std::chrono::seconds{60});
    if (outcome.ending.signal != 0) return "SIGNAL " + std::to_string(outcome.ending.signal);
    return outcome.report;
}

/// A target that is wrong in one named way, and exactly the requirements that this breaks.
struct WrongTarget {
    std::string what;
    std::set<std::string> breaks;
    std::function<Failures()> judged;
    bool legal = false;  // it only looks wrong, and breaks nothing
};

/// Judges each in a process of its own, as many at a time as there are processors. The requirements that each
/// was found to break.
inline std::vector<std::set<std::string>> expect_exact_failures(const std::vector<WrongTarget>& all) {
    constexpr std::size_t most_text = 100'000;
    const std::size_t at_a_time = std::max(1U, std::thread::hardware_concurrency());
    std::deque<std::unique_ptr<kernel::Child>> running;
    const auto begin = [](const WrongTarget& one) {
        return std::make_unique<kernel::Child>(
            [&](int socket) {
                const Failures found = one.judged();
                const std::string text = nlohmann::json{{"requirements", found.requirements},
                                                        {"cases", found.cases.substr(0, most_text)},
                                                        {"odd", found.odd.substr(0, most_text / 4)}}
                                             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
                return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) < 0 ? 1 : 0;
            },
            std::chrono::seconds{300});
    };
    std::vector<std::set<std::string>> out;
    const auto finish = [&](const WrongTarget& one) {
        std::string text(2 * most_text, '\0');
        const ssize_t size = ::recv(running.front()->socket(), text.data(), text.size(), 0);
        running.pop_front();
        BOOST_REQUIRE_MESSAGE(size > 0, one.what << ": its process ended without a word");
        const auto found = nlohmann::json::parse(text.substr(0, static_cast<std::size_t>(size)));
        out.push_back(found.at("requirements"));
        BOOST_TEST_CONTEXT("one that " << one.what << " fails" << found.at("cases").get<std::string>()) {
            BOOST_TEST(out.back() == one.breaks, boost::test_tools::per_element());
            BOOST_TEST(found.at("odd") == "");
        }
    };
    std::size_t finished = 0;
    for (const WrongTarget& one : all) {
        BOOST_TEST(one.breaks.empty() == one.legal, one.what);
        running.push_back(begin(one));
        if (running.size() == at_a_time) finish(all[finished++]);
    }
    while (!running.empty()) finish(all[finished++]);
    return out;
}

}  // namespace assay::conformance
