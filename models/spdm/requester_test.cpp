#include "models/spdm/requester.hpp"

#include <boost/test/unit_test.hpp>

#include "models/spdm/responder.hpp"
#include "models/spdm/test_device.hpp"

namespace assay::spdm {
namespace {

/// Runs a conversation in which `change` may alter each answer; the error, or "" at a good end.
std::string converse(const std::function<void(std::size_t number, Bytes& answer)>& change,
                     RequesterPlan plan = {}) {
    TestDevice device;
    Responder responder{device};
    Requester requester{std::move(plan)};
    for (std::size_t number = 0; !requester.done(); ++number) {
        Bytes answer = responder.execute(requester.next());
        change(number, answer);
        if (const auto ok = requester.receive(answer); !ok) return ok.error().text();
    }
    BOOST_TEST(requester.certificates().size() == 2U);
    BOOST_TEST(requester.report().size() > 37U + 96U);
    return "";
}

void keep(std::size_t, Bytes&) {}

BOOST_AUTO_TEST_CASE(a_good_responder_is_believed) {
    BOOST_TEST(converse(keep) == "");
    BOOST_TEST(converse([](std::size_t, Bytes& answer) { answer.resize((answer.size() + 3) / 4 * 4); }) ==
               "");
    RequesterPlan old;
    old.versions = {Version::v1_0};
    BOOST_TEST(converse(keep, old) == "");
    RequesterPlan one;
    one.operation = 9;
    one.portion = 100;
    BOOST_TEST(converse(keep, one) == "");
}

// 0 VERSION, 1 CAPABILITIES, 2 ALGORITHMS, 3 DIGESTS, 4 CERTIFICATE (one portion), 5 MEASUREMENTS.
BOOST_AUTO_TEST_CASE(every_bit_of_an_answer_matters) {
    std::vector<Bytes> answers;
    BOOST_TEST(converse([&](std::size_t, Bytes& answer) { answers.push_back(answer); }) == "");
    BOOST_REQUIRE(answers.size() == 6U);
    // Reserved bytes are ignored, and so are figures that a requester only reports.
    const std::vector<std::vector<std::size_t>> ignored{
        {2, 3, 4, 6, 7, 8, 9},
        {2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
        {3, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 34, 35},
        {2},
        {2, 3},
        {}};
    for (std::size_t number = 0; number < answers.size(); ++number)
        for (std::size_t at = 0; at < answers[number].size(); at += at < 60 ? 1 : 29) {
            if (std::ranges::find(ignored[number], at) != ignored[number].end()) continue;
            const std::string error = converse([&](std::size_t n, Bytes& answer) {
                if (n == number) answer[at] ^= 0x40;
            });
            BOOST_TEST(!error.empty(), "answer " << number << ", byte " << at);
        }
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    for (std::size_t number = 0; number < 6; ++number)
        for (std::size_t cut : {1U, 2U, 5U, 97U, 100'000U}) {
            const std::string error = converse([&](std::size_t n, Bytes& answer) {
                if (n == number) answer.resize(answer.size() - std::min(cut, answer.size()));
            });
            BOOST_TEST(!error.empty(), "answer " << number << " without " << cut);
        }
}

BOOST_AUTO_TEST_CASE(an_error_is_passed_on_by_name) {
    const std::string error = converse([](std::size_t n, Bytes& answer) {
        if (n == 5) answer = *from_hex("117f07e0");
    });
    BOOST_TEST(error == "GET_MEASUREMENTS: ERROR(UnsupportedRequest)");
    BOOST_TEST(converse([](std::size_t n, Bytes& answer) {
                   if (n == 0) answer = *from_hex("1004000000020012 0013");
               }) == "GET_VERSION: no common version");
    BOOST_TEST(converse([](std::size_t n, Bytes& answer) {
                   if (n == 1) answer[8] = 0x18;
               }) == "GET_CAPABILITIES: Flags contradict each other");
}

}  // namespace
}  // namespace assay::spdm
