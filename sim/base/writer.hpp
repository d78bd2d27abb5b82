// Puts messages together (see wire.hpp).
#pragma once
#include <algorithm>
#include <limits>
#include <stdexcept>

#include "sim/base/secret.hpp"
#include "sim/base/wire.hpp"

namespace assay {

/// Appends values to `out`, in the order in which they are sent. A count or length that does not fit its
/// field is a bug of the caller and throws std::logic_error.
class Writer {
public:
    Writer(Bytes& out, std::endian order) : out_(out), order_(order) {}

    template <std::unsigned_integral U>
    void put(U value) {
        append(out_, store(value, order_));
    }
    void put(U24 value) {
        const auto raw = store(value.value, order_);
        append(out_, ByteView{raw}.subspan(order_ == std::endian::big ? 1 : 0, 3));
    }
    template <class E>
    requires std::is_enum_v<E>
    void put(E value) { put(static_cast<std::underlying_type_t<E>>(value)); }
    void put(ByteView value) { append(out_, value); }
    template <class Count, std::size_t max>
    void put(const Blob<Count, max>& blob) {
        put_count<Count>(blob.value.size(), max);
        put(ByteView{blob.value});
    }
    template <class T, class Count, std::size_t max, std::size_t min>
    void put(const List<T, Count, max, min>& list) {
        put_count<Count>(list.items.size(), max);
        for (const T& item : list.items) put(item);
    }
    template <class T, class Length, std::size_t max_bytes>
    void put(const Area<T, Length, max_bytes>& area) {
        put_measured<Length>(max_bytes, [&] {
            for (const T& item : area.items) put(item);
        });
    }
    template <class T, class Length>
    void put(const Sized<T, Length>& sized) {
        put_measured<Length>(std::numeric_limits<std::size_t>::max(), [&] { put(sized.value); });
    }
    template <class T, class Length>
    void put(const OptionalSized<T, Length>& sized) {
        if (sized.value)
            put_measured<Length>(std::numeric_limits<std::size_t>::max(), [&] { put(*sized.value); });
        else
            put_count<Length>(0, 0);
    }
    template <WireStruct T>
    void put(const T& value) {
        put_members(value, T::wire());
    }
    template <class T, class... Fields>
    void put_members(const T& value, const std::tuple<Fields...>& fields) {
        const auto one = [&](const auto& f) {
            if (f.is_in(value)) put(value.*f.member);
        };
        std::apply([&](const auto&... f) { (one(f), ...); }, fields);
    }

private:
    /// The length before what `put_content` puts, which is written in its place: no copy of it is left
    /// behind.
    template <class Length, class F>
    void put_measured(std::size_t max, const F& put_content) {
        const std::size_t at = out_.size();
        put_count<Length>(0, 0);
        const std::size_t from = out_.size();
        put_content();
        Bytes length;
        Writer{length, order_}.template put_count<Length>(out_.size() - from, max);
        std::copy(length.begin(), length.end(), out_.begin() + static_cast<std::ptrdiff_t>(at));
    }

    template <class Count>
    void put_count(std::size_t count, std::size_t max) {
        if (count > max) throw std::logic_error("wire: " + std::to_string(count) + " is over the maximum");
        if constexpr (std::same_as<Count, U24>) {
            if (count > U24::max) throw std::logic_error("wire: a count does not fit its field");
            put(U24{static_cast<std::uint32_t>(count)});
        } else {
            if (count > std::numeric_limits<Count>::max())
                throw std::logic_error("wire: a count does not fit its field");
            put(static_cast<Count>(count));
        }
    }

    Bytes& out_;
    std::endian order_;
};

template <WireStruct T>
Bytes encode(const T& value, std::endian order) {
    Bytes out;
    Writer{out, order}.put(value);
    return out;
}

/// What holds secrets: it has at most `most` bytes, so that nothing is copied while it grows
/// (std::logic_error when it has more).
template <class T>
Secret encode_secret(const T& value, std::endian order, std::size_t most) {
    Bytes out;
    out.reserve(most);
    Writer{out, order}.put(value);
    Secret secret{std::move(out)};
    if (secret.bytes().size() > most) throw std::logic_error("wire: a secret is longer than was said");
    return secret;
}

}  // namespace assay
