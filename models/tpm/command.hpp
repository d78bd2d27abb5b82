// One row per command. Dispatch, authorization, capabilities, documentation, fuzz dictionaries and coverage
// come from these rows (TPM 2.0 Library 1.59, Part 3).
#pragma once
#include "models/tpm/messages.hpp"
#include "models/tpm/tpm.hpp"
#include "sim/base/reader.hpp"

namespace assay::tpm {

/// Who may use the entity behind a handle (Part 1, 19.2).
enum class Role : char { user = 'U', admin = 'A', dup = 'D', none = '-' };

/// What else a row says, as a set of bits.
namespace trait {
inline constexpr std::uint16_t writes_nv = 1,  // TPMA_CC.nv: may write NV memory
    extensive = 2,                             // TPMA_CC.extensive
    flushes = 4,                               // TPMA_CC.flushed
    no_sessions = 8,                           // takes no authorization area
    nv_write = 16, nv_read = 32,               // for AUTHWRITE and AUTHREAD of an NV index
    only_looks = 64,                           // leaves an orderly shutdown as it was
    before_startup = 128,                      // legal before TPM2_Startup, and only then
    sees_disabled = 256;                       // sees persistent objects of a disabled endorsement hierarchy
}

/// The handle area of a command.
struct HandleArea {
    std::array<Handle, 3> values{};
    std::size_t count = 0;
    std::span<const Handle> used() const { return std::span{values}.first(count); }
};

/// A successful answer: the response handle, if any, and the parameters.
struct Answer {
    Bytes handles{};
    Bytes parameters{};
};

struct Command {
    Cc code;
    std::string_view name;
    std::string_view clause;  // of Part 3
    std::string_view roles;   // of its handles, one letter each
    std::uint16_t traits;
    // What the messages say.
    std::uint8_t handle_count;
    bool has_response_handle;
    bool can_decrypt;  // the first command parameter is a TPM2B
    bool can_encrypt;  // the first response parameter is one
    /// Step 6 (unmarshal the handles, up to the first bad one). `in` stands at the handle area.
    Rc (*take_handles)(Reader& in, HandleArea& out);
    /// Steps 13 and 14 (unmarshal the parameters, act).
    Result<Answer, Rc> (*run)(Tpm& tpm, const HandleArea& handles, ByteView parameters);
    /// The fields of a whole command, for reports; up to the first fault where it has one.
    std::vector<Leaf> (*describe)(ByteView command);
    /// The fields of a successful response: handle, parameters, sessions; offsets count within each of them.
    std::vector<Leaf> (*describe_response)(ByteView response);
    /// A whole command or response parsed and encoded again; nothing where it cannot be parsed. For fuzzing.
    std::optional<Bytes> (*recode_command)(ByteView command);
    std::optional<Bytes> (*recode_response)(ByteView response);

    bool is(std::uint16_t traits_wanted) const { return (traits & traits_wanted) != 0; }
    Role role(std::size_t handle) const {
        return handle < roles.size() ? static_cast<Role>(roles[handle]) : Role::none;
    }
    std::size_t authorized_handles() const {
        return static_cast<std::size_t>(std::ranges::count_if(roles, [](char c) { return c != '-'; }));
    }
    /// TPMA_CC (Part 2, 8.9).
    std::uint32_t attributes() const {
        return (static_cast<std::uint32_t>(code) & 0xFFFF) | (is(trait::writes_nv) ? 1U << 22 : 0) |
               (is(trait::extensive) ? 1U << 23 : 0) | (is(trait::flushes) ? 1U << 24 : 0) |
               std::uint32_t{handle_count} << 25 | (has_response_handle ? 1U << 28 : 0);
    }
};

/// In order of `code`, each code once.
std::span<const Command> commands();

/// Null when the TPM has no such command.
const Command* find_command(Cc code);

/// The code of an unmarshalling error, without a number.
Rc rc_of(const WireError& error);

}  // namespace assay::tpm
