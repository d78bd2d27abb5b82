// Takes messages apart (see wire.hpp), and says exactly where a bad one is bad.
#pragma once
#include <algorithm>

#include "sim/base/result.hpp"
#include "sim/base/wire.hpp"

namespace assay {

struct WireError {
    enum class Kind : std::uint8_t { truncated, too_few, too_many, refused, trailing_bytes, wrong_length };
    Kind kind{};
    std::string path{};      // of the field; empty for trailing bytes
    std::size_t offset = 0;  // of that field in the message
    // truncated: bytes that the field has; too_few, too_many: the limit; wrong_length: what the length says
    std::size_t expected = 0;
    // truncated, trailing_bytes: bytes that are there; too_few, too_many: the count; wrong_length: bytes of
    // the value
    std::size_t found = 0;
    std::uint32_t code = 0;  // what `refusal` said, for Kind::refused
    std::size_t member = 0;  // number, from 1, of the outermost member that failed
    /// One line: what, where, what was expected.
    std::string text() const;
};

/// Every `get` is false from the first fault on; `error()` then tells that fault.
class Reader {
public:
    /// `leaves`, if given, receives each field as it is read.
    Reader(ByteView message, std::endian order, std::vector<Leaf>* leaves = nullptr)
        : message_(message), end_(message.size()), order_(order), leaves_(leaves) {}

    template <std::unsigned_integral U>
    [[nodiscard]] bool get(U& out, const Path& at = {}) {
        ByteView raw;
        if (!take(raw, sizeof(U), at)) return false;
        out = load<U>(raw, order_);
        return true;
    }
    [[nodiscard]] bool get(U24& out, const Path& at = {});
    template <class E>
    requires std::is_enum_v<E>
    [[nodiscard]] bool get(E& out, const Path& at = {}) {
        const std::size_t start = at_;
        std::underlying_type_t<E> raw{};
        if (!get(raw, at)) return false;
        out = static_cast<E>(raw);
        return accept(out, start, at);
    }
    template <std::size_t size>
    [[nodiscard]] bool get(std::array<std::uint8_t, size>& out, const Path& at = {}) {
        ByteView raw;
        if (!take(raw, size, at)) return false;
        std::copy_n(raw.begin(), size, out.begin());
        return true;
    }
    template <class Count, std::size_t max>
    [[nodiscard]] bool get(Blob<Count, max>& out, const Path& at = {}) {
        std::size_t size = 0;
        return get_count<Count>(size, max, Path{.up = &at, .name = "size"}) &&
               get_bytes(out.value, size, Path{.up = &at, .name = "buffer"});
    }
    template <class T, class Count, std::size_t max, std::size_t min>
    [[nodiscard]] bool get(List<T, Count, max, min>& out, const Path& at = {}) {
        const std::size_t start = at_;
        const Path count_path{.up = &at, .name = "count"};
        std::size_t count = 0;
        if (!get_count<Count>(count, max, count_path)) return false;
        if (count < min)
            return fail({.kind = WireError::Kind::too_few, .expected = min, .found = count}, start,
                        count_path);
        out.items.clear();
        for (std::size_t i = 0; i < count; ++i)
            if (!get(out.items.emplace_back(), Path{.up = &at, .index = i})) return false;
        return true;
    }
    template <class T, class Length, std::size_t max_bytes>
    [[nodiscard]] bool get(Area<T, Length, max_bytes>& out, const Path& at = {}) {
        const Path length_path{.up = &at, .name = "length"};
        std::size_t length = 0;
        if (!get_count<Length>(length, max_bytes, length_path)) return false;
        if (end_ - at_ < length)
            return fail({.kind = WireError::Kind::truncated, .expected = length, .found = end_ - at_}, at_,
                        at);
        const std::size_t outer = std::exchange(end_, at_ + length);
        out.items.clear();
        for (std::size_t i = 0; at_ < end_; ++i)
            if (!get(out.items.emplace_back(), Path{.up = &at, .index = i})) return false;
        end_ = outer;
        return true;
    }
    template <class T, class Length>
    [[nodiscard]] bool get(Sized<T, Length>& out, const Path& at = {}) {
        std::size_t size = 0;
        return get_count<Length>(size, std::size_t(-1), Path{.up = &at, .name = "size"}) &&
               get_sized(out.value, size, at, nothing_early);
    }
    template <class T, class Length>
    [[nodiscard]] bool get(OptionalSized<T, Length>& out, const Path& at = {}) {
        std::size_t size = 0;
        out.value.reset();
        return get_count<Length>(size, std::size_t(-1), Path{.up = &at, .name = "size"}) &&
               (size == 0 || get_sized(out.value.emplace(), size, at, nothing_early));
    }
    template <WireStruct T>
    [[nodiscard]] bool get(T& out, const Path& at = {}) {
        return get_early(out, at, nothing_early);
    }

