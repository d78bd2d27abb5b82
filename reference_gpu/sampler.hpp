// The choice of the next token: greedy, or by a seeded xorshift64* generator over all tokens or the most
// probable.
#pragma once
#include "reference_gpu/memory.hpp"

namespace assay::reference_gpu {

/// xorshift64*. The state is the seed, and never 0.
class Xorshift {
public:
    /// Throws std::logic_error for 0, which would give zeros for ever.
    explicit Xorshift(std::uint64_t seed);
    std::uint32_t next();
    /// In [0, 1), a multiple of 2^-24.
    float coin() { return static_cast<float>(next() >> 8) / 16777216.0F; }

private:
    std::uint64_t state_;
};

struct Sampling {
    float temperature = 0.0F;  // 0: greedy
    float top_p = 0.9F;        // at or below 0, or at or above 1: all tokens
    /// Nothing, or what is wrong.
    const char* fault() const;
};

struct Candidate {
    float probability;
    Token token;
};

/// The next token. Above temperature 0 takes one coin, leaves probabilities in `logits`, and needs as many
/// `candidates` for scratch as there are logits (none for greedy or for all tokens).
Token sample(Floats logits, const Sampling& how, Xorshift& random, std::span<Candidate> candidates);

}  // namespace assay::reference_gpu
