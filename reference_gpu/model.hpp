// A Llama-architecture model: its shape, and its weights in one buffer of binary32 values.
//
//     auto model = load_model(file);                // llama2.c checkpoint (versions 0, 1) or GGUF v3
//     if (!model) return model.error().text();      // "n_kv_heads at 16: 3 does not divide 8 heads"
//     const Weights w = model->weights();
//     w(Tensor::wq, 2);                             // dim x dim values, row-major [out][in], of layer 2
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "reference_gpu/memory.hpp"
#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::reference_gpu {

/// The shape. One that a loader returned is consistent: nothing is 0, heads divide dim, kv_heads divide
/// heads, head_size is even, and the weights it describes have been there.
struct Config {
    std::uint32_t dim = 0, hidden = 0, layers = 0, heads = 0, kv_heads = 0, vocabulary = 0, positions = 0;
    bool shared_classifier = true;  // the classifier is the token embedding
    float epsilon = 1e-5F;
    float rope_base = 10000.0F;

    std::uint32_t head_size() const { return dim / heads; }
    std::uint32_t kv_dim() const { return head_size() * kv_heads; }
    bool operator==(const Config&) const = default;
};

enum class Tensor : std::uint8_t {
    embedding,
    attention_norm,
    wq,
    wk,
    wv,
    wo,
    ffn_norm,
    w1,
    w2,
    w3,
    final_norm,
    classifier
};
inline constexpr std::size_t tensor_kinds = 12;

/// One kind of tensor in the buffer: `count` matrices (one, or one per layer) one after the other.
struct TensorPlace {
    Tensor tensor{};
    std::string_view name;     // "wq"
    std::uint64_t offset = 0;  // in values
    std::uint64_t rows = 0, columns = 0, count = 0;
    std::uint64_t size() const { return rows * columns * count; }
};

/// Where each kind lies: in the order of the enumerators, without gaps; a shared classifier has count 0.
/// Nothing when 64 bits do not hold the sizes.
std::optional<std::array<TensorPlace, tensor_kinds>> layout(const Config& config);

/// Values of all weights; `config` as a loader returns it.
std::uint64_t weight_count(const Config& config);

/// Weights seen in a buffer of weight_count(config) values that somebody else owns.
class Weights {
public:
    /// Throws std::logic_error when `all` is not of the right size.
    Weights(const Config& config, FloatView all);

    const Config& config() const { return config_; }
    FloatView all() const { return all_; }
    /// The tensor of `layer` (0 where there is only one). The classifier may be the embedding.
    FloatView operator()(Tensor tensor, std::uint32_t layer = 0) const;

private:
    Config config_;
    FloatView all_;
    std::array<TensorPlace, tensor_kinds> places_;
};

struct Model {
    Config config;
    Wiped<float> values;
    Weights weights() const { return {config, values}; }
};

/// Why a file is refused: what is wrong, in which field, at which byte.
struct LoadError {
    enum class Kind : std::uint8_t {
        truncated,       // the file ends inside the field
        trailing_bytes,  // the file goes on where it should end
        bad_magic,
        bad_version,
        bad_value,    // not allowed there, or against another field
        too_large,    // beyond a limit of ours, or of 64 bits
        duplicate,    // a name for the second time
        missing,      // a required key or tensor is absent
        misaligned,   // an offset is not a multiple of the alignment
        overlap,      // two tensors share bytes
        unsupported,  // allowed by the format, unknown to us
        not_finite,   // infinity or NaN
    };
    Kind kind{};
    std::string field;         // "n_kv_heads", "blk.0.attn_q.weight", "token[17].length"
    std::uint64_t offset = 0;  // of the field in the file
    std::string what;
    std::string text() const;
};
std::string_view name(LoadError::Kind kind);

/// A llama2.c checkpoint, version 0 or 1: exactly one, nothing after it, all values finite.
Result<Model, LoadError> load_checkpoint(ByteView file);

/// Any model file that is known here, told apart by its first bytes.
Result<Model, LoadError> load_model(ByteView file);

}  // namespace assay::reference_gpu
