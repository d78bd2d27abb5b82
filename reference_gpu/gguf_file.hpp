// The container of GGUF version 3: metadata by key, tensors by name, all within the bounds of the file.
#pragma once
#include <map>

#include "reference_gpu/model.hpp"

namespace assay::reference_gpu::gguf {

enum class Type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

/// A value as it stands in the file: of an array the elements, of a string its text.
struct Value {
    Type type{};
    Type element{};           // of an array
    std::uint64_t count = 0;  // of an array
    ByteView bytes{};
    std::uint64_t offset = 0;  // of `bytes` in the file
};

enum class Format : std::uint32_t { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8 };

struct TensorInfo {
    std::array<std::uint64_t, 2> dims{1, 1};  // the input dimension first
    Format format{};
    std::uint64_t offset = 0;  // of the description in the file
    std::uint64_t data = 0;    // of the values in the file
    ByteView bytes{};
};

struct File {
    std::map<std::string, Value, std::less<>> metadata;
    std::map<std::string, TensorInfo, std::less<>> tensors;
};

/// The parts of `file`, which must outlive them.
Result<File, LoadError> read(ByteView file);

/// The strings of an array of strings.
std::vector<std::string_view> strings(const Value& array);

/// The values of a tensor as binary32, into as many as it has. The place in the file of the first block with
/// a value that is not finite, if any.
std::optional<std::uint64_t> decode(const TensorInfo& tensor, Floats out);

/// IEEE-754 binary16 to binary32, exactly.
float from_half(std::uint16_t half);

}  // namespace assay::reference_gpu::gguf
