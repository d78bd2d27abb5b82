// See random_model.hpp.
#include "reference_gpu/random_model.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace assay::reference_gpu {
namespace {

class SplitMix {
public:
    explicit SplitMix(std::uint64_t seed) : state_(seed) {}
    /// In (-1, 1): an odd multiple of 2^-24.
    float next() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
        z ^= z >> 31;
        return static_cast<float>(static_cast<std::int32_t>((z >> 40) | 1) - (1 << 23)) * 0x1p-23F;
    }

private:
    std::uint64_t state_;
};

bool is_norm(Tensor t) {
    return t == Tensor::attention_norm || t == Tensor::ffn_norm || t == Tensor::final_norm;
}

}  // namespace

Model random_model(const Config& config, std::uint64_t seed) {
    const auto places = layout(config);
    if (!places) throw std::logic_error("random_model: no such model");
    Model out{config, Wiped<float>(weight_count(config))};
    SplitMix random{seed};
    for (const TensorPlace& place : *places) {
        const bool table = place.tensor == Tensor::embedding || place.tensor == Tensor::classifier;
        // Small embeddings, so that what the layers add decides and a token does not just repeat itself.
        // Uniform in (-a, a) has variance a^2 / 3: sums over a row keep the variance of what they sum.
        const float spread = table ? 0.125F : std::sqrt(3.0F / static_cast<float>(place.columns));
        for (std::uint64_t i = 0; i < place.size(); ++i) {
            const float value = random.next();
            const bool quiet = table && i / place.columns % config.vocabulary < Tokenizer::first_piece;
            // A large last norm makes logits differ by more than one, so that sampling has something to
            // choose.
            const float norm = place.tensor == Tensor::final_norm ? 8.0F : 1.0F;
            out.values[place.offset + i] = is_norm(place.tensor) ? norm * (1.0F + 0.25F * value)
                                                                 : spread * value * (quiet ? 0x1p-4F : 1.0F);
        }
    }
    return out;
}

Bytes to_checkpoint(const Model& model, unsigned version) {
    if (version > 1) throw std::logic_error("to_checkpoint: version 0 or 1");
    const Config& c = model.config;
    const auto places = *layout(c);
    Bytes out;
    const auto u32 = [&](std::uint32_t v) {
        append(out, store(v, std::endian::little));
    };
    const auto write = [&](Tensor t) {
        const TensorPlace& place = places[static_cast<std::size_t>(t)];
        for (std::uint64_t i = 0; i < place.size(); ++i)
            u32(std::bit_cast<std::uint32_t>(model.values[place.offset + i]));
    };
    if (version == 1) {
        u32(0x616B'3432);
        u32(1);
    }
    const bool negative = version == 0 && !c.shared_classifier;
    for (const std::uint32_t v : {c.dim, c.hidden, c.layers, c.heads, c.kv_heads,
                                  negative ? 0U - c.vocabulary : c.vocabulary, c.positions})
        u32(v);
    if (version == 1) {
        out.push_back(c.shared_classifier ? 1 : 0);
        out.resize(256);
        for (const Tensor t :
             {Tensor::attention_norm, Tensor::ffn_norm, Tensor::final_norm, Tensor::embedding, Tensor::wq,
              Tensor::wk, Tensor::wv, Tensor::wo, Tensor::w1, Tensor::w2, Tensor::w3})
            write(t);
    } else {
        for (const Tensor t :
             {Tensor::embedding, Tensor::attention_norm, Tensor::wq, Tensor::wk, Tensor::wv, Tensor::wo,
              Tensor::ffn_norm, Tensor::w1, Tensor::w2, Tensor::w3, Tensor::final_norm})
            write(t);
        out.resize(out.size() + std::size_t{c.positions} * c.head_size() * sizeof(float));
    }
    write(Tensor::classifier);
    return out;
}

std::vector<Tokenizer::Entry> own_vocabulary(std::uint32_t size) {
    if (size < min_vocabulary) throw std::logic_error("own_vocabulary: too small");
    constexpr std::array groups{" t",  "he",   " a", "in",  "re",  "on",  " s",  "er", " the", "at",
                                "en",  "nd",   "or", " w",  " o",  "is",  "it",  "es", " c",   "an",
                                " b",  " p",   " f", "ing", "ed",  " m",  " to", "al", "ou",   " of",
                                " in", " and", " d", "ar",  " h",  "ic",  "le",  "as", "ll",   "om",
                                "ve",  "st",   " n", " l",  "ent", " th", "ion", " is"};
    constexpr std::string_view singles =
        " etaoinshrdlcumwfgypbvkjxqzETAOINSHRDLCUMWFGYPBVKJXQZ0123456789.,!?'\"-:;()\n";
    constexpr std::string_view consonants = "bdfgklmnprstvz";
    constexpr std::string_view vowels = "aeiou";
    std::vector<Tokenizer::Entry> out{{"<unk>", 0}, {"\n<s>\n", 0}, {"\n</s>\n", 0}};
    for (unsigned b = 0; b < 256; ++b) {
        const auto byte = static_cast<std::uint8_t>(b);
        out.push_back({"<0x" + to_upper_hex({&byte, 1}) + '>', 0});
    }
    const auto add = [&](std::string text) {
        if (out.size() < size)
            out.push_back({std::move(text), -static_cast<float>(out.size() - Tokenizer::first_piece)});
    };
    for (const char* group : groups) add(group);
    for (const char c : singles) add(std::string{c});
    // Words of two syllables or more, each beginning with a space: none equals a group.
    for (std::uint32_t n = 0; out.size() < size; ++n) {
        std::string word;
        for (std::uint32_t rest = n + 70; rest != 0; rest /= 70) {
            const std::uint32_t syllable = rest % 70;
            word = std::string{consonants[syllable / 5], vowels[syllable % 5]} + word;
        }
        add(' ' + word);
    }
    return out;
}

}  // namespace assay::reference_gpu
