// Policy assertions that a TPM checks by itself (TPM 2.0 Library 1.59, Part 3, 23). Trial sessions are not
// checked.
#include "models/tpm/command.hpp"
#include "models/tpm/handlers.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

/// One digest can be demanded of the command to come; a second one only if it is the same cpHash or
/// templateHash.
Rc demand(Session& session, Demand what, const Bytes& hash) {
    const bool is_same =
        session.demand == what && session.demanded.value == hash && what != Demand::name_hash;
    const bool conflicts = session.demand != Demand::none && !is_same;
    if (conflicts && what == Demand::template_hash)
        return session.demand == what ? at_parameter(Rc::value, 1) : Rc::cphash;
    if (hash.size() != digest_size(session.auth_hash)) return at_parameter(Rc::size, 1);
    if (conflicts) return Rc::cphash;
    session.demand = what;
    session.demanded.value = hash;
    return Rc::success;
}

template <class In>
Outcome<In> demanded(Tpm& tpm, const In& in, Demand what) {
    Session& session = *tpm.session(in.policy_session);
    if (const Rc rc = demand(session, what, in.hash.value); rc != Rc::success) return rc;
    advance(session, [&](Policy& policy) { policy.extend(In::cc, {in.hash.value}); });
    return NoOut{};
}

/// Two masks leave what both allow; an extended locality (from 32 on) leaves itself.
Result<std::uint8_t, Rc> narrowed(std::uint8_t before, std::uint8_t now) {
    if (now == 0) return Rc::range;
    if (before == 0 || before == now) return now;
    if (before >= 32 || now >= 32 || (before & now) == 0) return Rc::range;
    return static_cast<std::uint8_t>(before & now);
}

}  // namespace

bool compares(ByteView a, ByteView b, Eo operation) {
    const bool is_signed = operation == Eo::signed_gt || operation == Eo::signed_lt ||
                           operation == Eo::signed_ge || operation == Eo::signed_le;
    const auto first = [is_signed](ByteView view) {  // the first byte decides the sign
        return static_cast<std::uint8_t>(view.front() ^ (is_signed ? 0x80 : 0));
    };
    int order = 0;
    if (!a.empty() && first(a) != first(b)) order = first(a) < first(b) ? -1 : 1;
    for (std::size_t i = 1; i < a.size() && order == 0; ++i)
        if (a[i] != b[i]) order = a[i] < b[i] ? -1 : 1;
    std::uint8_t missing = 0, present = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        missing = static_cast<std::uint8_t>(missing | (b[i] & ~a[i]));
        present = static_cast<std::uint8_t>(present | (b[i] & a[i]));
    }
    switch (operation) {
        case Eo::eq: return order == 0;
        case Eo::neq: return order != 0;
        case Eo::signed_gt:
        case Eo::unsigned_gt: return order > 0;
        case Eo::signed_lt:
        case Eo::unsigned_lt: return order < 0;
        case Eo::signed_ge:
        case Eo::unsigned_ge: return order >= 0;
        case Eo::signed_le:
        case Eo::unsigned_le: return order <= 0;
        case Eo::bitset: return missing == 0;
        case Eo::bitclear: return present == 0;
    }
    return false;
}

Outcome<PolicyOrIn> policy_or(Tpm& tpm, const PolicyOrIn& in) {
    Session& session = *tpm.session(in.policy_session);
    std::vector<Bytes> digests;
    for (const Tpm2bDigest& one : in.p_hash_list.items) digests.push_back(one.value);
    const bool matches = std::ranges::count(digests, session.policy_digest.value) > 0;
    if (session.type != Se::trial && !matches) return at_parameter(Rc::value, 1);
    advance(session, [&](Policy& policy) { policy.any_of(digests); });
    return NoOut{};
}

Outcome<PolicyPcrIn> policy_pcr(Tpm& tpm, const PolicyPcrIn& in) {
    Session& session = *tpm.session(in.policy_session);
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
    Session& session = *tpm.session(in.policy_session);
    if (session.command_code != Cc{} && session.command_code != in.code) return at_parameter(Rc::value, 1);
    if (find_command(in.code) == nullptr) return at_parameter(Rc::policy_cc, 1);
    session.command_code = in.code;
    advance(session, [&](Policy& policy) { policy.command_code(in.code); });
    return NoOut{};
}

