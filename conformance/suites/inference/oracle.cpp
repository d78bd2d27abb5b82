#include "conformance/suites/inference/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::conformance::inference {

std::vector<double> Oracle::norm(const std::vector<double>& x, std::size_t part, std::size_t layer) const {
    double squares = 0;
    for (const double v : x) squares += v * v;
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + double{s_.epsilon});
    std::vector<double> out(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = s_.parts[part][layer * x.size() + i] * scale * x[i];
    return out;
}

std::vector<double> Oracle::product(std::size_t part, std::size_t layer, const std::vector<double>& x) const {
    const auto [rows, columns] = s_.form(part);
    std::vector<double> out(rows);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            out[r] += s_.parts[part][(layer * rows + r) * columns + c] * x[c];
    return out;
}

void Oracle::turn(std::vector<double>& heads) const {
    const std::size_t size = s_.head_size();
    for (std::size_t head = 0; head < heads.size(); head += size)
        for (std::size_t i = 0; i < size; i += 2) {
            const double angle =
                static_cast<double>(position_) *
                std::pow(double{s_.rope_base}, -static_cast<double>(i) / static_cast<double>(size));
            const double a = heads[head + i];
            const double b = heads[head + i + 1];
            heads[head + i] = a * std::cos(angle) - b * std::sin(angle);
            heads[head + i + 1] = a * std::sin(angle) + b * std::cos(angle);
        }
}

void Oracle::attend(std::size_t layer, std::vector<double>& x) {
    const auto h = norm(x, att_norm, layer);
    auto q = product(wq, layer, h);
    auto k = product(wk, layer, h);
    turn(q);
    turn(k);
    keys_[layer].push_back(k);
    values_[layer].push_back(product(wv, layer, h));
    const std::size_t size = s_.head_size();
    std::vector<double> out(q.size());
    for (std::size_t head = 0; head < s_.shape.heads; ++head) {
        const std::size_t at = head * s_.shape.kv_heads / s_.shape.heads * size;
        std::vector<double> weight;
        for (const auto& key : keys_[layer]) {
            double dot = 0;
            for (std::size_t i = 0; i < size; ++i) dot += q[head * size + i] * key[at + i];
            weight.push_back(dot / std::sqrt(static_cast<double>(size)));
        }
        const double top = *std::ranges::max_element(weight);
        for (double& w : weight) w = std::exp(w - top);
        const double sum = std::accumulate(weight.begin(), weight.end(), 0.0);
        for (std::size_t t = 0; t < weight.size(); ++t)
            for (std::size_t i = 0; i < size; ++i)
                out[head * size + i] += weight[t] / sum * values_[layer][t][at + i];
    }
    const auto added = product(wo, layer, out);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += added[i];
}

void Oracle::feed_forward(std::size_t layer, std::vector<double>& x) const {
    const auto h = norm(x, ffn_norm, layer);
    auto gate = product(w1, layer, h);
    const auto up = product(w3, layer, h);
    for (std::size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
    const auto added = product(w2, layer, gate);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += added[i];
}

std::vector<double> Oracle::step(std::uint32_t token) {
    const std::size_t dim = s_.shape.dim;
    const auto row = s_.parts[embedding].begin() + static_cast<std::ptrdiff_t>(token * dim);
    std::vector<double> x(row, row + static_cast<std::ptrdiff_t>(dim));
    for (std::size_t layer = 0; layer < s_.shape.layers; ++layer) {
        attend(layer, x);
        feed_forward(layer, x);
    }
    ++position_;
    return product(s_.shape.shared_classifier ? embedding : classifier, 0, norm(x, final_norm, 0));
}

std::uint32_t largest(const std::vector<double>& logits) {
    return static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
}

double margin(const std::vector<double>& logits) {
    const std::uint32_t top = largest(logits);
    double next = -1e300;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (i != top) next = std::max(next, logits[i]);
    return logits[top] - next;
}

double Draw::coin() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const std::uint64_t high = (state_ * 0x2545F4914F6CDD1DULL) >> 40;
    return static_cast<double>(high) / 16'777'216.0;
}

namespace {

std::uint32_t drawn(const std::vector<double>& p, double top_p, double coin) {
    std::vector<std::uint32_t> order(p.size());
    std::iota(order.begin(), order.end(), 0U);
    double limit = 1;
    if (top_p > 0 && top_p < 1) {
        std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return p[a] > p[b]; });
        double sum = 0;
        std::size_t kept = 0;
        while (kept < order.size() && sum <= top_p) sum += p[order[kept++]];
        order.resize(kept);
        limit = sum;
    }
    double sum = 0;
    for (const std::uint32_t i : order) {
        sum += p[i];
        if (sum > coin * limit) return i;
    }
    return order.back();
}

}  // namespace

std::optional<std::uint32_t> Draw::token(const std::vector<double>& logits, double temperature,
                                         double top_p) {
    const double top = *std::ranges::max_element(logits);
    std::vector<double> p;
    for (const double l : logits) p.push_back(std::exp((l - top) / temperature));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& v : p) v /= sum;
    constexpr double doubt = 2e-5;  // of binary32 sums of probabilities
    const double c = coin();
    const std::uint32_t out = drawn(p, top_p, c);
    for (const double near_p : {top_p - doubt, top_p + doubt})
        for (const double near_c : {c - doubt, c + doubt})
            if (drawn(p, top_p > 0 && top_p < 1 ? near_p : top_p, near_c) != out) return std::nullopt;
    return out;
}

}  // namespace assay::conformance::inference
