// What the entity behind a handle asks of the session that authorizes it (TPM 2.0 Library 1.59, Part 1, 19.4
// and 19.7.7).
#include "models/tpm/authorization.hpp"
#include "models/tpm/digests.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;
namespace na = nv_attribute;

/// TPMA_LOCALITY (Part 2, 8.5): a mask of localities 0 to 4, or one locality from 32 on.
bool is_at(std::uint8_t localities, unsigned locality) {
    if (localities == 0) return true;
    return localities < 32 ? locality < 5 && (localities >> locality & 1) != 0 : localities == locality;
}

bool is_admin_like(Role role) { return role == Role::admin || role == Role::dup; }

}  // namespace

bool Authorization::needs_policy(const Entry& entry) const {
    const Handle entity = *entry.entity;
    if (entry.role == Role::dup || tpm_.has_pcr_policy(entity)) return true;
    if (entry.role != Role::admin) return false;
    if (!rule::is_object(entity)) return true;
    const SharedObject object = tpm_.object(entity);
    return object && object->area.has(oa::admin_with_policy);
}

bool Authorization::auth_value_available(const Entry& entry) const {
    const Handle entity = *entry.entity;
    if (rule::is_object(entity)) {
        const SharedObject object = tpm_.object(entity);
        if (!object) return true;  // a sequence object
        if (!object->has_private()) return false;
        return object->area.has(oa::user_with_auth) ||
               (entry.role == Role::admin && !object->area.has(oa::admin_with_policy));
    }
    if (const NvIndex* index = tpm_.nv(entity)) {
        if (!tpm_.pin_allows(entity)) return false;
        if (row_.is(trait::nv_write)) return index->area.has(na::auth_write);
        if (row_.is(trait::nv_read)) return index->area.has(na::auth_read);
        return false;
    }
    return true;
}

bool Authorization::policy_available(const Entry& entry) const {
    const Handle entity = *entry.entity;
    const AccessPolicy policy = tpm_.policy(entity);
    if (rule::is_object(entity)) {
        const SharedObject object = tpm_.object(entity);
        return object && object->has_private();
    }
    if (const NvIndex* index = tpm_.nv(entity)) {
        if (policy.digest.value.empty()) return false;
        if (is_admin_like(entry.role)) return true;
        if (row_.is(trait::nv_write)) return index->area.has(na::policy_write);
        if (row_.is(trait::nv_read)) return index->area.has(na::policy_read);
        return false;
    }
    if (kind_of(entity) == Ht::pcr) return is_in_pcr_group(entity);
    return !policy.digest.value.empty();
}

Rc Authorization::entity_allows(const Entry& entry) const {
    const bool by_policy = entry.session != nullptr && entry.session->is_policy();
    if (by_policy) return rule::unless(policy_available(entry), Rc::auth_unavailable);
    if (needs_policy(entry)) return Rc::auth_type;
    return rule::unless(auth_value_available(entry), Rc::auth_unavailable);
}

Rc Authorization::policy_satisfied(const Entry& entry, ByteView parameters) const {
    const Session& session = *entry.session;
    // PolicySecret takes its secret from a session that proves the authValue, and from no other policy.
    if (row_.code == Cc::policy_secret && session.needs_auth_value == 0 && session.needs_password == 0)
        return Rc::mode;
    if (session.is_pcr_checked != 0 && session.pcr_update_counter != tpm_.reset.pcr_update_counter)
        return Rc::pcr_changed;
    const AccessPolicy policy = tpm_.policy(*entry.entity);
    if (policy.alg != session.auth_hash || policy.digest.value != session.policy_digest.value)
        return Rc::policy_fail;
    if (session.timeout != 0 &&
        (tpm_.time() > session.timeout || session.time_epoch != tpm_.permanent.time_epoch))
        return Rc::expired;
    if (session.command_code == Cc{}) {
        if (is_admin_like(entry.role)) return Rc::policy_fail;
    } else if (session.command_code != row_.code) {
        return Rc::policy_cc;
    }
    if (!is_at(session.localities, tpm_.ram.locality)) return Rc::locality;
    if (session.needs_presence != 0 && !tpm_.ram.physical_presence) return Rc::pp;
    if (!meets_demand(session, parameters)) return Rc::policy_fail;
    if (session.is_nv_checked != 0) {
        const NvIndex* index = tpm_.nv(*entry.entity);
        if (index == nullptr || index->area.has(na::written) != (session.nv_written != 0))
            return Rc::policy_fail;
    }
    return Rc::success;
}

bool Authorization::meets_demand(const Session& session, ByteView parameters) const {
    switch (session.demand) {
        case Demand::none: return true;
        case Demand::cp_hash: return session.demanded.value == command_hash(session.auth_hash, parameters);
        case Demand::name_hash: return session.demanded.value == digest(session.auth_hash, {names_});
        case Demand::template_hash: break;
    }
    const bool makes =
        row_.code == Cc::create || row_.code == Cc::create_primary || row_.code == Cc::create_loaded;
    if (!makes) return false;
    Reader in{parameters, byte_order};  // inSensitive and inPublic, of which the first one may be encrypted
    Tpm2b<0xFFFF> sensitive, area;
    return in.get(sensitive) && in.get(area) &&
           session.demanded.value == digest(session.auth_hash, {area.value});
}

}  // namespace assay::tpm
