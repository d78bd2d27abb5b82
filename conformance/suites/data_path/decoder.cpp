#include "conformance/suites/data_path/decoder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace assay::conformance::data_path {
namespace decoder_parts {

using Vector = std::vector<double>;

/// Where each kind of weight begins.
struct Places {
    std::size_t embedding = 0, attention_norm = 0, wq = 0, wk = 0, wv = 0, wo = 0, ffn_norm = 0, w1 = 0,
                w2 = 0, w3 = 0, final_norm = 0, end = 0;
};
Places places(const Shape& s) {
    Places p;
    std::size_t at = 0;
    const auto next = [&](std::size_t& place, std::size_t size) {
        place = at;
        at += size;
    };
    const std::size_t dim = s.dim, layers = s.layers;
    next(p.embedding, s.vocabulary * dim);
    next(p.attention_norm, layers * dim);
    next(p.wq, layers * dim * dim);
    next(p.wk, layers * s.kv_dim() * dim);
    next(p.wv, layers * s.kv_dim() * dim);
    next(p.wo, layers * dim * dim);
    next(p.ffn_norm, layers * dim);
    next(p.w1, layers * s.hidden * dim);
    next(p.w2, layers * dim * s.hidden);
    next(p.w3, layers * s.hidden * dim);
    next(p.final_norm, dim);
    p.end = at;
    return p;
}

Vector times(std::span<const float> matrix, std::size_t rows, const Vector& x) {
    Vector out(rows);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < x.size(); ++c) out[r] += double{matrix[r * x.size() + c]} * x[c];
    return out;
}
Vector normalised(std::span<const float> weight, const Vector& x) {
    double squares = 0;
    for (const double v : x) squares += v * v;
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5);
    Vector out(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = double{weight[i]} * x[i] * scale;
    return out;
}
void turn(Vector& heads, std::size_t head_size, std::size_t position) {
    for (std::size_t i = 0; i < heads.size(); i += 2) {
        const double j = static_cast<double>(i % head_size);
        const double angle =
            static_cast<double>(position) * std::pow(10000.0, -j / static_cast<double>(head_size));
        const double a = heads[i], b = heads[i + 1];
        heads[i] = a * std::cos(angle) - b * std::sin(angle);
        heads[i + 1] = a * std::sin(angle) + b * std::cos(angle);
    }
}

class Decoder {
public:
    explicit Decoder(const TinyModel& model)
        : s_(model.shape), p_(places(s_)), w_(model.weights), keys_(s_.layers), values_(s_.layers) {}

