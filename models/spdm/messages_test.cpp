// Layouts: bytes that the DMTF reference responder and requester exchanged, and what holds for every message.
#include "models/spdm/messages.hpp"

#include <boost/test/unit_test.hpp>

#include "models/spdm/command_table.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

/// Decodes, encodes to the same bytes, and refuses every truncation and a byte too many.
template <class T>
T round_trip(std::string_view hex) {
    const Bytes bytes = *from_hex(hex);
    const auto out = decode<T>(bytes, byte_order);
    BOOST_REQUIRE_MESSAGE(bool(out), hex);
    BOOST_TEST(encode(*out, byte_order) == bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = decode<T>(ByteView{bytes}.first(size), byte_order);
        BOOST_REQUIRE(!cut);
        BOOST_TEST(!cut.error().path.empty());
    }
    Bytes longer = bytes;
    longer.push_back(0);
    BOOST_TEST(!decode<T>(longer, byte_order));
    return *out;
}

BOOST_AUTO_TEST_CASE(every_layout_keeps_its_bytes) {
    const auto version = round_trip<VersionResponse>("10040000 00 05 0010 0011 0012 0013 0014");
    BOOST_TEST(version.entries.items.at(2) == 0x1200U);
    BOOST_TEST(round_trip<Capabilities>("11e10000 00 00 0000 c6f70000").flags == 0xF7C6U);
    BOOST_TEST(round_trip<Capabilities>("11610000 00 00 0000 f7fb0000").flags == 0xFBF7U);
    const auto offer = round_trip<NegotiateAlgorithms>(
        "11e30000 2800 01 00 80000000 02000000 000000000000000000000000 01 01 00 00 aabbccdd 11223344");
    BOOST_TEST(to_hex(offer.ext_hash) == "11223344");
    BOOST_TEST(round_trip<AlgStruct>("02 21 1b00 01020304").alg_external.size() == 4U);
    const auto selection = round_trip<Algorithms>(
        "11630000 2400 01 00 04000000 80000000 02000000 0000000000000000000000 00 00 00 0000");
    BOOST_TEST(selection.base_asym_sel == alg::ecdsa_p384);
    BOOST_TEST(round_trip<GetCertificate>("11820000 0010 ffff").offset == 0x1000U);
    BOOST_TEST(round_trip<CertificateResponse>("11020000 0300 0500 aabbcc").cert_chain.size() == 3U);
    const Bytes nonce(32, 0x77);
    (void)round_trip<GetMeasurements>("11e001ff " + to_hex(nonce) + " 00");
    const auto measurements =
        round_trip<Measurements>("11600000 01 090000 02 01 0500 01 0200 eeff " + to_hex(nonce) + " 0100 42");
    BOOST_TEST(measurements.record.items.at(0).index == 2U);
}

BOOST_AUTO_TEST_CASE(a_message_knows_its_length_under_padding) {
    const Sizes sizes{48, 96};
    const auto size = [&](std::string_view request, std::string_view response) {
        Bytes padded = *from_hex(response);
        const std::size_t whole = padded.size();
        for (unsigned padding = 0; padding < 4; ++padding, padded.push_back(0))
            BOOST_TEST(response_size(*from_hex(request), padded, sizes) == whole);
    };
    size("10840000", "100400000001 0011");
    size("11810000", "11010001 " + to_hex(Bytes(48)));
    size("11820000 0000 ffff", "11020000 0200 0000 abcd");
    size("11e00000", "11600000 00 000000 " + to_hex(Bytes(32)) + " 0100 42");
    size("11e001ff " + to_hex(Bytes(33)), "11600000 00 000000 " + to_hex(Bytes(32 + 2 + 96)));
    size("11e00000", "117f0100");
    size("11e00000", "117f4200 01020304");
    BOOST_TEST(response_size({}, *from_hex("116000"), sizes) == 3U);
}

BOOST_AUTO_TEST_CASE(flags_that_contradict_each_other_are_not_legal) {
    const auto requester = [](std::uint32_t flags) {
        return legal_requester_flags(Version::v1_1, flags);
    };
    BOOST_TEST(requester(0));
    BOOST_TEST(requester(0xF7C6));
    BOOST_TEST(!requester(cap::key_ex));
    BOOST_TEST(!requester(cap::encrypt | cap::mac));
    BOOST_TEST(!requester(cap::cert));
    BOOST_TEST(!requester(cap::chal));
    BOOST_TEST(!requester(0x800 | cap::mac));
    BOOST_TEST(!requester(cap::mut_auth | cap::cert | cap::chal));
    BOOST_TEST(!requester(cap::cert | cap::pub_key_id | cap::chal));
    BOOST_TEST(!requester(cap::hbeat));
    const auto responder = [](std::uint32_t flags) {
        return legal_responder_flags(Version::v1_1, flags);
    };
    BOOST_TEST(responder(0xFBF7));
    BOOST_TEST(!responder(cap::meas));
    BOOST_TEST(!responder(cap::meas_sig));
    BOOST_TEST(responder(cap::meas_sig | cap::cert));
    BOOST_TEST(!responder(cap::key_ex | cap::cert));
}

BOOST_AUTO_TEST_CASE(messages_have_the_names_of_the_standard) {
    BOOST_TEST(message_title(*from_hex("10840000")) == "GET_VERSION");
    BOOST_TEST(message_title(*from_hex("11600000")) == "MEASUREMENTS");
    BOOST_TEST(message_title(*from_hex("117f4100")) == "ERROR(VersionMismatch)");
    BOOST_TEST(message_title(*from_hex("117f9900")) == "ERROR(99)");
    BOOST_TEST(message_title(*from_hex("11990000")) == "code 99");
    BOOST_TEST(message_title(*from_hex("11")) == "(no SPDM header)");
}

}  // namespace
}  // namespace assay::spdm