    /// Decodes the listed members only, for messages that are sent in several areas.
    template <class T, class... Fields>
    [[nodiscard]] bool get_members(T& out, const std::tuple<Fields...>& fields, const Path& at = {}) {
        return get_members(out, fields, at, nothing_early);
    }
    [[nodiscard]] bool get_bytes(Bytes& out, std::size_t size, const Path& at = {});
    /// True when nothing is left over.
    [[nodiscard]] bool finish();

    ByteView rest() const { return message_.subspan(at_, end_ - at_); }
    std::size_t offset() const { return at_; }
    const WireError& error() const { return error_; }

private:
    /// What an owner refuses of a struct after each of its members: 0, or a code.
    static constexpr auto nothing_early = [] {
        return std::uint32_t{0};
    };
    template <class T, class... Fields, class Early>
    bool get_members(T& out, const std::tuple<Fields...>& fields, const Path& at, const Early& early) {
        std::size_t number = 0;
        const auto legal = [&](std::uint32_t code, std::size_t offset, const Path& where) {
            return code == 0 || fail({.kind = WireError::Kind::refused, .code = code}, offset, where);
        };
        const auto one = [&]<class Member>(const Field<T, Member>& f) {
            ++number;
            if (!f.is_in(out)) return true;
            const Path here{.up = &at, .name = f.name};
            const std::size_t start = at_;
            const bool good = get_member(out, f, here) &&
                              (f.rule == nullptr || legal(f.rule(out), start, here)) &&
                              legal(early(), start, here);
            if (!good) error_.member = number;
            return good;
        };
        return std::apply([&](const auto&... f) { return (one(f) && ...); }, fields);
    }
    template <class T, class Member>
    bool get_member(T& out, const Field<T, Member>& f, const Path& here) {
        if constexpr (std::same_as<Member, Bytes>) {
            return get_bytes(out.*f.member, f.size(out), here);
        } else if constexpr (requires(Reader reader, Member & member) {
                                 reader.get_early(member, here, nothing_early);
                             }) {
            if (f.early_rule == nullptr) return get(out.*f.member, here);
            return get_early(out.*f.member, here, [&] { return f.early_rule(out); });
        } else {
            return get(out.*f.member, here);
        }
    }
    template <WireStruct T, class Early>
    bool get_early(T& out, const Path& at, const Early& early) {
        const std::size_t start = at_;
        return get_members(out, T::wire(), at, early) && accept(out, start, at);
    }
    template <class T, class Length, class Early>
    bool get_early(Sized<T, Length>& out, const Path& at, const Early& early) {
        std::size_t size = 0;
        return get_count<Length>(size, std::size_t(-1), Path{.up = &at, .name = "size"}) &&
               get_sized(out.value, size, at, early);
    }
    bool take(ByteView& out, std::size_t size, const Path& at);
    bool fail(WireError error, std::size_t offset, const Path& at);

    template <class T, class Early>
    bool get_sized(T& out, std::size_t size, const Path& at, const Early& early) {
        const std::size_t start = at_;
        if (size != 0 && !get_early(out, at, early)) return false;
        return (size != 0 && at_ - start == size) ||
               fail({.kind = WireError::Kind::wrong_length, .expected = size, .found = at_ - start}, start,
                    at);
    }
    template <class Count>
    bool get_count(std::size_t& out, std::size_t max, const Path& at) {
        const std::size_t start = at_;
        Count count{};
        if (!get(count, at)) return false;
        if constexpr (std::same_as<Count, U24>)
            out = count.value;
        else
            out = count;
        return out <= max ||
               fail({.kind = WireError::Kind::too_many, .expected = max, .found = out}, start, at);
    }
    template <class T>
    bool accept(const T& value, std::size_t start, const Path& at) {
        if constexpr (Refusable<T>)
            if (const std::uint32_t code = refusal(value); code != 0)
                return fail({.kind = WireError::Kind::refused, .code = code}, start, at);
        return true;
    }

    ByteView message_;
    std::size_t at_ = 0;
    std::size_t end_;  // of the innermost area that is open
    std::endian order_;
    std::vector<Leaf>* leaves_;
    WireError error_;
};

/// Decodes exactly one `T`: nothing missing, nothing after it.
template <WireStruct T>
Result<T, WireError> decode(ByteView message, std::endian order) {
    Reader reader{message, order};
    T out{};
    if (!reader.get(out) || !reader.finish()) return reader.error();
    return out;
}

/// What a message says, field by field, up to the first fault where it has one.
struct Description {
    std::vector<Leaf> leaves;
    std::optional<WireError> fault;
};
template <WireStruct T>
Description describe(ByteView message, std::endian order) {
    Description out;
    Reader reader{message, order, &out.leaves};
    T value{};
    if (!reader.get(value) || !reader.finish()) out.fault = reader.error();
    return out;
}

}  // namespace assay
