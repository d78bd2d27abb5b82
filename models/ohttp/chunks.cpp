#include "models/ohttp/chunks.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "models/ohttp/varint.hpp"
#include "sim/base/writer.hpp"

namespace assay::ohttp {
namespace {

constexpr std::uint32_t max_chunks = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t chunk_tag = crypto::aead_tag_size;

ByteView aad_of(bool last) { return last ? as_bytes("final") : ByteView{}; }

/// The HPKE context of a chunked message, and what it exports.
template <class Context>
Result<ResponseContext, crypto::hpke::Error> chunked_context(const Context& context, Bytes enc) {
    const auto& aead = *crypto::hpke::facts(context.suite().aead);
    auto secret =
        context.export_secret(as_bytes(chunked_labels.response), std::max(aead.nonce_size, aead.key_size));
    if (!secret) return secret.error();
    return ResponseContext{context.suite(), std::move(enc), *std::move(secret)};
}

}  // namespace

std::array<std::uint8_t, crypto::aead_nonce_size> CountingCipher::nonce() const {
    std::array<std::uint8_t, crypto::aead_nonce_size> out{};
    std::ranges::copy(keys_.nonce.bytes(), out.begin());
    const auto counter = store(counter_, std::endian::big);
    for (std::size_t i = 0; i < counter.size(); ++i) out[out.size() - counter.size() + i] ^= counter[i];
    return out;
}

bool CountingCipher::seal(ByteView aad, ByteView plaintext, std::span<std::uint8_t> sealed) {
    if (counter_ == max_chunks) return false;
    keys_.key.seal(nonce(), aad, plaintext, sealed);
    ++counter_;
    return true;
}

bool CountingCipher::open(ByteView aad, ByteView sealed, std::span<std::uint8_t> plaintext) {
    if (counter_ == max_chunks || !keys_.key.open(nonce(), aad, sealed, plaintext)) return false;
    ++counter_;
    return true;
}

Bytes ChunkWriter::chunk(ByteView plaintext) {
    if (plaintext.empty()) throw std::logic_error("ohttp: an empty chunk that is not the last");
    return seal(plaintext, false);
}

Bytes ChunkWriter::last(ByteView plaintext) { return seal(plaintext, true); }

Bytes ChunkWriter::seal(ByteView plaintext, bool last) {
    if (ended_ || plaintext.size() > max_chunk_plaintext)
        throw std::logic_error("ohttp: a chunk too long, or after the last one");
    ended_ = last;
    const std::size_t size = plaintext.size() + chunk_tag;
    const std::uint64_t prefix = last ? 0 : size;
    Bytes out(varint_size(prefix) + size);
    const std::size_t start = write_varint(prefix, out);
    const std::span<std::uint8_t> sealed = std::span{out}.subspan(start);
    auto* sender = std::get_if<crypto::hpke::SenderContext>(&cipher_);
    const bool done = sender != nullptr
                          ? static_cast<bool>(sender->seal(aad_of(last), plaintext, sealed))
                          : std::get<CountingCipher>(cipher_).seal(aad_of(last), plaintext, sealed);
    if (!done) throw std::logic_error("ohttp: more chunks than a message may have");
    return out;
}

std::string_view name(ChunkError error) {
    constexpr std::array<std::string_view, 5> names{"incomplete", "open-error", "error-empty-chunk",
                                                    "too-long", "limit"};
    return names.at(static_cast<std::size_t>(error));
}

bool ChunkReader::open(ByteView aad, ByteView sealed, std::span<std::uint8_t> plaintext) {
    auto* recipient = std::get_if<crypto::hpke::RecipientContext>(&cipher_);
    return recipient != nullptr ? static_cast<bool>(recipient->open(aad, sealed, plaintext))
                                : std::get<CountingCipher>(cipher_).open(aad, sealed, plaintext);
}

Result<std::optional<ChunkReader::Chunk>, ChunkError> ChunkReader::next(std::span<std::uint8_t> room) {
    if (room.size() < max_chunk_plaintext) throw std::logic_error("ohttp: no room for a chunk");
    if (error_) return *error_;
    if (complete_) return std::optional<Chunk>{};
    auto got = step(room);
    if (!got) error_ = got.error();
    return got;
}

Result<std::optional<ChunkReader::Chunk>, ChunkError> ChunkReader::waiting() const {
    if (ended_) return ChunkError::incomplete;
    return std::optional<Chunk>{};
}

Result<std::optional<ChunkReader::Chunk>, ChunkError> ChunkReader::step(std::span<std::uint8_t> room) {
    if (std::holds_alternative<std::monostate>(cipher_)) {
        const std::size_t size = response_->nonce_size();
        if (buffer_.size() < size) return waiting();
        cipher_ = CountingCipher{response_->keys(ByteView{buffer_}.first(size))};
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size));
    }
    const auto prefix = read_varint(buffer_);
    if (!prefix) return waiting();
    const ByteView rest = ByteView{buffer_}.subspan(prefix->size);
    const bool last = prefix->value == 0;
    if (last ? rest.size() > max_chunk_plaintext + chunk_tag
             : prefix->value > max_chunk_plaintext + chunk_tag)
        return ChunkError::too_long;
    if (last && !ended_) return std::optional<Chunk>{};  // it goes to the end of the stream
    const std::size_t size = last ? rest.size() : static_cast<std::size_t>(prefix->value);
    if (rest.size() < size) return waiting();
    if (last && size < chunk_tag) return ChunkError::incomplete;
    if (size < chunk_tag) return ChunkError::open;
    if (chunks_ == max_chunks) return ChunkError::limit;
    ++chunks_;
    const Chunk chunk{room.first(size - chunk_tag), last};
    if (!open(aad_of(last), rest.first(size), chunk.plaintext)) return ChunkError::open;
    if (!last && chunk.plaintext.empty()) return ChunkError::empty_chunk;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(prefix->size + size));
    complete_ = last;
    return std::optional{chunk};
}

