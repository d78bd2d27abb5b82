// Certificates that are asked for and installed, raw measurements, and what 1.3 adds (DSP0274).
#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

/// Who signs the certificates that are installed.
struct Authority {
    crypto::Drbg random{as_bytes("authority"), "management test"};
    crypto::Context context{random};
    crypto::PrivateKey key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    crypto::Certificate certificate = issued("authority", true, key.public_key(), nullptr);

    crypto::Certificate issued(const std::string& subject, bool ca, const crypto::PublicKey& of,
                               const crypto::Certificate* issuer) const {
        crypto::CertificateSpec spec;
        spec.subject = {{"CN", subject}};
        spec.serial = {static_cast<std::uint8_t>(ca ? 1 : 9)};
        spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
        spec.ca = ca;
        spec.key_usage = {ca ? "keyCertSign" : "digitalSignature"};
        return crypto::issue(spec, of, issuer, key, crypto::Hash::sha384);
    }
    /// The chain structure for the key of that request.
    Bytes chain_for(const Bytes& csr, bool ca = false) const {
        const auto request = crypto::verify_request(csr);
        BOOST_REQUIRE(bool(request));
        return chain_structure(
            alg::sha384, {certificate.der(), issued("installed", ca, request->key, &certificate).der()});
    }
};
const Authority& authority() {
    static const Authority one;
    return one;
}

RequesterPlan plan_of(Version version, bool in_session) {
    RequesterPlan plan = session_plan(version);
    if (!in_session) plan.steps.assign(evidence_steps.begin(), evidence_steps.end() - 1);
    return plan;
}

BOOST_AUTO_TEST_CASE(a_certificate_is_asked_for_installed_and_used) {
    for (const Version version : {Version::v1_2, Version::v1_3})
        for (const bool multi_key : {false, true}) {
            if (multi_key && version < Version::v1_3) continue;
            for (const std::uint32_t model : {0U, cap::alias_cert}) {
                SampleDevice device{1};
                device.mutable_profile().flags |= model;
                RequesterPlan plan = plan_of(version, true);
                plan.multi_key = multi_key;
                plan.key_pair_id = multi_key ? 4 : 0;
                plan.steps.push_back(Step::csr);
                TestConnection c{plan, device, 1};
                BOOST_REQUIRE(c.run() == "");
                RequesterPlan next = plan;
                next.steps.back() = Step::set_certificate;
                next.new_slot = 5;
                next.new_chain = authority().chain_for(c.requester.csr(), model != 0);
                TestConnection d{next, device, 2};
                BOOST_REQUIRE(d.run() == "");
                // From now on slot 5 is there, and signs.
                RequesterPlan last = plan_of(version, true);
                last.multi_key = multi_key;
                last.slot = 5;
                last.steps.insert(last.steps.begin() + 5, {Step::challenge, Step::measurements});
                last.steps.push_back(Step::session_measurements);
                TestConnection e{last, device, 3};
                BOOST_TEST(e.run() == "");
                BOOST_TEST((e.requester.certificates().front() == authority().certificate));
                BOOST_TEST(e.requester.certificates().size() == (model != 0 ? 3U : 2U));
            }
        }
}

BOOST_AUTO_TEST_CASE(a_slot_is_erased_in_1_3) {
    SampleDevice device{1};
    RequesterPlan plan = plan_of(Version::v1_3, true);
    plan.steps.push_back(Step::set_certificate);
    plan.new_slot = 1;
    TestConnection c{plan, device, 1};
    BOOST_TEST(c.run() == "");
    RequesterPlan next = plan_of(Version::v1_3, false);
    next.slot = 1;
    TestConnection d{next, device, 2};
    BOOST_TEST(d.run() == "GET_DIGESTS: slot 1 is empty, or digests do not fit the slot mask");
}

