// See gguf_file.hpp.
#include "reference_gpu/gguf_file.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace assay::reference_gpu::gguf {
namespace {

using Kind = LoadError::Kind;

constexpr std::uint64_t max_key = 65'535;
constexpr std::uint64_t max_name = 64;
constexpr std::uint64_t max_alignment = 1U << 16;
constexpr unsigned max_nesting = 4;

/// Bytes of a value of fixed size; 0 for strings and arrays; nothing for a type that does not exist.
std::optional<std::uint64_t> size_of(Type type) {
    constexpr std::array<std::uint64_t, 13> sizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    const auto index = static_cast<std::size_t>(type);
    if (index >= sizes.size()) return std::nullopt;
    return sizes[index];
}

struct Block {
    std::uint64_t values, bytes;
};
std::optional<Block> block_of(std::uint32_t format) {
    switch (static_cast<Format>(format)) {
        case Format::f32: return Block{1, 4};
        case Format::f16: return Block{1, 2};
        case Format::q4_0: return Block{32, 18};
        case Format::q8_0: return Block{32, 34};
    }
    return std::nullopt;
}

/// Reads from front to back; the first fault is thrown out of read() as a value of its own and ends there.
class Parser {
public:
    explicit Parser(ByteView file) : file_(file) {}

    File file() {
        const std::array<std::uint8_t, 4> magic{'G', 'G', 'U', 'F'};
        if (!std::ranges::equal(take(4, "magic"), magic))
            throw LoadError{Kind::bad_magic, "magic", 0, "not GGUF"};
        if (const auto version = number<std::uint32_t>("version"); version != 3)
            throw LoadError{Kind::bad_version, "version", 4, std::to_string(version) + ", 3 expected"};
        const auto tensors = number<std::uint64_t>("tensor_count");
        const auto pairs = number<std::uint64_t>("metadata_kv_count");
        for (std::uint64_t i = 0; i < pairs; ++i) pair("metadata[" + std::to_string(i) + ']');
        for (std::uint64_t i = 0; i < tensors; ++i) info("tensor[" + std::to_string(i) + ']');
        data();
        return std::move(out_);
    }

private:
    std::uint64_t left() const { return file_.size() - at_; }

    ByteView take(std::uint64_t size, const std::string& field) {
        if (size > left())
            throw LoadError{
                Kind::truncated, field, at_,
                std::to_string(size) + " bytes expected, " + std::to_string(left()) + " are there"};
        const ByteView out = file_.subspan(at_, size);
        at_ += size;
        return out;
    }
    template <class U>
    U number(const std::string& field) {
        return load<U>(take(sizeof(U), field), std::endian::little);
    }
    ByteView string(const std::string& field) {
        return take(number<std::uint64_t>(field + ".length"), field);
    }

    Type type(const std::string& field) {
        const auto start = at_;
        const auto out = static_cast<Type>(number<std::uint32_t>(field));
        if (!size_of(out))
            throw LoadError{Kind::bad_value, field, start,
                            std::to_string(static_cast<std::uint32_t>(out)) + " is no type of values"};
        return out;
    }

    void booleans(ByteView bytes, std::uint64_t start, const std::string& field) {
        const auto bad = std::ranges::find_if(bytes, [](std::uint8_t b) { return b > 1; });
        if (bad != bytes.end())
            throw LoadError{Kind::bad_value, field, start + static_cast<std::uint64_t>(bad - bytes.begin()),
                            std::to_string(*bad) + " is neither false nor true"};
    }

    Value value(Type kind, const std::string& field, unsigned nesting) {
        Value out{.type = kind};
        if (kind == Type::string) {
            out.bytes = string(field);
            out.offset = at_ - out.bytes.size();
        } else if (kind == Type::array) {
            if (nesting == max_nesting)
                throw LoadError{Kind::too_large, field, at_, "arrays in arrays in arrays in arrays"};
            out.element = type(field + ".type");
            out.count = number<std::uint64_t>(field + ".count");
            out.offset = at_;
            const std::uint64_t size = *size_of(out.element);
            if (size == 0) {
                for (std::uint64_t i = 0; i < out.count; ++i)
                    value(out.element, field + '[' + std::to_string(i) + ']', nesting + 1);
            } else {
                if (out.count > left() / size)
                    throw LoadError{Kind::truncated, field, at_,
                                    std::to_string(out.count) + " values expected, " +
                                        std::to_string(left()) + " bytes are there"};
                take(out.count * size, field);
            }
            out.bytes = file_.subspan(out.offset, at_ - out.offset);
            if (out.element == Type::boolean) booleans(out.bytes, out.offset, field);
        } else {
            out.offset = at_;
            out.bytes = take(*size_of(kind), field);
            if (kind == Type::boolean) booleans(out.bytes, out.offset, field);
        }
        return out;
    }

