// Policies: their digests, and what they allow (Part 1, 19.7; Part 3, 23). Digests are computed here.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::policy_cases {
namespace {

namespace rh = tpm::rh;
const tpm::TpmlPcrSelection pcr_0_and_7{{tpm::TpmsPcrSelection::of(Alg::sha256, {0, 7})}};
constexpr std::uint32_t mask_0_and_7 = 0x81;

Bytes digest_of(Chip& chip, tpm::Handle session) {
    return chip.ok(tpm::PolicyGetDigestIn{session}).policy_digest.value;
}
Bytes composite_0_and_7(Chip& chip, Alg hash) { return tpm::digest(hash, {chip.pcr(0), chip.pcr(7)}); }

void digests(Chip& chip, Alg hash) {
    for (const tpm::Se type : {tpm::Se::trial, tpm::Se::policy}) {
        const tpm::Handle session = chip.session(type, hash);
        tpm::Policy expected{hash};
        chip.equal(digest_of(chip, session), expected.digest(), "A policy begins as zeros.");
        chip.ok(tpm::PolicyPcrIn{.policy_session = session, .pcrs = pcr_0_and_7});
        expected.pcr(pcr_0_and_7, composite_0_and_7(chip, hash));
        chip.equal(digest_of(chip, session), expected.digest(),
                   "PolicyPCR extends with selection and PCR digest.");
        chip.ok(tpm::PolicyAuthValueIn{session});
        chip.equal(digest_of(chip, session), expected.auth_value().digest(),
                   "PolicyAuthValue extends with its code.");
        chip.ok(tpm::PolicyCommandCodeIn{.policy_session = session, .code = tpm::Cc::unseal});
        chip.equal(digest_of(chip, session), expected.command_code(tpm::Cc::unseal).digest(),
                   "PolicyCommandCode extends with its code and the command's.");
        chip.ok(
            tpm::PolicySecretIn{
                .auth_handle = rh::owner, .policy_session = session, .policy_ref = {Bytes{1, 2}}},
            {tpm::password()});
        chip.equal(digest_of(chip, session), expected.secret(tpm::name_of(rh::owner), Bytes{1, 2}).digest(),
                   "PolicySecret extends twice, with Name and policyRef.");
        const std::vector<Bytes> branches{Bytes(tpm::digest_size(hash), 1), expected.digest()};
        chip.ok(tpm::PolicyOrIn{session, {{{branches[0]}, {branches[1]}}}});
        chip.equal(digest_of(chip, session), expected.any_of(branches).digest(),
                   "PolicyOR starts from zeros.");
        chip.ok(tpm::PolicyRestartIn{session});
        chip.equal(digest_of(chip, session), tpm::Policy{hash}.digest(), "PolicyRestart gives zeros.");
        chip.ok(tpm::PolicyPasswordIn{session});
        chip.equal(digest_of(chip, session), tpm::Policy{hash}.auth_value().digest(),
                   "PolicyPassword has the digest of PolicyAuthValue.");
        chip.flush(session);
    }
}

void endorsement_policy(Chip& chip) {
    const tpm::Handle session = chip.session(tpm::Se::trial);
    chip.ok(tpm::PolicySecretIn{.auth_handle = rh::endorsement, .policy_session = session},
            {tpm::password()});
    chip.equal(digest_of(chip, session),
               *from_hex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"),
               "PolicySecret(ENDORSEMENT) has the digest of the EK Credential Profile.");
}

void refusals(Chip& chip) {
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.refused(tpm::PolicyPcrIn{session, {Bytes(32, 1)}, pcr_0_and_7}, {}, parameter(Rc::value, 1),
                 "PolicyPCR with a digest that the PCRs do not have");
    chip.refused(tpm::PolicyOrIn{session, {{{Bytes(32, 1)}, {Bytes(32, 2)}}}}, {}, parameter(Rc::value, 1),
                 "PolicyOR without the current digest");
    chip.refused(tpm::PolicyOrIn{session, {{{Bytes(32)}}}}, {}, parameter(Rc::size, 1),
                 "PolicyOR of one digest");
    chip.ok(tpm::PolicyCommandCodeIn{.policy_session = session, .code = tpm::Cc::unseal});
    chip.refused(tpm::PolicyCommandCodeIn{.policy_session = session, .code = tpm::Cc::sign}, {},
                 parameter(Rc::value, 1), "PolicyCommandCode of a second command");
    const tpm::Handle other = chip.session(tpm::Se::policy);
    chip.refused(tpm::PolicyCommandCodeIn{.policy_session = other, .code = tpm::Cc{0x1FF}}, {},
                 parameter(Rc::policy_cc, 1), "PolicyCommandCode of a command that the TPM does not have");
    chip.refused(
        tpm::PolicySecretIn{.auth_handle = rh::owner, .policy_session = other, .nonce_tpm = {Bytes(16, 1)}},
        {tpm::password()}, parameter(Rc::nonce, 1), "PolicySecret with another session's nonce");
    chip.ok(tpm::PolicyPcrIn{.policy_session = other, .pcrs = pcr_0_and_7});
    chip.extend(5);
    chip.refused(tpm::PolicyPcrIn{.policy_session = other, .pcrs = pcr_0_and_7}, {}, Rc::pcr_changed,
                 "PolicyPCR again after a PCR has changed");
}

Chip::Child sealed_under(Chip& chip, const Bytes& policy, ByteView data, ByteView auth = {}) {
    const auto parent = chip.primary(rh::owner, tpm::templates::storage_key(Alg::ecc));
    auto out = chip.child(parent.object_handle, tpm::templates::sealed_data(policy), data, auth);
    chip.flush(parent.object_handle);
    return out;
}

void unseal_in_state(Chip& chip) {
    const Bytes data = chip.random(24);
    const auto item = sealed_under(
        chip, tpm::Policy{Alg::sha256}.pcr(pcr_0_and_7, chip.composite(Alg::sha256, mask_0_and_7)).digest(),
        data);
    const auto satisfied = [&] {
        const tpm::Handle session = chip.session(tpm::Se::policy);
        chip.ok(tpm::PolicyPcrIn{.policy_session = session, .pcrs = pcr_0_and_7});
        return session;
    };
    const tpm::Handle session = satisfied();
    chip.equal(chip.ok(tpm::UnsealIn{item.handle}, {tpm::policy(session)}).out_data.value, data,
               "In its PCR state sealed data come out.");
    // The session has been used: it is as new.
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::policy(session)}, tpm_topic::session(Rc::policy_fail, 1),
                 "A policy session that was used");
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::password()}, Rc::auth_unavailable,
                 "A password where the object has no userWithAuth");
    const tpm::Handle trial = chip.session(tpm::Se::trial);
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::policy(trial)}, tpm_topic::session(Rc::attributes, 1),
                 "A trial session");
    chip.flush(trial);
    chip.extend(7);
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::policy(satisfied())},
                 tpm_topic::session(Rc::policy_fail, 1), "Another PCR state");
}

