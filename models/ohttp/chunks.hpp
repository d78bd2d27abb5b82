// Chunked oblivious HTTP (draft-ietf-ohai-chunked-ohttp-08): messages that are sealed and opened in parts.
//
//     auto request = start_chunked_request(context, config, pair);       // head, writer, context
//     send(request->head); send(request->writer.chunk(part)); send(request->writer.last(rest));
//     ChunkReader reader = expect_chunked_response(request->context);
//     reader.push(bytes_from_the_wire);                                  // and reader.end() at the end
//     while (auto chunk = reader.next(room); chunk && *chunk) use((*chunk)->plaintext);
//     if (!reader.complete()) ...                                        // E_TRUNCATED: not a message
#pragma once
#include <variant>

#include "models/ohttp/encapsulation.hpp"

namespace assay::ohttp {

/// A receiver takes chunks of this many bytes of plaintext, a sender makes none that are longer.
inline constexpr std::size_t max_chunk_plaintext = 16384;

/// Nonces of a response: its base, and a counter in the low bytes.
class CountingCipher {
public:
    explicit CountingCipher(ResponseKeys keys) : keys_(std::move(keys)) {}
    /// False when 2^32 - 1 messages were made.
    [[nodiscard]] bool seal(ByteView aad, ByteView plaintext, std::span<std::uint8_t> sealed);
    [[nodiscard]] bool open(ByteView aad, ByteView sealed, std::span<std::uint8_t> plaintext);

private:
    std::array<std::uint8_t, crypto::aead_nonce_size> nonce() const;

    ResponseKeys keys_;
    std::uint32_t counter_ = 0;
};

class ChunkWriter {
public:
    using Cipher = std::variant<crypto::hpke::SenderContext, CountingCipher>;
    explicit ChunkWriter(Cipher cipher) : cipher_(std::move(cipher)) {}

    /// A chunk that is not the last: 1 to max_chunk_plaintext bytes (else std::logic_error, and so for
    /// anything after the last one).
    Bytes chunk(ByteView plaintext);
    /// The last chunk; it may be empty.
    Bytes last(ByteView plaintext);

private:
    Bytes seal(ByteView plaintext, bool last);

    Cipher cipher_;
    bool ended_ = false;
};

enum class ChunkError : std::uint8_t {
    incomplete,   // the stream ended before its last chunk
    open,         // a chunk that was not made for this place
    empty_chunk,  // one that is not the last
    too_long,
    limit,  // more than 2^32 - 1 chunks
};
std::string_view name(ChunkError error);

/// Takes a stream apart. The first error is the last word. It keeps ciphertext only, at most one chunk of it.
class ChunkReader {
public:
    using Cipher = std::variant<std::monostate, crypto::hpke::RecipientContext, CountingCipher>;
    explicit ChunkReader(Cipher cipher) : cipher_(std::move(cipher)) {}
    /// The stream begins with a response nonce. `context` outlives the reader.
    explicit ChunkReader(const ResponseContext& context) : response_(&context) {}

    void push(ByteView bytes) { append(buffer_, bytes); }
    /// No bytes come any more.
    void end() { ended_ = true; }

    struct Chunk {
        std::span<std::uint8_t> plaintext;
        bool last;
    };
    /// The next chunk, opened into `room` (max_chunk_plaintext bytes, else std::logic_error); nothing when
    /// more bytes are needed, and after the last chunk.
    Result<std::optional<Chunk>, ChunkError> next(std::span<std::uint8_t> room);
    /// True once the last chunk was opened.
    bool complete() const { return complete_; }

private:
    Result<std::optional<Chunk>, ChunkError> step(std::span<std::uint8_t> room);
    Result<std::optional<Chunk>, ChunkError> waiting() const;
    bool open(ByteView aad, ByteView sealed, std::span<std::uint8_t> plaintext);

    Cipher cipher_;
    const ResponseContext* response_ = nullptr;
    Bytes buffer_;
    bool ended_ = false, complete_ = false;
    std::uint32_t chunks_ = 0;
    std::optional<ChunkError> error_;
};

struct ChunkedRequest {
    Bytes head;  // header and encapsulated key
    ChunkWriter writer;
    ResponseContext context;
};
Result<ChunkedRequest, crypto::hpke::Error> start_chunked_request(
    const crypto::Context& context, const KeyConfig& config, const SymmetricPair& pair,
    const crypto::PrivateKey* ephemeral = nullptr);

struct ReceivedRequest {
    ChunkReader reader;  // of what follows the head
    ResponseContext context;
};
/// `enc` has the size that the KEM of `header` gives it; all three identifiers are known.
Result<ReceivedRequest, crypto::hpke::Error> accept_chunked_request(const crypto::PrivateKey& key,
                                                                    const RequestHeader& header,
                                                                    ByteView enc);

struct ChunkedResponse {
    Bytes head;  // the response nonce
    ChunkWriter writer;
};
ChunkedResponse start_chunked_response(const ResponseContext& context, Random& random);

}  // namespace assay::ohttp
