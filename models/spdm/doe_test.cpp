#include "models/spdm/doe.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm::doe {
namespace {

BOOST_AUTO_TEST_CASE(a_data_object_is_padded_to_dwords) {  // bytes as the DMTF emulator sends them
    BOOST_TEST(to_hex(wrap(Type::cma_spdm, *from_hex("10840000"))) == "010001000300000010840000");
    const Bytes five = wrap(Type::cma_spdm, Bytes(5, 0xAA));
    BOOST_TEST(to_hex(five) == "0100010004000000aaaaaaaaaa000000");
    const auto back = unwrap(five);
    BOOST_REQUIRE(bool(back));
    BOOST_TEST(back->body.size() == 8U);
    BOOST_TEST(wrap(Type::cma_spdm, {}).size() == 8U);
}

BOOST_AUTO_TEST_CASE(a_length_that_does_not_fit_is_no_object) {
    const Bytes good = wrap(Type::cma_spdm, Bytes(8));
    for (std::size_t size = 0; size < good.size(); ++size) BOOST_TEST(!unwrap(ByteView{good}.first(size)));
    Bytes longer = good;
    longer.resize(longer.size() + 4);
    BOOST_TEST((unwrap(longer).error() == Fault::length));
    BOOST_TEST((unwrap(ByteView{good}.first(7)).error() == Fault::shorter_than_header));
    Bytes none(max_dwords * dword);  // Length 0 means 2^18 DWORDs
    none[0] = 1;
    BOOST_TEST(bool(unwrap(none)));
}

BOOST_AUTO_TEST_CASE(discovery_walks_the_features) {
    constexpr std::array features{Feature{vendor_pci_sig, Type::discovery},
                                  Feature{vendor_pci_sig, Type::cma_spdm},
                                  Feature{vendor_pci_sig, Type::secured_cma_spdm}};
    const auto at = [&](std::string_view body) {
        const auto answer = discover(features, *from_hex(body));
        return answer ? to_hex(*answer) : "none";
    };
    BOOST_TEST(at("00000000") == "01000001");
    BOOST_TEST(at("01000000") == "01000102");
    BOOST_TEST(at("02000000") == "01000200");
    BOOST_TEST(at("03000000") == "none");
    BOOST_TEST(at("0000000000") == "none");
    BOOST_TEST(at("") == "none");
}

}  // namespace
}  // namespace assay::spdm::doe
