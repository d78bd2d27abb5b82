// The wrapping key of key release: RSA-2048 of the NULL hierarchy that decrypts in one PCR state alone.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::release_cases {
namespace {

namespace rh = tpm::rh;
constexpr std::uint32_t attested = 0x01FF;  // PCR 0 to 8
const tpm::TpmlPcrSelection attested_pcrs{{tpm::TpmsPcrSelection::mask(Alg::sha256, attested)}};

struct Wrapped {
    tpm::CreatePrimaryOut key;
    Bytes plain, cipher;
    tpm::RsaDecryptIn open() const {
        return {.key_handle = key.object_handle,
                .cipher_text = {cipher},
                .in_scheme = tpm::TpmtScheme::with(Alg::oaep, Alg::sha256)};
    }
};
Wrapped wrap(Chip& chip) {
    const Bytes policy =
        tpm::Policy{Alg::sha256}.pcr(attested_pcrs, chip.composite(Alg::sha256, attested)).digest();
    Wrapped out{
        chip.primary(rh::null, tpm::templates::policy_bound_decryption_key(policy)), chip.random(32), {}};
    const auto half = key_of(out.key.out_public.value);
    chip.expect(half && half->bits() == 2048, "bad-public-key", "The key is RSA-2048.");
    out.cipher = half->encrypt_oaep(chip.trial().crypto(), crypto::Hash::sha256, out.plain);
    return out;
}
tpm::Handle satisfied(Chip& chip) {
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicyPcrIn{.policy_session = session, .pcrs = attested_pcrs});
    return session;
}

void in_state(Chip& chip) {
    const Wrapped w = wrap(chip);
    chip.equal(chip.ok(w.open(), {tpm::policy(satisfied(chip))}).message.value, w.plain,
               "Under a satisfied PolicyPCR session the key decrypts.");
}
void without_policy(Chip& chip) {
    const Wrapped w = wrap(chip);
    chip.refused(w.open(), {tpm::password()}, Rc::auth_unavailable, "A password session");
    const tpm::Handle hmac = chip.session(tpm::Se::hmac);
    chip.refused(w.open(), {tpm::policy(hmac)}, Rc::auth_unavailable, "An HMAC session");
}
void extended_meanwhile(Chip& chip, tpm::Handle pcr) {
    const Wrapped w = wrap(chip);
    const tpm::Handle session = satisfied(chip);
    chip.extend(pcr);
    chip.refused(w.open(), {tpm::policy(session)}, Rc::pcr_changed,
                 "A PCR extended between PolicyPCR and use");
}
void not_counted(Chip& chip, tpm::Handle pcr) {
    const Wrapped w = wrap(chip);
    const tpm::Handle session = satisfied(chip);
    chip.extend(pcr);
    chip.equal(chip.ok(w.open(), {tpm::policy(session)}).message.value, w.plain,
               "An extend of PCR 16 or 23 does not count.");
}
void new_session(Chip& chip) {
    const Wrapped w = wrap(chip);
    chip.extend(4);
    chip.refused(w.open(), {tpm::policy(satisfied(chip))}, session(Rc::policy_fail, 1),
                 "A new session after an attested PCR has changed");
}
void same_key(Chip& chip) {
    const Wrapped w = wrap(chip);
    const Wrapped again = wrap(chip);
    chip.equal(again.key.out_public.value.unique_rsa.value, w.key.out_public.value.unique_rsa.value,
               "In one boot and PCR state the key is made again.");
    chip.extend(2);
    const Wrapped other = wrap(chip);
    chip.expect(!equal(other.key.out_public.value.unique_rsa.value, w.key.out_public.value.unique_rsa.value),
                "same-key", "In another PCR state the key is another.");
}
void after_reset(Chip& chip) {
    const Wrapped w = wrap(chip);
    chip.restart();
    Wrapped now = wrap(chip);
    chip.expect(!equal(now.key.out_public.value.unique_rsa.value, w.key.out_public.value.unique_rsa.value),
                "same-key", "After a TPM reset the key is another.");
    now.cipher = w.cipher;
    chip.expect(
        chip.rc_of(tpm::encode_command(now.open(), std::array{tpm::policy(satisfied(chip))})) != Rc::success,
        "decrypted", "What was wrapped before the reset does not open.");
}
void attributes(Chip& chip) {
    const Wrapped w = wrap(chip);
    const auto ak = chip.primary(rh::endorsement, tpm::templates::attestation_key(Alg::ecc));
    // ADMIN role by authValue: the object has no adminWithPolicy.
    const auto out = chip.ok(tpm::CertifyIn{.object_handle = w.key.object_handle,
                                            .sign_handle = ak.object_handle,
                                            .qualifying_data = {Bytes{1}}},
                             {tpm::password(), tpm::password()});
    chip.expect(verifies(ak.out_public.value, out.attest.value, out.signature), "signature-invalid",
                "TPM2_Certify of the wrapping key is signed.");
    const auto attest = decode<tpm::TpmsAttest>(out.attest.value, tpm::byte_order);
    chip.expect(static_cast<bool>(attest), "malformed-attest", "The attestation is whole.");
    chip.equal(attest->certify.name.value, tpm::name_of(w.key.out_public.value),
               "It names the public area with policy and attributes.");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    add(cases, "release.in-state", "The wrapping key decrypts in its PCR state", {"TPM-REL-001"}, in_state);
    add(cases, "release.policy-only", "It takes neither password nor HMAC", {"TPM-REL-002"}, without_policy);
    for (const unsigned pcr : {8U, 9U, 11U, 14U, 15U})
        add(cases, "release.extended-pcr-" + std::to_string(pcr),
            "An extend between PolicyPCR and use is refused", {"TPM-REL-003"},
            [pcr](Chip& chip) { extended_meanwhile(chip, pcr); });
    for (const unsigned pcr : {16U, 23U})
        add(cases, "release.uncounted-pcr-" + std::to_string(pcr), "PCRs 16 and 23 do not count",
            {"TPM-REL-004"}, [pcr](Chip& chip) { not_counted(chip, pcr); });
    add(cases, "release.other-state", "In another PCR state it does not decrypt", {"TPM-REL-005"},
        new_session);
    add(cases, "release.same-boot", "In one boot it is made again, for one state", {"TPM-REL-006"}, same_key);
    add(cases, "release.after-reset", "After a reset it is another key", {"TPM-REL-007"}, after_reset);
    add(cases, "release.certified", "It can be certified by an attestation key", {"TPM-REL-008"}, attributes);
}

}  // namespace assay::conformance::tpm_topic::release_cases
