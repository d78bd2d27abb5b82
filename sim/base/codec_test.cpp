// reader.hpp and writer.hpp on one struct that has every kind of member.
#include <boost/test/unit_test.hpp>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay {
namespace {

enum class Colour : std::uint16_t { red = 1, blue = 2 };
constexpr std::uint32_t refusal(Colour c) {
    return refuse_unless(c == Colour::red || c == Colour::blue, 0x42);
}

struct Inner {
    Colour colour{};
    std::uint8_t length = 0;
    Bytes data;
    static constexpr auto wire() {
        return std::tuple{field("colour", &Inner::colour), field("length", &Inner::length),
                          field("data", &Inner::data, [](const Inner& i) { return std::size_t{i.length}; })};
    }
};

struct Message {
    std::uint32_t serial = 0;
    std::array<std::uint8_t, 2> mark{};
    List<Inner, std::uint8_t, 2> inners;
    Blob<std::uint16_t, 8> opaque;
    Area<Inner, U24, 16> area;
    static constexpr auto wire() {
        return std::tuple{field("serial", &Message::serial), field("mark", &Message::mark),
                          field("inners", &Message::inners), field("opaque", &Message::opaque),
                          field("area", &Message::area)};
    }
};

const Bytes good =
    *from_hex("01020304 aabb 02 0001 02 c0c1 0002 00 0003 d0d1d2 000008 0001 01 e0 0002 01 e1");

WireError error_of(ByteView bytes) { return decode<Message>(bytes, std::endian::big).error(); }

BOOST_AUTO_TEST_CASE(decoding_and_encoding_are_inverse) {
    for (const auto order : {std::endian::big, std::endian::little}) {
        const Message message{7, {1, 2}, {{{Colour::red, 3, {4, 5, 6}}}}, {{8}}, {{{Colour::blue, 0, {}}}}};
        const Bytes bytes = encode(message, order);
        const auto again = decode<Message>(bytes, order);
        BOOST_REQUIRE(again);
        BOOST_TEST(encode(*again, order) == bytes);
    }
    BOOST_TEST(encode(*decode<Message>(good, std::endian::big), std::endian::big) == good);
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST((error_of(ByteView{good}.first(size)).kind == WireError::Kind::truncated));
}

BOOST_AUTO_TEST_CASE(an_error_tells_where_and_what) {
    Bytes bytes = good;
    bytes[13] = 9;  // the colour of the second inner
    const WireError refused = error_of(bytes);
    BOOST_TEST((refused.kind == WireError::Kind::refused));
    BOOST_TEST(refused.path == "inners[1].colour");
    BOOST_TEST(refused.offset == 12U);
    BOOST_TEST(refused.code == 0x42U);
    BOOST_TEST(refused.member == 3U);

    bytes = good;
    bytes[6] = 3;  // one inner more than a list may hold
    BOOST_TEST((error_of(bytes).kind == WireError::Kind::too_many));
    BOOST_TEST(error_of(bytes).text() ==
               "inners.count at offset 6: 3 is more than the largest legal count, 2");

    bytes = good;
    bytes.push_back(0);
    BOOST_TEST((error_of(bytes).kind == WireError::Kind::trailing_bytes));
    BOOST_TEST(error_of(bytes).text() == "1 trailing bytes at offset " + std::to_string(good.size()));
}

BOOST_AUTO_TEST_CASE(an_area_holds_whole_elements) {
    Bytes bytes = good;
    bytes[22] = 7;  // one byte less than its two elements
    BOOST_TEST(error_of(bytes).text() == "area[1].data at offset 30: truncated, 1 bytes expected, 0 left");
    bytes[22] = 9;  // one byte more than the message has
    BOOST_TEST(error_of(bytes).text() == "area at offset 23: truncated, 9 bytes expected, 8 left");
}

BOOST_AUTO_TEST_CASE(a_description_names_every_byte) {
    std::string text;
    for (const auto& [path, offset, bytes] : describe<Message>(good, std::endian::big).leaves)
        text += std::to_string(offset) + ' ' + path + ' ' + to_hex(bytes) + '\n';
    BOOST_TEST(text ==
               "0 serial 01020304\n"
               "4 mark aabb\n"
               "6 inners.count 02\n"
               "7 inners[0].colour 0001\n"
               "9 inners[0].length 02\n"
               "10 inners[0].data c0c1\n"
               "12 inners[1].colour 0002\n"
               "14 inners[1].length 00\n"
               "15 inners[1].data \n"
               "15 opaque.size 0003\n"
               "17 opaque.buffer d0d1d2\n"
               "20 area.length 000008\n"
               "23 area[0].colour 0001\n"
               "25 area[0].length 01\n"
               "26 area[0].data e0\n"
               "27 area[1].colour 0002\n"
               "29 area[1].length 01\n"
               "30 area[1].data e1\n");
}

BOOST_AUTO_TEST_CASE(a_bad_message_is_described_up_to_its_fault) {
    const auto description = describe<Message>(ByteView{good}.first(11), std::endian::big);
    BOOST_TEST(description.leaves.back().path == "inners[0].length");
    BOOST_REQUIRE(description.fault.has_value());
    BOOST_TEST(description.fault->path == "inners[0].data");
}

}  // namespace
}  // namespace assay
