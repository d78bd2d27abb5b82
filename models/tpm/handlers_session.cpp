// Sessions (TPM 2.0 Library 1.59, Part 3, 11).
#include "models/tpm/authorization.hpp"
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"
#include "models/tpm/protection.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;
constexpr std::size_t least_nonce = 16;

/// The salt that the caller has encrypted to a key (Part 1, 19.6.8).
Result<Secret, Rc> salt_of(Tpm& tpm, const StartAuthSessionIn& in) {
    const bool has_salt = !in.encrypted_salt.value.empty();
    if (in.tpm_key == rh::null) return has_salt ? Result<Secret, Rc>{at_parameter(Rc::value, 2)} : Secret{};
    const SharedObject key = tpm.object(in.tpm_key);
    if (!key || !TpmtPublic::is_asymmetric(key->area)) return at_handle(Rc::key, 1);
    if (!has_salt) return at_parameter(Rc::value, 2);
    if (!key->has_private()) return at_handle(Rc::handle, 1);
    if (!key->area.has(oa::decrypt)) return at_handle(Rc::attributes, 1);
    auto salt = recover_secret(tpm.context, *key, "SECRET", in.encrypted_salt.value);
    if (!salt) return at_parameter(Rc::value, 2);
    return salt;
}

Rc check_bind(Tpm& tpm, Handle bind) {
    if (const NvIndex* index = tpm.nv(bind))  // a PIN changes with its use
        return rule::unless(nt_of(index->area.attributes) < Nt::pin_fail, at_handle(Rc::handle, 2));
    if (!rule::is_object(bind)) return Rc::success;
    const SharedObject entity = tpm.object(bind);
    return rule::unless(!entity || entity->has_private(), at_handle(Rc::handle, 2));
}

Rc check_symmetric(const TpmtSymDef& symmetric) {
    const bool block = symmetric.algorithm != Alg::null && symmetric.algorithm != Alg::xor_;
    return at_parameter(rule::unless(!block || symmetric.mode == Alg::cfb, Rc::mode), 4);
}

}  // namespace

Outcome<StartAuthSessionIn> start_auth_session(Tpm& tpm, const StartAuthSessionIn& in) {
    const std::size_t nonce_size = in.nonce_caller.value.size();
    if (nonce_size < least_nonce || nonce_size > digest_size(in.auth_hash)) return at_parameter(Rc::size, 1);
    auto salt = salt_of(tpm, in);
    if (!salt) return salt.error();
    if (const Rc rc = check_bind(tpm, in.bind); rc != Rc::success) return rc;
    if (const Rc rc = check_symmetric(in.symmetric); rc != Rc::success) return rc;
    if (tpm.loaded_sessions() >= tpm.config.loaded_sessions) return Rc::session_memory;
    const auto entry = std::ranges::find_if(tpm.reset.sessions, &SessionEntry::is_free);
    if (entry == tpm.reset.sessions.end()) return Rc::session_handles;

    auto session = std::make_unique<Session>();
    const Ht kind = in.session_type == Se::hmac ? Ht::hmac_session : Ht::policy_session;
    session->handle = first_of(kind) + static_cast<Handle>(entry - tpm.reset.sessions.begin());
    session->type = in.session_type;
    session->auth_hash = in.auth_hash;
    session->symmetric = in.symmetric;
    session->nonce_tpm.value.resize(nonce_size);
    tpm.random.fill(session->nonce_tpm.value);
    session->restart_policy(tpm.time(), tpm.permanent.time_epoch);
    if (in.bind != rh::null || in.tpm_key != rh::null) {
        const ByteView auth = in.bind != rh::null ? tpm.auth_value(in.bind) : ByteView{};
        Secret key{auth.size() + salt->bytes().size()};
        std::ranges::copy(auth, key.bytes().begin());
        std::ranges::copy(std::as_const(*salt).bytes(),
                          key.bytes().begin() + static_cast<std::ptrdiff_t>(auth.size()));
        const Secret session_key =
            kdfa(in.auth_hash, std::as_const(key).bytes(), "ATH", session->nonce_tpm.value,
                 in.nonce_caller.value, 8 * digest_size(in.auth_hash));
        session->session_key = tpm.memory.load(Estate::null, session_key.bytes());
    }
    if (in.bind != rh::null) {
        session->is_da_bound = !tpm.is_da_exempt(in.bind);
        session->is_lockout_bound = in.bind == rh::lockout;
        if (in.session_type == Se::hmac) session->bound_entity.value = binding(tpm, in.bind);
    }
    StartAuthSessionOut out{session->handle, session->nonce_tpm};
    entry->session = std::move(session);
    return out;
}

Outcome<PolicyRestartIn> policy_restart(Tpm& tpm, const PolicyRestartIn& in) {
    tpm.session(in.policy_session)->restart_policy(tpm.time(), tpm.permanent.time_epoch);
    return NoOut{};
}

}  // namespace assay::tpm
