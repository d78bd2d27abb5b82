// Wire layouts as data. A struct names its members once, in wire order; that one list decodes it, encodes it,
// says where a bad message went wrong, and describes a message field by field (reader.hpp, writer.hpp):
//
//     struct TpmtHa {
//         Alg hash_alg{};
//         Bytes digest;
//         static constexpr auto wire() {
//             return std::tuple{field("hashAlg", &TpmtHa::hash_alg),
//                               field("digest", &TpmtHa::digest, digest_size)};
//         }
//     };
#pragma once
#include <concepts>
#include <tuple>
#include <type_traits>

#include "sim/base/bytes.hpp"

namespace assay {

/// A member under the name its standard gives it. `size` is for `Bytes` alone: how many there are, as told by
/// the members before it.
template <class Owner, class Member>
struct Field {
    using Present = bool (*)(const Owner&);
    using Rule = std::uint32_t (*)(const Owner&);
    std::string_view name;
    Member Owner::*member;
    std::size_t (*size)(const Owner&);
    Present present = nullptr;
    Rule rule = nullptr;
    Rule early_rule = nullptr;

    /// The member is on the wire only where `is_there` says so, as told by the members before it (a union).
    constexpr Field when(Present is_there) const { return {name, member, size, is_there, rule, early_rule}; }
    /// As `refusal`, for a type that other places allow other values: told by this member and those before
    /// it.
    constexpr Field check(Rule refused) const { return {name, member, size, present, refused, early_rule}; }
    /// The same for a struct (also a `Sized` one), told after each of its members: what it does not allow is
    /// refused before the members after it are read. A member that is not read yet has its default.
    constexpr Field early(Rule refused) const { return {name, member, size, present, rule, refused}; }

    constexpr bool is_in(const Owner& owner) const { return present == nullptr || present(owner); }
};
template <class Owner, class Member>
requires(!std::same_as<Member, Bytes>) constexpr Field<Owner, Member> field(std::string_view name,
                                                                            Member Owner::*member) {
    return {name, member, nullptr};
}
template <class Owner>
constexpr Field<Owner, Bytes> field(std::string_view name, Bytes Owner::*member,
                                    std::type_identity_t<std::size_t (*)(const Owner&)> size) {
    return {name, member, size};
}

template <class T>
concept WireStruct = requires {
    T::wire();
};

/// An unsigned integer of three bytes (MeasurementRecordLength of SPDM).
struct U24 {
    static constexpr std::uint32_t max = 0xFF'FFFF;
    std::uint32_t value = 0;
    bool operator==(const U24&) const = default;
};

/// The counts and lengths that stand before what they count.
template <class T>
concept WireCount = std::unsigned_integral<T> || std::same_as<T, U24>;

/// Bytes after their number (TPM2B_*, the opaque data of SPDM).
template <WireCount Count, std::size_t max>
struct Blob {
    Bytes value;
    bool operator==(const Blob&) const = default;
};

/// Elements after their number (TPML_*): `min` to `max` of them, where they are read.
template <class T, WireCount Count, std::size_t max, std::size_t min = 0>
struct List {
    static constexpr std::size_t max_items = max;
    std::vector<T> items;
    bool operator==(const List&) const = default;
};

/// Elements that fill, to the byte, an area whose length in bytes stands before it (MeasurementRecord of
/// SPDM).
template <class T, WireCount Length, std::size_t max_bytes>
struct Area {
    std::vector<T> items;
    bool operator==(const Area&) const = default;
};

/// One `T` after its length in bytes, which is exactly that of `T` (TPM2B_PUBLIC). `T` is taken first and its
/// length is compared afterwards: of two faults, that of `T` is the one that is told.
template <class T, WireCount Length>
struct Sized {
    T value{};
    bool operator==(const Sized&) const = default;
};
/// The same, or a length of 0 and nothing.
template <class T, WireCount Length>
struct OptionalSized {
    std::optional<T> value;
    bool operator==(const OptionalSized&) const = default;
};

/// A type that has wrong values states its rule beside itself: `refusal(value)` is 0, or the code with which
/// its protocol refuses the value.
template <class T>
concept Refusable = requires(const T& value) {
    { refusal(value) } -> std::same_as<std::uint32_t>;
};

/// For a `refusal`: 0 where `legal`, else the code.
template <class Code>
constexpr std::uint32_t refuse_unless(bool legal, Code code) {
    return legal ? 0 : static_cast<std::uint32_t>(code);
}

/// Where a value sits in its message: a chain on the stack, spelled out (`digests[1].hashAlg`) on demand.
struct Path {
    const Path* up = nullptr;
    std::string_view name{};
    std::size_t index = 0;  // of an element, where `name` is empty

    std::string text() const;
};

/// One field of a message, for reports.
struct Leaf {
    std::string path;  // in the standard's names: `digests[0].hashAlg`
    std::size_t offset = 0;
    Bytes bytes;
};

}  // namespace assay
