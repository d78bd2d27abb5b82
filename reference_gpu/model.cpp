// See model.hpp: layout and views.
#include "reference_gpu/model.hpp"

#include <stdexcept>

#include "reference_gpu/model_checks.hpp"
#include "sim/base/text.hpp"

namespace assay::reference_gpu {

std::optional<std::array<TensorPlace, tensor_kinds>> layout(const Config& c) {
    const std::uint64_t dim = c.dim;
    const std::uint64_t layers = c.layers;
    std::array<TensorPlace, tensor_kinds> places{{
        {Tensor::embedding, "embedding", 0, c.vocabulary, dim, 1},
        {Tensor::attention_norm, "attention_norm", 0, 1, dim, layers},
        {Tensor::wq, "wq", 0, dim, dim, layers},
        {Tensor::wk, "wk", 0, c.kv_dim(), dim, layers},
        {Tensor::wv, "wv", 0, c.kv_dim(), dim, layers},
        {Tensor::wo, "wo", 0, dim, dim, layers},
        {Tensor::ffn_norm, "ffn_norm", 0, 1, dim, layers},
        {Tensor::w1, "w1", 0, c.hidden, dim, layers},
        {Tensor::w2, "w2", 0, dim, c.hidden, layers},
        {Tensor::w3, "w3", 0, c.hidden, dim, layers},
        {Tensor::final_norm, "final_norm", 0, 1, dim, 1},
        {Tensor::classifier, "classifier", 0, c.vocabulary, dim, c.shared_classifier ? 0U : 1U},
    }};
    std::uint64_t end = 0;
    for (TensorPlace& place : places) {
        place.offset = end;
        std::uint64_t size = 0;  // rows and columns have 32 bits each
        if (__builtin_mul_overflow(place.rows * place.columns, place.count, &size) ||
            __builtin_add_overflow(end, size, &end))
            return std::nullopt;
    }
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(end, sizeof(float), &bytes)) return std::nullopt;
    return places;
}

std::uint64_t weight_count(const Config& config) {
    const auto places = layout(config);
    if (!places) throw std::logic_error("weight_count: no such model");
    return places->back().offset + places->back().size();
}

Weights::Weights(const Config& config, FloatView all) : config_(config), all_(all) {
    const auto places = layout(config);
    if (!places || places->back().offset + places->back().size() != all.size())
        throw std::logic_error("Weights: the buffer is not of the size of the model");
    places_ = *places;
}

FloatView Weights::operator()(Tensor tensor, std::uint32_t layer) const {
    if (tensor == Tensor::classifier && config_.shared_classifier) tensor = Tensor::embedding;
    const TensorPlace& place = places_.at(static_cast<std::size_t>(tensor));
    if (layer >= place.count) throw std::logic_error("Weights: no such layer");
    const std::uint64_t one = place.rows * place.columns;
    return all_.subspan(place.offset + layer * one, one);
}

std::string_view name(LoadError::Kind kind) {
    using Kind = LoadError::Kind;
    switch (kind) {
        case Kind::truncated: return "truncated";
        case Kind::trailing_bytes: return "trailing-bytes";
        case Kind::bad_magic: return "bad-magic";
        case Kind::bad_version: return "bad-version";
        case Kind::bad_value: return "bad-value";
        case Kind::too_large: return "too-large";
        case Kind::duplicate: return "duplicate";
        case Kind::missing: return "missing";
        case Kind::misaligned: return "misaligned";
        case Kind::overlap: return "overlap";
        case Kind::unsupported: return "unsupported";
        case Kind::not_finite: return "not-finite";
    }
    return "unknown";
}

std::string LoadError::text() const {
    return std::string{name(kind)} + ": " + printable(field) + " at byte " + std::to_string(offset) + ": " +
           what;
}

std::optional<ShapeFault> shape_fault(const Config& c) {
    using Kind = LoadError::Kind;
    using Field = ShapeFault::Field;
    const auto limited = [](Field field, std::uint32_t value,
                            std::uint32_t limit) -> std::optional<ShapeFault> {
        if (value == 0) return ShapeFault{field, Kind::bad_value, "is 0"};
        if (value > limit)
            return ShapeFault{field, Kind::too_large,
                              std::to_string(value) + " is above " + std::to_string(limit)};
        return std::nullopt;
    };
    if (auto f = limited(Field::dim, c.dim, 1U << 20)) return f;
    if (auto f = limited(Field::hidden, c.hidden, 1U << 22)) return f;
    if (auto f = limited(Field::layers, c.layers, 1U << 12)) return f;
    if (auto f = limited(Field::heads, c.heads, c.dim)) return f;
    if (auto f = limited(Field::kv_heads, c.kv_heads, c.heads)) return f;
    if (auto f = limited(Field::vocabulary, c.vocabulary, 1U << 24)) return f;
    if (auto f = limited(Field::positions, c.positions, 1U << 20)) return f;
    const auto whole = [](std::uint32_t part, std::uint32_t of) {
        return std::to_string(part) + " does not divide " + std::to_string(of);
    };
    if (c.dim % c.heads != 0) return ShapeFault{Field::heads, Kind::bad_value, whole(c.heads, c.dim)};
    if (c.heads % c.kv_heads != 0)
        return ShapeFault{Field::kv_heads, Kind::bad_value, whole(c.kv_heads, c.heads)};
    if (c.head_size() % 2 != 0)
        return ShapeFault{Field::heads, Kind::bad_value,
                          "a head of " + std::to_string(c.head_size()) + " has no pairs"};
    if (!layout(c))
        return ShapeFault{Field::dim, Kind::too_large, "64 bits do not hold the size of the weights"};
    return std::nullopt;
}

}  // namespace assay::reference_gpu
