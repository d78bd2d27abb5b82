// GGUF files of the suite's own, right ones and such that are wrong in one way.
#pragma once
#include <optional>

#include "conformance/suites/inference/subject.hpp"

namespace assay::conformance::inference {

/// ggml's type of a tensor.
enum class Encoding : std::uint32_t { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8 };

struct GgufTensorInfo {
    std::string name;
    std::vector<std::uint64_t> dims;
    std::uint32_t type = 0;
    Bytes data{};
    std::optional<std::uint64_t> offset{};  // instead of the one that follows
};

struct Gguf {
    std::string magic = "GGUF";
    std::uint32_t version = 3;
    std::vector<std::pair<std::string, Bytes>> metadata;  // type and value
    std::vector<GgufTensorInfo> tensors;
    std::uint64_t alignment = 32;

    void set(const std::string& key, Bytes value);
    void erase(const std::string& key);
    GgufTensorInfo& tensor(std::string_view name);
    Bytes bytes() const;
};

Bytes gguf_u32(std::uint32_t value);
Bytes gguf_f32(float value);
Bytes gguf_text(std::string_view value);

/// The subject as a file. Matrices are drawn anew in `encoding`, and put into the subject as what they decode
/// to; those whose rows no block fits stay binary16. Norms stay binary32.
Gguf gguf_of(Subject& subject, Encoding encoding, std::uint32_t seed);

}  // namespace assay::conformance::inference
