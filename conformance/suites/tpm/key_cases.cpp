// Keys at work: signatures, RSA, Diffie-Hellman (Part 3, 14 and 20). The other side is computed here.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::key_cases {
namespace {

namespace rh = tpm::rh;
namespace oa = tpm::object_attribute;

tpm::TpmtPublic key_area(Alg type, std::uint32_t use, const tpm::TpmtScheme& scheme = {}) {
    tpm::TpmtPublic out = tpm::templates::storage_key(type);
    out.object_attributes = (out.object_attributes & ~(oa::restricted | oa::decrypt)) | use;
    out.symmetric = {};
    out.scheme = scheme;
    return out;
}

void sign(Chip& chip, const tpm::TpmtPublic& area, const tpm::TpmtScheme& scheme) {
    const auto key = chip.primary(rh::owner, area);
    const Bytes message = chip.random(60);
    tpm::SignIn in{.key_handle = key.object_handle,
                   .digest = {tpm::digest(scheme.hash_alg, {message})},
                   .in_scheme = scheme};
    const auto out = chip.ok(in, {tpm::password()}).signature;
    chip.expect(verifies(key.out_public.value, message, out), "signature-invalid", "The signature verifies.");
    chip.ok(tpm::VerifySignatureIn{key.object_handle, in.digest, out});
    in.digest.value.pop_back();
    chip.refused(in, {tpm::password()}, parameter(Rc::size, 1), "A digest that is one byte short");
    in.in_scheme = {};
    chip.refused(in, {tpm::password()}, parameter(Rc::scheme, 2), "No scheme at all");
}
void sign_refused(Chip& chip) {
    const auto key = chip.primary(rh::owner, tpm::templates::storage_key(Alg::ecc));
    chip.refused(tpm::SignIn{.key_handle = key.object_handle, .digest = {Bytes(32)}}, {tpm::password()},
                 handle(Rc::key, 1), "TPM2_Sign with a storage key");
}

void rsa(Chip& chip) {
    const auto key = chip.primary(rh::owner, key_area(Alg::rsa, oa::decrypt));
    const auto half = key_of(key.out_public.value);
    chip.expect(half.has_value(), "bad-public-key", "The public area is a key.");
    const Bytes plain = chip.random(40);
    for (const Alg hash : {Alg::sha256, Alg::sha1}) {
        const Bytes label{'L', 0};
        tpm::RsaDecryptIn in{
            .key_handle = key.object_handle,
            .cipher_text = {half->encrypt_oaep(chip.trial().crypto(), tpm::hash_of(hash), plain, label)},
            .in_scheme = tpm::TpmtScheme::with(Alg::oaep, hash),
            .label = {label}};
        chip.equal(chip.ok(in, {tpm::password()}).message.value, plain, "OAEP decrypts.");
    }
    tpm::RsaEncryptIn encrypt{.key_handle = key.object_handle, .in_scheme = {.scheme = Alg::rsaes}};
    encrypt.message = Bytes{plain};
    const auto cipher = chip.ok(encrypt).out_data;
    chip.equal(chip.ok(tpm::RsaDecryptIn{.key_handle = key.object_handle,
                                         .cipher_text = cipher,
                                         .in_scheme = {.scheme = Alg::rsaes}},
                       {tpm::password()})
                   .message.value,
               plain, "RSAES-PKCS1-v1_5 comes back.");
    encrypt.in_scheme = tpm::TpmtScheme::with(Alg::oaep, Alg::sha256);
    encrypt.label.value = {'L'};
    chip.refused(encrypt, {}, parameter(Rc::value, 3), "A label without a zero at its end");
}
void rsa_broken(Chip& chip) {
    const auto key = chip.primary(rh::owner, key_area(Alg::rsa, oa::decrypt));
    Bytes cipher =
        key_of(key.out_public.value)->encrypt_oaep(chip.trial().crypto(), crypto::Hash::sha256, Bytes(8));
    cipher[9] ^= 1;
    chip.refused(tpm::RsaDecryptIn{.key_handle = key.object_handle,
                                   .cipher_text = {cipher},
                                   .in_scheme = tpm::TpmtScheme::with(Alg::oaep, Alg::sha256)},
                 {tpm::password()}, Rc::value, "A ciphertext with one bit changed");
}
void rsa_refused(Chip& chip) {
    const auto ecc = chip.primary(rh::owner, tpm::templates::storage_key(Alg::ecc));
    const auto storage = chip.primary(rh::owner, tpm::templates::storage_key(Alg::rsa));
    tpm::RsaDecryptIn in{.key_handle = ecc.object_handle, .cipher_text = {Bytes(256, 1)}};
    chip.refused(in, {tpm::password()}, handle(Rc::key, 1), "TPM2_RSA_Decrypt with an ECC key");
    in.key_handle = storage.object_handle;
    chip.refused(in, {tpm::password()}, handle(Rc::attributes, 1), "TPM2_RSA_Decrypt with a restricted key");
}

void diffie_hellman(Chip& chip, tpm::Curve curve) {
    tpm::TpmtPublic area = key_area(Alg::ecc, oa::decrypt, tpm::TpmtScheme::with(Alg::ecdh, Alg::sha256));
    area.curve = curve;
    const auto key = chip.primary(rh::owner, area);
    const auto half = key_of(key.out_public.value);
    chip.expect(half.has_value(), "bad-public-key", "The public area is a key.");
    const auto ephemeral = crypto::PrivateKey::generate(chip.trial().crypto(), half->type());
    const Secret shared = ephemeral.agree(*half).value();
    const Bytes point = ephemeral.public_key().point();
    const auto middle = point.begin() + 1 + static_cast<std::ptrdiff_t>(point.size() / 2);
    tpm::EcdhZgenIn in{key.object_handle,
                       {{{Bytes{point.begin() + 1, middle}}, {Bytes{middle, point.end()}}}}};
    chip.equal(chip.ok(in, {tpm::password()}).out_point.value.x.value, shared.bytes(),
               "TPM2_ECDH_ZGen gives the shared point.");
    in.in_point.value.y.value[7] ^= 1;
    chip.refused(in, {tpm::password()}, parameter(Rc::ecc_point, 1), "A point that is not on the curve");
    const auto generated = chip.ok(tpm::EcdhKeyGenIn{key.object_handle});
    const auto back = chip.ok(tpm::EcdhZgenIn{key.object_handle, generated.pub_point}, {tpm::password()});
    chip.expect(back.out_point == generated.z_point, "wrong-point",
                "TPM2_ECDH_KeyGen and TPM2_ECDH_ZGen agree.");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    const auto with = [](Alg scheme) {
        return tpm::TpmtScheme::with(scheme, Alg::sha256);
    };
    for (const auto& [id, type, scheme] : {std::tuple{"key.sign-ecdsa", Alg::ecc, Alg::ecdsa},
                                           std::tuple{"key.sign-rsassa", Alg::rsa, Alg::rsassa},
                                           std::tuple{"key.sign-rsapss", Alg::rsa, Alg::rsapss}})
        add(cases, id, "TPM2_Sign and TPM2_VerifySignature agree with the world", {"TPM-KEY-001"},
            [type = type, chosen = with(scheme)](Chip& chip) {
                sign(chip, key_area(type, oa::sign), chosen);
            });
    add(cases, "key.sign-refused", "A key that does not sign does not sign", {"TPM-KEY-002"}, sign_refused);
    add(cases, "key.rsa", "RSA decrypts what is encrypted outside", {"TPM-KEY-003"}, rsa);
    add(cases, "key.rsa-broken", "What does not decode is refused with TPM_RC_VALUE", {"TPM-KEY-005"},
        rsa_broken);
    add(cases, "key.rsa-refused", "RSA is refused with keys of other use", {"TPM-KEY-002"}, rsa_refused);
    add(cases, "key.ecdh-p256", "Diffie-Hellman on P-256 agrees with the world", {"TPM-KEY-004"},
        [](Chip& chip) { diffie_hellman(chip, tpm::Curve::p256); });
    add(cases, "key.ecdh-p384", "Diffie-Hellman on P-384 agrees with the world", {"TPM-KEY-004"},
        [](Chip& chip) { diffie_hellman(chip, tpm::Curve::p384); });
}

}  // namespace assay::conformance::tpm_topic::key_cases
