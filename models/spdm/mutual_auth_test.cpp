// Mutual authentication and encapsulated requests between our two ends (DSP0274); the recorded ones stand in
// replay_test.cpp.
#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint32_t mutual_flags = session_flags | cap::cert | cap::mut_auth | cap::encap;

RequesterPlan mutual_plan(Version version, bool clear = false) {
    static const auto identity = std::make_shared<const SampleRequester>(std::uint64_t{7});
    RequesterPlan plan = session_plan(version);
    plan.flags = mutual_flags | (clear ? cap::handshake_in_the_clear : 0U);
    plan.identity = identity;
    return plan;
}

/// A device that asks in its own way, and knows a requester.
class AskingDevice final : public SampleDevice {
public:
    explicit AskingDevice(std::uint8_t mutual_auth) : SampleDevice(std::uint64_t{1}) {
        mutable_profile().mutual_auth = mutual_auth;
    }
    bool accepts(const PeerIdentity&) override { return accepting; }
    ByteView requester_chain(std::uint8_t slot, const Connection& connection) const override {
        return known.certificate_chain(slot, connection);
    }
    bool accepting = true;
    SampleRequester known{7};
};

constexpr std::array kinds{mut_auth::known, mut_auth::encapsulated, mut_auth::with_digests};

BOOST_AUTO_TEST_CASE(both_ends_know_each_other_in_every_way) {
    for (const std::uint8_t kind : kinds) {
        AskingDevice device{kind};
        for (const Version version : {Version::v1_1, Version::v1_2, Version::v1_3})
            for (const bool clear : {false, true}) {
                RequesterPlan plan = mutual_plan(version, clear);
                plan.req_base_asym = static_cast<std::uint16_t>(clear ? alg::ecdsa_p256 : alg::ecdsa_p384);
                plan.steps.push_back(Step::heartbeat);
                TestConnection c{plan, device, 1};
                BOOST_TEST(c.run() == "");
                BOOST_REQUIRE(c.responder.established() != nullptr);
                BOOST_TEST(c.responder.established()->requester.has_value());
                BOOST_TEST(equal(std::as_const(c.requester).session()->export_master_secret(),
                                 c.responder.established()->export_master_secret()));
            }
    }
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_who_does_not_offer_it) {
    AskingDevice device{mut_auth::encapsulated};
    RequesterPlan plan = mutual_plan(Version::v1_2);
    plan.flags &= ~(cap::mut_auth | cap::encap | cap::cert);
    TestConnection c{plan, device, 1};
    BOOST_TEST(c.run() == "");
    BOOST_TEST(!c.responder.established()->requester.has_value());
    device.mutable_profile().mutual_auth_mandatory = true;
    TestConnection d{plan, device, 1};
    BOOST_TEST(d.run() == "KEY_EXCHANGE: ERROR(Unspecified)");
}

BOOST_AUTO_TEST_CASE(a_requester_that_is_not_accepted_gets_no_session) {
    for (const std::uint8_t kind : kinds) {
        AskingDevice device{kind};
        device.accepting = false;
        TestConnection c{mutual_plan(Version::v1_2), device, 1};
        BOOST_TEST(c.run() == (kind == mut_auth::known
                                   ? "FINISH: ERROR(Unspecified)"
                                   : "DELIVER_ENCAPSULATED_RESPONSE: ERROR(InvalidResponseCode)"));
        BOOST_TEST(c.responder.established() == nullptr);
    }
}

/// The requester's key is another one than its certificate says.
class WrongSigner final : public RequesterIdentity {
public:
    ByteView certificate_chain(std::uint8_t slot, const Connection& connection) const override {
        return shown.certificate_chain(slot, connection);
    }
    Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
               ByteView message) const override {
        return own.sign(slot, connection, context, message);
    }
    SampleRequester shown{7}, own{8};
};

BOOST_AUTO_TEST_CASE(a_signature_by_another_key_is_a_decrypt_error) {
    for (const std::uint8_t kind : kinds) {
        AskingDevice device{kind};
        RequesterPlan plan = mutual_plan(Version::v1_2);
        plan.identity = std::make_shared<const WrongSigner>();
        TestConnection c{plan, device, 1};
        BOOST_TEST(c.run() == "FINISH: ERROR(DecryptError)");
        BOOST_TEST(c.responder.established() == nullptr);
    }
}

/// CHALLENGE and what follows from it, without a session.
RequesterPlan challenged_plan(Version version) {
    RequesterPlan plan = mutual_plan(version);
    plan.flags |= cap::chal;
    plan.steps.assign(evidence_steps.begin(), evidence_steps.end() - 1);
    plan.steps.insert(
        plan.steps.end(),
        {Step::challenge, Step::encapsulated_request, Step::encapsulated_answer, Step::digests,
         Step::certificate, Step::challenge, Step::encapsulated_request, Step::encapsulated_answer});
    return plan;
}

/// Off unless a profile asks for it: it is deprecated from 1.2 on, and who is asked must answer.
SampleDevice& challenging_device() {
    static SampleDevice device{[] {
                                   Profile out = generic_profile();
                                   out.basic_mut_auth = true;
                                   return out;
                               }(),
                               generic_measurements(crypto::Hash::sha384), 1, 2};
    return device;
}