Outcome<PolicyAuthValueIn> policy_auth_value(Tpm& tpm, const PolicyAuthValueIn& in) {
    Session& session = *tpm.session(in.policy_session);
    session.needs_auth_value = 1;
    session.needs_password = 0;
    advance(session, [](Policy& policy) { policy.auth_value(); });
    return NoOut{};
}

Outcome<PolicyPasswordIn> policy_password(Tpm& tpm, const PolicyPasswordIn& in) {
    Session& session = *tpm.session(in.policy_session);
    session.needs_password = 1;
    session.needs_auth_value = 0;
    advance(session, [](Policy& policy) { policy.auth_value(); });
    return NoOut{};
}

Outcome<PolicyGetDigestIn> policy_get_digest(Tpm& tpm, const PolicyGetDigestIn& in) {
    return PolicyGetDigestOut{tpm.session(in.policy_session)->policy_digest};
}

Outcome<PolicyPhysicalPresenceIn> policy_physical_presence(Tpm& tpm, const PolicyPhysicalPresenceIn& in) {
    Session& session = *tpm.session(in.policy_session);
    session.needs_presence = 1;
    advance(session, [](Policy& policy) { policy.extend(Cc::policy_physical_presence, {}); });
    return NoOut{};
}

Outcome<PolicyLocalityIn> policy_locality(Tpm& tpm, const PolicyLocalityIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const auto localities = narrowed(session.localities, in.locality);
    if (!localities) return at_parameter(localities.error(), 1);
    session.localities = *localities;
    advance(session, [&](Policy& policy) { policy.extend(Cc::policy_locality, {{&in.locality, 1}}); });
    return NoOut{};
}

Outcome<PolicyNvWrittenIn> policy_nv_written(Tpm& tpm, const PolicyNvWrittenIn& in) {
    Session& session = *tpm.session(in.policy_session);
    if (session.is_nv_checked != 0 && session.nv_written != in.written_set) return at_parameter(Rc::value, 1);
    session.is_nv_checked = 1;
    session.nv_written = in.written_set;
    advance(session, [&](Policy& policy) { policy.extend(Cc::policy_nv_written, {{&in.written_set, 1}}); });
    return NoOut{};
}

Outcome<PolicyCounterTimerIn> policy_counter_timer(Tpm& tpm, const PolicyCounterTimerIn& in) {
    Session& session = *tpm.session(in.policy_session);
    const Bytes& operand = in.operand_b.value;
    const Bytes now = encode(TpmsTimeInfo{.time = tpm.time(), .clock_info = tpm.clock_info()}, byte_order);
    if (in.offset > now.size()) return at_parameter(Rc::value, 2);
    if (in.offset + operand.size() > now.size()) return Rc::range;
    if (session.type != Se::trial &&
        !compares(ByteView{now}.subspan(in.offset, operand.size()), operand, in.operation))
        return Rc::policy;
    advance(session, [&](Policy& policy) {
        policy.compared(Cc::policy_counter_timer, operand, in.offset, in.operation);
    });
    return NoOut{};
}

Outcome<PolicyCpHashIn> policy_cp_hash(Tpm& tpm, const PolicyCpHashIn& in) {
    return demanded(tpm, in, Demand::cp_hash);
}
Outcome<PolicyNameHashIn> policy_name_hash(Tpm& tpm, const PolicyNameHashIn& in) {
    return demanded(tpm, in, Demand::name_hash);
}
Outcome<PolicyTemplateIn> policy_template(Tpm& tpm, const PolicyTemplateIn& in) {
    return demanded(tpm, in, Demand::template_hash);
}

Outcome<PolicyDuplicationSelectIn> policy_duplication_select(Tpm& tpm, const PolicyDuplicationSelectIn& in) {
    Session& session = *tpm.session(in.policy_session);
    if (session.demand != Demand::none) return Rc::cphash;
    if (session.command_code != Cc{}) return Rc::command_code;
    session.demand = Demand::name_hash;
    session.demanded.value = digest(session.auth_hash, {in.object_name.value, in.new_parent_name.value});
    session.command_code = Cc::duplicate;
    advance(session, [&](Policy& policy) {
        policy.duplication_select(in.object_name.value, in.new_parent_name.value, in.include_object != 0);
    });
    return NoOut{};
}

}  // namespace assay::tpm
