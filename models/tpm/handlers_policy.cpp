// Sessions and policies (TPM 2.0 Library 1.59, Part 3, 11 and 23).
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
    if (!key->sensitive) return at_handle(Rc::handle, 1);
    if (!key->area.has(oa::decrypt)) return at_handle(Rc::attributes, 1);
    if (!has_salt) return at_parameter(Rc::value, 2);
    auto salt = recover_secret(tpm.context, *key, "SECRET", in.encrypted_salt.value);
    if (!salt) return at_parameter(Rc::value, 2);
    return salt;
}

Rc check_bind(Tpm& tpm, Handle bind) {
    if (!rule::is_object(bind)) return Rc::success;
    const SharedObject entity = tpm.object(bind);
    return rule::unless(entity && entity->sensitive, at_handle(Rc::handle, 2));
}

Rc check_symmetric(const TpmtSymDef& symmetric) {
    const bool block = symmetric.algorithm != Alg::null && symmetric.algorithm != Alg::xor_;
    return at_parameter(rule::unless(!block || symmetric.mode == Alg::cfb, Rc::mode), 4);
}

Session& policy_session(Tpm& tpm, Handle handle) { return *tpm.session(handle); }

/// Moves the digest on by one assertion.
template <class Step>
void advance(Session& session, Step step) {
    Policy policy{session.auth_hash, session.policy_digest.value};
    step(policy);
    session.policy_digest.value = policy.digest();
}