void with_auth_value(Chip& chip) {
    const Bytes data = chip.random(8), auth{4, 5, 6};
    const auto item = sealed_under(chip, tpm::Policy{Alg::sha256}.auth_value().digest(), data, auth);
    const tpm::Handle by_password = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicyPasswordIn{by_password});
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::policy_with_password(by_password, Bytes{1})},
                 tpm_topic::session(Rc::auth_fail, 1), "A wrong password under PolicyPassword");
    chip.equal(chip.ok(tpm::UnsealIn{item.handle}, {tpm::policy_with_password(by_password, auth, true)})
                   .out_data.value,
               data, "PolicyPassword takes the password.");
    tpm::StartAuthSessionIn start{.nonce_caller = {chip.random(16)}, .session_type = tpm::Se::policy};
    tpm::ClientSession session{
        chip.ok(start), {.nonce_caller = start.nonce_caller.value}, chip.trial().random()};
    chip.ok(tpm::PolicyAuthValueIn{session.handle()});
    const auto out = session.response<tpm::UnsealOut>(
        chip.send(session.command(tpm::UnsealIn{item.handle}, {item.name}, auth)));
    chip.expect(static_cast<bool>(out), "session-answer",
                "PolicyAuthValue takes the authValue in the HMAC key.", out ? "" : out.error().text());
    chip.equal(out->out_data.value, data, "Sealed data come out.");
}

