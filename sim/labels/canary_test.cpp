// Every form of a canary is found wherever it stands, and nothing else is.
#include "sim/labels/canary.hpp"

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>

#include "sim/labels/content_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

constexpr std::string_view fixed_canary = "ABCDEFGHJKLMNPQRSTUVWXYZ";

std::size_t number_below(Random& random, std::size_t limit) {
    std::array<std::uint8_t, 4> raw{};
    random.fill(raw);
    return load<std::uint32_t>(raw, std::endian::little) % limit;
}
Bytes noise(Random& random, std::size_t size) {
    std::array<std::uint8_t, 8> raw{};
    random.fill(raw);
    std::mt19937_64 engine{load<std::uint64_t>(raw, std::endian::little)};
    Bytes out(size);
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine());
    return out;
}

BOOST_AUTO_TEST_CASE(a_canary_is_24_characters_of_its_alphabet_and_new_each_time) {
    TestBench bench;
    const Secret a = make_canary(bench.random), b = make_canary(bench.random);
    BOOST_TEST(a.bytes().size() == canary_size);
    BOOST_TEST(!equal(a.bytes(), b.bytes()));
    for (const std::uint8_t c : a.bytes())
        BOOST_TEST(std::string_view{"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"}.find(static_cast<char>(c)) !=
                   std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(the_forms_are_those_that_other_programs_make) {
    // base64, sha256sum and printf of a shell made these.
    const auto forms = forms_of_canary(as_bytes(fixed_canary));
    const auto text = [&](std::string_view name) -> std::string {
        const auto found = std::ranges::find(forms, name, &Form::name);
        return found == forms.end() ? "absent" : text_of(found->bytes.bytes());
    };
    BOOST_TEST(text("base64 phase 0") == "QUJDREVGR0hKS0xNTlBRUlNUVVZXWFla");
    BOOST_TEST(text("base64 phase 1") == "FCQ0RFRkdISktMTU5QUVJTVFVWV1hZW");
    BOOST_TEST(text("base64 phase 2") == "BQkNERUZHSEpLTE1OUFFSU1RVVldYWV");
    BOOST_TEST(text("hex") ==
               "4142434445464748"
               "4a4b4c4d4e505152"
               "535455565758595a");
    BOOST_TEST(text("percent-encoded").substr(0, 30) == "%41%42%43%44%45%46%47%48%4a%4b");
    BOOST_TEST(text("json escape, upper").substr(0, 60) ==
               "\\u0041\\u0042\\u0043\\u0044\\u0045\\u0046\\u0047\\u0048\\u004A\\u004B");
    BOOST_TEST(text("reversed") == "ZYXWVUTSRQPNMLKJHGFEDCBA");
    BOOST_TEST(text("SHA-256 of the canary, hex") ==
               "f1c7e627a0350672d6914ca90d0e75f0295b1ce2ceb658cca136f7c46fd6eb64");
}

BOOST_AUTO_TEST_CASE(every_form_is_found_at_every_place) {
    TestBench bench;
    ContentOracle oracle{bench.random};
    const Secret canary = make_canary(bench.random);
    oracle.add(forms_of_canary(canary.bytes()));
    for (const Form& form : forms_of_canary(canary.bytes())) {
        const ByteView bytes = form.bytes.bytes();
        for (int i = 0; i < 40; ++i) {
            Bytes memory = i % 2 == 0 ? noise(bench.random, 9000) : Bytes(9000, 0);
            for (std::uint8_t& byte : memory)
                byte = static_cast<std::uint8_t>(byte | (i % 2 == 0 ? 0x80 : 0));  // no character by chance
            std::size_t at = number_below(bench.random, memory.size() - bytes.size() + 1);
            if (i == 0) at = 0;
            if (i == 1) at = memory.size() - bytes.size();
            std::ranges::copy(bytes, memory.begin() + static_cast<std::ptrdiff_t>(at));
            const auto found = oracle.scan(memory, "memory");
            BOOST_REQUIRE_MESSAGE(found.size() == 1U, form.name << " at " << at << ": " << found.size());
            BOOST_TEST(found[0].range.at == at);
            BOOST_TEST(found[0].range.size == bytes.size());
            BOOST_TEST(found[0].form == form.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(base64_is_found_whatever_stands_around_the_canary) {
    TestBench bench;
    const Secret canary = make_canary(bench.random);
    ContentOracle oracle{bench.random};
    oracle.add(forms_of_canary(canary.bytes()));
    std::size_t missed = 0;
    for (int i = 0; i < 3000; ++i) {
        Bytes text = noise(bench.random, number_below(bench.random, 50));
        append(text, canary.bytes());
        append(text, noise(bench.random, number_below(bench.random, 50)));
        const std::string encoded = i % 2 == 0 ? to_base64(text) : to_base64url(text);
        if (oracle.scan(as_bytes(encoded), "text").size() != 1U) ++missed;
    }
    BOOST_TEST(missed == 0U);
}

BOOST_AUTO_TEST_CASE(sixteen_characters_are_found_and_fifteen_are_not) {
    TestBench bench;
    const Secret canary = make_canary(bench.random);
    ContentOracle oracle{bench.random};
    oracle.add(forms_of_canary(canary.bytes()));
    for (std::size_t from = 0; from + 16 <= canary_size; ++from)
        for (std::size_t size = 15; from + size < canary_size; ++size) {
            Bytes memory = Bytes(100, '.');
            std::ranges::copy(canary.bytes().subspan(from, size), memory.begin() + 40);
            const auto found = oracle.scan(memory, "memory");
            BOOST_TEST(found.size() == (size >= 16 ? 1U : 0U));
            if (!found.empty()) BOOST_TEST(found[0].range.size == size);
        }
}

BOOST_AUTO_TEST_CASE(eight_token_ids_are_found_in_three_widths) {
    TestBench bench;
    const std::vector<std::uint32_t> tokens{410, 68, 259, 300, 301, 17, 505, 44, 71, 380};
    ContentOracle oracle{bench.random};
    oracle.add(forms_of_tokens(tokens));
    const auto scan_as = [&]<class U>(U, std::size_t from, std::size_t count) {
        Bytes memory(33, 0xFF);
        for (std::size_t i = from; i < from + count; ++i)
            append(memory, store(static_cast<U>(tokens[i]), std::endian::little));
        append(memory, Bytes(20, 0xFF));
        return oracle.scan(memory, "memory").size();
    };
    for (std::size_t from = 0; from <= 2; ++from) {
        BOOST_TEST(scan_as(std::uint16_t{}, from, 8) == 1U);
        BOOST_TEST(scan_as(std::uint32_t{}, from, 8) == 1U);
        BOOST_TEST(scan_as(std::uint64_t{}, from, 8) == 1U);
        BOOST_TEST(scan_as(std::uint32_t{}, from, 7) == 0U);
    }
    BOOST_TEST(scan_as(std::uint32_t{}, 0, 10) == 1U);
}

BOOST_AUTO_TEST_CASE(sixteen_bytes_of_a_row_are_found) {
    TestBench bench;
    const Bytes rows = noise(bench.random, 256);
    ContentOracle oracle{bench.random};
    oracle.add(forms_of_rows(rows, 4));
    Bytes memory(500, 0);
    std::copy_n(rows.begin() + 64, 40, memory.begin() + 123);
    const auto found = oracle.scan(memory, "memory");
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].range.at == 123U);
    BOOST_TEST(found[0].range.size == 40U);
    BOOST_TEST(forms_of_rows(Bytes(64, 0), 4).empty());  // zeros betray nobody
}

BOOST_AUTO_TEST_CASE(what_was_not_planted_is_not_found) {
    TestBench bench;
    ContentOracle oracle{bench.random};
    oracle.add(forms_of_canary(make_canary(bench.random).bytes()));
    oracle.add(hashes_of(as_bytes("a prompt"), "prompt"));
    Bytes memory = noise(bench.random, 1 << 20);
    for (std::size_t i = 0; i < memory.size() / 2; ++i)
        memory[i] = static_cast<std::uint8_t>("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[memory[i] % 32]);
    BOOST_TEST(oracle.scan(memory, "memory").empty());
    std::vector<Form> forms;
    forms.push_back(Form{"short", Secret{15}});
    BOOST_CHECK_THROW(oracle.add(std::move(forms)), std::logic_error);
}

}  // namespace
}  // namespace assay::labels