/// When an expiration in seconds has come, on the clock of Time (Part 3, 23.2.4). 0: never.
std::uint64_t timeout_of(const Tpm& tpm, const Session& session, const PolicySecretIn& in) {
    const auto expiration = static_cast<std::int64_t>(static_cast<std::int32_t>(in.expiration));
    if (expiration == 0) return 0;
    const auto milliseconds = static_cast<std::uint64_t>(expiration < 0 ? -expiration : expiration) * 1000;
    return in.nonce_tpm.value.empty() ? milliseconds + tpm.time() % 1000 : session.start_time + milliseconds;
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
    session->restart_policy(tpm.time());
    if (in.bind != rh::null || in.tpm_key != rh::null) {
        const ByteView auth = in.bind != rh::null ? tpm.auth_value(in.bind) : ByteView{};
        Secret key{auth.size() + salt->bytes().size()};
        std::ranges::copy(auth, key.bytes().begin());
        std::ranges::copy(std::as_const(*salt).bytes(),
                          key.bytes().begin() + static_cast<std::ptrdiff_t>(auth.size()));
        const Secret session_key =
            kdfa(in.auth_hash, std::as_const(key).bytes(), "ATH", session->nonce_tpm.value,
                 in.nonce_caller.value, 8 * digest_size(in.auth_hash));
        session->session_key = Bytes{session_key.bytes().begin(), session_key.bytes().end()};
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
    policy_session(tpm, in.policy_session).restart_policy(tpm.time());
    return NoOut{};
}

Outcome<PolicySecretIn> policy_secret(Tpm& tpm, const PolicySecretIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    const bool is_trial = session.type == Se::trial;
    const std::uint64_t timeout = timeout_of(tpm, session, in);
    if (!is_trial) {
        if (!in.nonce_tpm.value.empty() && in.nonce_tpm.value != session.nonce_tpm.value)
            return at_parameter(Rc::nonce, 1);
        if (timeout != 0 && timeout < tpm.time()) return at_parameter(Rc::expired, 4);
        const Bytes& cp_hash = in.cp_hash_a.value;
        if (!cp_hash.empty() && cp_hash.size() != digest_size(session.auth_hash))
            return at_parameter(Rc::size, 2);
        if (!cp_hash.empty() && !session.cp_hash.value.empty() && session.cp_hash.value != cp_hash)
            return Rc::cphash;
        if (!cp_hash.empty()) session.cp_hash.value = cp_hash;
        if (timeout != 0 && (session.timeout == 0 || timeout < session.timeout)) session.timeout = timeout;
    }
    const Bytes name = tpm.name(in.auth_handle);
    advance(session, [&](Policy& policy) { policy.secret(name, in.policy_ref.value); });

    PolicySecretOut out;
    out.policy_ticket.tag_ = Tag::auth_secret;
    const bool wants_ticket = static_cast<std::int32_t>(in.expiration) < 0 && !is_trial;
    if (wants_ticket) {
        const auto raw_timeout = store(timeout, byte_order);
        const SharedObject object = rule::is_object(in.auth_handle) ? tpm.object(in.auth_handle) : nullptr;
        const Handle hierarchy = object                               ? object->hierarchy
                                 : rule::is_hierarchy(in.auth_handle) ? in.auth_handle
                                                                      : Handle{rh::owner};
        const auto ticket = tpm.ticket<Tag::auth_secret>(
            hierarchy, {in.cp_hash_a.value, in.policy_ref.value, name, raw_timeout,
                        store(tpm.permanent.total_reset_count, byte_order)});
        out.policy_ticket.hierarchy = ticket.hierarchy;
        out.policy_ticket.digest = ticket.digest;
        out.timeout.value.assign(raw_timeout.begin(), raw_timeout.end());
    }
    return out;
}

Outcome<PolicyOrIn> policy_or(Tpm& tpm, const PolicyOrIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    std::vector<Bytes> digests;
    for (const Tpm2bDigest& one : in.p_hash_list.items) digests.push_back(one.value);
    const bool matches = std::ranges::count(digests, session.policy_digest.value) > 0;
    if (session.type != Se::trial && !matches) return at_parameter(Rc::value, 1);
    advance(session, [&](Policy& policy) { policy.any_of(digests); });
    return NoOut{};
}

Outcome<PolicyPcrIn> policy_pcr(Tpm& tpm, const PolicyPcrIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    const TpmlPcrSelection selection = tpm.ram.pcrs.existing(in.pcrs);
    Bytes composite = tpm.ram.pcrs.composite(session.auth_hash, selection);
    const Bytes& given = in.pcr_digest.value;
    if (session.type != Se::trial) {
        const std::uint32_t counter = tpm.reset.pcr_update_counter;
        if (session.is_pcr_checked != 0 && session.pcr_update_counter != counter) return Rc::pcr_changed;
        if (!given.empty() && given != composite) return at_parameter(Rc::value, 1);
        session.is_pcr_checked = 1;
        session.pcr_update_counter = counter;
    } else if (!given.empty()) {
        composite = given;
    }
    advance(session, [&](Policy& policy) { policy.pcr(selection, composite); });
    return NoOut{};
}

Outcome<PolicyCommandCodeIn> policy_command_code(Tpm& tpm, const PolicyCommandCodeIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    if (session.command_code != Cc{} && session.command_code != in.code) return at_parameter(Rc::value, 1);
    if (find_command(in.code) == nullptr) return at_parameter(Rc::policy_cc, 1);
    session.command_code = in.code;
    advance(session, [&](Policy& policy) { policy.command_code(in.code); });
    return NoOut{};
}

Outcome<PolicyAuthValueIn> policy_auth_value(Tpm& tpm, const PolicyAuthValueIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    session.needs_auth_value = 1;
    session.needs_password = 0;
    advance(session, [](Policy& policy) { policy.auth_value(); });
    return NoOut{};
}

Outcome<PolicyPasswordIn> policy_password(Tpm& tpm, const PolicyPasswordIn& in) {
    Session& session = policy_session(tpm, in.policy_session);
    session.needs_password = 1;
    session.needs_auth_value = 0;
    advance(session, [](Policy& policy) { policy.auth_value(); });
    return NoOut{};
}

Outcome<PolicyGetDigestIn> policy_get_digest(Tpm& tpm, const PolicyGetDigestIn& in) {
    return PolicyGetDigestOut{policy_session(tpm, in.policy_session).policy_digest};
}

}  // namespace assay::tpm
