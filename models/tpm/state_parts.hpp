// What the two formats of a TPM's state share: the one of non-volatile memory, and the one of what goes with
// the power.
#pragma once
#include <stdexcept>

#include "models/tpm/tpm.hpp"
#include "sim/base/reader.hpp"

namespace assay::tpm {

using Secret64 = SecretTpm2b<64>;

struct SavedHierarchy {
    Secret64 seed{}, proof{}, auth{};
    Alg policy_alg = Alg::null;
    Tpm2bDigest policy{};
    static constexpr auto wire() {
        using H = SavedHierarchy;
        return std::tuple{field("seed", &H::seed), field("proof", &H::proof), field("auth", &H::auth),
                          field("policyAlg", &H::policy_alg), field("policy", &H::policy)};
    }
};
/// Of what only TPM2_Shutdown(STATE) keeps: no PCR that is extended is a reason to write.
template <class TpmLike, class Visit>
void each_kept_number(TpmLike& tpm, Visit visit) {
    visit(tpm.reset.restart_count);
    visit(tpm.reset.pcr_update_counter);
    visit(tpm.reset.clear_count);
    visit(tpm.reset.object_sequence);
    visit(tpm.reset.session_sequence);
    visit(tpm.clear.owner_enabled);
    visit(tpm.clear.endorsement_enabled);
    visit(tpm.clear.platform_nv_enabled);
    visit(tpm.clear.startup_locality);
}

inline SavedHierarchy saved_hierarchy(const HierarchySecrets* secrets, const HierarchyAccess* access) {
    SavedHierarchy out;
    if (secrets != nullptr) {
        out.seed = {taken(secrets->seed.bytes())};
        out.proof = {taken(secrets->proof.bytes())};
    }
    if (access != nullptr) {
        out.auth = {taken(access->auth.bytes())};
        out.policy_alg = access->policy.alg;
        out.policy = access->policy.digest;
    }
    return out;
}

inline void restore_access(Tpm& tpm, const SavedHierarchy& from, Handle hierarchy) {
    *tpm.access(hierarchy) = {tpm.memory.persist(estate_of_auth(hierarchy), from.auth.value),
                              {from.policy_alg, from.policy}};
}
/// The seed has an estate of its own in the endorsement hierarchy.
inline void restore_secrets(Tpm& tpm, const SavedHierarchy& from, Handle hierarchy, Estate of_seed,
                            Estate of_proof) {
    tpm.secrets(hierarchy) = {tpm.memory.persist(of_seed, from.seed.value),
                              tpm.memory.persist(of_proof, from.proof.value)};
}

inline SavedObject saved_object(const Object& object) {
    auto content = decode<SavedObject>(object.content(), byte_order);
    if (!content) throw std::logic_error("the state of a TPM: an object that is no SavedObject");
    return std::move(*content);
}

}  // namespace assay::tpm
