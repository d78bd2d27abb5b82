// Byte-pair tokenizer of llama2.c and of GGUF "llama" files: text to tokens and back.
//
//     const auto tokenizer = Tokenizer::from_file(bytes, model.config.vocabulary);
//     const Wiped<Token> prompt = tokenizer->encode("Once upon a time");   // begins with Tokenizer::begin
//     tokenizer->piece(prompt[0], prompt[1]);                              // "Once": the dummy space is gone
#pragma once
#include <unordered_map>

#include "reference_gpu/model.hpp"

namespace assay::reference_gpu {

/// Ids: 0 unknown, 1 begin, 2 end, 3 + b the byte b, from 259 on pieces.
class Tokenizer {
public:
    static constexpr Token unknown = 0, begin = 1, end = 2, first_byte = 3, first_piece = 259;

    struct Entry {
        std::string text;  // a space is a space
        float score = 0;
    };

    /// llama2.c's tokenizer file: largest length, then score, length and bytes of exactly `vocabulary`
    /// entries.
    static Result<Tokenizer, LoadError> from_file(ByteView file, std::uint32_t vocabulary);

    /// Entries in order of their ids. An error's offset is that of `offsets[id]`, where given.
    static Result<Tokenizer, LoadError> from_entries(std::vector<Entry> entries,
                                                     std::span<const std::uint64_t> offsets = {});

    Tokenizer(Tokenizer&&) = default;
    Tokenizer& operator=(Tokenizer&&) = default;
    Tokenizer(const Tokenizer&) = delete;

    std::uint32_t vocabulary() const { return static_cast<std::uint32_t>(entries_.size()); }
    const Entry& entry(Token token) const { return entries_.at(token); }

    /// `begin`, then the tokens of `text`, which may be any bytes. O(n log n) in the length.
    Wiped<Token> encode(std::string_view text) const;

    /// The bytes that `token` adds after `previous`. Text of this object, or one byte of a static table.
    std::string_view piece(Token previous, Token token) const;

    /// The file that from_file() reads.
    Bytes to_file() const;

private:
    Tokenizer() = default;
    /// Nothing when there is no such piece (specials and bytes are not pieces).
    std::optional<Token> find(std::string_view text) const;

    std::vector<Entry> entries_;
    std::unordered_map<std::string_view, Token> ids_;  // views into entries_
};

}  // namespace assay::reference_gpu
