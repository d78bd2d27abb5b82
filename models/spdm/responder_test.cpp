#include "models/spdm/responder.hpp"

#include <boost/test/unit_test.hpp>

#include "models/spdm/command_table.hpp"
#include "models/spdm/test_device.hpp"
#include "sim/base/reader.hpp"

namespace assay::spdm {
namespace {

constexpr std::string_view get_version = "10840000";
constexpr std::string_view get_capabilities = "11e10000 00000000 00000000";
constexpr std::string_view negotiate =
    "11e30000 2000 01 00 80000000 02000000 000000000000000000000000 00000000";
const std::string nonce = to_hex(Bytes(32, 0x11));

std::string send(Responder& spdm, std::string_view hex) { return to_hex(spdm.execute(*from_hex(hex))); }

void bring_to(Responder& spdm, State state) {
    constexpr std::array messages{get_version, get_capabilities, negotiate};
    for (std::size_t i = 0; i < static_cast<std::size_t>(state); ++i) (void)send(spdm, messages.at(i));
    BOOST_REQUIRE(spdm.state() == state);
}

BOOST_AUTO_TEST_CASE(versions_capabilities_and_algorithms_are_negotiated) {
    TestDevice device;
    Responder spdm{device};
    BOOST_TEST(send(spdm, get_version) ==
               "100400000002"
               "00100011");
    BOOST_TEST(send(spdm, get_capabilities) ==
               "11610000"
               "000c0000"
               "12000000");
    BOOST_TEST(send(spdm, negotiate) ==
               "11630000"
               "2400"
               "0100"
               "04000000"
               "80000000"
               "02000000"
               "0000000000000000000000"
               "00"
               "0000"
               "0000");
    BOOST_TEST((spdm.state() == State::negotiated));
}

BOOST_AUTO_TEST_CASE(a_1_0_connection_has_1_0_layouts) {
    TestDevice device;
    Responder spdm{device};
    (void)send(spdm, get_version);
    BOOST_TEST(send(spdm, "10e10000") ==
               "10610000"
               "000c0000"
               "12000000");
    BOOST_TEST(send(spdm, "10e30000 2000 01 00 80000000 02000000 000000000000000000000000 00000000")
                   .starts_with("10630000"));
    const Bytes answer = spdm.execute(*from_hex("10e001ff" + nonce));  // no SlotIDParam
    BOOST_TEST(answer.size() == 8U + 3 * 55 + 32 + 2 + 2 + 96);
    BOOST_TEST(send(spdm, "10e40000") == "107f07e4");  // KEY_EXCHANGE is of 1.1
}

BOOST_AUTO_TEST_CASE(an_error_of_a_state_changes_nothing) {
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::after_capabilities);
    BOOST_TEST(send(spdm, get_capabilities) == "117f0400");
    BOOST_TEST(send(spdm, "11810000") == "117f0400");
    BOOST_TEST((spdm.state() == State::after_capabilities));
    BOOST_TEST(send(spdm, "11840000") == "117f4100");  // GET_VERSION is of 1.0
    BOOST_TEST((spdm.state() == State::after_capabilities));
}

BOOST_AUTO_TEST_CASE(get_version_begins_anew_in_every_state) {
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::negotiated);
    (void)send(spdm, "11e000ff");
    BOOST_TEST(!spdm.measurement_transcript().empty());
    (void)send(spdm, get_version);
    BOOST_TEST((spdm.state() == State::after_version));
    BOOST_TEST(spdm.measurement_transcript().empty());
    BOOST_TEST(send(spdm, "11810000") == "107f4100");
}

BOOST_AUTO_TEST_CASE(a_wrong_version_is_told_in_the_negotiated_one) {
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::negotiated);
    for (const auto* request : {"10810000", "12810000", "12820000 0000 ffff", "10e000ff"})
        BOOST_TEST(send(spdm, request) == "117f4100", request);
    Responder fresh{device};
    bring_to(fresh, State::after_version);
    BOOST_TEST(send(fresh, "12e10000 00000000 00000000 00120000 00120000") == "107f4100");
}

