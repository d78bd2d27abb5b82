// Checkpoints of llama2.c, versions 0 ("legacy") and 1: little-endian, binary32, no padding.
#include <algorithm>
#include <bit>
#include <cmath>

#include <string.h>

#include "reference_gpu/model.hpp"
#include "reference_gpu/model_checks.hpp"

namespace assay::reference_gpu {

std::optional<std::uint64_t> copy_finite(ByteView from, Floats to) {
    if constexpr (std::endian::native == std::endian::little)
        ::memcpy(to.data(), from.data(), to.size_bytes());
    else
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = std::bit_cast<float>(load<std::uint32_t>(from.subspan(4 * i), std::endian::little));
    const auto bad = std::ranges::find_if_not(to, [](float v) { return std::isfinite(v); });
    if (bad == to.end()) return std::nullopt;
    return static_cast<std::uint64_t>(bad - to.begin());
}

namespace {

using Kind = LoadError::Kind;

constexpr std::uint32_t versioned_magic = 0x616B'3432;  // "ak42"
constexpr std::size_t versioned_header = 256;

constexpr std::array<const char*, 7> int_names{"dim",        "hidden_dim", "n_layers", "n_heads",
                                               "n_kv_heads", "vocab_size", "seq_len"};

struct Header {
    Config config;
    std::uint64_t end = 0;  // where the weights begin
    bool legacy = true;
};

/// The seven integers from byte `at` on; only the vocabulary of version 0 may be negative.
Result<Config, LoadError> shape_at(ByteView file, std::size_t at, bool legacy) {
    std::array<std::uint32_t, 7> value{};
    bool shared = true;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto raw =
            std::bit_cast<std::int32_t>(load<std::uint32_t>(file.subspan(at + 4 * i), std::endian::little));
        const bool separate = legacy && i == 5 && raw < 0;
        if (raw < 0 && !separate)
            return LoadError{Kind::bad_value, int_names[i], at + 4 * i, std::to_string(raw) + " is negative"};
        if (separate) shared = false;
        value[i] = static_cast<std::uint32_t>(separate ? -std::int64_t{raw} : std::int64_t{raw});
    }
    const Config config{.dim = value[0],
                        .hidden = value[1],
                        .layers = value[2],
                        .heads = value[3],
                        .kv_heads = value[4],
                        .vocabulary = value[5],
                        .positions = value[6],
                        .shared_classifier = shared};
    if (const auto fault = shape_fault(config)) {
        const auto i = static_cast<std::size_t>(fault->field);
        return LoadError{fault->kind, int_names[i], at + 4 * i, fault->what};
    }
    return config;
}

Result<Header, LoadError> header_of(ByteView file) {
    const auto short_of = [&](std::size_t size) {
        return LoadError{Kind::truncated, "header", 0,
                         std::to_string(file.size()) + " bytes, " + std::to_string(size) + " expected"};
    };
    Header out;
    if (file.size() < 28) return short_of(28);
    if (load<std::uint32_t>(file, std::endian::little) != versioned_magic) {
        auto config = shape_at(file, 0, true);
        if (!config) return config.error();
        out.config = *config;
        out.end = 28;
        return out;
    }
    if (file.size() < versioned_header) return short_of(versioned_header);
    const auto version = load<std::uint32_t>(file.subspan(4), std::endian::little);
    if (version != 1)
        return LoadError{Kind::bad_version, "version", 4, std::to_string(version) + ", 1 expected"};
    auto config = shape_at(file, 8, false);
    if (!config) return config.error();
    out.config = *config;
    constexpr std::size_t flag = 36;
    if (file[flag] > 1)
        return LoadError{Kind::bad_value, "shared_classifier", flag,
                         std::to_string(file[flag]) + " is no flag"};
    out.config.shared_classifier = file[flag] == 1;
    for (std::size_t i = flag + 1; i < versioned_header; ++i)
        if (file[i] != 0) return LoadError{Kind::bad_value, "header padding", i, "is not zero"};
    out.end = versioned_header;
    out.legacy = false;
    return out;
}

constexpr std::array legacy_order{
    Tensor::embedding,  Tensor::attention_norm, Tensor::wq, Tensor::wk, Tensor::wv,
    Tensor::wo,         Tensor::ffn_norm,       Tensor::w1, Tensor::w2, Tensor::w3,
    Tensor::final_norm, Tensor::classifier};
constexpr std::array versioned_order{Tensor::attention_norm,
                                     Tensor::ffn_norm,
                                     Tensor::final_norm,
                                     Tensor::embedding,
                                     Tensor::wq,
                                     Tensor::wk,
                                     Tensor::wv,
                                     Tensor::wo,
                                     Tensor::w1,
                                     Tensor::w2,
                                     Tensor::w3,
                                     Tensor::classifier};

/// One array of the file; without a place it is passed over.
struct Part {
    std::string_view name;
    std::uint64_t values = 0;
    const TensorPlace* place = nullptr;
};

}  // namespace

Result<Model, LoadError> load_checkpoint(ByteView file) {
    const auto header = header_of(file);
    if (!header) return header.error();
    const Config& config = header->config;
    const auto places = layout(config);
    if (!places) return LoadError{Kind::too_large, "dim", 0, "64 bits do not hold the size of the weights"};

    std::vector<Part> parts;
    for (const Tensor t : header->legacy ? legacy_order : versioned_order) {
        // Version 0 carries tables of RoPE angles that nobody reads, before the classifier.
        const std::uint64_t angles = std::uint64_t{config.positions} * (config.head_size() / 2);
        if (header->legacy && t == Tensor::classifier) {
            parts.push_back({"freq_cis_real", angles, nullptr});
            parts.push_back({"freq_cis_imag", angles, nullptr});
        }
        const TensorPlace& place = places->at(static_cast<std::size_t>(t));
        if (place.count > 0) parts.push_back({place.name, place.size(), &place});
    }
    // The size is known before anything is allocated.
    std::uint64_t end = header->end;
    for (const Part& part : parts) {
        if (part.values > (file.size() - end) / sizeof(float))
            return LoadError{Kind::truncated, std::string{part.name}, end,
                             std::to_string(part.values) + " values expected, " +
                                 std::to_string(file.size() - end) + " bytes are there"};
        end += part.values * sizeof(float);
    }
    if (end != file.size())
        return LoadError{Kind::trailing_bytes, "end of file", end,
                         std::to_string(file.size() - end) + " bytes too many"};

    Model out{config, Wiped<float>(weight_count(config))};
    std::uint64_t at = header->end;
    for (const Part& part : parts) {
        if (part.place != nullptr) {
            const Floats to = Floats{out.values}.subspan(part.place->offset, part.values);
            if (const auto bad = copy_finite(file.subspan(at, to.size_bytes()), to))
                return LoadError{Kind::not_finite, std::string{part.name}, at + *bad * sizeof(float),
                                 "value " + std::to_string(*bad) + " is infinite or no number"};
        }
        at += part.values * sizeof(float);
    }
    return out;
}

}  // namespace assay::reference_gpu
