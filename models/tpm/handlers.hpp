// The commands: what each does once it is authorized (TPM 2.0 Library 1.59, Part 3). A handler validates,
// then changes state, then answers; on an error nothing has changed. Its code carries its number already.
#pragma once
#include "models/tpm/messages.hpp"
#include "models/tpm/tpm.hpp"
#include "sim/base/result.hpp"

namespace assay::tpm {

template <class In>
using Outcome = Result<typename In::Out, Rc>;

Outcome<StartupIn> startup(Tpm& tpm, const StartupIn& in);
Outcome<ShutdownIn> shutdown(Tpm& tpm, const ShutdownIn& in);
Outcome<SelfTestIn> self_test(Tpm& tpm, const SelfTestIn& in);
Outcome<GetTestResultIn> get_test_result(Tpm& tpm, const GetTestResultIn& in);
Outcome<GetCapabilityIn> get_capability(Tpm& tpm, const GetCapabilityIn& in);
Outcome<GetRandomIn> get_random(Tpm& tpm, const GetRandomIn& in);
Outcome<StirRandomIn> stir_random(Tpm& tpm, const StirRandomIn& in);
Outcome<ReadClockIn> read_clock(Tpm& tpm, const ReadClockIn& in);

Outcome<ClearIn> clear_tpm(Tpm& tpm, const ClearIn& in);
Outcome<HierarchyChangeAuthIn> hierarchy_change_auth(Tpm& tpm, const HierarchyChangeAuthIn& in);
Outcome<DictionaryAttackLockResetIn> dictionary_attack_lock_reset(Tpm& tpm,
                                                                  const DictionaryAttackLockResetIn& in);
Outcome<DictionaryAttackParametersIn> dictionary_attack_parameters(Tpm& tpm,
                                                                   const DictionaryAttackParametersIn& in);

Outcome<PcrExtendIn> pcr_extend(Tpm& tpm, const PcrExtendIn& in);
Outcome<PcrEventIn> pcr_event(Tpm& tpm, const PcrEventIn& in);
Outcome<PcrReadIn> pcr_read(Tpm& tpm, const PcrReadIn& in);
Outcome<PcrResetIn> pcr_reset(Tpm& tpm, const PcrResetIn& in);
Outcome<HashIn> hash(Tpm& tpm, const HashIn& in);
Outcome<HashSequenceStartIn> hash_sequence_start(Tpm& tpm, const HashSequenceStartIn& in);
Outcome<SequenceUpdateIn> sequence_update(Tpm& tpm, const SequenceUpdateIn& in);
Outcome<SequenceCompleteIn> sequence_complete(Tpm& tpm, const SequenceCompleteIn& in);
Outcome<EventSequenceCompleteIn> event_sequence_complete(Tpm& tpm, const EventSequenceCompleteIn& in);

Outcome<CreatePrimaryIn> create_primary(Tpm& tpm, const CreatePrimaryIn& in);
Outcome<CreateIn> create(Tpm& tpm, const CreateIn& in);
Outcome<CreateLoadedIn> create_loaded(Tpm& tpm, const CreateLoadedIn& in);
Outcome<LoadIn> load_object(Tpm& tpm, const LoadIn& in);
Outcome<LoadExternalIn> load_external(Tpm& tpm, const LoadExternalIn& in);
Outcome<ReadPublicIn> read_public(Tpm& tpm, const ReadPublicIn& in);
Outcome<UnsealIn> unseal(Tpm& tpm, const UnsealIn& in);
Outcome<MakeCredentialIn> make_credential(Tpm& tpm, const MakeCredentialIn& in);
Outcome<ActivateCredentialIn> activate_credential(Tpm& tpm, const ActivateCredentialIn& in);
Outcome<FlushContextIn> flush_context(Tpm& tpm, const FlushContextIn& in);
Outcome<EvictControlIn> evict_control(Tpm& tpm, const EvictControlIn& in);
Outcome<ContextSaveIn> context_save(Tpm& tpm, const ContextSaveIn& in);
Outcome<ContextLoadIn> context_load(Tpm& tpm, const ContextLoadIn& in);

Outcome<StartAuthSessionIn> start_auth_session(Tpm& tpm, const StartAuthSessionIn& in);
Outcome<PolicyRestartIn> policy_restart(Tpm& tpm, const PolicyRestartIn& in);
Outcome<PolicySecretIn> policy_secret(Tpm& tpm, const PolicySecretIn& in);
Outcome<PolicyOrIn> policy_or(Tpm& tpm, const PolicyOrIn& in);
Outcome<PolicyPcrIn> policy_pcr(Tpm& tpm, const PolicyPcrIn& in);
Outcome<PolicyCommandCodeIn> policy_command_code(Tpm& tpm, const PolicyCommandCodeIn& in);
Outcome<PolicyAuthValueIn> policy_auth_value(Tpm& tpm, const PolicyAuthValueIn& in);
Outcome<PolicyPasswordIn> policy_password(Tpm& tpm, const PolicyPasswordIn& in);
Outcome<PolicyGetDigestIn> policy_get_digest(Tpm& tpm, const PolicyGetDigestIn& in);
Outcome<PolicyPhysicalPresenceIn> policy_physical_presence(Tpm& tpm, const PolicyPhysicalPresenceIn& in);
Outcome<PolicyLocalityIn> policy_locality(Tpm& tpm, const PolicyLocalityIn& in);
Outcome<PolicyNvWrittenIn> policy_nv_written(Tpm& tpm, const PolicyNvWrittenIn& in);
Outcome<PolicyCounterTimerIn> policy_counter_timer(Tpm& tpm, const PolicyCounterTimerIn& in);
Outcome<PolicyCpHashIn> policy_cp_hash(Tpm& tpm, const PolicyCpHashIn& in);
Outcome<PolicyNameHashIn> policy_name_hash(Tpm& tpm, const PolicyNameHashIn& in);
Outcome<PolicyTemplateIn> policy_template(Tpm& tpm, const PolicyTemplateIn& in);
Outcome<PolicyDuplicationSelectIn> policy_duplication_select(Tpm& tpm, const PolicyDuplicationSelectIn& in);
Outcome<PolicySignedIn> policy_signed(Tpm& tpm, const PolicySignedIn& in);
Outcome<PolicyTicketIn> policy_ticket(Tpm& tpm, const PolicyTicketIn& in);
Outcome<PolicyAuthorizeIn> policy_authorize(Tpm& tpm, const PolicyAuthorizeIn& in);
Outcome<PolicyNvIn> policy_nv(Tpm& tpm, const PolicyNvIn& in);
Outcome<PolicyAuthorizeNvIn> policy_authorize_nv(Tpm& tpm, const PolicyAuthorizeNvIn& in);

Outcome<QuoteIn> quote(Tpm& tpm, const QuoteIn& in);
Outcome<CertifyIn> certify(Tpm& tpm, const CertifyIn& in);
Outcome<CertifyCreationIn> certify_creation(Tpm& tpm, const CertifyCreationIn& in);
Outcome<SignIn> sign(Tpm& tpm, const SignIn& in);
Outcome<VerifySignatureIn> verify_signature(Tpm& tpm, const VerifySignatureIn& in);
Outcome<RsaEncryptIn> rsa_encrypt(Tpm& tpm, const RsaEncryptIn& in);
Outcome<RsaDecryptIn> rsa_decrypt(Tpm& tpm, const RsaDecryptIn& in);
Outcome<EcdhKeyGenIn> ecdh_key_gen(Tpm& tpm, const EcdhKeyGenIn& in);
Outcome<EcdhZgenIn> ecdh_zgen(Tpm& tpm, const EcdhZgenIn& in);

Outcome<HierarchyControlIn> hierarchy_control(Tpm& tpm, const HierarchyControlIn& in);
Outcome<SetPrimaryPolicyIn> set_primary_policy(Tpm& tpm, const SetPrimaryPolicyIn& in);
Outcome<ChangePpsIn> change_pps(Tpm& tpm, const ChangePpsIn& in);
Outcome<ChangeEpsIn> change_eps(Tpm& tpm, const ChangeEpsIn& in);
Outcome<ClearControlIn> clear_control(Tpm& tpm, const ClearControlIn& in);
Outcome<ClockSetIn> clock_set(Tpm& tpm, const ClockSetIn& in);
Outcome<ClockRateAdjustIn> clock_rate_adjust(Tpm& tpm, const ClockRateAdjustIn& in);
Outcome<IncrementalSelfTestIn> incremental_self_test(Tpm& tpm, const IncrementalSelfTestIn& in);
Outcome<TestParmsIn> test_parms(Tpm& tpm, const TestParmsIn& in);
Outcome<SetCommandCodeAuditStatusIn> set_command_code_audit_status(Tpm& tpm,
                                                                   const SetCommandCodeAuditStatusIn& in);
Outcome<PcrAllocateIn> pcr_allocate(Tpm& tpm, const PcrAllocateIn& in);
Outcome<PcrSetAuthPolicyIn> pcr_set_auth_policy(Tpm& tpm, const PcrSetAuthPolicyIn& in);
Outcome<PcrSetAuthValueIn> pcr_set_auth_value(Tpm& tpm, const PcrSetAuthValueIn& in);
Outcome<ObjectChangeAuthIn> object_change_auth(Tpm& tpm, const ObjectChangeAuthIn& in);
Outcome<DuplicateIn> duplicate(Tpm& tpm, const DuplicateIn& in);
Outcome<ImportIn> import_object(Tpm& tpm, const ImportIn& in);
Outcome<RewrapIn> rewrap(Tpm& tpm, const RewrapIn& in);
Outcome<EncryptDecryptIn> encrypt_decrypt(Tpm& tpm, const EncryptDecryptIn& in);
Outcome<EncryptDecrypt2In> encrypt_decrypt_2(Tpm& tpm, const EncryptDecrypt2In& in);
Outcome<HmacIn> hmac(Tpm& tpm, const HmacIn& in);
Outcome<HmacStartIn> hmac_start(Tpm& tpm, const HmacStartIn& in);
Outcome<EccParametersIn> ecc_parameters(Tpm& tpm, const EccParametersIn& in);
Outcome<GetTimeIn> get_time(Tpm& tpm, const GetTimeIn& in);
Outcome<GetCommandAuditDigestIn> get_command_audit_digest(Tpm& tpm, const GetCommandAuditDigestIn& in);
Outcome<GetSessionAuditDigestIn> get_session_audit_digest(Tpm& tpm, const GetSessionAuditDigestIn& in);
Outcome<NvCertifyIn> nv_certify(Tpm& tpm, const NvCertifyIn& in);

Outcome<NvDefineSpaceIn> nv_define_space(Tpm& tpm, const NvDefineSpaceIn& in);
Outcome<NvUndefineSpaceIn> nv_undefine_space(Tpm& tpm, const NvUndefineSpaceIn& in);
Outcome<NvReadPublicIn> nv_read_public(Tpm& tpm, const NvReadPublicIn& in);
Outcome<NvWriteIn> nv_write(Tpm& tpm, const NvWriteIn& in);
Outcome<NvReadIn> nv_read(Tpm& tpm, const NvReadIn& in);
Outcome<NvIncrementIn> nv_increment(Tpm& tpm, const NvIncrementIn& in);
Outcome<NvExtendIn> nv_extend(Tpm& tpm, const NvExtendIn& in);
Outcome<NvSetBitsIn> nv_set_bits(Tpm& tpm, const NvSetBitsIn& in);
Outcome<NvWriteLockIn> nv_write_lock(Tpm& tpm, const NvWriteLockIn& in);
Outcome<NvReadLockIn> nv_read_lock(Tpm& tpm, const NvReadLockIn& in);
Outcome<NvGlobalWriteLockIn> nv_global_write_lock(Tpm& tpm, const NvGlobalWriteLockIn& in);
Outcome<NvUndefineSpaceSpecialIn> nv_undefine_space_special(Tpm& tpm, const NvUndefineSpaceSpecialIn& in);
Outcome<NvChangeAuthIn> nv_change_auth(Tpm& tpm, const NvChangeAuthIn& in);

/// TPMT_TK_HASHCHECK for a digest; the NULL ticket where the data may be of the TPM's own making.
TpmtTkHashcheck hash_ticket(Tpm& tpm, Handle hierarchy, Alg hash, ByteView digest, bool is_safe);
/// The signature of a key over a digest; TPM_RC_SCHEME for a scheme of other keys.
Result<TpmtSignature, Rc> signature_of(Tpm& tpm, const Object& key, const TpmtScheme& scheme,
                                       ByteView digest);
inline constexpr std::size_t max_nv_transfer = 1024;  // bytes of an index in one command
/// TPM_CAP_ALGS, in order.
std::span<const TpmsAlgProperty> algorithms();
/// TPM_RC_SUCCESS, TPM_RC_SCHEME, TPM_RC_SIGNATURE, or TPM_RC_HANDLE for an HMAC key without its key.
Rc check_signature(const Object& key, ByteView digest, const TpmtSignature& signature);
/// Whether an index can be read by whom `auth` is (31.13); no parameter numbers.
Rc check_nv_read(const NvIndex& index, Handle auth, Handle handle);
/// TPM_EO (Part 2, 6.8) between what the TPM has (`a`) and the operand, both of one size.
bool compares(ByteView a, ByteView b, Eo operation);
/// Moves the digest of a policy session on by one assertion.
template <class Step>
void advance(Session& session, Step step) {
    Policy policy{session.auth_hash, session.policy_digest.value};
    step(policy);
    session.policy_digest.value = policy.digest();
}
/// The scheme that counts: the key's, or the command's where the key has none. Nothing where they disagree.
std::optional<TpmtScheme> signing_scheme(const Object& key, const TpmtScheme& asked);

}  // namespace assay::tpm
