// Sessions by a pre-shared key: the known sessions of the reference byte for byte through both ends, and the
// rules of PSK_EXCHANGE and PSK_FINISH (DSP0274).
#include <boost/test/unit_test.hpp>

#include "models/spdm/replay_device.hpp"
#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

Bytes context_of(const Bytes& message, bool response, std::size_t hash) {
    Layout layout{.hash = hash, .summary = true, .verify_data = true};
    if (response) return decode_as<PskExchangeResponse>(message, layout)->context;
    return decode<PskExchange>(message, byte_order)->context;
}

BOOST_AUTO_TEST_CASE(the_responder_gives_the_bytes_of_the_known_psk_sessions) {
    unsigned sessions = 0;
    for (const KnownSession& known : known_sessions()) {
        if (!known.has("psk")) continue;
        BOOST_TEST_CONTEXT(known.name) {
            ReplayDevice device{known};
            Responder responder{device, mctp_records};
            device.recorded_random().expect(context_of(known.clear(Code::psk_exchange_rsp), true, 48));
            for (std::size_t i = 0; i + 1 < known.clear_messages.size(); i += 2)
                BOOST_TEST(to_hex(responder.execute(known.clear_messages[i])) ==
                           to_hex(known.clear_messages[i + 1]));
            for (std::size_t i = 0; i + 1 < known.records.size(); i += 2)
                BOOST_TEST(
                    open_as_recorded(known, i + 1,
                                     responder.execute_secured(known.records[i].record).value_or(Bytes{})) ==
                        known.records[i + 1].message,
                    i);
            BOOST_TEST(responder.session(known.session_id) == nullptr);  // END_SESSION was the last
            ++sessions;
        }
    }
    if (sessions != 0) BOOST_TEST(sessions == 2U);
}

BOOST_AUTO_TEST_CASE(the_requester_gives_the_bytes_of_the_known_psk_sessions) {
    for (const KnownSession& known : known_sessions()) {
        if (!known.has("psk")) continue;
        BOOST_TEST_CONTEXT(known.name) {
            RecordedRandom random;
            random.expect(context_of(known.clear(Code::psk_exchange), false, 48));
            crypto::Context context{random};
            const Connection was = connection_of(known.clear_messages);
            RequesterPlan plan = psk_plan(was.version);
            plan.flags = was.requester_flags;
            plan.session_id = static_cast<std::uint16_t>(known.session_id & 0xFFFF);
            plan.psk_hint = known.at("psk_hint");
            Secret key{known.at("psk").size()};
            std::ranges::copy(known.at("psk"), key.bytes().begin());
            plan.psk = std::make_shared<const Secret>(std::move(key));
            Requester requester{plan, &context};
            std::vector<std::pair<Bytes, Bytes>> crossed;
            for (std::size_t i = 0; i + 1 < known.clear_messages.size(); i += 2)
                crossed.emplace_back(known.clear_messages[i], known.clear_messages[i + 1]);
            for (std::size_t i = 0; i + 1 < known.records.size(); i += 2)
                crossed.emplace_back(known.records[i].record, known.records[i + 1].record);
            for (const auto& [request, response] : crossed) {
                if (requester.done()) break;  // what follows carries tags that a test chooses
                BOOST_TEST(to_hex(requester.next()) == to_hex(request));
                const auto ok = requester.receive(response);
                BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text()));
            }
            BOOST_REQUIRE(std::as_const(requester).session() != nullptr);
            BOOST_TEST(equal(std::as_const(requester).session()->export_master_secret(),
                             known.at("export_master_secret")));
        }
    }
}

constexpr std::array psk_versions{Version::v1_1, Version::v1_2, Version::v1_3};

BOOST_AUTO_TEST_CASE(both_ends_agree_with_and_without_a_context) {
    SampleDevice device{1};
    for (const Version version : psk_versions)
        for (const std::uint32_t kind : {cap::psk_plain, cap::psk_with_context}) {
            device.mutable_profile().flags = (generic_profile().flags & ~cap::psk) | kind;
            RequesterPlan plan = psk_plan(version);
            plan.steps.push_back(Step::heartbeat);
            plan.steps.push_back(Step::update_all_keys);
            plan.steps.push_back(Step::verify_key);
            TestConnection c{plan, device, 1};
            std::size_t answers = 0;
            BOOST_TEST(c.run([&](std::size_t, Bytes&) { ++answers; }) == "");
            BOOST_TEST(answers == (kind == cap::psk_plain ? 7U : 8U));
            BOOST_REQUIRE(c.responder.established() != nullptr);
            BOOST_TEST(equal(std::as_const(c.requester).session()->export_master_secret(),
                             c.responder.established()->export_master_secret()));
        }
}