BOOST_AUTO_TEST_CASE(a_requester_is_challenged_back) {
    for (const Version version : {Version::v1_1, Version::v1_2, Version::v1_3})
        for (const bool multi_key : {false, true}) {
            RequesterPlan plan = challenged_plan(version);
            plan.multi_key = multi_key && version >= Version::v1_3;
            plan.req_base_asym = static_cast<std::uint16_t>(multi_key ? alg::ecdsa_p256 : alg::ecdsa_p384);
            plan.steps.push_back(Step::measurements);
            TestConnection c{plan, challenging_device(), 1};
            BOOST_TEST(c.run() == "");
            BOOST_TEST(c.responder.requester().has_value());
        }
}

BOOST_AUTO_TEST_CASE(nobody_is_challenged_back_who_cannot_be) {
    for (const std::uint32_t lacks : {cap::chal, cap::mut_auth}) {
        RequesterPlan plan = challenged_plan(Version::v1_2);
        plan.flags &= ~lacks;
        TestConnection c{plan, challenging_device(), 1};
        BOOST_TEST(c.run([](std::size_t, Bytes& answer) {
            if (answer[1] == static_cast<std::uint8_t>(Code::challenge_auth)) BOOST_TEST(answer[2] == 0);
        }) == "");
        BOOST_TEST(!c.responder.requester().has_value());
    }
    // One that is asked all the same goes no further.
    RequesterPlan plan = challenged_plan(Version::v1_2);
    plan.flags &= ~cap::chal;
    TestConnection c{plan, challenging_device(), 1};
    BOOST_TEST(c.run([](std::size_t, Bytes& answer) {
        if (answer[1] == static_cast<std::uint8_t>(Code::challenge_auth)) answer[2] = basic_mut_auth;
    }) == "CHALLENGE: basic mutual authentication, which was not offered");
}

BOOST_AUTO_TEST_CASE(a_challenged_requester_that_proves_nothing_is_refused) {
    constexpr std::string_view refused = "DELIVER_ENCAPSULATED_RESPONSE: ERROR(InvalidResponseCode)";
    RequesterPlan plan = challenged_plan(Version::v1_2);
    plan.identity = std::make_shared<const WrongSigner>();
    TestConnection wrong{plan, challenging_device(), 1};
    BOOST_TEST(wrong.run() == refused);
    BOOST_TEST(!wrong.responder.requester().has_value());
    AskingDevice device{mut_auth::encapsulated};
    device.mutable_profile().basic_mut_auth = true;
    device.accepting = false;
    TestConnection stranger{challenged_plan(Version::v1_2), device, 1};
    BOOST_TEST(stranger.run() == refused);
    BOOST_TEST(!stranger.responder.requester().has_value());
}

BOOST_AUTO_TEST_CASE(while_it_is_challenged_back_nothing_else_is_answered) {
    RequesterPlan plan = challenged_plan(Version::v1_2);
    plan.steps.resize(6);  // to CHALLENGE
    TestConnection c{plan, challenging_device(), 1};
    BOOST_TEST(c.run() == "");
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("12810000"))) == "127f0800");
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("12eb0000"
                                                    "12010001"))) == "127f0400");
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("12ea0000"))) ==
               "126a0100"
               "12810000");
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("10840000"))).starts_with("1004"));
    BOOST_TEST((c.responder.state() == State::after_version));
}

/// A connection whose requester is to deliver its DIGESTS next, and what a hand-made message is answered.
struct Asked {
    explicit Asked(Version version) : device(mut_auth::encapsulated), c(plan(version), device, 1) {
        BOOST_TEST(c.run() == "");
    }
    static RequesterPlan plan(Version version) {
        RequesterPlan out = mutual_plan(version);
        out.steps.erase(out.steps.end() - 2, out.steps.end());  // encapsulated answers, FINISH
        return out;
    }
    std::string send(ByteView message) {
        SecuredChannel& channel = c.requester.session()->channel();
        const auto sealed = c.responder.execute_secured(channel.seal(message));
        return sealed ? to_hex(channel.open(*sealed)->bytes()) : "nothing";
    }
    std::string send(std::string_view hex) { return send(*from_hex(hex)); }
    AskingDevice device;
    TestConnection c;
};

