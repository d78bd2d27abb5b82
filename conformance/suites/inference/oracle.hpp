// What a model says, in double precision: another implementation of the same definition, made to be read.
#pragma once
#include <optional>

#include "conformance/suites/inference/subject.hpp"

namespace assay::conformance::inference {

class Oracle {
public:
    explicit Oracle(const Subject& subject)
        : s_(subject), keys_(subject.shape.layers), values_(subject.shape.layers) {}

    /// The logits after one more token.
    std::vector<double> step(std::uint32_t token);

private:
    void attend(std::size_t layer, std::vector<double>& x);
    void feed_forward(std::size_t layer, std::vector<double>& x) const;
    std::vector<double> norm(const std::vector<double>& x, std::size_t part, std::size_t layer) const;
    std::vector<double> product(std::size_t part, std::size_t layer, const std::vector<double>& x) const;
    void turn(std::vector<double>& heads) const;

    const Subject& s_;
    std::size_t position_ = 0;
    std::vector<std::vector<std::vector<double>>> keys_, values_;  // [layer][position]
};

/// The first of the largest.
std::uint32_t largest(const std::vector<double>& logits);
/// How much the largest is above the next.
double margin(const std::vector<double>& logits);

/// xorshift64* and what it draws: a token, or nothing where rounding of binary32 could decide otherwise.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}
    std::optional<std::uint32_t> token(const std::vector<double>& logits, double temperature, double top_p);

private:
    double coin();
    std::uint64_t state_;
};

}  // namespace assay::conformance::inference