void command_code_restricts(Chip& chip) {
    const auto item =
        sealed_under(chip, tpm::Policy{Alg::sha256}.command_code(tpm::Cc::nv_read).digest(), chip.random(4));
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicyCommandCodeIn{.policy_session = session, .code = tpm::Cc::nv_read});
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::policy(session)}, tpm_topic::session(Rc::policy_cc, 1),
                 "Another command than the policy names");
}

void either_branch(Chip& chip) {
    const Bytes secret_branch = tpm::Policy{Alg::sha256}.secret(tpm::name_of(rh::owner)).digest();
    const Bytes auth_branch = tpm::Policy{Alg::sha256}.auth_value().digest();
    const std::vector<Bytes> branches{secret_branch, auth_branch};
    const tpm::PolicyOrIn::Digests list{{{secret_branch}, {auth_branch}}};
    const Bytes data = chip.random(6), auth{1, 1};
    const auto item = sealed_under(chip, tpm::Policy{Alg::sha256}.any_of(branches).digest(), data, auth);
    const tpm::Handle first = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicySecretIn{.auth_handle = rh::owner, .policy_session = first}, {tpm::password()});
    chip.ok(tpm::PolicyOrIn{first, list});
    chip.equal(chip.ok(tpm::UnsealIn{item.handle}, {tpm::policy(first, true)}).out_data.value, data,
               "The first branch opens.");
    const tpm::Handle second = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicyPasswordIn{second});
    chip.ok(tpm::PolicyOrIn{second, list});
    chip.equal(
        chip.ok(tpm::UnsealIn{item.handle}, {tpm::policy_with_password(second, auth, true)}).out_data.value,
        data, "The second branch opens.");
}

void secret_needs_its_secret(Chip& chip) {
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{3};
    chip.ok(change, {tpm::password()});
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.refused(tpm::PolicySecretIn{.auth_handle = rh::owner, .policy_session = session}, {tpm::password()},
                 tpm_topic::session(Rc::bad_auth, 1), "PolicySecret with a wrong password");
    chip.equal(digest_of(chip, session), tpm::Policy{Alg::sha256}.digest(),
               "A refused assertion leaves the policy.");
    chip.ok(tpm::PolicySecretIn{.auth_handle = rh::owner, .policy_session = session},
            {tpm::password(Bytes{3})});
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const auto& [id, hash] :
         {std::pair{"policy.digests-sha256", Alg::sha256}, std::pair{"policy.digests-sha384", Alg::sha384},
          std::pair{"policy.digests-sha1", Alg::sha1}})
        add(cases, id, "Every assertion gives the digest of the standard, in trial and real sessions",
            {"TPM-POL-001"}, [hash = hash](Chip& chip) { digests(chip, hash); });
    add(cases, "policy.endorsement", "PolicySecret(ENDORSEMENT) has its published digest", {"TPM-POL-001"},
        endorsement_policy);
    add(cases, "policy.refusals", "Assertions that do not hold are refused", {"TPM-POL-002"}, refusals);
    add(cases, "policy.unseal", "Sealed data come out in their PCR state alone", {"TPM-POL-003"},
        unseal_in_state);
    add(cases, "policy.auth-value", "PolicyPassword and PolicyAuthValue ask for the authValue",
        {"TPM-POL-004"}, with_auth_value);
    add(cases, "policy.command-code", "PolicyCommandCode allows its command alone", {"TPM-POL-005"},
        command_code_restricts);
    add(cases, "policy.either", "PolicyOR opens by each of its branches", {"TPM-POL-006"}, either_branch);
    add(cases, "policy.secret", "PolicySecret needs the secret", {"TPM-POL-007"}, secret_needs_its_secret);
}

}  // namespace assay::conformance::tpm_topic::policy_cases