    void pair(const std::string& number) {
        const auto start = at_;
        const std::string key{as_text(string(number + ".key"))};
        const bool plain = std::ranges::all_of(key, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        });
        if (key.empty() || key.size() > max_key || !plain)
            throw LoadError{Kind::bad_value, number + ".key", start, "is no key"};
        const Type kind = type(key + ".type");
        if (!out_.metadata.emplace(key, value(kind, key, 0)).second)
            throw LoadError{Kind::duplicate, key, start, "the key stands twice"};
    }

    void info(const std::string& number_text) {
        const auto start = at_;
        const std::string name{as_text(string(number_text + ".name"))};
        if (name.empty() || name.size() > max_name)
            throw LoadError{Kind::bad_value, number_text + ".name", start, "is not of 1 to 64 bytes"};
        TensorInfo out{.offset = start};
        const auto dims_at = at_;
        const auto dims = number<std::uint32_t>(name + ".n_dims");
        if (dims == 0 || dims > out.dims.size())
            throw LoadError{dims > 4 || dims == 0 ? Kind::bad_value : Kind::unsupported, name + ".n_dims",
                            dims_at, std::to_string(dims) + " dimensions"};
        for (std::uint32_t i = 0; i < dims; ++i) {
            const auto at = at_;
            out.dims[i] = number<std::uint64_t>(name + ".dims");
            if (out.dims[i] == 0) throw LoadError{Kind::bad_value, name + ".dims", at, "is 0"};
        }
        const auto format_at = at_;
        const auto format = number<std::uint32_t>(name + ".type");
        const auto block = block_of(format);
        if (!block)
            throw LoadError{Kind::unsupported, name + ".type", format_at,
                            "tensors of type " + std::to_string(format) + " are not known here"};
        out.format = static_cast<Format>(format);
        if (out.dims[0] % block->values != 0)
            throw LoadError{Kind::bad_value, name + ".dims", dims_at + 4,
                            std::to_string(out.dims[0]) + " is not a multiple of the block of " +
                                std::to_string(block->values)};
        const auto offset_at = at_;
        out.data = number<std::uint64_t>(name + ".offset");
        std::uint64_t bytes = 0;
        if (__builtin_mul_overflow(out.dims[0] / block->values, out.dims[1], &bytes) ||
            __builtin_mul_overflow(bytes, block->bytes, &bytes))
            throw LoadError{Kind::too_large, name + ".dims", dims_at + 4, "64 bits do not hold the size"};
        if (!out_.tensors.emplace(name, out).second)
            throw LoadError{Kind::duplicate, name, start, "the name stands twice"};
        extents_.push_back({name, out.data, bytes, offset_at});
    }

    void zeros(std::uint64_t from, std::uint64_t to) {
        for (; from < to; ++from)
            if (file_[from] != 0) throw LoadError{Kind::bad_value, "padding", from, "is not zero"};
    }

