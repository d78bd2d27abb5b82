// What all messages of TPM 2.0 share (TPM 2.0 Library 1.59, Part 1, 18 and Part 3, 5): headers, and how a
// message is written down. Of a command `XIn`, `cc` is its code, `handles()` its handle area, `wire()` its
// parameter area, and `Out` its response; of a response, `handles()` is the handle before the parameters.
#pragma once
#include "models/tpm/attest.hpp"

namespace assay::tpm {

struct CommandHeader {
    std::uint16_t tag = 0;  // any value: a wrong one is answered
    std::uint32_t command_size = 0;
    std::uint32_t command_code = 0;
    static constexpr auto wire() {
        return std::tuple{field("tag", &CommandHeader::tag),
                          field("commandSize", &CommandHeader::command_size),
                          field("commandCode", &CommandHeader::command_code)};
    }
};
struct ResponseHeader {
    Tag tag = Tag::no_sessions;
    std::uint32_t response_size = 0;
    Rc response_code{};
    static constexpr auto wire() {
        return std::tuple{field("tag", &ResponseHeader::tag),
                          field("responseSize", &ResponseHeader::response_size),
                          field("responseCode", &ResponseHeader::response_code)};
    }
};
inline constexpr std::size_t header_size = 10;

/// A response without parameters.
struct NoOut {
    static constexpr auto wire() { return std::tuple{}; }
};

/// The handle area of a message; empty where it has none.
template <class Message>
constexpr auto handles_of() {
    if constexpr (requires { Message::handles(); })
        return Message::handles();
    else
        return std::tuple{};
}
template <class Message>
inline constexpr std::size_t handle_count = std::tuple_size_v<decltype(handles_of<Message>())>;

template <class T>
inline constexpr bool is_sized_buffer = false;
template <std::size_t max>
inline constexpr bool is_sized_buffer<Blob<std::uint16_t, max>> = true;
template <std::size_t max>
inline constexpr bool is_sized_buffer<SecretTpm2b<max>> = true;
template <class T>
inline constexpr bool is_sized_buffer<Sized<T, std::uint16_t>> = true;
template <class T>
inline constexpr bool is_sized_buffer<OptionalSized<T, std::uint16_t>> = true;

template <class Owner, class Member>
constexpr bool is_sized_field(const Field<Owner, Member>&) {
    return is_sized_buffer<Member>;
}
/// Whether the first parameter is a TPM2B, and so can be encrypted by a session (Part 1, 21.1).
template <class Message>
constexpr bool first_parameter_is_sized() {
    if constexpr (std::tuple_size_v<decltype(Message::wire())> == 0)
        return false;
    else
        return is_sized_field(std::get<0>(Message::wire()));
}

}  // namespace assay::tpm
