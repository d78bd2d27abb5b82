// Every algorithm between our two ends, and sessions whose heartbeat stays away.
#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

struct Algorithms4 {
    std::uint32_t asym, hash;
    std::uint16_t dhe;
    std::string_view name;
};
constexpr std::array combinations{
    Algorithms4{alg::ecdsa_p384, alg::sha512, alg::dhe_p384, "P-384, SHA-512"},
    Algorithms4{alg::ecdsa_p256, alg::sha512, alg::ffdhe2048, "P-256, SHA-512, ffdhe2048"},
    Algorithms4{alg::rsapss_2048, alg::sha256, alg::dhe_p256, "RSAPSS-2048, SHA-256"},
    Algorithms4{alg::rsapss_3072, alg::sha384, alg::ffdhe3072, "RSAPSS-3072, SHA-384, ffdhe3072"},
    Algorithms4{alg::rsapss_3072, alg::sha512, alg::ffdhe2048, "RSAPSS-3072, SHA-512, ffdhe2048"},
};

RequesterPlan whole_plan(const Algorithms4& with, Version version) {
    RequesterPlan plan = session_plan(version);
    plan.flags |= cap::cert | cap::mut_auth | cap::encap;
    plan.identity = std::make_shared<const SampleRequester>(std::uint64_t{7});
    plan.base_asym = with.asym;
    plan.base_hash = with.hash;
    plan.dhe = with.dhe;
    plan.req_base_asym = static_cast<std::uint16_t>(with.asym);
    plan.steps.insert(plan.steps.begin() + 5, {Step::challenge, Step::measurements});
    plan.steps.push_back(Step::session_measurements);
    return plan;
}

BOOST_AUTO_TEST_CASE(every_algorithm_carries_everything) {
    for (const Algorithms4& with : combinations)
        for (const Version version : {Version::v1_1, Version::v1_3}) BOOST_TEST_CONTEXT(with.name) {
                TestConnection c{whole_plan(with, version)};
                BOOST_TEST(c.run() == "");
                BOOST_REQUIRE(c.responder.established() != nullptr);
                BOOST_TEST(equal(std::as_const(c.requester).session()->export_master_secret(),
                                 c.responder.established()->export_master_secret()));
                BOOST_TEST(c.responder.connection().dhe == with.dhe);
                BOOST_TEST(c.responder.connection().base_asym == with.asym);
            }
}

BOOST_AUTO_TEST_CASE(a_changed_signature_or_public_value_is_noticed) {
    for (const Algorithms4& with : combinations)
        for (const std::uint8_t code : {std::uint8_t{0x03}, std::uint8_t{0x60}, std::uint8_t{0x64}})
            for (const std::size_t from_end : {1U, 60U}) {
                TestConnection c{whole_plan(with, Version::v1_2)};
                BOOST_TEST(!c.run([&](std::size_t, Bytes& answer) {
                                 if (answer[1] == code) answer[answer.size() - from_end] ^= 1;
                             }).empty());
            }
}

BOOST_AUTO_TEST_CASE(exchange_data_that_is_not_of_the_field_is_invalid) {
    for (const std::uint8_t fill : {std::uint8_t{0x00}, std::uint8_t{0xFF}}) {
        RequesterPlan plan = whole_plan(combinations[1], Version::v1_2);
        plan.steps.assign(evidence_steps.begin(), evidence_steps.end() - 1);
        plan.steps.push_back(Step::key_exchange);
        TestConnection c{plan};
        while (c.requester.next()[1] != 0xE4) BOOST_REQUIRE(bool(c.requester.receive(c.send())));
        Bytes request = c.requester.next();
        std::fill_n(request.begin() + 40, 256, fill);
        BOOST_TEST(to_hex(c.responder.execute(request)) == "127f0100");
    }
}

class SteppedClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at{};
};

BOOST_AUTO_TEST_CASE(a_session_without_heartbeat_ends_after_twice_its_period) {
    for (const bool clear : {false, true}) {
        SampleDevice device{1};
        device.mutable_profile().heartbeat_period = 10;
        SteppedClock clock;
        RequesterPlan plan = session_plan(Version::v1_2);
        if (clear) plan.flags |= cap::handshake_in_the_clear;
        TestConnection c{plan, device, 1, &clock};
        BOOST_TEST(c.run() == "");
        const std::uint32_t id = c.responder.established()->id();
        for (int i = 0; i < 5; ++i) {  // whatever comes keeps it
            clock.at += std::chrono::seconds{20};
            c.requester.then(Step::heartbeat);
            BOOST_TEST(c.run() == "");
        }
        clock.at += std::chrono::seconds{20};
        (void)c.responder.execute(*from_hex("12810000"));
        BOOST_TEST(c.responder.session(id) != nullptr);
        clock.at += std::chrono::seconds{1};
        c.requester.then(Step::heartbeat);
        BOOST_TEST(c.run() == "HEARTBEAT: a record that does not open: length");  // no answer
        BOOST_TEST(c.responder.session(id) == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(a_period_of_zero_and_a_handshake_never_end) {
    SampleDevice device{1};
    SteppedClock clock;
    device.mutable_profile().heartbeat_period = 0;
    TestConnection c{session_plan(Version::v1_2), device, 1, &clock};
    BOOST_TEST(c.run() == "");
    clock.at += std::chrono::hours{1000};
    c.responder.expire();
    BOOST_TEST(c.responder.established() != nullptr);
    c.requester.then(Step::session_measurements);
    BOOST_TEST(c.run() == "");
}

}  // namespace
}  // namespace assay::spdm
