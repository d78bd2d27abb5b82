#include "models/tpm/authorization.hpp"

#include "models/tpm/client_session.hpp"
#include "models/tpm/digests.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

namespace sa = session_attribute;
constexpr std::size_t max_sessions = 3;

Rc reference(std::size_t index) {
    return Rc{static_cast<std::uint32_t>(Rc::reference_s0) + static_cast<std::uint32_t>(index)};
}

}  // namespace

Bytes binding(const Tpm& tpm, Handle entity) {
    const Bytes name = tpm.name(entity);
    return digest(Alg::sha256,
                  {store(static_cast<std::uint16_t>(name.size()), byte_order), name, tpm.auth_value(entity)});
}

Rc Authorization::parse(ByteView area) {
    Reader in{area, byte_order};
    while (!in.rest().empty()) {
        const std::size_t index = entries_.size();
        if (index == max_sessions) return at_session(Rc::size, index + 1);
        Entry& entry = entries_.emplace_back();
        const bool whole = in.get(entry.in);
        if (!tpm_.is_in_range(entry.in.session_handle)) return at_session(Rc::value, index + 1);
        if (!whole) return at_session(rc_of(in.error()), index + 1);
        if (const Rc rc = check_entry(entry, index); rc != Rc::success) return at_session(rc, index + 1);
    }
    return Rc::success;
}

Rc Authorization::check_entry(Entry& entry, std::size_t index) {
    const TpmsAuthCommand& in = entry.in;
    if (in.session_handle == rh::password) {
        if ((in.session_attributes & ~sa::continue_session) != 0) return Rc::attributes;
        return rule::unless(in.nonce.value.empty(), Rc::nonce);
    }
    const std::size_t slot = in.session_handle & 0x00FF'FFFF;
    if (tpm_.reset.sessions[slot].session == nullptr) return reference(index);
    entry.session = tpm_.session(in.session_handle);
    const bool twice = std::ranges::count(entries_, in.session_handle,
                                          [](const Entry& e) { return e.in.session_handle; }) > 1;
    if (entry.session == nullptr || twice) return Rc::handle;

    const bool no_cipher = entry.session->symmetric.algorithm == Alg::null;
    if (entry.has(sa::decrypt)) {
        if (!row_.can_decrypt || decrypt_) return Rc::attributes;
        if (no_cipher) return Rc::symmetric;
        decrypt_ = index;
    }
    if (entry.has(sa::encrypt)) {
        if (!row_.can_encrypt || encrypt_) return Rc::attributes;
        if (no_cipher) return Rc::symmetric;
        encrypt_ = index;
    }
    if (entry.has(sa::audit)) {
        if (audit_ || entry.session->is_policy()) return Rc::attributes;
        audit_ = index;
        if (entry.has(sa::audit_exclusive) && !entry.has(sa::audit_reset) && entry.session->is_audit != 0 &&
            tpm_.ram.exclusive_audit_session != in.session_handle)
            return Rc::exclusive;
    }
    return Rc::success;
}

