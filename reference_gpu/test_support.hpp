// What several tests of the reference path need.
#pragma once
#include <iostream>
#include <limits>
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "reference_gpu/inference.hpp"
#include "reference_gpu/random_model.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::reference_gpu::test {

inline Wiped<float> random_values(std::size_t count, std::uint32_t seed, float spread = 1.0F) {
    std::mt19937 random{seed};
    Wiped<float> out(count);
    for (float& v : out) v = spread * (static_cast<float>(random() >> 8) * 0x1p-23F - 1.0F);
    return out;
}

inline bool same_bits(FloatView a, FloatView b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](float x, float y) {
               return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
           });
}

/// A small shape with tails everywhere: nothing but `dim` is a multiple of a vector, and heads share keys.
inline Config small_shape() {
    return {
        .dim = 24, .hidden = 44, .layers = 2, .heads = 4, .kv_heads = 2, .vocabulary = 400, .positions = 24};
}

inline Bytes contents(const std::filesystem::path& file) {
    auto bytes = read_file(file, std::size_t{1} << 26);
    if (!bytes) throw std::runtime_error(bytes.error().text());
    return *std::move(bytes);
}

/// A file of the repository's vectors/model.
inline Bytes own_vector(const std::string& name) {
    const char* source = std::getenv("ASSAY_SOURCE");
    return contents(std::filesystem::path{source == nullptr ? "." : source} / "vectors/model" / name);
}

/// A file of the shared model vectors; says that the test is skipped when it is not there.
inline std::optional<std::filesystem::path> shared_model(const std::string& name) {
    auto file = shared_data("vectors/model/" + name);
    if (!file) std::cout << "skipped: shared data vectors/model/" << name << std::endl;
    return file;
}

template <class T>
T must(Result<T, LoadError> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return *std::move(result);
}
template <class T>
T must(Result<T, std::string> result) {
    if (!result) throw std::runtime_error(result.error());
    return *std::move(result);
}

inline std::shared_ptr<const Model> share(Model model) {
    return std::make_shared<const Model>(std::move(model));
}

/// The logits after each of `tokens`, one after the other.
inline Wiped<float> all_logits(Inference& inference, std::span<const Token> tokens) {
    Wiped<float> out;
    inference.reset();
    for (const Token token : tokens) {
        const FloatView logits = inference.step(token);
        out.insert(out.end(), logits.begin(), logits.end());
    }
    return out;
}

}  // namespace assay::reference_gpu::test
