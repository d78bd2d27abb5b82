#include "models/gpu/model_image.hpp"

#include <algorithm>
#include <bit>

#include "reference_gpu/model_checks.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::gpu {
namespace {

using reference_gpu::Config;

constexpr std::string_view image_magic = "AIM1";
constexpr std::endian image_order = std::endian::little;

void put(Bytes& out, std::uint32_t value) { append(out, store(value, image_order)); }

labels::Refusal bad_image(std::string what) {
    return {"E_SCHEMA", std::move(what), "model image", "a header that fits the weights"};
}

}  // namespace

Bytes make_image(const Config& config, reference_gpu::FloatView weights) {
    Bytes out;
    out.reserve(image_header_size + weights.size() * sizeof(float));
    append(out, as_bytes(image_magic));
    for (const std::uint32_t value : {config.dim, config.hidden, config.layers, config.heads, config.kv_heads,
                                      config.vocabulary, config.positions})
        put(out, value);
    put(out, config.shared_classifier ? 1 : 0);
    put(out, std::bit_cast<std::uint32_t>(config.epsilon));
    put(out, std::bit_cast<std::uint32_t>(config.rope_base));
    out.resize(image_header_size);
    for (const float value : weights) put(out, std::bit_cast<std::uint32_t>(value));
    return out;
}

Result<Config, labels::Refusal> read_image_header(ByteView header, std::size_t size) {
    if (header.size() < image_header_size || !equal(header.first(image_magic.size()), as_bytes(image_magic)))
        return bad_image("no image header");
    const auto word = [&](std::size_t index) {
        return load<std::uint32_t>(header.subspan(image_magic.size() + 4 * index), image_order);
    };
    Config config{word(0), word(1), word(2), word(3), word(4), word(5), word(6)};
    if (word(7) > 1) return bad_image("shared_classifier is neither 0 nor 1");
    config.shared_classifier = word(7) == 1;
    config.epsilon = std::bit_cast<float>(word(8));
    config.rope_base = std::bit_cast<float>(word(9));
    if (const auto fault = reference_gpu::shape_fault(config)) return bad_image(fault->what);
    if (!(config.epsilon > 0) || !(config.epsilon < 1) || !(config.rope_base > 1) ||
        !(config.rope_base < 1e9F))
        return bad_image("epsilon or RoPE base out of range");
    if (!reference_gpu::layout(config) ||
        reference_gpu::weight_count(config) > max_image_size / sizeof(float) ||
        image_header_size + reference_gpu::weight_count(config) * sizeof(float) != size)
        return bad_image("the weights have another size");
    return config;
}

Bytes chunk_nonce(std::uint64_t index) { return concat({as_bytes("MDL1"), store(index, std::endian::big)}); }

Bytes chunk_context(ByteView digest, std::uint64_t index) {
    return concat({as_bytes("assay model image v1"), digest, store(index, std::endian::big)});
}

SealedModel seal_image(ByteView image, ByteView key, std::size_t chunk_size) {
    SealedModel out{crypto::digest(crypto::Hash::sha256, {image}), image.size(), chunk_size, {}};
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, key};
    for (std::size_t at = 0; at < image.size(); at += chunk_size) {
        const ByteView plain = image.subspan(at, std::min(chunk_size, image.size() - at));
        const std::uint64_t index = out.chunks.size();
        Bytes& chunk = out.chunks.emplace_back(plain.size() + crypto::aead_tag_size);
        cipher.seal(chunk_nonce(index), chunk_context(out.digest, index), plain, chunk);
    }
    return out;
}

}  // namespace assay::gpu
