// Policies that somebody or something else has to confirm (TPM 2.0 Library 1.59, Part 3, 23.2
// to 23.5, 23.9, 23.16, 23.22): a secret, a signature, a ticket, the content of an NV index.
#include "models/tpm/command.hpp"
#include "models/tpm/handlers.hpp"
#include "sim/base/reader.hpp"

namespace assay::tpm {
namespace {

/// What the one who confirms asks for; where it goes wrong, by parameter number.
struct Terms {
    const Bytes& cp_hash;
    std::uint64_t timeout = 0;  // Time, milliseconds; 0: none
    std::size_t timeout_number = 4;
};

/// When an expiration in seconds has come, on the clock of Time (23.2.4). 0: never.
template <class In>
std::uint64_t timeout_of(const Tpm& tpm, const Session& session, const In& in) {
    const auto expiration = static_cast<std::int64_t>(static_cast<std::int32_t>(in.expiration));
    if (expiration == 0) return 0;
    const auto milliseconds = static_cast<std::uint64_t>(expiration < 0 ? -expiration : expiration) * 1000;
    return in.nonce_tpm.value.empty() ? milliseconds + tpm.time() % 1000 : session.start_time + milliseconds;
}

Rc check_terms(const Tpm& tpm, const Session& session, const Terms& terms) {
    const bool other_time = session.time_epoch != tpm.permanent.time_epoch;
    if (terms.timeout != 0 && (terms.timeout < tpm.time() || other_time))
        return at_parameter(Rc::expired, terms.timeout_number);
    if (terms.cp_hash.empty()) return Rc::success;
    if (terms.cp_hash.size() != digest_size(session.auth_hash)) return at_parameter(Rc::size, 2);
    const bool fits = session.demand == Demand::none ||
                      (session.demand == Demand::cp_hash && session.demanded.value == terms.cp_hash);
    return rule::unless(fits, Rc::cphash);
}

Rc check_nonce(const Session& session, const Bytes& nonce) {
    return at_parameter(rule::unless(nonce.empty() || nonce == session.nonce_tpm.value, Rc::nonce), 1);
}

void take_terms(Session& session, const Terms& terms) {
    if (!terms.cp_hash.empty()) {
        session.demand = Demand::cp_hash;
        session.demanded.value = terms.cp_hash;
    }
    if (terms.timeout != 0 && (session.timeout == 0 || terms.timeout < session.timeout))
        session.timeout = terms.timeout;
}

struct Confirmation {
    Tag kind;
    Handle hierarchy;  // of what confirms
    const Bytes& cp_hash;
    const Bytes& policy_ref;
    const Bytes& name;
    std::uint64_t timeout;
};

/// It ends with the proof of the hierarchy, and with the Time that `timeout` is on.
TpmtTkAuth auth_ticket(Tpm& tpm, const Confirmation& c) {
    return {.tag_ = c.kind,
            .hierarchy = c.hierarchy,
            .digest = {tpm.ticket_digest(
                c.kind, c.hierarchy,
                {store(static_cast<std::uint16_t>(c.cp_hash.size()), byte_order), c.cp_hash,
                 store(static_cast<std::uint16_t>(c.policy_ref.size()), byte_order), c.policy_ref, c.name,
                 store(c.timeout, byte_order), store(tpm.permanent.time_epoch, byte_order)})}};
}

/// TPM2_PolicySigned and TPM2_PolicySecret end alike: what was asked holds from now on, and a negative
/// expiration asks for a ticket.
template <class In>
PolicySecretOut confirm(Tpm& tpm, Session& session, const In& in, Tag kind, Handle entity) {
    const bool is_trial = session.type == Se::trial;
    const std::uint64_t timeout = timeout_of(tpm, session, in);
    take_terms(session, {in.cp_hash_a.value, is_trial ? 0 : timeout});
    const Bytes name = tpm.name(entity);
    advance(session, [&](Policy& policy) {
        if (kind == Tag::auth_signed)
            policy.signed_by(name, in.policy_ref.value);
        else
            policy.secret(name, in.policy_ref.value);
    });
    PolicySecretOut out{.policy_ticket = {.tag_ = kind}};
    const NvIndex* index = tpm.nv(entity);
    const bool counts_uses = index != nullptr && nt_of(index->area.attributes) == Nt::pin_pass;
    if (static_cast<std::int32_t>(in.expiration) >= 0 || is_trial || counts_uses) return out;
    out.policy_ticket = auth_ticket(
        tpm, {kind, tpm.hierarchy_of(entity), in.cp_hash_a.value, in.policy_ref.value, name, timeout});
    const auto raw = store(timeout, byte_order);
    out.timeout.value.assign(raw.begin(), raw.end());
    return out;
}

}  // namespace

Outcome<PolicySecretIn> policy_secret(Tpm& tpm, const PolicySecretIn& in) {
    Session& session = *tpm.session(in.policy_session);
    if (session.type != Se::trial) {
        if (const Rc rc = check_nonce(session, in.nonce_tpm.value); rc != Rc::success) return rc;
        const Terms terms{in.cp_hash_a.value, timeout_of(tpm, session, in)};
        if (const Rc rc = check_terms(tpm, session, terms); rc != Rc::success) return rc;
    }
    return confirm(tpm, session, in, Tag::auth_secret, in.auth_handle);
}

Outcome<PolicySignedIn> policy_signed(Tpm& tpm, const PolicySignedIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const SharedObject key = tpm.object(in.auth_object);
    if (session.type != Se::trial) {
        if (const Rc rc = check_nonce(session, in.nonce_tpm.value); rc != Rc::success) return rc;
        const Terms terms{in.cp_hash_a.value, timeout_of(tpm, session, in)};
        if (const Rc rc = check_terms(tpm, session, terms); rc != Rc::success) return rc;
        if (!key || digest_size(in.auth.hash) == 0) return at_parameter(Rc::scheme, 5);
        const Bytes asked = digest(in.auth.hash, {in.nonce_tpm.value, store(in.expiration, byte_order),
                                                  in.cp_hash_a.value, in.policy_ref.value});
        if (const Rc rc = check_signature(*key, asked, in.auth); rc != Rc::success)
            return at_parameter(rc, 5);
    }
    return confirm(tpm, session, in, Tag::auth_signed, in.auth_object);
}

Outcome<PolicyTicketIn> policy_ticket(Tpm& tpm, const PolicyTicketIn& in) {
    Session& session = *tpm.session(in.policy_session);
    if (session.type == Se::trial) return at_handle(Rc::attributes, 1);
    if (in.timeout.value.size() != sizeof(std::uint64_t)) return at_parameter(Rc::size, 1);
    const Terms terms{in.cp_hash_a.value, load<std::uint64_t>(in.timeout.value, byte_order), 1};
    if (const Rc rc = check_terms(tpm, session, terms); rc != Rc::success) return rc;
    const auto expected = auth_ticket(tpm, {in.ticket.tag_, in.ticket.hierarchy, in.cp_hash_a.value,
                                            in.policy_ref.value, in.auth_name.value, terms.timeout});
    if (expected.digest.value.empty() || !same_auth(expected.digest.value, in.ticket.digest.value))
        return at_parameter(Rc::ticket, 5);
    take_terms(session, terms);
    advance(session, [&](Policy& policy) {
        if (in.ticket.tag_ == Tag::auth_signed)
            policy.signed_by(in.auth_name.value, in.policy_ref.value);
        else
            policy.secret(in.auth_name.value, in.policy_ref.value);
    });
    return NoOut{};
}

Outcome<PolicyAuthorizeIn> policy_authorize(Tpm& tpm, const PolicyAuthorizeIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const ByteView key_name = in.key_sign.value;
    const Alg hash = key_name.size() < 2 ? Alg::null : Alg{load<std::uint16_t>(key_name, byte_order)};
    if (digest_size(hash) == 0) return at_parameter(Rc::hash, 3);
    if (key_name.size() != 2 + digest_size(hash)) return at_parameter(Rc::size, 3);
    if (session.type != Se::trial) {
        if (session.policy_digest != in.approved_policy) return at_parameter(Rc::value, 1);
        const Bytes approved = digest(hash, {in.approved_policy.value, in.policy_ref.value});
        const Bytes expected =
            tpm.ticket_digest(Tag::verified, in.check_ticket.hierarchy, {approved, key_name});
        if (expected.empty() || !same_auth(expected, in.check_ticket.digest.value))
            return at_parameter(Rc::value, 4);
    }
    advance(session, [&](Policy& policy) { policy.authorized(key_name, in.policy_ref.value); });
    return NoOut{};
}

Outcome<PolicyNvIn> policy_nv(Tpm& tpm, const PolicyNvIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const NvIndex& index = *tpm.nv(in.nv_index);
    const Bytes& operand = in.operand_b.value;
    if (session.type != Se::trial) {
        if (const Rc rc = check_nv_read(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
        if (in.offset > index.data.size()) return at_parameter(Rc::value, 2);
        if (index.data.size() - in.offset < operand.size()) return at_parameter(Rc::size, 1);
        if (!compares(index.data.bytes().subspan(in.offset, operand.size()), operand, in.operation))
            return Rc::policy;
    }
    advance(session, [&](Policy& policy) {
        policy.compared(Cc::policy_nv, operand, in.offset, in.operation, name_of(index.area));
    });
    return NoOut{};
}

Outcome<PolicyAuthorizeNvIn> policy_authorize_nv(Tpm& tpm, const PolicyAuthorizeNvIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const NvIndex& index = *tpm.nv(in.nv_index);
    if (session.type != Se::trial) {
        if (const Rc rc = check_nv_read(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
        TpmtHa approved;
        Reader content{index.data.bytes(), byte_order};
        if (!content.get(approved)) return rc_of(content.error());
        if (approved.hash_alg != session.auth_hash) return Rc::hash;
        if (approved.digest != session.policy_digest.value) return Rc::value;
    }
    advance(session, [&](Policy& policy) { policy.authorized_nv(name_of(index.area)); });
    return NoOut{};
}

}  // namespace assay::tpm
