#include "models/tpm/response_code.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace assay::tpm {
namespace {

struct RcName {
    Rc rc;
    std::string_view name;
};
constexpr std::array rc_names{
    RcName{Rc::success, "SUCCESS"},
    RcName{Rc::bad_tag, "BAD_TAG"},
    RcName{Rc::asymmetric, "ASYMMETRIC"},
    RcName{Rc::attributes, "ATTRIBUTES"},
    RcName{Rc::hash, "HASH"},
    RcName{Rc::value, "VALUE"},
    RcName{Rc::hierarchy, "HIERARCHY"},
    RcName{Rc::key_size, "KEY_SIZE"},
    RcName{Rc::mgf, "MGF"},
    RcName{Rc::mode, "MODE"},
    RcName{Rc::type, "TYPE"},
    RcName{Rc::handle, "HANDLE"},
    RcName{Rc::kdf, "KDF"},
    RcName{Rc::range, "RANGE"},
    RcName{Rc::auth_fail, "AUTH_FAIL"},
    RcName{Rc::nonce, "NONCE"},
    RcName{Rc::pp, "PP"},
    RcName{Rc::scheme, "SCHEME"},
    RcName{Rc::size, "SIZE"},
    RcName{Rc::symmetric, "SYMMETRIC"},
    RcName{Rc::tag, "TAG"},
    RcName{Rc::selector, "SELECTOR"},
    RcName{Rc::insufficient, "INSUFFICIENT"},
    RcName{Rc::signature, "SIGNATURE"},
    RcName{Rc::key, "KEY"},
    RcName{Rc::policy_fail, "POLICY_FAIL"},
    RcName{Rc::integrity, "INTEGRITY"},
    RcName{Rc::ticket, "TICKET"},
    RcName{Rc::reserved_bits, "RESERVED_BITS"},
    RcName{Rc::bad_auth, "BAD_AUTH"},
    RcName{Rc::expired, "EXPIRED"},
    RcName{Rc::policy_cc, "POLICY_CC"},
    RcName{Rc::binding, "BINDING"},
    RcName{Rc::curve, "CURVE"},
    RcName{Rc::ecc_point, "ECC_POINT"},
    RcName{Rc::initialize, "INITIALIZE"},
    RcName{Rc::failure, "FAILURE"},
    RcName{Rc::sequence, "SEQUENCE"},
    RcName{Rc::disabled, "DISABLED"},
    RcName{Rc::exclusive, "EXCLUSIVE"},
    RcName{Rc::auth_type, "AUTH_TYPE"},
    RcName{Rc::auth_missing, "AUTH_MISSING"},
    RcName{Rc::policy, "POLICY"},
    RcName{Rc::pcr, "PCR"},
    RcName{Rc::pcr_changed, "PCR_CHANGED"},
    RcName{Rc::too_many_contexts, "TOO_MANY_CONTEXTS"},
    RcName{Rc::auth_unavailable, "AUTH_UNAVAILABLE"},
    RcName{Rc::command_size, "COMMAND_SIZE"},
    RcName{Rc::command_code, "COMMAND_CODE"},
    RcName{Rc::authsize, "AUTHSIZE"},
    RcName{Rc::auth_context, "AUTH_CONTEXT"},
    RcName{Rc::nv_range, "NV_RANGE"},
    RcName{Rc::nv_size, "NV_SIZE"},
    RcName{Rc::nv_locked, "NV_LOCKED"},
    RcName{Rc::nv_authorization, "NV_AUTHORIZATION"},
    RcName{Rc::nv_uninitialized, "NV_UNINITIALIZED"},
    RcName{Rc::nv_space, "NV_SPACE"},
    RcName{Rc::nv_defined, "NV_DEFINED"},
    RcName{Rc::bad_context, "BAD_CONTEXT"},
    RcName{Rc::cphash, "CPHASH"},
    RcName{Rc::sensitive, "SENSITIVE"},
    RcName{Rc::no_result, "NO_RESULT"},
    RcName{Rc::context_gap, "CONTEXT_GAP"},
    RcName{Rc::object_memory, "OBJECT_MEMORY"},
    RcName{Rc::session_memory, "SESSION_MEMORY"},
    RcName{Rc::memory, "MEMORY"},
    RcName{Rc::session_handles, "SESSION_HANDLES"},
    RcName{Rc::locality, "LOCALITY"},
    RcName{Rc::nv_rate, "NV_RATE"},
    RcName{Rc::lockout, "LOCKOUT"},
    RcName{Rc::retry, "RETRY"},
    RcName{Rc::nv_unavailable, "NV_UNAVAILABLE"},
};

}  // namespace

std::string text(Rc rc) {
    const auto raw = static_cast<std::uint32_t>(rc);
    std::uint32_t base = raw;
    std::string place;
    if (is_format_one(rc)) {
        const bool parameter = (raw & 0x40) != 0, session = !parameter && (raw & 0x800) != 0;
        const std::uint32_t number = raw >> 8 & (parameter ? 0xF : 0x7);
        base = raw & 0xBF;
        if (number != 0 || parameter)
            place = fmt::format(" ({} {})", parameter ? "parameter" : session ? "session" : "handle", number);
    } else if (raw >= 0x910 && raw <= 0x916) {
        return fmt::format("TPM_RC_REFERENCE_H{}", raw - 0x910);
    } else if (raw >= 0x918 && raw <= 0x91E) {
        return fmt::format("TPM_RC_REFERENCE_S{}", raw - 0x918);
    }
    const auto row = std::ranges::find(rc_names, Rc{base}, &RcName::rc);
    if (row == rc_names.end() || raw > 0xFFF) return fmt::format("{:#010x}", raw);
    return fmt::format("TPM_RC_{}{}", row->name, place);
}

}  // namespace assay::tpm
