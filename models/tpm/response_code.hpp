// TPM_RC, the response codes of TPM 2.0 (TPM 2.0 Library 1.59, Part 2, 6.6).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace assay::tpm {

/// A format-one code (bit 7 set) has no number until one of the at_* functions gives it one: of the handle,
/// parameter or session at fault, from 1.
enum class Rc : std::uint32_t {
    success = 0x000,
    bad_tag = 0x01E,
    // Format one.
    asymmetric = 0x081,
    attributes = 0x082,
    hash = 0x083,
    value = 0x084,
    hierarchy = 0x085,
    key_size = 0x087,
    mgf = 0x088,
    mode = 0x089,
    type = 0x08A,
    handle = 0x08B,
    kdf = 0x08C,
    range = 0x08D,
    auth_fail = 0x08E,
    nonce = 0x08F,
    pp = 0x090,
    scheme = 0x092,
    size = 0x095,
    symmetric = 0x096,
    tag = 0x097,
    selector = 0x098,
    insufficient = 0x09A,
    signature = 0x09B,
    key = 0x09C,
    policy_fail = 0x09D,
    integrity = 0x09F,
    ticket = 0x0A0,
    reserved_bits = 0x0A1,
    bad_auth = 0x0A2,
    expired = 0x0A3,
    policy_cc = 0x0A4,
    binding = 0x0A5,
    curve = 0x0A6,
    ecc_point = 0x0A7,
    // Format zero.
    initialize = 0x100,
    failure = 0x101,
    sequence = 0x103,
    disabled = 0x120,
    exclusive = 0x121,
    auth_type = 0x124,
    auth_missing = 0x125,
    policy = 0x126,
    pcr = 0x127,
    pcr_changed = 0x128,
    too_many_contexts = 0x12E,
    auth_unavailable = 0x12F,
    command_size = 0x142,
    command_code = 0x143,
    authsize = 0x144,
    auth_context = 0x145,
    nv_range = 0x146,
    nv_size = 0x147,
    nv_locked = 0x148,
    nv_authorization = 0x149,
    nv_uninitialized = 0x14A,
    nv_space = 0x14B,
    nv_defined = 0x14C,
    bad_context = 0x150,
    cphash = 0x151,
    sensitive = 0x155,
    no_result = 0x154,
    // Warnings.
    context_gap = 0x901,
    object_memory = 0x902,
    session_memory = 0x903,
    memory = 0x904,
    session_handles = 0x905,
    locality = 0x907,
    reference_h0 = 0x910,
    reference_s0 = 0x918,
    nv_rate = 0x920,
    lockout = 0x921,
    retry = 0x922,
    nv_unavailable = 0x923,
};

constexpr bool is_format_one(Rc rc) { return (static_cast<std::uint32_t>(rc) & 0x80) != 0; }

/// The code with its number, where it is of format one and has none yet; else the code as it is.
constexpr Rc at(Rc rc, std::uint32_t what, std::size_t number) {
    const auto raw = static_cast<std::uint32_t>(rc);
    if (!is_format_one(rc) || (raw & 0xF40) != 0) return rc;
    return Rc{raw | what | static_cast<std::uint32_t>(number) << 8};
}
constexpr Rc at_handle(Rc rc, std::size_t number) { return at(rc, 0x000, number); }
constexpr Rc at_parameter(Rc rc, std::size_t number) { return at(rc, 0x040, number); }
constexpr Rc at_session(Rc rc, std::size_t number) { return at(rc, 0x800, number); }

/// `TPM_RC_VALUE (parameter 1)`, `TPM_RC_PCR_CHANGED`, `0x0000077f`.
std::string text(Rc rc);

}  // namespace assay::tpm