std::string hex_of(TestConnection& c, const Bytes& message) {
    if (std::as_const(c.requester).session() == nullptr) return to_hex(c.responder.execute(message));
    SecuredChannel& channel = c.requester.session()->channel();
    const auto sealed = c.responder.execute_secured(channel.seal(message));
    return sealed ? to_hex(channel.open(*sealed)->bytes()) : "nothing";
}
std::string hex_of(TestConnection& c, const std::string& message) { return hex_of(c, *from_hex(message)); }

BOOST_AUTO_TEST_CASE(who_may_install_what) {
    SampleDevice device{1};
    RequesterPlan with_csr = plan_of(Version::v1_2, false);
    with_csr.steps.push_back(Step::csr);
    TestConnection clear{with_csr, device, 1};
    BOOST_REQUIRE(clear.run() == "");
    const Bytes chain = authority().chain_for(clear.requester.csr());
    const auto set = [&](std::uint8_t slot, const Bytes& what) {
        return concat({{{0x12, 0xEE, slot, 0}}, what});
    };
    TestConnection inside{plan_of(Version::v1_2, true), device, 2};
    BOOST_REQUIRE(inside.run() == "");
    BOOST_TEST(hex_of(clear, set(1, chain)) == "127f0400");  // neither in a session nor trusted
    BOOST_TEST(hex_of(clear, set(0, chain)) == "127f0400");
    BOOST_TEST(hex_of(inside, set(0, chain)) == "127f0400");  // slot 0: where the device is made, alone
    BOOST_TEST(hex_of(inside, set(8, chain)) == "127f0100");
    BOOST_TEST(hex_of(inside, set(1, chain)) == "126e0100");
    device.mutable_profile().trusted_environment = true;
    BOOST_TEST(hex_of(clear, set(0, chain)) == "126e0000");
    BOOST_TEST(hex_of(inside, set(0, chain)) == "126e0000");

    for (std::size_t size = 0; size < 52; ++size)  // not even the head of a structure
        BOOST_TEST(hex_of(inside, set(2, {chain.begin(),
                                          chain.begin() + static_cast<std::ptrdiff_t>(size)})) == "127f0100");
    Bytes longer = chain;
    longer[0] = static_cast<std::uint8_t>(longer[0] + 1);  // Length beyond the message
    BOOST_TEST(hex_of(inside, set(2, longer)) == "127f0100");
    for (const std::size_t at : {std::size_t{5}, std::size_t{80}, chain.size() - 1}) {
        Bytes changed = chain;
        changed[at] ^= 1;
        BOOST_TEST(hex_of(inside, set(2, changed)) == "127f0500", at);  // Unspecified
    }
    const Bytes other = chain_structure(
        alg::sha384,
        {authority().certificate.der(),
         authority().issued("x", false, authority().key.public_key(), &authority().certificate).der()});
    BOOST_TEST(hex_of(inside, set(2, other)) == "127f0500");  // of another key
    BOOST_TEST(hex_of(inside, set(2, authority().chain_for(clear.requester.csr(), true))) ==
               "127f0500");  // a CA's
}

BOOST_AUTO_TEST_CASE(get_csr_that_breaks_a_rule_is_invalid) {
    TestConnection c{plan_of(Version::v1_2, false)};
    BOOST_REQUIRE(c.run() == "");
    const std::string info = "3009 020100 3000 3000 a000";
    for (const std::string& request : std::vector<std::string>{
             "12ed0000 0000", "12ed0000 0100 0000", "12ed0000 0000 0100",
             "12ed0000 0000 0104" + to_hex(Bytes(1025)), "12ed0000 0100 0000 30",
             "12ed0000 0b00 0000 3009 020101 3000 3000 a000", "12ed0000 0900 0000 3007 020100 3000 3000",
             "12ed0000 0c00 0000" + info + "00"})
        BOOST_TEST(hex_of(c, request) == "127f0100", request);
    BOOST_TEST(hex_of(c, "12ed0000 0b00 0000" + info).starts_with("126d0000"));
    TestConnection d{plan_of(Version::v1_3, false)};
    BOOST_REQUIRE(d.run() == "");
    for (const auto* request : {"13ed0100 0000 0000", "13ed0001 0000 0000", "13ed0008 0000 0000"})
        BOOST_TEST(hex_of(d, std::string{request}) == "137f0100",
                   request);  // of a multi-key connection; a tag
    BOOST_TEST(hex_of(d, std::string{"13ed0080 0000 0000"}).starts_with("136d0000"));
}

