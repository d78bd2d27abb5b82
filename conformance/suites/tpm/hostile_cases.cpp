// Every command, cut at every byte and with a byte too many (Part 3, 5.2 to 5.8): refused at the right place,
// and still alive after it.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::hostile_cases {
namespace {

namespace rh = tpm::rh;
namespace na = tpm::nv_attribute;
namespace oa = tpm::object_attribute;
namespace templates = tpm::templates;

const std::vector<tpm::TpmsAuthCommand> one{tpm::password()}, two{tpm::password(), tpm::password()};
constexpr tpm::Handle nv_index = 0x0150'0020;

tpm::Handle storage(Chip& chip) {
    return chip.primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
}
tpm::CreatePrimaryOut signer(Chip& chip) {
    return chip.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
}
/// An index of that type that its owner and its authValue read and write.
tpm::Handle index_of(Chip& chip, std::uint32_t type, std::uint16_t bytes, std::uint32_t more = 0) {
    const std::uint32_t attributes =
        na::owner_write | na::auth_write | na::owner_read | na::auth_read | na::no_da | type << 4 | more;
    chip.exact(
        tpm::NvDefineSpaceIn{
            .auth_handle = rh::owner,
            .public_info = {{.nv_index = nv_index, .attributes = attributes, .data_size = bytes}}},
        one);
    return nv_index;
}
tpm::Handle policy_session(Chip& chip) { return chip.session(tpm::Se::policy); }
const tpm::TpmlPcrSelection some_pcrs{{tpm::TpmsPcrSelection::mask(Alg::sha256, 0x81)}};

struct Exact {
    std::string_view id;  // the command's name
    void (*run)(Chip& chip);
};
// clang-format off
const std::array exact_commands{
    Exact{"shutdown", [](Chip& c) { c.exact(tpm::ShutdownIn{tpm::Su::clear}); }},
    Exact{"self-test", [](Chip& c) { c.exact(tpm::SelfTestIn{0}); }},
    Exact{"get-test-result", [](Chip& c) { c.exact(tpm::GetTestResultIn{}); }},
    Exact{"get-capability", [](Chip& c) { c.exact(tpm::GetCapabilityIn{tpm::Cap::tpm_properties, 0x100, 4}); }},
    Exact{"get-random", [](Chip& c) { c.exact(tpm::GetRandomIn{8}); }},
    Exact{"stir-random", [](Chip& c) { tpm::StirRandomIn in; in.in_data = Bytes(12, 1); c.exact(in); }},
    Exact{"pcr-extend", [](Chip& c) { c.exact(tpm::PcrExtendIn{.pcr_handle = 3, .digests = {{{Alg::sha256, Bytes(32, 1)}, {Alg::sha1, Bytes(20, 2)}}}}, one); }},
    Exact{"pcr-event", [](Chip& c) { c.exact(tpm::PcrEventIn{3, {Bytes(9, 1)}}, one); }},
    Exact{"pcr-read", [](Chip& c) { c.exact(tpm::PcrReadIn{some_pcrs}); }},
    Exact{"pcr-reset", [](Chip& c) { c.exact(tpm::PcrResetIn{16}, one); }},
    Exact{"hash", [](Chip& c) { c.exact(tpm::HashIn{{Bytes(9, 1)}, Alg::sha256, rh::owner}); }},
    Exact{"hash-sequence-start", [](Chip& c) { c.flush(c.exact(tpm::HashSequenceStartIn{.hash_alg = Alg::sha256}).sequence_handle); }},
    Exact{"sequence", [](Chip& c) {
        const auto sequence = c.ok(tpm::HashSequenceStartIn{.hash_alg = Alg::sha256}).sequence_handle;
        c.exact(tpm::SequenceUpdateIn{sequence, {Bytes(5, 1)}}, one);
        c.equal(c.exact(tpm::SequenceCompleteIn{sequence, {Bytes(4, 1)}, rh::owner}, one).result.value, tpm::digest(Alg::sha256, {Bytes(9, 1)}), "Cut commands leave the sequence as it was.");
    }},
    Exact{"event-sequence-complete", [](Chip& c) {
        const auto sequence = c.ok(tpm::HashSequenceStartIn{}).sequence_handle;
        c.exact(tpm::EventSequenceCompleteIn{5, sequence, {Bytes(4, 1)}}, two);
    }},
    Exact{"create-primary", [](Chip& c) { c.exact(tpm::CreatePrimaryIn{.primary_handle = rh::owner, .in_public = {templates::storage_key(Alg::ecc)}, .outside_info = {Bytes(3)}, .creation_pcr = some_pcrs}, one); }},
    Exact{"create-primary-rsa", [](Chip& c) { c.exact(tpm::CreatePrimaryIn{.primary_handle = rh::endorsement, .in_public = {templates::storage_key(Alg::rsa)}}, one); }},
    Exact{"create-and-load", [](Chip& c) {
        const auto parent = storage(c);
        tpm::CreateIn in{.parent_handle = parent, .in_public = {templates::sealed_data()}};
        in.in_sensitive.value.data = Bytes(7, 1);
        const auto made = c.exact(in, one);
        const auto loaded = c.exact(tpm::LoadIn{parent, made.out_private, made.out_public}, one).object_handle;
        c.equal(c.exact(tpm::UnsealIn{loaded}, one).out_data.value, Bytes(7, 1), "What was sealed comes out.");
    }},
    Exact{"load-external", [](Chip& c) {
        auto area = signer(c).out_public;
        area.value.object_attributes &= ~(oa::fixed_tpm | oa::fixed_parent | oa::restricted);
        c.exact(tpm::LoadExternalIn{.in_public = area, .hierarchy = rh::owner});
    }},
    Exact{"read-public", [](Chip& c) { c.exact(tpm::ReadPublicIn{storage(c)}); }},
    Exact{"evict-control", [](Chip& c) { c.exact(tpm::EvictControlIn{rh::owner, storage(c), 0x8100'0020}, one); }},
    Exact{"context", [](Chip& c) {
        const auto context = c.exact(tpm::ContextSaveIn{storage(c)}).context;
        c.exact(tpm::FlushContextIn{c.exact(tpm::ContextLoadIn{context}).loaded_handle});
    }},
    Exact{"hierarchy-change-auth", [](Chip& c) { tpm::HierarchyChangeAuthIn in{.auth_handle = rh::owner}; in.new_auth = Bytes{7}; c.exact(in, one); }},
    Exact{"clear", [](Chip& c) { c.exact(tpm::ClearIn{rh::platform}, one); }},
    Exact{"make-credential", [](Chip& c) {
        tpm::MakeCredentialIn in{.handle = c.primary(rh::endorsement, templates::endorsement_key(Alg::ecc)).object_handle, .object_name = signer(c).name};
        in.credential = Bytes(16, 3);
        c.exact(in);
    }},
    Exact{"quote", [](Chip& c) { c.exact(tpm::QuoteIn{.sign_handle = signer(c).object_handle, .qualifying_data = {Bytes(8, 1)}, .pcr_select = some_pcrs}, one); }},
    Exact{"certify", [](Chip& c) { c.exact(tpm::CertifyIn{.object_handle = storage(c), .sign_handle = signer(c).object_handle, .qualifying_data = {Bytes(8, 1)}}, two); }},
    Exact{"certify-creation", [](Chip& c) {
        const auto key = signer(c);
        c.exact(tpm::CertifyCreationIn{.sign_handle = key.object_handle, .object_handle = key.object_handle, .creation_hash = key.creation_hash, .creation_ticket = key.creation_ticket}, one);
    }},
    Exact{"sign", [](Chip& c) {
        const auto hashed = c.ok(tpm::HashIn{{Bytes(9, 1)}, Alg::sha256, rh::endorsement});
        const auto key = signer(c);
        const auto out = c.exact(tpm::SignIn{.key_handle = key.object_handle, .digest = hashed.out_hash, .validation = hashed.validation}, one);
        c.exact(tpm::VerifySignatureIn{key.object_handle, hashed.out_hash, out.signature});
    }},
    Exact{"rsa", [](Chip& c) {
        auto area = templates::storage_key(Alg::rsa);
        area.object_attributes &= ~oa::restricted;
        area.symmetric = {};
        const auto key = c.primary(rh::owner, area).object_handle;
        tpm::RsaEncryptIn in{.key_handle = key, .in_scheme = {.scheme = Alg::rsaes}};
        in.message = Bytes(6, 1);
        const auto cipher = c.exact(in).out_data;
        c.equal(c.exact(tpm::RsaDecryptIn{.key_handle = key, .cipher_text = cipher, .in_scheme = {.scheme = Alg::rsaes}}, one).message.value, Bytes(6, 1), "It comes back.");
    }},
    Exact{"ecdh", [](Chip& c) {
        auto area = templates::storage_key(Alg::ecc);
        area.object_attributes &= ~oa::restricted;
        area.symmetric = {};
        const auto key = c.primary(rh::owner, area).object_handle;
        c.exact(tpm::EcdhZgenIn{key, c.exact(tpm::EcdhKeyGenIn{key}).pub_point}, one);
    }},
    Exact{"start-auth-session", [](Chip& c) { c.exact(tpm::StartAuthSessionIn{.nonce_caller = {Bytes(16, 1)}, .session_type = tpm::Se::policy, .symmetric = tpm::TpmtSymDef::aes_cfb(128)}); }},
    Exact{"policy-pcr", [](Chip& c) { c.exact(tpm::PolicyPcrIn{.policy_session = policy_session(c), .pcrs = some_pcrs}); }},
    Exact{"policy-secret", [](Chip& c) { c.exact(tpm::PolicySecretIn{.auth_handle = rh::owner, .policy_session = policy_session(c), .policy_ref = {Bytes(2)}}, one); }},
    Exact{"policy-or", [](Chip& c) { c.exact(tpm::PolicyOrIn{policy_session(c), {{{Bytes(32)}, {Bytes(32, 1)}}}}); }},
    Exact{"policy-command-code", [](Chip& c) { c.exact(tpm::PolicyCommandCodeIn{.policy_session = policy_session(c), .code = tpm::Cc::unseal}); }},
    Exact{"policy-auth-value", [](Chip& c) { c.exact(tpm::PolicyAuthValueIn{policy_session(c)}); }},
    Exact{"policy-password", [](Chip& c) { c.exact(tpm::PolicyPasswordIn{policy_session(c)}); }},
    Exact{"policy-get-digest", [](Chip& c) { c.exact(tpm::PolicyGetDigestIn{policy_session(c)}); }},
    Exact{"policy-restart", [](Chip& c) { c.exact(tpm::PolicyRestartIn{policy_session(c)}); }},
    Exact{"nv-write-and-read", [](Chip& c) {
        const auto index = index_of(c, 0, 8);
        c.exact(tpm::NvWriteIn{.auth_handle = index, .nv_index = index, .data = {Bytes(8, 1)}}, one);
        c.exact(tpm::NvReadPublicIn{index});
        c.equal(c.exact(tpm::NvReadIn{.auth_handle = index, .nv_index = index, .size = 8}, one).data.value, Bytes(8, 1), "What was written is read.");
        c.exact(tpm::NvUndefineSpaceIn{rh::owner, index}, one);
    }},
    Exact{"nv-increment", [](Chip& c) { const auto index = index_of(c, 1, 8); c.exact(tpm::NvIncrementIn{index, index}, one); }},
    Exact{"nv-set-bits", [](Chip& c) { const auto index = index_of(c, 2, 8); c.exact(tpm::NvSetBitsIn{index, index, 5}, one); }},
    Exact{"nv-extend", [](Chip& c) { const auto index = index_of(c, 4, 32); c.exact(tpm::NvExtendIn{index, index, {Bytes(5, 1)}}, one); }},
    Exact{"nv-locks", [](Chip& c) {
        const auto index = index_of(c, 0, 8, na::write_st_clear | na::read_st_clear);
        c.exact(tpm::NvWriteLockIn{index, index}, one);
        c.exact(tpm::NvReadLockIn{index, index}, one);
    }},
    Exact{"read-clock", [](Chip& c) { c.exact(tpm::ReadClockIn{}); }},
    Exact{"lockout-reset", [](Chip& c) { c.exact(tpm::DictionaryAttackLockResetIn{}, one); }},
    Exact{"lockout-parameters", [](Chip& c) { c.exact(tpm::DictionaryAttackParametersIn{.new_max_tries = 5, .new_recovery_time = 9, .lockout_recovery = 9}, one); }},
    Exact{"create-loaded", [](Chip& c) {
        tpm::CreateLoadedIn in{.parent_handle = storage(c)};
        in.in_public.value = encode(templates::attestation_key(Alg::ecc), tpm::byte_order);
        c.exact(in, one);
    }},
    Exact{"object-change-auth", [](Chip& c) {
        const auto parent = storage(c);
        tpm::ObjectChangeAuthIn in{.object_handle = c.child(parent, templates::sealed_data(), Bytes(4, 1)).handle, .parent_handle = parent};
        in.new_auth = Bytes{7};
        c.exact(in, one);
    }},
    Exact{"duplicate-and-import", [](Chip& c) {
        const auto parent = storage(c);
        auto area = templates::attestation_key(Alg::ecc);
        area.object_attributes &= ~(oa::fixed_tpm | oa::fixed_parent | oa::restricted);
        area.auth_policy.value = tpm::Policy{Alg::sha256}.command_code(tpm::Cc::duplicate).digest();
        const auto key = c.child(parent, area);
        const auto session = policy_session(c);
        c.ok(tpm::PolicyCommandCodeIn{.policy_session = session, .code = tpm::Cc::duplicate});
        const auto out = c.exact(tpm::DuplicateIn{.object_handle = key.handle, .new_parent_handle = parent}, {tpm::policy(session)});
        tpm::ImportIn in{.parent_handle = parent, .object_public = key.created.out_public, .duplicate = out.duplicate, .in_sym_seed = out.out_sym_seed};
        c.exact(in, one);
        c.exact(tpm::RewrapIn{.old_parent = parent, .new_parent = parent, .in_duplicate = out.duplicate, .name = {key.name}, .in_sym_seed = out.out_sym_seed}, one);
    }},
    Exact{"test-parms", [](Chip& c) { c.exact(tpm::TestParmsIn{{.type = Alg::ecc, .symmetric = tpm::TpmtSymDef::aes_cfb(128), .curve = tpm::Curve::p256}}); }},
    Exact{"incremental-self-test", [](Chip& c) { c.exact(tpm::IncrementalSelfTestIn{{{Alg::sha256, Alg::rsa}}}); }},
    Exact{"ecc-parameters", [](Chip& c) { c.exact(tpm::EccParametersIn{tpm::Curve::p256}); }},
    Exact{"pcr-set-auth-value", [](Chip& c) { tpm::PcrSetAuthValueIn in{.pcr_handle = 20}; c.exact(in, one); }},
    Exact{"hierarchy-control", [](Chip& c) { c.exact(tpm::HierarchyControlIn{rh::owner, rh::owner, 0}, one); }},
    Exact{"set-primary-policy", [](Chip& c) { c.exact(tpm::SetPrimaryPolicyIn{rh::owner, {Bytes(32, 1)}, Alg::sha256}, one); }},
    Exact{"clear-control", [](Chip& c) { c.exact(tpm::ClearControlIn{rh::platform, 0}, one); }},
    Exact{"change-eps", [](Chip& c) { c.exact(tpm::ChangeEpsIn{}, one); }},
    Exact{"change-pps", [](Chip& c) { c.exact(tpm::ChangePpsIn{}, one); }},
    Exact{"clock-set", [](Chip& c) { c.exact(tpm::ClockSetIn{rh::owner, std::uint64_t{1} << 40}, one); }},
    Exact{"clock-rate-adjust", [](Chip& c) { c.exact(tpm::ClockRateAdjustIn{rh::owner, 1}, one); }},
    Exact{"audit-status", [](Chip& c) { c.exact(tpm::SetCommandCodeAuditStatusIn{.auth = rh::owner, .set_list = {{tpm::Cc::quote}}, .clear_list = {{tpm::Cc::sign}}}, one); }},
    Exact{"get-time", [](Chip& c) { c.exact(tpm::GetTimeIn{.sign_handle = signer(c).object_handle, .qualifying_data = {Bytes(4, 1)}}, two); }},
    Exact{"command-audit", [](Chip& c) { c.exact(tpm::GetCommandAuditDigestIn{.sign_handle = signer(c).object_handle}, two); }},
    Exact{"nv-certify", [](Chip& c) {
        const auto index = index_of(c, 0, 8);
        c.ok(tpm::NvWriteIn{.auth_handle = index, .nv_index = index, .data = {Bytes(8, 1)}}, one);
        c.exact(tpm::NvCertifyIn{.sign_handle = signer(c).object_handle, .auth_handle = index, .nv_index = index, .size = 8}, two);
    }},
    Exact{"nv-global-write-lock", [](Chip& c) { c.exact(tpm::NvGlobalWriteLockIn{rh::owner}, one); }},
    Exact{"hmac", [](Chip& c) {
        auto area = templates::sealed_data();
        area.object_attributes |= oa::sign;
        area.scheme = tpm::TpmtScheme::with(Alg::hmac, Alg::sha256);
        const auto key = c.child(storage(c), area, Bytes(16, 1)).handle;
        c.exact(tpm::HmacIn{key, {Bytes(9, 1)}}, one);
        tpm::HmacStartIn in{.handle = key};
        const auto sequence = c.exact(in, one).sequence_handle;
        c.exact(tpm::SequenceCompleteIn{sequence, {Bytes(4, 1)}, rh::null}, one);
    }},
    Exact{"policy-locality", [](Chip& c) { c.exact(tpm::PolicyLocalityIn{policy_session(c), 1}); }},
    Exact{"policy-cp-hash", [](Chip& c) { c.exact(tpm::PolicyCpHashIn{policy_session(c), {Bytes(32, 1)}}); }},
    Exact{"policy-name-hash", [](Chip& c) { c.exact(tpm::PolicyNameHashIn{policy_session(c), {Bytes(32, 1)}}); }},
    Exact{"policy-template", [](Chip& c) { c.exact(tpm::PolicyTemplateIn{policy_session(c), {Bytes(32, 1)}}); }},
    Exact{"policy-nv-written", [](Chip& c) { c.exact(tpm::PolicyNvWrittenIn{policy_session(c), 1}); }},
    Exact{"policy-counter-timer", [](Chip& c) { c.exact(tpm::PolicyCounterTimerIn{policy_session(c), {Bytes(8)}, 0, tpm::Eo::unsigned_ge}); }},
    Exact{"policy-physical-presence", [](Chip& c) { c.exact(tpm::PolicyPhysicalPresenceIn{policy_session(c)}); }},
    Exact{"policy-duplication-select", [](Chip& c) {
        const Bytes name = concat({*from_hex("000b"), Bytes(32, 1)});
        c.exact(tpm::PolicyDuplicationSelectIn{policy_session(c), {name}, {name}, 1});
    }},
    Exact{"policy-nv", [](Chip& c) {
        const auto index = index_of(c, 0, 8);
        c.ok(tpm::NvWriteIn{.auth_handle = index, .nv_index = index, .data = {Bytes(8, 1)}}, one);
        c.exact(tpm::PolicyNvIn{.auth_handle = index, .nv_index = index, .policy_session = policy_session(c), .operand_b = {Bytes(8, 1)}}, one);
    }},
    Exact{"policy-signed", [](Chip& c) {
        auto area = templates::attestation_key(Alg::ecc);
        area.object_attributes &= ~oa::restricted;
        const auto key = c.primary(rh::owner, area).object_handle;
        const auto signature = c.ok(tpm::SignIn{.key_handle = key, .digest = {tpm::digest(Alg::sha256, {Bytes(4)})}}, one).signature;
        c.exact(tpm::PolicySignedIn{.auth_object = key, .policy_session = policy_session(c), .auth = signature});
    }},
    Exact{"policy-authorize", [](Chip& c) {
        auto area = templates::attestation_key(Alg::ecc);
        area.object_attributes &= ~oa::restricted;
        const auto key = c.primary(rh::owner, area);
        const Bytes approved(32), a_hash = tpm::digest(Alg::sha256, {approved});
        const auto signature = c.ok(tpm::SignIn{.key_handle = key.object_handle, .digest = {a_hash}}, one).signature;
        const auto ticket = c.ok(tpm::VerifySignatureIn{key.object_handle, {a_hash}, signature}).validation;
        c.exact(tpm::PolicyAuthorizeIn{.policy_session = policy_session(c), .approved_policy = {approved}, .key_sign = key.name, .check_ticket = ticket});
    }},
};
// clang-format on

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const Exact& row : exact_commands)
        add(cases, "exact." + std::string{row.id},
            "Commands of " + std::string{row.id} + " are refused in every other length", {"TPM-CMD-011"},
            row.run);
}

}  // namespace assay::conformance::tpm_topic::hostile_cases
