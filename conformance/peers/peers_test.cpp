// Whether the differ finds what is wrong, and nothing where there is nothing: two models with other keys, and
// answers that are changed in one place. The expectations are those of script/peers.
#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include "conformance/peers/difference.hpp"
#include "conformance/peers/walk.hpp"
#include "conformance/targets/model_tpm.hpp"
#include "models/tpm/commands.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance::peers {
namespace {

const Expectations& expectations() {
    static const Expectations once = [] {
        const char* source = std::getenv("ASSAY_SOURCE");
        return read_expectations(std::string{source != nullptr ? source : "."} +
                                 "/conformance/peers/tpm_expected.json");
    }();
    return once;
}

template <class Drive>
ExchangeLog log_of(std::uint64_t seed, const Drive& drive) {
    tpm::Config config;
    config.object_slots = 3;
    const auto port = make_model_tpm(seed, config);
    ExchangeLog log;
    RecordingPort recording{*port, log, 1, 5};
    drive(recording);
    return log;
}
ExchangeLog tour_of(std::uint64_t seed) { return log_of(seed, tour); }

std::size_t unexplained(const ExchangeLog& ours, const ExchangeLog& theirs) {
    Comparison comparison{expectations()};
    comparison.compare("test", ours, theirs);
    return comparison.unexplained();
}

/// A code that is nearly the right one: the next parameter, another error, a refusal of what was done.
Bytes with_wrong_code(const Bytes& response) {
    const auto code = static_cast<std::uint32_t>(tpm::response_code(response).value());
    if (code == 0) return from_hex("80010000000a00000185").value();
    Bytes out = response;
    const std::uint32_t wrong = (code & 0x80) != 0 ? code ^ 0x100 : code ^ 1;
    std::ranges::copy(store(wrong, tpm::byte_order), out.begin() + 6);
    return out;
}

ExchangeLog one_exchange(const Bytes& command, std::string_view parameters) {
    Exchange exchange;
    exchange.command = command;
    exchange.response = tpm::assemble_response({}, from_hex(parameters).value(), std::nullopt);
    ExchangeLog out;
    out.push_back(std::move(exchange));
    return out;
}

BOOST_AUTO_TEST_CASE(two_models_with_other_keys_differ_in_nothing) {
    BOOST_TEST(unexplained(tour_of(1), tour_of(2)) == 0U);
    for (std::uint64_t seed = 100; seed < 108; ++seed) {
        const auto walk_it = [seed](TpmPort& port) {
            walk(port, seed, 150);
        };
        BOOST_TEST(unexplained(log_of(1, walk_it), log_of(2, walk_it)) == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_code_anywhere_is_found) {
    const ExchangeLog ours = tour_of(1);
    const ExchangeLog right = tour_of(2);
    BOOST_REQUIRE(ours.size() == right.size());
    std::size_t planted = 0;
    for (std::size_t i = 0; i < right.size(); ++i) {
        if (right[i].response.empty()) continue;
        ExchangeLog wrong{right.begin(), right.begin() + static_cast<std::ptrdiff_t>(i) + 1};
        wrong.back().response = with_wrong_code(right[i].response);
        const ExchangeLog until{ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(i) + 1};
        BOOST_TEST(unexplained(until, wrong) == 1U, "exchange " << i << ", " << to_hex(right[i].command));
        ++planted;
    }
    BOOST_TEST(planted > 150U);
}

BOOST_AUTO_TEST_CASE(what_is_a_tpms_own_has_its_size_and_the_rest_its_bytes) {
    const Bytes random = tpm::encode_command(tpm::GetRandomIn{4});
    const auto answer = [&](const char* hex) {
        return one_exchange(random, hex);
    };
    BOOST_TEST(unexplained(answer("000401020304"), answer("000405060708")) == 0U);
    BOOST_TEST(unexplained(answer("000401020304"), answer("0003050607")) == 1U);

    const Bytes read = tpm::encode_command(tpm::PolicyGetDigestIn{0x0300'0000});
    const auto digest = [&](const char* hex) {
        return one_exchange(read, hex);
    };
    BOOST_TEST(unexplained(digest("000401020304"), digest("000401020305")) == 1U);
}

BOOST_AUTO_TEST_CASE(a_capability_is_compared_by_what_it_is_about) {
    const Bytes ask = tpm::encode_command(tpm::GetCapabilityIn{tpm::Cap::algs, 0, 9});
    const auto list = [&](const char* hex) {
        return one_exchange(ask, hex);
    };
    // RSA, SHA-1, AES; theirs has TDES too, which is explained.
    const auto ours = list(
        "00000000000000000300010000000900040000000400060000"
        "0002");
    BOOST_TEST(unexplained(ours, list("00000000000000000400010000000900030000000200040000000400060000"
                                      "0002")) == 0U);
    BOOST_TEST(unexplained(ours, list("0000000000000000020001000000090006000000"
                                      "02")) == 1U);  // no SHA-1
    BOOST_TEST(unexplained(ours, list("00000000000000000300010000000900040000000400060000"
                                      "0006")) == 1U);
}

}  // namespace
}  // namespace assay::conformance::peers
