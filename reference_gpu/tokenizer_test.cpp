// Text to tokens and back: against published cases, against the plain algorithm, and wrong files.
#include "reference_gpu/tokenizer.hpp"

#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using Kind = LoadError::Kind;

Tokenizer own() { return test::must(Tokenizer::from_entries(own_vocabulary(1'000))); }

std::string decoded(const Tokenizer& tokenizer, std::span<const Token> tokens) {
    std::string out;
    for (std::size_t i = 1; i < tokens.size(); ++i) out += tokenizer.piece(tokens[i - 1], tokens[i]);
    return out;
}

/// The algorithm as it is told: look at all neighbours, join the best pair, begin again.
std::vector<Token> plainly_encoded(const Tokenizer& t, std::string_view text) {
    const auto find = [&](const std::string& piece) -> std::optional<Token> {
        for (Token id = Tokenizer::first_piece; id < t.vocabulary(); ++id)
            if (t.entry(id).text == piece) return id;
        return std::nullopt;
    };
    std::vector<Token> out{Tokenizer::begin};
    if (text.empty()) return out;
    out.push_back(*find(" "));
    for (const char c : text)
        out.push_back(find({c}).value_or(Tokenizer::first_byte + static_cast<unsigned char>(c)));
    while (true) {
        float best = -1e30F;
        std::size_t at = 0;
        Token joined = 0;
        for (std::size_t i = 0; i + 1 < out.size(); ++i)
            if (const auto id = find(t.entry(out[i]).text + t.entry(out[i + 1]).text);
                id && t.entry(*id).score > best) {
                best = t.entry(*id).score;
                at = i;
                joined = *id;
            }
        if (joined == 0) return out;
        out[at] = joined;
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
}

void refused(const Result<Tokenizer, LoadError>& result, Kind kind, const std::string& field,
             std::uint64_t offset) {
    BOOST_REQUIRE(!result);
    BOOST_TEST(name(result.error().kind) == name(kind), result.error().text());
    BOOST_TEST(result.error().field == field, result.error().text());
    BOOST_TEST(result.error().offset == offset, result.error().text());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tokenizer)

BOOST_AUTO_TEST_CASE(known_texts_have_the_published_tokens) {
    const auto words = test::shared_model("tok512.bin");
    const auto answers = test::shared_model("known_answers.json");
    if (!words || !answers) return;
    const auto t = test::must(Tokenizer::from_file(test::contents(*words), 512));
    const auto known = nlohmann::json::parse(test::contents(*answers));
    std::size_t count = 0;
    for (const auto& c : known.at("tokenizer")) {
        const auto text = c.at("text").get<std::string>();
        const auto tokens = t.encode(text);
        const auto expected = c.at("tokens").get<std::vector<Token>>();
        BOOST_TEST(std::equal(tokens.begin(), tokens.end(), expected.begin(), expected.end()), text);
        BOOST_TEST(decoded(t, tokens) == text);
        ++count;
    }
    BOOST_TEST(count >= 6U);
}

BOOST_AUTO_TEST_CASE(pairs_join_as_in_the_plain_algorithm) {
    const Tokenizer t = own();
    std::mt19937 random{11};
    constexpr std::array letters{"t", "h", "e", "a", "n", "d", "i", "o",       "n",
                                 " ", "s", "r", " ", " ", "b", ".", "\xC3\xA9"};
    for (int round = 0; round < 60; ++round) {
        std::string text;
        for (auto i = random() % 40; i > 0; --i) text += letters[random() % letters.size()];
        const auto tokens = t.encode(text);
        const auto expected = plainly_encoded(t, text);
        BOOST_TEST(std::equal(tokens.begin(), tokens.end(), expected.begin(), expected.end()), text);
    }
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back_as_they_were) {
    const Tokenizer t = own();
    std::mt19937 random{12};
    for (int round = 0; round < 50; ++round) {
        std::string text(random() % 64, '\0');
        for (char& c : text) c = static_cast<char>(random());
        BOOST_TEST(decoded(t, t.encode(text)) == text);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_continue_nothing_are_tokens_of_their_own) {
    const Tokenizer t = own();
    const auto tokens = t.encode("\x80");
    const std::vector<Token> expected{1, t.encode(" ")[1], 3 + 0x80};
    BOOST_TEST(std::equal(tokens.begin(), tokens.end(), expected.begin(), expected.end()));
}

BOOST_AUTO_TEST_CASE(no_text_is_the_begin_alone_and_specials_are_never_written_by_text) {
    const Tokenizer t = own();
    BOOST_TEST(t.encode("").size() == 1U);
    for (const std::string text : {"\n<s>\n", "\n</s>\n", "<unk>", "<0x41>"}) {
        const auto tokens = t.encode(text);
        BOOST_TEST(tokens.size() > 3U);
        for (const Token token : std::span{tokens}.subspan(1))
            BOOST_TEST(
                (token >= Tokenizer::first_piece || t.piece(0, token) == text.substr(0, 1) || token > 2),
                text);
        BOOST_TEST(decoded(t, tokens) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_long_text_takes_no_quadratic_time) {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += i % 7 == 0 ? ' ' : "theandion"[i % 9];
    BOOST_TEST(decoded(own(), own().encode(text)) == text);
}

BOOST_AUTO_TEST_CASE(the_file_is_read_as_it_was_written_and_no_other_size_is) {
    const Tokenizer t = own();
    Bytes file = t.to_file();
    const auto again = Tokenizer::from_file(file, 1'000);
    BOOST_REQUIRE(!!again);
    BOOST_TEST(again->to_file() == file);
    refused(Tokenizer::from_file(file, 999), Kind::trailing_bytes, "end of file",
            file.size() - 8 - t.entry(999).text.size());
    refused(Tokenizer::from_file(file, 1'001), Kind::truncated, "token[1000]", file.size());
    for (std::size_t size = 0; size < file.size(); size += size < 64 ? 1 : 53) {
        const auto cut = Tokenizer::from_file(ByteView{file}.first(size), 1'000);
        BOOST_REQUIRE(!cut);
        BOOST_TEST(name(cut.error().kind) == "truncated");
    }
}

BOOST_AUTO_TEST_CASE(wrong_entries_are_named) {
    const Bytes good = own().to_file();
    Bytes file = good;
    file[8] = 0xFF;  // the first length: 255 bytes
    refused(Tokenizer::from_file(file, 1'000), Kind::bad_value, "token[0].length", 8);
    file = good;
    file[11] = 0xFF;  // negative
    refused(Tokenizer::from_file(file, 1'000), Kind::bad_value, "token[0].length", 8);
    file = good;
    file[0] = 0;
    file[1] = 0;
    refused(Tokenizer::from_file(file, 1'000), Kind::bad_value, "max_token_length", 0);
    file = good;
    file[6] = 0x80;
    file[7] = 0x7F;  // infinite score
    refused(Tokenizer::from_file(file, 1'000), Kind::not_finite, "token[0]", 4);

    auto entries = own_vocabulary(1'000);
    entries[259 + 1].text = entries[259].text;
    refused(Tokenizer::from_entries(entries), Kind::duplicate, "token[260]", 0);
    entries = own_vocabulary(1'000);
    entries[3 + 65].text = "A";
    refused(Tokenizer::from_entries(entries), Kind::bad_value, "token[68]", 0);
    entries = own_vocabulary(1'000);
    entries[400].text.clear();
    refused(Tokenizer::from_entries(entries), Kind::bad_value, "token[400]", 0);
    entries.resize(258);
    refused(Tokenizer::from_entries(entries), Kind::bad_value, "vocabulary", 0);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
