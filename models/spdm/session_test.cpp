// Secure sessions between our two ends: agreement, verification of every answer, records, key update, the
// end. That both speak what the standard means, the known answers show.
#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

constexpr std::array versions{Version::v1_1, Version::v1_2, Version::v1_3};

bool agree(TestConnection& c) {
    const Session* own = std::as_const(c.requester).session();
    const Session* other = c.responder.established();
    return own != nullptr && other != nullptr && own->id() == other->id() &&
           !own->export_master_secret().empty() &&
           equal(own->export_master_secret(), other->export_master_secret());
}

/// The answer to `message` inside the session, as hex; the reason where there is none.
std::string ask(TestConnection& c, std::string_view message) {
    c.requester.ask(*from_hex(message));
    const std::string error = c.run();
    return error.empty() ? to_hex(c.requester.answer()) : error;
}

BOOST_AUTO_TEST_CASE(both_ends_agree_with_every_algorithm) {
    for (const Version version : versions)
        for (const bool p256 : {false, true})
            for (const std::uint16_t aead : {alg::aes_128_gcm, alg::aes_256_gcm, alg::chacha20_poly1305})
                for (const bool clear : {false, true}) {
                    RequesterPlan plan = session_plan(version);
                    plan.base_asym = p256 ? alg::ecdsa_p256 : alg::ecdsa_p384;
                    plan.base_hash = p256 ? alg::sha256 : alg::sha384;
                    plan.dhe = p256 ? alg::dhe_p256 : alg::dhe_p384;
                    plan.aead = aead;
                    if (clear) plan.flags |= cap::handshake_in_the_clear;
                    TestConnection c{plan};
                    BOOST_TEST(c.run() == "");
                    BOOST_TEST(agree(c));
                    BOOST_TEST(std::as_const(c.requester).session()->export_master_secret().size() ==
                               (p256 ? 32U : 48U));
                    c.requester.then(Step::session_measurements);
                    c.requester.then(Step::heartbeat);
                    BOOST_TEST(c.run() == "");
                    BOOST_TEST(!c.requester.report().empty());
                }
}

BOOST_AUTO_TEST_CASE(a_session_without_encryption_is_authenticated) {
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.flags = cap::mac | cap::key_ex;
    TestConnection c{plan};
    BOOST_TEST(c.run() == "");
    BOOST_TEST(agree(c));
    c.requester.ask(*from_hex("12fe0000 0300 02 ffff 0200 abcd"));
    const Bytes record = c.requester.next();
    BOOST_TEST(to_hex(record).find("12fe000003000") != std::string::npos);  // in the clear,
    Bytes changed = record;
    changed[10] ^= 1;
    BOOST_TEST(c.run() == "");
    BOOST_TEST(to_hex(c.requester.answer()) == "127e0000030002ffff0200abcd");
    RequesterPlan other = session_plan(Version::v1_2);
    other.flags = cap::mac | cap::key_ex;
    TestConnection d{other};
    BOOST_TEST(d.run() == "");
    d.requester.ask(*from_hex("12fe0000 0300 02 ffff 0200 abcd"));
    BOOST_TEST(d.run([](std::size_t, Bytes& answer) { answer[12] ^= 1; }) ==  // but not to be changed
               "message: a record that does not open: tag");
}

BOOST_AUTO_TEST_CASE(challenge_and_measurements_hold_in_1_2) {
    for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2, Version::v1_3})
        for (const std::uint8_t summary : std::to_array<std::uint8_t>({0, 1, 0xFF})) {
            RequesterPlan plan;
            plan.versions = {version};
            plan.summary = summary;
            plan.base_asym = alg::ecdsa_p256;
            plan.base_hash = alg::sha256;
            plan.steps = {Step::version,     Step::capabilities, Step::algorithms,   Step::digests,
                          Step::certificate, Step::challenge,    Step::measurements, Step::challenge};
            TestConnection c{plan};
            BOOST_TEST(c.run() == "");
            Bytes blocks;
            for (const MeasurementBlock& block : c.device.measurements())
                if (summary == 0xFF || block.index <= 2) append(blocks, encode(block, byte_order));
            BOOST_TEST(c.requester.summary() ==
                       (summary == 0 ? Bytes{} : crypto::digest(crypto::Hash::sha256, {blocks})));
        }
}

