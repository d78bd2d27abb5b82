// See operators.hpp.
#include "reference_gpu/operators.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "reference_gpu/arithmetic.hpp"
#include "reference_gpu/dot.hpp"

namespace assay::reference_gpu {
namespace {

void require(bool fits, const char* what) {
    if (!fits) throw std::logic_error(what);
}

}  // namespace

void embedding_row(FloatView table, Token token, Floats out) {
    require(!out.empty() && table.size() % out.size() == 0, "embedding_row: the table is not of whole rows");
    require(token < table.size() / out.size(), "embedding_row: no such token");
    std::ranges::copy(table.subspan(token * out.size(), out.size()), out.begin());
}

void rmsnorm(FloatView x, FloatView weight, float epsilon, Floats out) {
    require(!x.empty() && weight.size() == x.size() && out.size() == x.size(), "rmsnorm: sizes differ");
    float squares = 0;
    kernels().rows(x.data(), 1, x.size(), x.data(), &squares);
    const float scale = norm_scale(squares, static_cast<unsigned>(x.size()), epsilon);
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = normalised(x[i], scale, weight[i]);
}

void matmul(FloatView matrix, FloatView x, Floats out) {
    require(!x.empty() && matrix.size() % x.size() == 0 && matrix.size() / x.size() == out.size(),
            "matmul: the matrix is not out by x");
    kernels().rows(matrix.data(), out.size(), x.size(), x.data(), out.data());
}

void rope_tables(unsigned head_size, float base, Floats cosines, Floats sines) {
    const std::size_t pairs = head_size / 2;
    require(pairs > 0 && head_size % 2 == 0, "rope_tables: a head has an even size");
    require(cosines.size() == sines.size() && cosines.size() % pairs == 0, "rope_tables: sizes");
    for (std::size_t j = 0; j < pairs; ++j) {
        const double frequency = std::pow(double{base}, -2.0 * static_cast<double>(j) / head_size);
        for (std::size_t position = 0; position * pairs < cosines.size(); ++position) {
            const double angle = static_cast<double>(position) * frequency;
            cosines[position * pairs + j] = static_cast<float>(std::cos(angle));
            sines[position * pairs + j] = static_cast<float>(std::sin(angle));
        }
    }
}

void rope(Floats heads, unsigned head_size, FloatView cosines, FloatView sines) {
    const std::size_t pairs = head_size / 2;
    require(pairs > 0 && head_size % 2 == 0 && heads.size() % head_size == 0, "rope: no whole heads");
    require(cosines.size() == pairs && sines.size() == pairs, "rope: tables of one position");
    for (std::size_t head = 0; head < heads.size(); head += head_size)
        for (std::size_t j = 0; j < pairs; ++j) {
            float& a = heads[head + 2 * j];
            float& b = heads[head + 2 * j + 1];
            const float first = rotated_first(a, b, cosines[j], sines[j]);
            b = rotated_second(a, b, cosines[j], sines[j]);
            a = first;
        }
}

void cache_row(FloatView row, const AttentionShape& shape, unsigned position, Floats cache) {
    require(row.size() == std::size_t{shape.kv_heads} * shape.head_size, "cache_row: size of the row");
    require(cache.size() == shape.cache_size() && position < shape.positions, "cache_row: the cache");
    for (std::size_t head = 0; head < shape.kv_heads; ++head)
        std::ranges::copy(row.subspan(head * shape.head_size, shape.head_size),
                          cache.begin() + static_cast<std::ptrdiff_t>((head * shape.positions + position) *
                                                                      shape.head_size));
}

void attention(FloatView q, FloatView keys, FloatView values, const AttentionShape& shape, unsigned position,
               Floats scores, Floats out) {
    require(shape.heads > 0 && shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "attention: heads");
    require(q.size() == std::size_t{shape.heads} * shape.head_size && out.size() == q.size(),
            "attention: size of the query");
    require(keys.size() == shape.cache_size() && values.size() == shape.cache_size(), "attention: cache");
    require(scores.size() == shape.score_size() && position < shape.positions, "attention: scores");
    const std::size_t count = std::size_t{position} + 1;
    const std::size_t group = shape.heads / shape.kv_heads;
    for (std::size_t head = 0; head < shape.heads; ++head) {
        const std::size_t at = head / group * shape.positions * shape.head_size;
        const Floats weights = scores.subspan(head * shape.positions, count);
        kernels().rows(keys.data() + at, count, shape.head_size, q.data() + head * shape.head_size,
                       weights.data());
        for (float& w : weights) w = score(w, shape.head_size);
        softmax(weights);
        kernels().weighted(weights.data(), count, values.data() + at, shape.head_size,
                           out.data() + head * shape.head_size);
    }
}

void swiglu(FloatView gate, FloatView up, Floats out) {
    require(gate.size() == up.size() && gate.size() == out.size(), "swiglu: sizes differ");
    kernels().swiglu(gate.data(), up.data(), gate.size(), out.data());
}

void add(Floats x, FloatView y) {
    require(x.size() == y.size(), "add: sizes differ");
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

void softmax(Floats x) {
    require(!x.empty(), "softmax: of nothing");
    float max = -std::numeric_limits<float>::infinity();
    for (const float v : x) max = v > max ? v : max;
    const float sum = kernels().exponentials(x.data(), x.size(), max);
    for (float& v : x) v /= sum;
}

Token argmax(FloatView logits) {
    float best = -std::numeric_limits<float>::infinity();
    Token token = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (logits[i] > best) {
            best = logits[i];
            token = static_cast<Token>(i);
        }
    return token;
}

}  // namespace assay::reference_gpu