BOOST_AUTO_TEST_CASE(what_needs_a_reset_is_there_after_it) {
    for (const Version version : {Version::v1_2, Version::v1_3}) {
        SampleDevice device{1};
        device.mutable_profile().flags |= cap::cert_install_reset;
        TestConnection c{plan_of(version, true), device, 1};
        BOOST_REQUIRE(c.run() == "");
        const std::string v = version == Version::v1_3 ? "13" : "12";
        const std::string tag = version == Version::v1_3 ? "01" : "00";
        BOOST_TEST(hex_of(c, v + "ed0000 0000 0000") == v + "7f0c" + tag);
        const std::string with_tag = v + "ed00" + (version == Version::v1_3 ? "08" : "00") + "0000 0000";
        BOOST_TEST(hex_of(c, with_tag) == v + "7f0c" + tag);
        if (version == Version::v1_3) {
            BOOST_TEST(hex_of(c, v + "ed0010 0000 0000") == v + "7f0400");  // no such tag
            BOOST_TEST(hex_of(c, v + "ed0088 0000 0000") == v + "7f0100");  // a tag to be overwritten
            for (int i = 2; i < 8; ++i)
                BOOST_TEST(hex_of(c, v + "ed0000 0000 0000") == v + "7f0c0" + std::to_string(i));
            BOOST_TEST(hex_of(c, v + "ed0000 0000 0000") == v + "7f0300");  // Busy
            BOOST_TEST(hex_of(c, v + "ed0080 0000 0000") == v + "7f0c01");  // all of them forgotten
        }
        device.reset();
        const Bytes answer = *from_hex(hex_of(c, with_tag));
        BOOST_REQUIRE(answer[1] == 0x6D);
        const Bytes chain = authority().chain_for({answer.begin() + 8, answer.end()});
        const auto head = *from_hex(v + "ee0300");
        BOOST_TEST(hex_of(c, concat({head, chain})) == v + "7f0c00");
        Connection connection = c.responder.connection();
        BOOST_TEST(device.certificate_chain(3, connection).empty());
        device.reset();
        BOOST_TEST(!device.certificate_chain(3, connection).empty());
    }
}

BOOST_AUTO_TEST_CASE(raw_bit_streams_stand_for_digests_where_they_are_asked_for) {
    for (const Version version : {Version::v1_1, Version::v1_2, Version::v1_3}) {
        RequesterPlan plan = plan_of(version, false);
        plan.raw = true;
        plan.steps.push_back(Step::measurements);
        TestConnection c{plan};
        BOOST_REQUIRE(c.run() == "");
        Reader in{c.requester.report(), byte_order};
        GetMeasurements request;
        Measurements answer;
        BOOST_REQUIRE((in.get(request) && in.get(answer)));
        const MeasurementBlock& first = answer.record.items.at(0);
        const bool raw = version >= Version::v1_2;
        BOOST_TEST(first.value_type == (raw ? 0x80 : 0x00));
        BOOST_TEST(first.value == (raw ? Bytes{1} : crypto::digest(crypto::Hash::sha384, {{{1}}})));
        BOOST_TEST(first.measurement_size == first.value.size() + 3);
        BOOST_TEST(answer.record.items.size() == 7U);
    }
}

