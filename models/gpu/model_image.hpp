// A model as it travels to the GPU: a header and weights, cut into chunks that their owner sealed.
#pragma once
#include "reference_gpu/model.hpp"
#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"
#include "sim/labels/label.hpp"

namespace assay::gpu {

/// Image: 64 bytes of header (little-endian: "AIM1", dim, hidden, layers, heads, kv_heads, vocabulary,
/// positions, 1 for a shared classifier, epsilon and RoPE base as binary32, zeros), then all weights as
/// binary32 in the order of reference_gpu::layout(). At most 16 MiB.
inline constexpr std::size_t image_header_size = 64, max_image_size = 16U << 20;
Bytes make_image(const reference_gpu::Config& config, reference_gpu::FloatView weights);

/// The shape of an image of `size` bytes that begins so. E_SCHEMA where the header contradicts itself, or the
/// size.
Result<reference_gpu::Config, labels::Refusal> read_image_header(ByteView header, std::size_t size);

/// Chunk i is AES-256-GCM of the next chunk_size bytes (the last one shorter), nonce "MDL1" || i as 64 bits
/// big-endian, associated data "assay model image v1" || digest || the same 64 bits.
struct SealedModel {
    Bytes digest;  // SHA-256 of the image
    std::size_t image_size = 0, chunk_size = 0;
    std::vector<Bytes> chunks;  // ciphertext || tag
};
inline constexpr std::size_t model_chunk_size = 32U << 10;
SealedModel seal_image(ByteView image, ByteView key, std::size_t chunk_size = model_chunk_size);
Bytes chunk_nonce(std::uint64_t index);
Bytes chunk_context(ByteView digest, std::uint64_t index);

}  // namespace assay::gpu