    /// Tensors do not overlap, and nothing but zeros stands between them or after the last one's padding.
    void data() {
        std::uint64_t alignment = 32;
        if (const auto key = out_.metadata.find("general.alignment"); key != out_.metadata.end()) {
            const Value& v = key->second;
            if (v.type == Type::u32) alignment = load<std::uint32_t>(v.bytes, std::endian::little);
            if (v.type != Type::u32 || alignment == 0 || alignment % 8 != 0 || alignment > max_alignment)
                throw LoadError{Kind::bad_value, "general.alignment", v.offset, "is no multiple of 8 as u32"};
        }
        const std::uint64_t begin =
            std::min<std::uint64_t>((at_ + alignment - 1) / alignment * alignment, file_.size());
        zeros(at_, begin);
        std::ranges::sort(extents_, {}, &Extent::data);
        std::uint64_t end = 0;
        const std::uint64_t size = file_.size() - begin;
        for (const Extent& e : extents_) {
            if (e.data % alignment != 0)
                throw LoadError{
                    Kind::misaligned, e.name + ".offset", e.at,
                    std::to_string(e.data) + " is not a multiple of " + std::to_string(alignment)};
            if (e.data > size || e.bytes > size - e.data)
                throw LoadError{Kind::truncated, e.name, e.at,
                                std::to_string(e.bytes) + " bytes at " + std::to_string(e.data) + " of " +
                                    std::to_string(size)};
        }
        for (const Extent& e : extents_) {
            if (e.data < end)
                throw LoadError{Kind::overlap, e.name + ".offset", e.at, "within another tensor"};
            zeros(begin + end, begin + e.data);
            TensorInfo& tensor = out_.tensors.find(e.name)->second;
            tensor.data = begin + e.data;
            tensor.bytes = file_.subspan(tensor.data, e.bytes);
            end = e.data + e.bytes;
        }
        const std::uint64_t padded = (end + alignment - 1) / alignment * alignment;
        if (size > padded)
            throw LoadError{Kind::trailing_bytes, "end of file", begin + padded,
                            std::to_string(size - padded) + " bytes too many"};
        zeros(begin + end, file_.size());
    }

    struct Extent {
        std::string name;
        std::uint64_t data, bytes, at;
    };

    ByteView file_;
    std::uint64_t at_ = 0;
    File out_;
    std::vector<Extent> extents_;
};

void decode_q8_0(ByteView block, float* out) {
    const float scale = from_half(load<std::uint16_t>(block, std::endian::little));
    for (std::size_t j = 0; j < 32; ++j)
        out[j] = scale * static_cast<float>(static_cast<std::int8_t>(block[2 + j]));
}
void decode_q4_0(ByteView block, float* out) {
    const float scale = from_half(load<std::uint16_t>(block, std::endian::little));
    for (std::size_t j = 0; j < 16; ++j) {
        out[j] = scale * static_cast<float>((block[2 + j] & 15) - 8);
        out[j + 16] = scale * static_cast<float>((block[2 + j] >> 4) - 8);
    }
}

}  // namespace

Result<File, LoadError> read(ByteView file) {
    try {
        return Parser{file}.file();
    } catch (LoadError& fault) {
        return std::move(fault);
    }
}

std::vector<std::string_view> strings(const Value& array) {
    std::vector<std::string_view> out;
    ByteView rest = array.bytes;
    while (!rest.empty()) {  // the lengths fit: read() went through them
        const auto size = load<std::uint64_t>(rest, std::endian::little);
        out.push_back(as_text(rest.subspan(8, size)));
        rest = rest.subspan(8 + size);
    }
    return out;
}

float from_half(std::uint16_t half) {
    const std::uint32_t sign = std::uint32_t{half & 0x8000U} << 16;
    const std::uint32_t exponent = half >> 10 & 0x1F;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) {  // zero, or a multiple of 2^-24
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

std::optional<std::uint64_t> decode(const TensorInfo& tensor, Floats out) {
    const Block block = *block_of(static_cast<std::uint32_t>(tensor.format));
    ByteView from = tensor.bytes;
    for (std::size_t i = 0; i < out.size(); i += block.values, from = from.subspan(block.bytes)) {
        float* to = &out[i];
        switch (tensor.format) {
            case Format::f32:
                *to = std::bit_cast<float>(load<std::uint32_t>(from, std::endian::little));
                break;
            case Format::f16: *to = from_half(load<std::uint16_t>(from, std::endian::little)); break;
            case Format::q8_0: decode_q8_0(from, to); break;
            case Format::q4_0: decode_q4_0(from, to); break;
        }
        if (!std::ranges::all_of(out.subspan(i, block.values), [](float v) {
                return v <= std::numeric_limits<float>::max() && v >= std::numeric_limits<float>::lowest();
            }))
            return tensor.data + (tensor.bytes.size() - from.size());
    }
    return std::nullopt;
}

}  // namespace assay::reference_gpu::gguf