    Vector step(std::uint32_t token) {
        const std::size_t dim = s_.dim, kv = s_.kv_dim(), hidden = s_.hidden;
        Vector x(dim);
        for (std::size_t i = 0; i < dim; ++i) x[i] = double{w_[p_.embedding + token * dim + i]};
        for (std::size_t layer = 0; layer < s_.layers; ++layer) {
            Vector h = normalised(part(p_.attention_norm + layer * dim, dim), x);
            Vector q = times(part(p_.wq + layer * dim * dim, dim * dim), dim, h);
            Vector k = times(part(p_.wk + layer * kv * dim, kv * dim), kv, h);
            turn(q, s_.head_size(), position_);
            turn(k, s_.head_size(), position_);
            keys_[layer].push_back(k);
            values_[layer].push_back(times(part(p_.wv + layer * kv * dim, kv * dim), kv, h));
            add(x, times(part(p_.wo + layer * dim * dim, dim * dim), dim, attended(layer, q)));
            h = normalised(part(p_.ffn_norm + layer * dim, dim), x);
            Vector gate = times(part(p_.w1 + layer * hidden * dim, hidden * dim), hidden, h);
            const Vector up = times(part(p_.w3 + layer * hidden * dim, hidden * dim), hidden, h);
            for (std::size_t i = 0; i < hidden; ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
            add(x, times(part(p_.w2 + layer * dim * hidden, dim * hidden), dim, gate));
        }
        ++position_;
        return times(part(p_.embedding, s_.vocabulary * dim), s_.vocabulary,
                     normalised(part(p_.final_norm, dim), x));
    }

private:
    std::span<const float> part(std::size_t at, std::size_t size) const { return w_.subspan(at, size); }
    static void add(Vector& x, const Vector& y) {
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
    }
    Vector attended(std::size_t layer, const Vector& q) const {
        const std::size_t size = s_.head_size(), group = s_.heads / s_.kv_heads;
        Vector out(q.size());
        for (std::size_t head = 0; head < s_.heads; ++head) {
            const std::size_t cached = head / group * size;
            Vector score(position_ + 1);
            for (std::size_t t = 0; t <= position_; ++t)
                for (std::size_t i = 0; i < size; ++i)
                    score[t] += q[head * size + i] * keys_[layer][t][cached + i];
            for (double& one : score) one /= std::sqrt(static_cast<double>(size));
            const double largest = *std::ranges::max_element(score);
            double sum = 0;
            for (double& one : score) sum += one = std::exp(one - largest);
            for (std::size_t t = 0; t <= position_; ++t)
                for (std::size_t i = 0; i < size; ++i)
                    out[head * size + i] += score[t] / sum * values_[layer][t][cached + i];
        }
        return out;
    }

    Shape s_;
    Places p_;
    std::span<const float> w_;
    std::vector<std::vector<Vector>> keys_, values_;
    std::size_t position_ = 0;
};

void put_word(Bytes& out, std::uint32_t value) { append(out, store(value, std::endian::little)); }

}  // namespace decoder_parts

Bytes TinyModel::image() const {
    Bytes out;
    append(out, as_bytes("AIM1"));
    for (const std::uint32_t value : {shape.dim, shape.hidden, shape.layers, shape.heads, shape.kv_heads,
                                      shape.vocabulary, shape.positions, std::uint32_t{1}})
        decoder_parts::put_word(out, value);
    decoder_parts::put_word(out, std::bit_cast<std::uint32_t>(1e-5F));
    decoder_parts::put_word(out, std::bit_cast<std::uint32_t>(10000.0F));
    out.resize(64);
    for (const float weight : weights) decoder_parts::put_word(out, std::bit_cast<std::uint32_t>(weight));
    return out;
}

std::vector<std::uint32_t> TinyModel::continue_greedily(std::span<const std::uint32_t> prompt,
                                                        unsigned limit) const {
    decoder_parts::Decoder decoder{*this};
    decoder_parts::Vector logits;
    for (const std::uint32_t token : prompt) logits = decoder.step(token);
    std::vector<std::uint32_t> out;
    while (out.size() < limit) {
        const auto next = static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
        if (next == 1) break;
        out.push_back(next);
        logits = decoder.step(next);
    }
    return out;
}

TinyModel tiny_model(std::uint64_t seed) {
    TinyModel out;
    const auto places = decoder_parts::places(out.shape);
    out.weights.resize(places.end);
    std::uint64_t state = seed;
    for (std::size_t i = 0; i < out.weights.size(); ++i) {
        // splitmix64; the top 16 bits make a number from -1/2 to 1/2 that binary32 holds exactly.
        std::uint64_t z = state += 0x9E37'79B9'7F4A'7C15U;
        z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9U;
        z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EBU;
        const auto top = static_cast<double>((z ^ z >> 31) >> 48);
        out.weights[i] = static_cast<float>(top / 65536 - 0.5);
    }
    for (const std::size_t at : {places.attention_norm, places.ffn_norm})
        std::fill_n(out.weights.begin() + static_cast<std::ptrdiff_t>(at), out.shape.layers * out.shape.dim,
                    1.0F);
    std::fill_n(out.weights.begin() + static_cast<std::ptrdiff_t>(places.final_norm), out.shape.dim, 1.0F);
    return out;
}

}  // namespace assay::conformance::data_path