// 0 VERSION, 1 CAPABILITIES, 2 ALGORITHMS, 3 DIGESTS, 4 CERTIFICATE, 5 CHALLENGE_AUTH, 6 KEY_EXCHANGE_RSP,
// 7 FINISH_RSP, 8 MEASUREMENTS, 9 HEARTBEAT_ACK, 10 END_SESSION_ACK
RequesterPlan long_plan(Version version, bool clear) {
    RequesterPlan plan = session_plan(version);
    plan.portion = 0xFFFF;
    if (clear) plan.flags |= cap::handshake_in_the_clear;
    plan.steps.insert(plan.steps.begin() + 5, Step::challenge);
    for (const Step step : {Step::session_measurements, Step::heartbeat, Step::end_session})
        plan.steps.push_back(step);
    return plan;
}

BOOST_AUTO_TEST_CASE(every_changed_bit_of_an_answer_is_noticed) {
    for (const Version version : versions)
        for (const bool clear : {false, true}) {
            std::vector<Bytes> answers;
            TestConnection good{long_plan(version, clear)};
            BOOST_TEST(good.run([&](std::size_t, Bytes& answer) { answers.push_back(answer); }) == "");
            BOOST_REQUIRE(answers.size() == 11U);
            // From VERSION on all is covered by the signature of CHALLENGE_AUTH, reserved bytes too.
            for (std::size_t n = 0; n < answers.size(); ++n)
                for (std::size_t at = 0; at < answers[n].size(); at += 1 + answers[n].size() / 7) {
                    TestConnection c{long_plan(version, clear)};
                    const std::string error = c.run([&](std::size_t number, Bytes& answer) {
                        if (number == n) answer[at] ^= 0x01;
                    });
                    BOOST_TEST(!error.empty(), "answer " << n << ", byte " << at);
                    BOOST_TEST(std::as_const(c.requester).session() == nullptr);
                }
        }
}