Rc Authorization::check(ByteView parameters) {
    parameters_ = parameters;
    const auto has_session = [](const Entry& entry) {
        return entry.session != nullptr;
    };
    if (std::ranges::any_of(entries_, has_session) || is_audited()) names_ = names();
    for (std::size_t i = 0; i < handles_.count; ++i) {
        if (row_.role(i) == Role::none) continue;
        if (i >= entries_.size()) return Rc::auth_missing;
        entries_[i].entity = handles_.values.at(i);
        entries_[i].role = row_.role(i);
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {  // one session after the other (5.6)
        Rc rc = consistent(entries_[i]);
        if (rc == Rc::success) rc = authorize(entries_[i], i, parameters);
        if (rc != Rc::success) return at_session(rc, i + 1);
    }
    return Rc::success;
}

Rc Authorization::consistent(const Entry& entry) {
    const Session* session = entry.session;
    if (session == nullptr) return rule::unless(entry.entity.has_value(), Rc::handle);
    if (session->type == Se::trial) return Rc::attributes;
    if (session->is_da_bound != 0)
        if (const Rc rc = tpm_.check_lockout(session->is_lockout_bound != 0); rc != Rc::success) return rc;
    const bool has_work = entry.entity || entry.has(sa::decrypt | sa::encrypt | sa::audit);
    return rule::unless(has_work, Rc::attributes);
}

/// Whether the authValue of the entity decides: by password, in the HMAC key.
bool Authorization::uses_auth_value(const Entry& entry) const {
    if (!entry.entity) return false;
    if (entry.session == nullptr) return true;
    if (entry.session->is_policy())
        return entry.session->needs_auth_value != 0 || entry.session->needs_password != 0;
    return !is_bound_to(*entry.session, *entry.entity);
}

bool Authorization::is_bound_to(const Session& session, Handle entity) const {
    return session.is_bound() && session.bound_entity.value == binding(tpm_, entity);
}

Rc Authorization::authorize(Entry& entry, std::size_t index, ByteView parameters) {
    const Session* session = entry.session;
    const bool uses_auth = uses_auth_value(entry);
    if (uses_auth && !tpm_.is_da_exempt(*entry.entity))
        if (const Rc rc = tpm_.check_lockout(*entry.entity == rh::lockout); rc != Rc::success) return rc;
    if (entry.entity) {
        if (const Rc rc = entity_allows(entry); rc != Rc::success) return rc;
        if (session != nullptr && session->is_policy())
            if (const Rc rc = policy_satisfied(entry, parameters); rc != Rc::success) return rc;
    }

    const bool by_password = session == nullptr || (session->is_policy() && session->needs_password != 0);
    if (by_password && entry.entity) {
        const ByteView given = without_trailing_zeros(entry.in.hmac.value);
        return verdict(entry, same_auth(given, tpm_.auth_value(*entry.entity)));
    }
    entry.auth_in_key = uses_auth && !by_password;
    const Bytes expected = command_hmac(entry, index, parameters);
    return verdict(entry, same_auth(expected, entry.in.hmac.value));
}

Rc Authorization::verdict(const Entry& entry, bool right) {
    if (uses_auth_value(entry)) tpm_.count_pin(*entry.entity, right);
    return right ? Rc::success : failure(entry);
}

Rc Authorization::failure(const Entry& entry) {
    const bool da_bound = entry.session != nullptr && entry.session->is_da_bound != 0;
    if (!da_bound && (!uses_auth_value(entry) || tpm_.is_da_exempt(*entry.entity))) return Rc::bad_auth;
    const bool lockout = da_bound ? entry.session->is_lockout_bound != 0 : *entry.entity == rh::lockout;
    tpm_.record_auth_failure(lockout);
    return Rc::auth_fail;
}

bool Authorization::is_audited() const { return tpm_.permanent.audit.commands.contains(row_.code); }

Bytes Authorization::names() const {
    Bytes out;
    for (const Handle handle : handles_.used()) append(out, tpm_.name(handle));
    return out;
}

Bytes Authorization::command_hash(Alg hash, ByteView parameters) const {
    return cp_hash(hash, row_.code, {&names_, 1}, parameters);
}

Secret Authorization::hmac_key(const Entry& entry) const {
    const ByteView session_key = entry.session->session_key.bytes();
    const ByteView auth = entry.auth_in_key ? tpm_.auth_value(*entry.entity) : ByteView{};
    Secret key{session_key.size() + auth.size()};
    std::ranges::copy(session_key, key.bytes().begin());
    std::ranges::copy(auth, key.bytes().begin() + static_cast<std::ptrdiff_t>(session_key.size()));
    return key;
}

Secret Authorization::crypt_key(const Entry& entry) const {
    Entry whole{
        .in = {}, .session = entry.session, .entity = entry.entity, .auth_in_key = entry.entity.has_value()};
    return hmac_key(whole);
}

/// Part 1, 19.6.5. Empty where the key is and the caller sent nothing.
Bytes Authorization::command_hmac(const Entry& entry, std::size_t index, ByteView parameters) const {
    const Session& session = *entry.session;
    const Secret key = hmac_key(entry);
    if (key.bytes().empty() && entry.in.hmac.value.empty()) return {};
    Bytes others;  // of the sessions that decrypt and encrypt, in the first session's HMAC alone
    if (index == 0 && entry.entity) {
        if (decrypt_ && *decrypt_ != 0) append(others, entries_[*decrypt_].session->nonce_tpm.value);
        if (encrypt_ && *encrypt_ != 0 && encrypt_ != decrypt_)
            append(others, entries_[*encrypt_].session->nonce_tpm.value);
    }
    return crypto::hmac(hash_of(session.auth_hash), key.bytes(),
                        {command_hash(session.auth_hash, parameters),
                         entry.in.nonce.value,
                         session.nonce_tpm.value,
                         others,
                         {&entry.in.session_attributes, 1}});
}

Rc Authorization::decrypt(std::span<std::uint8_t> parameters) {
    const Entry& entry = entries_[*decrypt_];
    const Secret key = crypt_key(entry);
    if (parameters.size() < 2) return at_session(Rc::insufficient, *decrypt_ + 1);
    const bool whole =
        crypt_first_parameter(parameters, entry.session->symmetric, entry.session->auth_hash, key.bytes(),
                              entry.in.nonce.value, entry.session->nonce_tpm.value, false);
    return whole ? Rc::success : at_session(Rc::size, *decrypt_ + 1);
}

Bytes Authorization::respond(std::span<std::uint8_t> parameters) {
    for (Entry& entry : entries_)
        if (entry.session != nullptr) tpm_.random.fill(entry.session->nonce_tpm.value);
    if (encrypt_) {
        const Entry& entry = entries_[*encrypt_];
        const Secret key = crypt_key(entry);
        crypt_first_parameter(parameters, entry.session->symmetric, entry.session->auth_hash, key.bytes(),
                              entry.session->nonce_tpm.value, entry.in.nonce.value, true);
    }
    if (audit_) audit(entries_[*audit_], parameters);
    Bytes area;
    area.reserve(std::size_t{128} * entries_.size());
    for (Entry& entry : entries_) Writer{area, byte_order}.put(answer(entry, parameters));
    return area;
}

/// Part 1, 31.3: each successful command goes into the digest; the first one begins it.
void Authorization::audit(Entry& entry, ByteView parameters) {
    Session& session = *entry.session;
    if (session.is_audit == 0 || entry.has(sa::audit_reset)) {
        session.is_audit = 1;
        session.bound_entity.value.clear();
        session.audit_digest.value.assign(digest_size(session.auth_hash), 0);
        tpm_.ram.exclusive_audit_session = session.handle;
    }
    session.audit_digest.value =
        digest(session.auth_hash, {session.audit_digest.value, command_hash(session.auth_hash, parameters_),
                                   rp_hash(session.auth_hash, row_.code, parameters)});
}

void Authorization::audit_command(ByteView parameters) {
    CommandAudit& all = tpm_.permanent.audit;
    if (std::exchange(tpm_.ram.is_audit_renewed, false) || !is_audited()) return;
    Bytes& digest_now = tpm_.reset.command_audit_digest;
    if (digest_now.empty()) {
        digest_now.assign(digest_size(all.hash), 0);
        ++all.counter;
    }
    digest_now = digest(all.hash, {digest_now, command_hash(all.hash, parameters_),
                                   rp_hash(all.hash, row_.code, parameters)});
}

TpmsAuthResponse Authorization::answer(Entry& entry, ByteView parameters) {
    TpmsAuthResponse out;
    if (entry.session == nullptr) return out;
    const Session& session = *entry.session;
    out.nonce = session.nonce_tpm;
    out.session_attributes = static_cast<std::uint8_t>(entry.in.session_attributes & ~sa::audit_exclusive);
    if (entry.has(sa::audit) && tpm_.ram.exclusive_audit_session == session.handle)
        out.session_attributes = static_cast<std::uint8_t>(out.session_attributes | sa::audit_exclusive);
    const bool by_password = session.is_policy() && session.needs_password != 0 && entry.entity;
    const Secret key = hmac_key(entry);
    if (by_password || (key.bytes().empty() && entry.in.hmac.value.empty())) return out;
    out.hmac.value = crypto::hmac(hash_of(session.auth_hash), key.bytes(),
                                  {rp_hash(session.auth_hash, row_.code, parameters),
                                   out.nonce.value,
                                   entry.in.nonce.value,
                                   {&out.session_attributes, 1}});
    return out;
}

void Authorization::finish() {
    if (tpm_.ram.exclusive_audit_session != 0 && !row_.is(trait::no_sessions) &&
        (!audit_ || entries_[*audit_].in.session_handle != tpm_.ram.exclusive_audit_session))
        tpm_.ram.exclusive_audit_session = 0;
    for (const Entry& entry : entries_) {
        if (entry.session == nullptr) continue;
        if (!entry.has(sa::continue_session))
            tpm_.flush_session(entry.in.session_handle);
        else if (entry.session->is_policy() && entry.entity)
            entry.session->restart_policy(tpm_.time(), tpm_.permanent.time_epoch);
    }
}

}  // namespace assay::tpm
