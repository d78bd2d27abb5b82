// One unit of work on the data path between a guest and its GPU: a record in a slot of the bounce buffer.
// This project's own format; what a real driver and copy engine say to each other is not public.
//
//     slot = header (64 bytes, seen by the host, authenticated) || payload || tag (16 bytes)
//
// Everything that the host may learn stands in the header: what is done, where, and sizes in buckets.
#pragma once
#include <array>
#include <span>

#include "sim/base/wire.hpp"

namespace assay::gpu {

enum class Op : std::uint8_t {
    set_ready = 1,
    install_model,
    load_weights,
    seal_model,
    write_input,
    run,
    read_output,
    release,
    rekey,
    close,
    answer = 0x80,
};

/// Which key the payload is under. A payload under the model's key comes as its owner sealed it; the record
/// then authenticates it as associated data.
enum class PayloadKey : std::uint8_t { session = 0, model = 1 };

enum class Direction : std::uint8_t { host_to_device = 0, device_to_host = 1 };

inline constexpr std::endian transfer_order = std::endian::little;
inline constexpr std::size_t header_size = 64, tag_size = 16;
/// Where `length` stands in a header.
inline constexpr std::size_t length_offset = 32;
/// Payload that a slot of the bounce buffer holds.
inline constexpr std::size_t slot_payload = 64U << 10;
inline constexpr std::uint8_t transfer_version = 1;

struct TransferHeader {
    std::uint8_t version = transfer_version;
    Op op{};
    PayloadKey key{};
    std::uint8_t tag_bytes = tag_size;
    std::uint32_t channel = 0;
    std::uint64_t counter = 0;   // of its direction, from 0, without gaps
    std::uint64_t context = 0;   // generation << 8 | slot of the subject; 0: none
    std::uint64_t offset = 0;    // of load_weights, in the image
    std::uint32_t length = 0;    // of the payload, without tag
    std::uint32_t argument = 0;  // of run: most tokens that it may make
    std::uint32_t status = 0;    // of an answer: number in status_codes(), 0 is done
    std::array<std::uint8_t, 20> reserved{};

    static constexpr auto wire() {
        using T = TransferHeader;
        return std::tuple{
            field("version", &T::version),    field("op", &T::op),           field("key", &T::key),
            field("tagBytes", &T::tag_bytes), field("channel", &T::channel), field("counter", &T::counter),
            field("context", &T::context),    field("offset", &T::offset),   field("length", &T::length),
            field("argument", &T::argument),  field("status", &T::status),   field("reserved", &T::reserved)};
    }
};

/// One row per operation.
struct OpRow {
    Op op{};
    std::string_view name;
    bool has_context = false;   // works for one subject
    bool before_ready = false;  // legal while the GPU was not told that it is attested
    PayloadKey key{};
    std::uint32_t max_payload = 0;
};
std::span<const OpRow> op_rows();
/// Null for an unknown operation.
const OpRow* find_op(Op op);

/// Refusals as numbers of the wire: index 0 is "done".
std::span<const std::string_view> status_codes();
/// 0 for a code that is not listed would say "done": such a code becomes E_DEVICE.
std::uint32_t status_of(std::string_view code);
std::string_view code_of(std::uint32_t status);

/// The payload of install_model: the model's key (AES-256), and then this.
struct ModelInstall {
    std::array<std::uint8_t, 32> digest{};  // SHA-256 of the image
    std::uint64_t image_size = 0;
    std::uint64_t chunk_size = 0;
    std::array<std::uint8_t, 48> reserved{};
    static constexpr auto wire() {
        using T = ModelInstall;
        return std::tuple{field("digest", &T::digest), field("imageSize", &T::image_size),
                          field("chunkSize", &T::chunk_size), field("reserved", &T::reserved)};
    }
};
inline constexpr std::size_t model_key_size = 32, install_size = 128;

/// Token lists travel as a count, ids of 32 bits, and zeros up to the next power of two from 256.
constexpr std::size_t token_payload_size(std::size_t tokens) {
    std::size_t size = 256;
    while (size < 4 + 4 * tokens) size *= 2;
    return size;
}

}  // namespace assay::gpu