BOOST_AUTO_TEST_CASE(while_identity_is_asked_nothing_else_is_answered) {
    Asked asked{Version::v1_2};
    for (const auto* request : {"12e80000", "12810000", "12ec0000", "12e001ff", "12fe0000 0300 02 ffff 0000"})
        BOOST_TEST(asked.send(request) == "127f0800", request);  // RequestInFlight
    BOOST_TEST(asked.send(concat({*from_hex("12e50100"), Bytes(96 + 48)})) == "127f0800");
    BOOST_TEST(asked.send("11e80000") == "127f4100");           // a wrong version is told before
    BOOST_TEST(asked.send("12ea0000") == "127f0400");           // it is asked already
    BOOST_TEST(asked.send("12eb0100") == "127f0100");           // nothing inside
    BOOST_TEST(asked.send("12eb0200 12010001") == "127f0100");  // another RequestID
    BOOST_TEST(to_hex(asked.c.responder.execute(*from_hex("12810000"))) == "127f0800");
    BOOST_TEST(to_hex(asked.c.responder.execute(*from_hex("12ea0000"))) == "127f0400");  // not in the clear
    BOOST_TEST(to_hex(asked.c.responder.execute(*from_hex("10840000"))).starts_with("1004"));  // but this is
    BOOST_TEST(to_hex(asked.c.responder.execute(*from_hex("10810000"))) == "107f0400");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_none_ends_the_flow) {
    const std::string digest = to_hex(Bytes(48));
    for (const std::string& inside :
         {std::string{"127f0500"}, std::string{"12010001"}, "12010002" + digest, "11010001" + digest,
          "12010003" + digest, std::string{"12020000 0000 0000"}, std::string{"12690107"}}) {
        Asked asked{Version::v1_2};
        BOOST_TEST(asked.send("12eb0100" + inside) == "127f0900", inside);  // InvalidResponseCode
        BOOST_TEST(asked.send("12eb0100" + inside) == "127f0400", inside);  // nothing is asked any more
        BOOST_TEST(asked.send(concat({*from_hex("12e50100"), Bytes(96 + 48)})) == "127f0500");
        BOOST_TEST(asked.send(concat({*from_hex("12e50000"), Bytes(48)})) == "127f0100");
    }
}

BOOST_AUTO_TEST_CASE(a_chain_that_is_not_the_one_of_digests_ends_the_flow) {
    Asked asked{Version::v1_2};
    BOOST_TEST(asked.send("12eb0100 12010001" + to_hex(Bytes(48, 9))) ==
               "126b0201"
               "01000000"
               "128200000000ffff");
    const Bytes chain = concat({SampleRequester{7}.certificate_chain(
        0, {.base_hash = alg::sha384, .req_base_asym = alg::ecdsa_p384})});
    const auto half = static_cast<std::uint16_t>(chain.size() / 2);
    const auto portion = [&](std::size_t from, std::size_t size) {
        CertificateResponse out{.header = {0x12, Code::certificate, 0, 0}};
        out.portion_length = static_cast<std::uint16_t>(size);
        out.remainder_length = static_cast<std::uint16_t>(chain.size() - from - size);
        out.cert_chain.assign(chain.begin() + static_cast<std::ptrdiff_t>(from),
                              chain.begin() + static_cast<std::ptrdiff_t>(from + size));
        return encode(out, byte_order);
    };
    const auto offset = store(half, byte_order);
    BOOST_TEST(asked.send(concat({*from_hex("12eb0200"), portion(0, half)})) ==
               "126b0301"
               "02000000"
               "12820000" +
                   to_hex(offset) + "ffff");
    BOOST_TEST(asked.send(concat({*from_hex("12eb0300"), portion(half, chain.size() - half)})) == "127f0900");
}

BOOST_AUTO_TEST_CASE(the_responder_asks_for_a_new_key) {
    for (const Version version : {Version::v1_1, Version::v1_2, Version::v1_3}) {
        AskingDevice device{mut_auth::encapsulated};
        TestConnection c{mutual_plan(version), device, 1};
        BOOST_TEST(c.run() == "");
        const std::uint32_t id = c.responder.established()->id();
        BOOST_TEST(c.responder.ask_key_update(id));
        BOOST_TEST(!c.responder.ask_key_update(id));  // one at a time
        c.requester.then(Step::heartbeat);            // nothing waits for it
        for (const Step step : {Step::encapsulated_request, Step::encapsulated_answer, Step::heartbeat,
                                Step::update_all_keys, Step::verify_key, Step::heartbeat})
            c.requester.then(step);
        BOOST_TEST(c.run() == "");
        c.requester.then(Step::encapsulated_request);
        BOOST_TEST(c.run() == (version >= Version::v1_3
                                   ? "GET_ENCAPSULATED_REQUEST: ERROR(NoPendingRequests)"
                                   : "GET_ENCAPSULATED_REQUEST: ERROR(UnexpectedRequest)"));
    }
}

BOOST_AUTO_TEST_CASE(a_requester_refuses_what_it_did_not_offer) {
    // Byte 6 of KEY_EXCHANGE_RSP is signed: what is refused here is refused before the signature is looked
    // at.
    const auto with_value = [](std::uint32_t flags, std::uint8_t value) {
        RequesterPlan plan = mutual_plan(Version::v1_2);
        plan.flags = flags;
        TestConnection c{plan};
        return c.run([&](std::size_t, Bytes& answer) {
            if (answer[1] == 0x64) answer[6] = value;
        });
    };
    BOOST_TEST(with_value(session_flags, 2) == "KEY_EXCHANGE: mutual authentication, which was not offered");
    BOOST_TEST(with_value(mutual_flags, 3) == "KEY_EXCHANGE: MutAuthRequested 3");
    BOOST_TEST(with_value(mutual_flags, 8) == "KEY_EXCHANGE: MutAuthRequested 8");
}

}  // namespace
}  // namespace assay::spdm