Result<ChunkedRequest, crypto::hpke::Error> start_chunked_request(const crypto::Context& context,
                                                                  const KeyConfig& config,
                                                                  const SymmetricPair& pair,
                                                                  const crypto::PrivateKey* ephemeral) {
    const auto key = crypto::hpke::deserialize_public_key(config.kem, config.public_key);
    if (!key) return key.error();
    const RequestHeader header = header_of(config, pair);
    auto sender = crypto::hpke::setup_sender(context, config.suite(pair), *key,
                                             request_info(chunked_labels.request, header), {}, ephemeral);
    if (!sender) return sender.error();
    Bytes head = concat({encode(header, std::endian::big), sender->enc});
    auto response = chunked_context(sender->context, std::move(sender->enc));
    if (!response) return response.error();
    return ChunkedRequest{std::move(head), ChunkWriter{std::move(sender->context)}, *std::move(response)};
}

Result<ReceivedRequest, crypto::hpke::Error> accept_chunked_request(const crypto::PrivateKey& key,
                                                                    const RequestHeader& header,
                                                                    ByteView enc) {
    const crypto::hpke::Suite suite{static_cast<crypto::hpke::KemId>(header.kem_id),
                                    static_cast<crypto::hpke::KdfId>(header.kdf_id),
                                    static_cast<crypto::hpke::AeadId>(header.aead_id)};
    auto recipient =
        crypto::hpke::setup_recipient(suite, enc, key, request_info(chunked_labels.request, header));
    if (!recipient) return recipient.error();
    auto response = chunked_context(*recipient, {enc.begin(), enc.end()});
    if (!response) return response.error();
    return ReceivedRequest{ChunkReader{*std::move(recipient)}, *std::move(response)};
}

ChunkedResponse start_chunked_response(const ResponseContext& context, Random& random) {
    Bytes nonce(context.nonce_size());
    random.fill(nonce);
    ChunkWriter writer{CountingCipher{context.keys(nonce)}};
    return {std::move(nonce), std::move(writer)};
}

}  // namespace assay::ohttp
