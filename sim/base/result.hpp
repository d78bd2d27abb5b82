// A value or a typed error, for outcomes that a caller must handle.
#pragma once
#include <type_traits>
#include <utility>
#include <variant>

namespace assay {

/// The value of an outcome that is only success.
struct Nothing {
    bool operator==(const Nothing&) const = default;
};

/// Both sides convert implicitly: a handler says `return Rc::size;` or `return PcrReadOut{...};`.
/// Reading the side that is not there is a bug, and throws std::bad_variant_access.
template <class T, class E>
class [[nodiscard]] Result {
    static_assert(!std::is_same_v<T, E>);

public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
    /// An error from what converts to one: `return "longer than 4096 bytes";` where E is std::string.
    template <class U>
    requires(std::is_convertible_v<U, E> && !std::is_convertible_v<U, T>) Result(U&& error)
        : state_(std::in_place_index<1>, std::forward<U>(error)) {}

    explicit operator bool() const noexcept { return state_.index() == 0; }

    const T& operator*() const& { return std::get<0>(state_); }
    T& operator*() & { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    const T* operator->() const { return &**this; }
    T* operator->() { return &**this; }
    const E& error() const { return std::get<1>(state_); }

private:
    std::variant<T, E> state_;
};

}  // namespace assay
