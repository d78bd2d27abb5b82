// Messages in chunks (DSP0274 1.2, chunking of large messages): CHUNK_SEND, CHUNK_SEND_ACK, CHUNK_GET,
// CHUNK_RESPONSE.
#pragma once
#include "models/spdm/messages.hpp"

namespace assay::spdm {

/// CHUNK_SEND and CHUNK_RESPONSE. Param1 bit 0: the last one; Param2: the handle of the transfer.
struct Chunk {
    Header header{};
    std::uint16_t sequence = 0;
    std::uint16_t reserved = 0;
    std::uint32_t size = 0;
    std::uint32_t large_message_size = 0;  // in the first alone
    Bytes bytes{};
    static constexpr auto wire() {
        return std::tuple{
            field("header", &Chunk::header),
            field("ChunkSeqNo", &Chunk::sequence),
            field("Reserved", &Chunk::reserved),
            field("ChunkSize", &Chunk::size),
            field("LargeMessageSize", &Chunk::large_message_size).when([](const Chunk& c) {
                return c.sequence == 0;
            }),
            field("SPDMchunk", &Chunk::bytes, [](const Chunk& c) { return std::size_t{c.size}; })};
    }
};
inline constexpr std::uint8_t last_chunk = 0x01;      // Param1
inline constexpr std::size_t chunk_head = 12;         // bytes before SPDMchunk, LargeMessageSize not counted
inline constexpr std::size_t large_message_size = 4;  // of that field

/// What begins CHUNK_SEND_ACK (after the last chunk, and after an error, the answer follows); all of
/// CHUNK_GET.
struct ChunkNumber {
    Header header{};  // Param1 of CHUNK_SEND_ACK bit 0: EarlyErrorDetected; Param2: the handle
    std::uint16_t sequence = 0;
    static constexpr auto wire() {
        return std::tuple{field("header", &ChunkNumber::header), field("ChunkSeqNo", &ChunkNumber::sequence)};
    }
};
inline constexpr std::uint8_t early_error = 0x01;
inline constexpr std::size_t chunk_number_size = 6;

/// The chunk of `message` that begins at `offset`, in a message of at most `room` bytes (at least 42).
inline Chunk chunk_of(ByteView message, std::size_t offset, std::uint16_t sequence, std::size_t room) {
    const std::size_t space = room - chunk_head - (sequence == 0 ? large_message_size : 0);
    const ByteView part = message.subspan(offset, std::min(space, message.size() - offset));
    return {.header = {.param1 = offset + part.size() == message.size() ? last_chunk : std::uint8_t{0}},
            .sequence = sequence,
            .size = static_cast<std::uint32_t>(part.size()),
            .large_message_size = static_cast<std::uint32_t>(message.size()),
            .bytes = {part.begin(), part.end()}};
}

}  // namespace assay::spdm