BOOST_AUTO_TEST_CASE(every_operation_of_get_measurements) {
    for (const auto* v : {"10", "11", "12", "13"}) {
        const auto version = static_cast<Version>((*from_hex(v))[0]);
        TestConnection c{plan_of(version, false)};
        BOOST_REQUIRE(c.run() == "");
        const std::string context = version >= Version::v1_3 ? "0102030405060708" : "";
        const auto ask = [&](const std::string& operation) {
            return hex_of(c, v + std::string{"e000"} + operation + context);
        };
        BOOST_TEST(ask("00").starts_with(v + std::string{"60070000000000"}));
        for (const auto* index : {"01", "02", "03", "04", "10", "fd", "fe"})
            BOOST_TEST(ask(index).starts_with(v + std::string{"60000001"}), index);
        for (const auto* index : {"05", "11", "fc"})
            BOOST_TEST(ask(index) == v + std::string{"7f0100"}, index);
        BOOST_TEST(ask("ff").starts_with(v + std::string{"60000007"}));
        BOOST_TEST(ask("ff").ends_with(context));
        if (version >= Version::v1_3)
            BOOST_TEST(hex_of(c, std::string{"13e000ff"}) == "137f0100");  // no context
    }
}

BOOST_AUTO_TEST_CASE(a_1_3_responder_tells_more_of_itself) {
    for (const bool in_session : {false, true}) {
        RequesterPlan plan = plan_of(Version::v1_3, in_session);
        plan.key_pair_id = 2;
        plan.portion = 0x20;
        for (const Step step : {Step::measurement_log, Step::key_pair_info, Step::endpoint_info})
            plan.steps.push_back(step);
        TestConnection c{plan};
        BOOST_REQUIRE(c.run() == "");
        Reader in{c.requester.measurement_log(), byte_order};
        MeasurementLogHead head;
        BOOST_REQUIRE(in.get(head));
        BOOST_TEST(head.entries == 3U);
        BOOST_TEST(head.length == in.rest().size());
        for (std::uint32_t i = 0; i < head.entries; ++i) {
            MeasurementLogEntry one;
            BOOST_REQUIRE(in.get(one));
            BOOST_TEST(one.mel_index == i + 1);
        }
        BOOST_TEST(in.finish());
        BOOST_TEST(c.requester.key_pair()->slot_mask == 2);
        BOOST_TEST(c.requester.key_pair()->capabilities == 0);
        BOOST_TEST(!c.requester.endpoint_info().empty());
        BOOST_TEST(hex_of(c, std::string{"13ef0000 ffff0000 00010000"}) ==
                   "137f0100");  // Offset beyond the log
        BOOST_TEST(hex_of(c, std::string{"13fc0000 00"}) == "137f0100");
        BOOST_TEST(hex_of(c, std::string{"13fc0000 09"}) == "137f0100");
        BOOST_TEST(hex_of(c, std::string{"13870200 00000000"}) == "137f0100");         // sub code
        BOOST_TEST(hex_of(c, "13870103 01000000" + to_hex(Bytes(32))) == "137f0100");  // slot
        BOOST_TEST(hex_of(c, std::string{"13870100 01000000"}) == "137f0100");         // no nonce
    }
}

