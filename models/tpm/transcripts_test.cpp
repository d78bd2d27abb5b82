// Whole conversations of tpm2-tools with a peer (libtpms 0.9.2): what is known here is parsed and encoded
// again to the same bytes. And what every wire struct owes: truncations and trailing bytes are refused.
#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

struct Exchange {
    Bytes command, response;
};
/// Through xz: the files are compressed.
std::vector<Exchange> conversation(const std::string& name) {
    std::vector<Exchange> out;
    const auto path = shared_data("vectors/tpm/transcripts/" + name + ".trace.txt.xz");
    if (!path) {
        std::puts("skipped: shared data vectors/tpm/transcripts");
        return out;
    }
    FILE* pipe = ::popen(("xz -dc '" + path->string() + "' 2>/dev/null").c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 4096> part{};
    for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
        text.append(part.data(), n);
    if (::pclose(pipe) != 0) std::puts("skipped: xz is not installed");
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        const std::vector<std::string> word{std::istream_iterator<std::string>{words}, {}};
        if (word.size() >= 6 && word[0] == "TPM" && word[1] == ">") out.push_back({*from_hex(word[5]), {}});
        if (word.size() >= 4 && word[0] == "TPM" && word[1] == "<" && !out.empty())
            out.back().response = *from_hex(word[3]);
    }
    return out;
}

BOOST_AUTO_TEST_CASE(every_known_message_of_the_conversations_is_read_and_written_again) {
    std::size_t commands_seen = 0, responses = 0, unknown = 0;
    for (const std::string name : {"pcr-extend", "dictionary-lockout", "activate-credential", "quote", "nv"})
        for (const Exchange& one : conversation(name)) {
            if (one.command.size() < header_size) continue;
            const Command* row =
                find_command(Cc{load<std::uint32_t>(ByteView{one.command}.subspan(6), byte_order)});
            if (row == nullptr) {
                ++unknown;
                continue;
            }
            const bool refused = response_code(one.response) != Rc::success;
            const auto command = row->recode_command(one.command);
            if (!command && refused) continue;  // sent to be refused
            BOOST_TEST_REQUIRE(command.has_value(), name << ": " << row->name << " " << to_hex(one.command));
            BOOST_TEST(*command == one.command);
            ++commands_seen;
            if (refused) continue;
            // A parameter under encryption is not what its type says.
            const auto response = row->recode_response(one.response);
            if (row->code == Cc::get_capability && !response) {
                ++unknown;  // algorithms that are not known here
                continue;
            }
            BOOST_TEST_REQUIRE(response.has_value(),
                               name << ": " << row->name << " " << to_hex(one.response));
            BOOST_TEST(*response == one.response);
            ++responses;
        }
    std::printf(
        "vectors: transcripts %zu commands, %zu responses read and written again, %zu not known here\n",
        commands_seen, responses, unknown);
}

BOOST_AUTO_TEST_CASE(every_command_refuses_its_truncations_and_trailing_bytes) {
    for (const Exchange& one : conversation("quote")) {
        if (one.command.size() < header_size || response_code(one.response) != Rc::success) continue;
        const Command* row =
            find_command(Cc{load<std::uint32_t>(ByteView{one.command}.subspan(6), byte_order)});
        if (row == nullptr || one.command.size() > 120) continue;
        for (std::size_t size = header_size; size < one.command.size(); ++size)
            BOOST_TEST(!row->recode_command(ByteView{one.command}.first(size)).has_value());
        Bytes longer = one.command;
        longer.push_back(0);
        BOOST_TEST(!row->recode_command(longer).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_sized_structure_is_as_long_as_it_says) {
    struct Holder {
        Tpm2bPublic area{};
        static constexpr auto wire() { return std::tuple{field("inPublic", &Holder::area)}; }
    };
    const Bytes whole = encode(Holder{{templates::storage_key(Alg::ecc)}}, byte_order);
    BOOST_TEST(static_cast<bool>(decode<Holder>(whole, byte_order)));
    for (const int change : {-1, 1}) {
        Bytes bent = whole;
        bent[1] = static_cast<std::uint8_t>(bent[1] + change);
        if (change > 0) bent.push_back(0);
        const auto out = decode<Holder>(bent, byte_order);
        BOOST_REQUIRE(!out);
        BOOST_TEST((out.error().kind == WireError::Kind::wrong_length));
        BOOST_TEST((rc_of(out.error()) == Rc::size));
        BOOST_TEST(out.error().path == "inPublic");
    }
    const auto empty = decode<Holder>(Bytes(2), byte_order);
    BOOST_REQUIRE(!empty);
    BOOST_TEST((rc_of(empty.error()) == Rc::size));
}

BOOST_AUTO_TEST_CASE(a_command_is_described_in_the_names_of_the_standard) {
    const Bytes command = encode_command(PcrReadIn{{{TpmsPcrSelection::of(Alg::sha256, {0})}}});
    std::string paths;
    for (const Leaf& leaf : find_command(Cc::pcr_read)->describe(command)) paths += leaf.path + ' ';
    BOOST_TEST(paths ==
               "tag commandSize commandCode pcrSelectionIn.count pcrSelectionIn[0].hash "
               "pcrSelectionIn[0].sizeofSelect pcrSelectionIn[0].pcrSelect ");
}

BOOST_AUTO_TEST_CASE(response_codes_are_told_by_name_and_place) {
    BOOST_TEST(text(Rc{0x1C4}) == "TPM_RC_VALUE (parameter 1)");
    BOOST_TEST(text(Rc{0x99D}) == "TPM_RC_POLICY_FAIL (session 1)");
    BOOST_TEST(text(Rc{0x18B}) == "TPM_RC_HANDLE (handle 1)");
    BOOST_TEST(text(Rc::pcr_changed) == "TPM_RC_PCR_CHANGED");
    BOOST_TEST(text(Rc{0x918}) == "TPM_RC_REFERENCE_S0");
    BOOST_TEST(text(Rc{0x7FFF}) == "0x00007fff");
}

}  // namespace
}  // namespace assay::tpm