BOOST_AUTO_TEST_CASE(psk_exchange_that_breaks_a_rule_is_refused) {
    RequesterPlan plan = psk_plan(Version::v1_2);
    plan.steps.pop_back();
    plan.steps.pop_back();
    TestConnection c{plan};
    BOOST_TEST(c.run() == "");
    c.requester.then(Step::psk_exchange);
    const Bytes good = c.requester.next();
    const auto refused = [&](std::size_t at, std::uint8_t value, std::string_view answer) {
        Bytes request = good;
        request.at(at) = value;
        BOOST_TEST(to_hex(c.responder.execute(request)) == answer, at);
    };
    refused(2, 2, "127f0100");        // type of the measurement summary hash
    refused(6, 0xFF, "127f0100");     // PSKHintLength beyond the message
    refused(8, 0xFF, "127f0100");     // RequesterContextLength
    refused(10, 0xFF, "127f0100");    // OpaqueDataLength
    refused(12, 'b', "127f0500");     // no such key
    refused(17 + 48, 2, "127f0100");  // one element more than there is
    for (std::size_t size = 4; size < good.size(); ++size)
        BOOST_REQUIRE(to_hex(c.responder.execute(ByteView{good}.first(size))) == "127f0100");
    BOOST_TEST(c.responder.session(0xFFFF'0001) == nullptr);
    BOOST_TEST(c.run() == "");
    BOOST_TEST(c.responder.session(0xFFFF'0001) != nullptr);
    for (int i = 0; i < 3; ++i) {
        c.requester.then(Step::psk_exchange);
        BOOST_TEST(c.run() == "");
    }
    c.requester.then(Step::psk_exchange);
    BOOST_TEST(c.run() == "PSK_EXCHANGE: ERROR(SessionLimitExceeded)");
}

BOOST_AUTO_TEST_CASE(a_handshake_takes_the_finish_of_its_kind) {
    for (const bool by_psk : {false, true}) {
        RequesterPlan plan = by_psk ? psk_plan(Version::v1_2) : session_plan(Version::v1_2);
        plan.flags |= cap::key_ex | cap::psk_plain;
        plan.steps.pop_back();
        TestConnection c{plan};
        BOOST_TEST(c.run() == "");
        SecuredChannel& channel = c.requester.session()->channel();
        const auto send = [&](std::string_view code) {
            const Bytes message = concat({*from_hex(code), Bytes(48, 0x5A)});
            const auto sealed = c.responder.execute_secured(channel.seal(message));
            return sealed ? to_hex(channel.open(*sealed)->bytes()) : "nothing";
        };
        BOOST_TEST(send("12e50000") == (by_psk ? "127f0400" : "127f0600"));
        BOOST_TEST(send("12e70000") == (by_psk ? "127f0600" : "127f0400"));
        BOOST_TEST(send("12e70000aa") == (by_psk ? "127f0100" : "127f0400"));
        c.requester.then(by_psk ? Step::psk_finish : Step::finish);  // the right one still ends it
        BOOST_TEST(c.run() == "");
        BOOST_TEST(c.responder.established() != nullptr);
    }
}

BOOST_AUTO_TEST_CASE(every_changed_bit_of_a_psk_answer_is_noticed) {
    std::vector<Bytes> answers;
    TestConnection good{psk_plan(Version::v1_2)};
    BOOST_TEST(good.run([&](std::size_t, Bytes& answer) { answers.push_back(answer); }) == "");
    BOOST_REQUIRE(answers.size() == 5U);
    for (std::size_t n = 0; n < answers.size(); ++n)
        for (std::size_t at = 0; at < answers[n].size(); ++at) {
            TestConnection c{psk_plan(Version::v1_2)};
            const std::string error = c.run([&](std::size_t number, Bytes& answer) {
                if (number == n) answer[at] ^= 0x01;
            });
            BOOST_TEST(!error.empty(), "answer " << n << ", byte " << at);
            BOOST_TEST(std::as_const(c.requester).session() == nullptr);
        }
}

}  // namespace
}  // namespace assay::spdm