BOOST_AUTO_TEST_CASE(requests_that_break_a_rule_are_invalid) {
    const std::string head = "11e3", tail = " 01 00 80000000 02000000 000000000000000000000000 ";
    const std::array before_negotiation{
        head + "0000 1f00" + tail + "00000000",                      // Length too small
        head + "0000 2100" + tail + "00000000",                      // Length too large
        head + "0000 7400" + tail + "15000000" + to_hex(Bytes(84)),  // 21 external algorithms
        head + "0100 2400" + tail + "00000000 02101b00",             // fixed byte count 1
        head + "0100 2400" + tail + "00000000 02301b00",             // fixed byte count 3
        head + "0100 2400" + tail + "00000000 022f1b00",             // external algorithms beyond the message
        head + "0100 2400" + tail + "00000000 02200000",             // AlgSupported 0
        head + "0100 2400" + tail + "00000000 01201b00",             // AlgType below DHE
        head + "0100 2400" + tail + "00000000 06201b00",             // AlgType above KeySchedule
        head + "0200 2800" + tail + "00000000 03200600 02201b00",    // not increasing
        head + "0000 2000 02 00 80000000 02000000 000000000000000000000000 00000000",  // not DMTF
        head + "0000 2000 01 00 00010000 02000000 000000000000000000000000 00000000",  // no common asym
        head + "0000 2000 01 00 80000000 04000000 000000000000000000000000 00000000",  // no common hash
        head + "0000 2000",                                                            // cut off
    };
    for (const auto& request : before_negotiation) {
        TestDevice device;
        Responder spdm{device};
        bring_to(spdm, State::after_capabilities);
        BOOST_TEST(send(spdm, request) == "117f0100", request);
        BOOST_TEST((spdm.state() == State::after_capabilities));
    }
    const std::array negotiated{
        std::string{"11820100 0000 ffff"},  // empty slot
        std::string{"11820800 0000 ffff"},  // no such slot
        std::string{"11820000 ffff 0100"},  // offset past the chain
        std::string{"11820000"},            // cut off
        std::string{"11e00003"},            // no such index
        "11e00101" + nonce,                 // no SlotIDParam
        std::string{"11e00101"},            // no nonce
        "11e00101" + nonce + "01",          // empty slot
        "11e00101" + nonce + "08",          // no such slot
    };
    for (const auto& request : negotiated) {
        TestDevice device;
        Responder spdm{device};
        bring_to(spdm, State::negotiated);
        BOOST_TEST(send(spdm, request) == "117f0100", request);
    }
    for (const auto* request :
         {"11e10000 00200000 00000000", "11e10000 00000000 00020000", "11e10000 0000"}) {
        TestDevice device;
        Responder spdm{device};
        bring_to(spdm, State::after_version);
        BOOST_TEST(send(spdm, request) == "107f0100", request);
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_advertised_is_not_there) {
    TestDevice device;
    device.mutable_profile().flags = cap::cert;
    Responder spdm{device};
    bring_to(spdm, State::negotiated);
    BOOST_TEST(send(spdm, "11e000ff") == "117f07e0");
    device.mutable_profile().flags = cap::meas_no_sig;
    bring_to(spdm, State::negotiated);
    BOOST_TEST(send(spdm, "11810000") == "117f0781");
    BOOST_TEST(send(spdm, "11e001ff" + nonce + "00") == "117f0100");
    BOOST_TEST(send(spdm, "11e000ff").starts_with("11600000"));
}

BOOST_AUTO_TEST_CASE(algorithm_structures_are_echoed_without_a_selection) {
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::after_capabilities);
    const std::string answer =
        send(spdm,
             "11e30400 3000 01 00 80000000 02000000 000000000000000000000000 00000000 02201b00 03200600 "
             "04200f00 05200100");
    BOOST_TEST(
        answer.starts_with("11630400"
                           "3400"));
    BOOST_TEST(
        answer.ends_with("02200000"
                         "03200000"
                         "04200000"
                         "05200000"));
}

BOOST_AUTO_TEST_CASE(a_certificate_comes_in_portions) {
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::negotiated);
    const ByteView chain = device.chain();
    BOOST_TEST(send(spdm, "11810000") == "11010001" + to_hex(crypto::digest(crypto::Hash::sha384, {chain})));
    const Bytes last = spdm.execute(concat(
        {*from_hex("11820000"), store(std::uint16_t(chain.size() - 2), byte_order), *from_hex("ffff")}));
    BOOST_TEST(to_hex(last) ==
               "11020000"
               "0200"
               "0000" +
                   to_hex(chain.last(2)));
    const Bytes first = spdm.execute(*from_hex("11820000 0000 0300"));
    BOOST_TEST(load<std::uint16_t>(ByteView{first}.subspan(6), byte_order) == chain.size() - 3);
}

BOOST_AUTO_TEST_CASE(a_signature_covers_all_measurements_since_the_last_reset) {  // L1/L2 of 1.1
    TestDevice device;
    Responder spdm{device};
    bring_to(spdm, State::negotiated);
    const auto covers = [&](ByteView transcript, const Bytes& signed_answer) {
        const ByteView answer{signed_answer};
        return device.leaf_key().verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                        concat({transcript, answer.first(answer.size() - 96)}),
                                        answer.last(96));
    };
    const Bytes count = *from_hex("11e00000"), one = *from_hex("11e00009");
    const Bytes all = *from_hex("11e001ff" + nonce + "00");
    const auto take = [&](const Bytes& request) {
        return concat({request, spdm.execute(request)});
    };

    const Bytes l1 = take(count), l2 = take(one);
    BOOST_TEST(l1[4 + 2] == 3);  // Param1: the number of blocks
    Bytes padded = all;
    padded.resize(all.size() + 3);  // what a transport adds is not covered
    BOOST_TEST(covers(concat({l1, l2, all}), spdm.execute(padded)));
    BOOST_TEST(covers(all, spdm.execute(all)));  // a signed answer begins anew

    (void)take(one);
    (void)spdm.execute(*from_hex("11810000"));  // and so does any other request,
    BOOST_TEST(covers(all, spdm.execute(all)));
    (void)take(one);
    (void)spdm.execute(*from_hex("11e00003"));  // and an error
    BOOST_TEST(covers(all, spdm.execute(all)));
}

BOOST_AUTO_TEST_CASE(any_bytes_get_an_answer_of_the_protocol) {
    TestDevice device;
    for (const State state : {State::not_started, State::after_capabilities, State::negotiated})
        for (const std::string& request : {std::string{get_capabilities}, std::string{negotiate},
                                           std::string{"11820000 0000 ffff"}, "11e000ff" + nonce + "00"}) {
            const Bytes bytes = *from_hex(request);
            for (std::size_t size = 0; size <= bytes.size(); ++size)
                for (unsigned value = 0; value < 256; value += 5) {
                    Bytes changed{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
                    if (!changed.empty()) changed.back() = static_cast<std::uint8_t>(value);
                    Responder spdm{device};
                    bring_to(spdm, state);
                    const Bytes answer = spdm.execute(changed);
                    BOOST_REQUIRE((changed.size() < 4 ? answer.empty() : answer.size() >= 4));
                    BOOST_REQUIRE((answer.empty() || answer[0] == 0x10 || answer[0] == 0x11));
                }
        }
}

}  // namespace
}  // namespace assay::spdm
