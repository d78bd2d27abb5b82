// See sampler.hpp.
#include "reference_gpu/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "reference_gpu/operators.hpp"

namespace assay::reference_gpu {
namespace {

Token of_all(FloatView probabilities, float coin) {
    float sum = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        sum += probabilities[i];
        if (sum > coin) return static_cast<Token>(i);
    }
    return static_cast<Token>(probabilities.size() - 1);
}

/// Of the smallest set of most probable tokens whose probabilities together exceed top_p.
Token of_nucleus(FloatView probabilities, float top_p, float coin, std::span<Candidate> candidates) {
    // No token below this can belong to the set; what is left is little to sort.
    const float cutoff = (1.0F - top_p) / static_cast<float>(probabilities.size() - 1);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i)
        if (probabilities[i] >= cutoff) candidates[kept++] = {probabilities[i], static_cast<Token>(i)};
    if (kept == 0) return argmax(probabilities);  // NaN, or rounding
    candidates = candidates.first(kept);
    std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
        return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
    });
    float total = 0;
    std::size_t last = 0;
    for (; last < kept; ++last) {
        total += candidates[last].probability;
        if (total > top_p) break;
    }
    last = std::min(last, kept - 1);
    const float threshold = coin * total;
    float sum = 0;
    for (std::size_t i = 0; i <= last; ++i) {
        sum += candidates[i].probability;
        if (sum > threshold) return candidates[i].token;
    }
    return candidates[last].token;
}

}  // namespace

Xorshift::Xorshift(std::uint64_t seed) : state_(seed) {
    if (seed == 0) throw std::logic_error("Xorshift: the seed is 0");
}

std::uint32_t Xorshift::next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>((state_ * 0x2545F4914F6CDD1DULL) >> 32);
}

const char* Sampling::fault() const {
    if (!std::isfinite(temperature) || temperature < 0) return "temperature is not a number from 0 up";
    if (!std::isfinite(top_p)) return "top-p is not a number";
    return nullptr;
}

Token sample(Floats logits, const Sampling& how, Xorshift& random, std::span<Candidate> candidates) {
    if (logits.empty()) throw std::logic_error("sample: no logits");
    if (const char* fault = how.fault()) throw std::logic_error(fault);
    if (how.temperature == 0 || logits.size() == 1) return argmax(logits);
    for (float& logit : logits) logit /= how.temperature;
    softmax(logits);
    const float coin = random.coin();
    if (how.top_p <= 0 || how.top_p >= 1) return of_all(logits, coin);
    if (candidates.size() < logits.size()) throw std::logic_error("sample: too few candidates");
    return of_nucleus(logits, how.top_p, coin, candidates);
}

}  // namespace assay::reference_gpu