BOOST_AUTO_TEST_CASE(truncated_answers_are_refused) {
    for (std::size_t n = 5; n < 11; ++n)
        for (const std::size_t cut : {1U, 2U, 17U, 97U, 10'000U}) {
            TestConnection c{long_plan(Version::v1_2, false)};
            const std::string error = c.run([&](std::size_t number, Bytes& answer) {
                if (number == n) answer.resize(answer.size() - std::min(cut, answer.size()));
            });
            BOOST_TEST(!error.empty(), "answer " << n << " without " << cut);
        }
}

BOOST_AUTO_TEST_CASE(a_wrong_requester_is_told_decrypt_error) {
    for (const bool clear : {false, true}) {
        RequesterPlan plan = session_plan(Version::v1_2);
        if (clear) plan.flags |= cap::handshake_in_the_clear;
        plan.steps.pop_back();
        TestConnection c{plan};
        BOOST_TEST(c.run() == "");
        Bytes finish = concat({*from_hex("12e50000"), Bytes(48, 0x5A)});
        Session& session = *c.requester.session();
        Bytes answer;
        if (clear) {
            answer = c.responder.execute(finish);
        } else {
            const auto sealed = c.responder.execute_secured(session.channel().seal(finish));
            BOOST_REQUIRE(sealed.has_value());
            const auto opened = session.channel().open(*sealed);
            BOOST_REQUIRE(bool(opened));
            answer.assign(opened->bytes().begin(), opened->bytes().end());
        }
        BOOST_TEST(to_hex(answer) == "127f0600");
        BOOST_TEST(c.responder.established() == nullptr);
        // The session stays in its handshake, and the right FINISH still ends it.
        c.requester.then(Step::finish);
        BOOST_TEST(c.run() == "");
        BOOST_TEST(agree(c));
    }
}

BOOST_AUTO_TEST_CASE(a_requester_that_ends_finish_otherwise_is_refused) {
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.flags |= cap::handshake_in_the_clear;
    plan.steps.pop_back();
    TestConnection c{plan};
    BOOST_TEST(c.run() == "");
    for (const std::string& finish : {"12e50100" + to_hex(Bytes(48)), "12e501ff" + to_hex(Bytes(96 + 48)),
                                      std::string{"12e50000"}, "12e50000" + to_hex(Bytes(47))})
        BOOST_TEST(to_hex(c.responder.execute(*from_hex(finish))) == "127f0100", finish);
}

BOOST_AUTO_TEST_CASE(key_exchange_that_breaks_a_rule_is_invalid) {
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.steps.assign(evidence_steps.begin(), evidence_steps.end() - 1);  // up to the chain
    TestConnection c{plan};
    BOOST_TEST(c.run() == "");
    c.requester.then(Step::key_exchange);
    const Bytes good = c.requester.next();
    const auto refused = [&](std::size_t at, std::uint8_t value, std::string_view why) {
        Bytes request = good;
        request.at(at) = value;
        BOOST_TEST(to_hex(c.responder.execute(request)) == "127f0100", why);
    };
    refused(2, 2, "type of the measurement summary hash");
    refused(2, 0xFE, "type of the measurement summary hash");
    refused(3, 2, "a slot that is not provisioned");
    refused(3, 8, "no slot");
    refused(3, 0xFF, "no provisioned public key");
    refused(40, good[40] ^ 1, "not on the curve");
    refused(136, 0xFF, "OpaqueLength beyond the message");
    refused(138, 2, "one element more than there is");
    refused(142, 1, "an element of another vendor");
    refused(147, 0, "SMDataID of a responder");
    for (std::size_t size = 4; size < good.size(); ++size)
        BOOST_REQUIRE(to_hex(c.responder.execute(ByteView{good}.first(size))) == "127f0100");
    BOOST_TEST(c.responder.session(0xFFFF'0001) == nullptr);
    BOOST_TEST(c.run() == "");
    BOOST_TEST(c.responder.session(0xFFFF'0001) != nullptr);
}

BOOST_AUTO_TEST_CASE(the_table_of_sessions_is_full_with_four) {
    RequesterPlan plan = session_plan(Version::v1_2);
    TestConnection c{plan};
    BOOST_TEST(c.run() == "");
    for (int i = 0; i < 3; ++i) {
        c.requester.then(Step::key_exchange);
        BOOST_TEST(c.run() == "");
    }
    for (const std::uint32_t id : {0xFFFF'0001U, 0xFFFE'0001U, 0xFFFD'0001U, 0xFFFC'0001U})
        BOOST_TEST(c.responder.session(id) != nullptr);
    c.requester.then(Step::key_exchange);
    BOOST_TEST(c.run() == "KEY_EXCHANGE: ERROR(SessionLimitExceeded)");
}

BOOST_AUTO_TEST_CASE(an_id_is_free_again_after_the_session) {
    TestConnection c{session_plan(Version::v1_1)};
    BOOST_TEST(c.run() == "");
    c.requester.then(Step::end_session);
    BOOST_TEST(c.run() == "");
    BOOST_TEST(std::as_const(c.requester).session() == nullptr);
    BOOST_TEST(c.responder.established() == nullptr);
    for (const Step step : {Step::key_exchange, Step::finish, Step::heartbeat}) c.requester.then(step);
    BOOST_TEST(c.run() == "");
    BOOST_TEST(agree(c));
    BOOST_TEST(c.responder.established()->id() == 0xFFFF'0001U);
}

BOOST_AUTO_TEST_CASE(keys_are_updated_in_one_and_in_both_directions) {
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    for (const Step step :
         {Step::heartbeat, Step::update_key, Step::verify_key, Step::heartbeat, Step::update_all_keys,
          Step::verify_key, Step::session_measurements, Step::update_all_keys, Step::verify_key})
        c.requester.then(step);
    BOOST_TEST(c.run() == "");
    BOOST_TEST(agree(c));                           // the export secret stays
    BOOST_TEST(ask(c, "12e9 0001") == "127f0100");  // operation 0,
    BOOST_TEST(ask(c, "12e9 0401") == "127f0100");  // 4,
    BOOST_TEST(ask(c, "12e9 0301") == "127f0100");  // and nothing to verify
    BOOST_TEST(ask(c, "12e9 030100") == "127f0100");
}

BOOST_AUTO_TEST_CASE(an_update_is_verified_before_the_next) {
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    SecuredChannel& channel = c.requester.session()->channel();
    const auto send = [&](std::string_view message) {
        const auto sealed = c.responder.execute_secured(channel.seal(*from_hex(message)));
        if (!sealed) return std::string{"nothing"};
        const auto opened = channel.open(*sealed);
        return opened ? to_hex(opened->bytes()) : "not opened";
    };
    BOOST_TEST(send("12e90107") == "12690107");
    BOOST_TEST(send("12e80000") == "12680000");  // the old key is still taken,
    BOOST_TEST(send("12e90308") == "127f0100");  // but verifies nothing,
    BOOST_TEST(send("12e90109") == "127f0100");  // nor is there a second update
    channel.update_send();
    BOOST_TEST(send("12e90308") == "12690308");
    BOOST_TEST(send("12e80000") == "12680000");
}

BOOST_AUTO_TEST_CASE(a_record_that_does_not_open_ends_its_session) {
    const auto last_words = [](const std::function<Bytes(SecuredChannel&)>& record) {
        TestConnection c{session_plan(Version::v1_2)};
        BOOST_TEST(c.run() == "");
        SecuredChannel& channel = c.requester.session()->channel();
        const auto sealed = c.responder.execute_secured(record(channel));
        if (!sealed) return std::string{"nothing"};
        const auto opened = channel.open(*sealed);
        BOOST_TEST(c.responder.established() == nullptr);
        BOOST_TEST(!c.responder.execute_secured(channel.seal(*from_hex("12e80000"))));
        return opened ? to_hex(opened->bytes()) : "not opened";
    };
    const Bytes heartbeat = *from_hex("12e80000");
    BOOST_TEST(last_words([&](SecuredChannel& channel) {  // a bad tag
                   Bytes record = channel.seal(heartbeat);
                   record.back() ^= 1;
                   return record;
               }) == "127f0600");
    BOOST_TEST(last_words([&](SecuredChannel& channel) {  // one that is missing
                   (void)channel.seal(heartbeat);
                   return channel.seal(heartbeat);
               }) == "127f0600");
    BOOST_TEST(last_words([&](SecuredChannel& channel) {  // of another session
                   Bytes record = channel.seal(heartbeat);
                   record[0] ^= 1;
                   return record;
               }) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_replayed_record_ends_the_session) {
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    c.requester.then(Step::heartbeat);
    const Bytes record = c.requester.next();
    BOOST_TEST(c.run() == "");
    SecuredChannel& channel = c.requester.session()->channel();
    const auto answer = c.responder.execute_secured(record);
    BOOST_REQUIRE(answer.has_value());
    const auto opened = channel.open(*answer);
    BOOST_REQUIRE(bool(opened));
    BOOST_TEST(to_hex(opened->bytes()) == "127f0600");
    BOOST_TEST(c.responder.established() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_replayed_or_reordered_answer_is_refused) {
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    Bytes first;
    c.requester.then(Step::heartbeat);
    BOOST_TEST(c.run([&](std::size_t, Bytes& answer) { first = answer; }) == "");
    c.requester.then(Step::heartbeat);
    BOOST_TEST(c.run([&](std::size_t, Bytes& answer) { answer = first; }) ==
               "HEARTBEAT: a record that does not open: sequence");
}

BOOST_AUTO_TEST_CASE(vendor_messages_are_the_devices) {
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    BOOST_TEST(ask(c, "12fe0000 0300 02 ffff 0300 010203") == "127e0000030002ffff0300010203");
    BOOST_TEST(ask(c, "12fe0000 0300 02 de10 0300 010203") == "127f07fe");
    BOOST_TEST(ask(c, "12fe0000 0300 02 ffff 0400 010203") == "127f0100");
    // An unsigned measurement that was asked for so is covered by the signature after it.
    BOOST_TEST(ask(c, "12e00001").starts_with("1260"));
    c.requester.then(Step::session_measurements);
    BOOST_TEST(c.run() == "");
}

BOOST_AUTO_TEST_CASE(an_answer_that_the_requester_cannot_take_is_not_sent) {
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.transfer_size = 120;
    TestConnection c{plan};
    BOOST_TEST(c.run() == "KEY_EXCHANGE: ERROR(ResponseTooLarge)");  // the chain came in small portions
    BOOST_TEST(c.responder.session(0xFFFF'0001) == nullptr);
    const Bytes answer = c.responder.execute(*from_hex("12e000ff"));
    BOOST_TEST(to_hex(answer).starts_with("127f0d00"));
    BOOST_TEST(answer.size() == 8U);
}

BOOST_AUTO_TEST_CASE(a_responder_without_sessions_is_refused_by_the_requester) {
    RequesterPlan plan = session_plan(Version::v1_1);
    SampleDevice device{1};
    TestConnection c{plan, device, 1};
    device.mutable_profile().flags = cap::cert | cap::meas_sig;
    BOOST_TEST(c.run() == "KEY_EXCHANGE: ERROR(UnsupportedRequest)");
}

BOOST_AUTO_TEST_CASE(any_bytes_inside_a_session_get_an_answer_of_the_protocol) {
    crypto::Drbg random{as_bytes("noise"), "session test"};
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    SecuredChannel* channel = &c.requester.session()->channel();
    for (int i = 0; i < 3000; ++i) {
        std::array<std::uint8_t, 64> noise{};
        random.fill(noise);
        Bytes message{noise.begin() + 1, noise.begin() + 1 + noise[0] % 60};
        if (message.size() > 1 && i % 2 == 0) message[0] = 0x12;
        if (message.size() > 1 && i % 4 == 0) message[1] |= 0xE0;
        if (message.size() > 1 && (message[1] == 0xEC || message[1] == 0xE9)) message[1] = 0x81;
        const auto sealed = c.responder.execute_secured(channel->seal(message));
        BOOST_REQUIRE(sealed.has_value() == (message.size() >= header_size));
        if (!sealed) continue;
        const auto answer = channel->open(*sealed);
        BOOST_REQUIRE(bool(answer));
        BOOST_REQUIRE((answer->bytes().size() >= header_size && answer->bytes()[0] == 0x12));
    }
    BOOST_TEST(c.responder.established() != nullptr);
}

BOOST_AUTO_TEST_CASE(any_bytes_that_are_no_record_do_no_harm) {
    crypto::Drbg random{as_bytes("noise"), "record test"};
    TestConnection c{session_plan(Version::v1_2)};
    BOOST_TEST(c.run() == "");
    for (int i = 0; i < 2000; ++i) {
        std::array<std::uint8_t, 48> noise{};
        random.fill(noise);
        BOOST_REQUIRE(!c.responder.execute_secured(ByteView{noise}.first(i % 49U)));
    }
    c.requester.then(Step::heartbeat);
    BOOST_TEST(c.run() == "");
}

BOOST_AUTO_TEST_CASE(twins_go_on_from_one_place_each_for_itself) {
    for (const std::size_t answers : {6U, 7U, 9U}) {  // before KEY_EXCHANGE, in the handshake, in the session
        RequesterPlan plan = session_plan(Version::v1_2);
        plan.steps.insert(plan.steps.end(), {Step::update_key, Step::heartbeat, Step::end_session});
        TestConnection c{plan};
        for (std::size_t i = 0; i < answers; ++i) BOOST_REQUIRE(bool(c.requester.receive(c.send())));
        Responder responder{c.responder};
        Requester requester{c.requester};
        BOOST_TEST(c.run() == "");  // the ends that they were made from end their session
        BOOST_TEST(c.responder.established() == nullptr);
        while (!requester.done()) {
            const Bytes answer = requester.secured() ? responder.execute_secured(requester.next()).value()
                                                     : responder.execute(requester.next());
            BOOST_REQUIRE(bool(requester.receive(answer)));
        }
        BOOST_TEST(responder.established() == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_sessions) {
    const auto transcript = [](std::uint64_t seed) {
        SampleDevice device{seed};
        TestConnection c{session_plan(Version::v1_2), device, seed};
        Bytes out;
        BOOST_TEST(c.run([&](std::size_t, Bytes& answer) { append(out, answer); }) == "");
        return out;
    };
    BOOST_TEST((transcript(1) == transcript(1)));
    BOOST_TEST((transcript(1) != transcript(2)));
}

}  // namespace
}  // namespace assay::spdm