BOOST_AUTO_TEST_CASE(several_keys_stand_in_digests_and_transcripts) {
    for (const bool requester_too : {false, true}) {
        RequesterPlan plan = session_plan(Version::v1_3);
        plan.multi_key = true;
        plan.flags |= cap::cert | cap::mut_auth | cap::encap;
        if (requester_too) plan.flags |= cap::multi_key_negotiable;
        plan.identity = std::make_shared<const SampleRequester>(std::uint64_t{7});
        plan.slot = 1;
        plan.steps.push_back(Step::session_measurements);
        TestConnection c{plan};
        std::string digests;
        BOOST_REQUIRE(c.run([&](std::size_t, Bytes& answer) {
            if (answer[1] == 0x01) digests = to_hex(answer);
        }) == "");
        BOOST_TEST(c.responder.connection().multi_key_responder);
        BOOST_TEST(c.responder.connection().multi_key_requester == requester_too);
        BOOST_TEST(digests.size() == 2 * (4 + 2 * (48 + 4)));
        BOOST_TEST(digests.starts_with("1301ff03"));
        BOOST_TEST(
            digests.ends_with("0102"
                              "0101"
                              "0f000f00"));
        BOOST_TEST(c.responder.established()->requester.has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_key_is_used_for_what_it_is_for) {
    class Choosy final : public SampleDevice {
    public:
        Choosy() : SampleDevice(std::uint64_t{1}) {}
        SlotFacts slot_facts(std::uint8_t slot, const Connection& connection) const override {
            SlotFacts out = SampleDevice::slot_facts(slot, connection);
            if (slot == 1) out.key_usage = key_usage::measurement;
            return out;
        }
    };
    Choosy device;
    for (const Step step : {Step::challenge, Step::measurements, Step::key_exchange, Step::endpoint_info}) {
        RequesterPlan plan = plan_of(Version::v1_3, false);
        plan.flags = session_flags;
        plan.multi_key = true;
        plan.slot = 1;
        plan.steps.push_back(step);
        TestConnection c{plan, device, 1};
        const std::string answer = c.run();
        BOOST_TEST((step == Step::measurements ? answer.empty() : answer.ends_with("ERROR(InvalidRequest)")),
                   answer);
    }
}

BOOST_AUTO_TEST_CASE(a_1_3_responder_tells_its_algorithms_to_who_takes_chunks) {
    SampleDevice device{1};
    for (const bool chunks : {false, true}) {
        Responder responder{device};
        (void)responder.execute(*from_hex("10840000"));
        const std::string flags = chunks ? "00000200" : "00000000";
        const std::string sizes = chunks ? "00120000 00800200" : "00120000 00120000";
        const std::string answer = to_hex(responder.execute(*from_hex("13e10100 00000000" + flags + sizes)));
        BOOST_TEST(answer.substr(4, 2) == (chunks ? "01" : "00"));
        if (!chunks) {
            BOOST_TEST(answer.size() == 2 * 20U);
            continue;
        }
        // Param1, Param2, Length; then as in NEGOTIATE_ALGORITHMS.
        BOOST_TEST(answer.substr(40) ==
                   "0400"
                   "2e00"
                   "01"
                   "12"
                   "9a000000"
                   "07000000"
                   "000000000000000000000000"
                   "000000"
                   "01"
                   "02201b00"
                   "03200700"
                   "04209a00"
                   "05200100");
    }
}

BOOST_AUTO_TEST_CASE(slot_size_is_told_without_a_chain) {
    TestConnection c{plan_of(Version::v1_3, false)};
    BOOST_REQUIRE(c.run() == "");
    const auto size =
        static_cast<std::uint16_t>(c.device.certificate_chain(0, c.responder.connection()).size());
    BOOST_TEST(hex_of(c, std::string{"13820001 ffff 55aa"}) ==
               "13020000"
               "0000" +
                   to_hex(store(size, byte_order)));
    BOOST_TEST(hex_of(c, std::string{"13820201 0000 ffff"}) == "137f0100");
}

BOOST_AUTO_TEST_CASE(contexts_are_echoed_and_checked) {
    RequesterPlan plan = plan_of(Version::v1_3, false);
    plan.context = {1, 2, 3, 4, 5, 6, 7, 8};
    plan.steps.push_back(Step::challenge);
    plan.steps.push_back(Step::measurements);
    TestConnection good{plan};
    BOOST_TEST(good.run() == "");
    for (const std::uint8_t code : {std::uint8_t{0x03}, std::uint8_t{0x60}}) {
        TestConnection c{plan};
        BOOST_TEST(c.run([&](std::size_t, Bytes& answer) {
                        if (answer[1] == code) answer[answer.size() - 97] ^= 1;
                    }).ends_with("RequesterContext is not echoed"));
    }
}

}  // namespace
}  // namespace assay::spdm
