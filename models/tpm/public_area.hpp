// Public and sensitive areas of objects (TPM 2.0 Library 1.59, Part 2, 12).
#pragma once
#include "models/tpm/structures.hpp"

namespace assay::tpm {

/// TPMT_PUBLIC (12.2.4). Which of the members after `authPolicy` are there depends on `type`.
struct TpmtPublic {
    Alg type = Alg::null;
    Alg name_alg = Alg::sha256;
    std::uint32_t object_attributes = 0;
    Tpm2bDigest auth_policy{};
    // parameters (TPMU_PUBLIC_PARMS)
    TpmtSymDef symmetric{};      // RSA, ECC, SYMCIPHER
    TpmtScheme scheme{};         // RSA, ECC, KEYEDHASH
    std::uint16_t key_bits = 0;  // RSA
    std::uint32_t exponent = 0;  // RSA: 0 is 65537
    Curve curve{};               // ECC
    TpmtScheme kdf{};            // ECC
    // unique (TPMU_PUBLIC_ID)
    Tpm2bPublicKeyRsa unique_rsa{};
    TpmsEccPoint unique_ecc{};
    Tpm2bDigest unique_digest{};  // KEYEDHASH, SYMCIPHER
    bool operator==(const TpmtPublic&) const = default;

    bool has(std::uint32_t attribute) const { return (object_attributes & attribute) == attribute; }

    static constexpr bool is_rsa(const TpmtPublic& p) { return p.type == Alg::rsa; }
    static constexpr bool is_ecc(const TpmtPublic& p) { return p.type == Alg::ecc; }
    static constexpr bool is_keyedhash(const TpmtPublic& p) { return p.type == Alg::keyedhash; }
    static constexpr bool is_asymmetric(const TpmtPublic& p) { return is_rsa(p) || is_ecc(p); }
    static constexpr bool has_symmetric(const TpmtPublic& p) { return !is_keyedhash(p); }
    static constexpr bool has_scheme(const TpmtPublic& p) { return is_asymmetric(p) || is_keyedhash(p); }
    static constexpr bool has_digest(const TpmtPublic& p) { return !is_asymmetric(p); }

    /// TPMI_ALG_PUBLIC (12.2.2).
    static constexpr Rc known_type(Alg type) {
        return rule::unless(
            type == Alg::rsa || type == Alg::ecc || type == Alg::keyedhash || type == Alg::symcipher,
            Rc::type);
    }
    static constexpr Rc scheme_of_type(const TpmtPublic& p) {
        return is_rsa(p)   ? rule::rsa_scheme(p.scheme)
               : is_ecc(p) ? rule::ecc_scheme(p.scheme)
                           : rule::keyedhash_scheme(p.scheme);
    }
    static constexpr Rc symmetric_of_type(const TpmtPublic& p) {
        return p.type == Alg::symcipher ? rule::cipher(p.symmetric) : rule::sym_def_object(p.symmetric);
    }
    /// TPMI_RSA_KEY_BITS (11.2.4.6).
    static constexpr Rc rsa_bits(std::uint16_t bits) {
        return rule::unless(bits == 1024 || bits == 2048 || bits == 3072 || bits == 4096, Rc::value);
    }
    static constexpr auto wire() {
        using P = TpmtPublic;
        return std::tuple{ruled<&P::type, known_type>("type"),
                          ruled<&P::name_alg, rule::hash_or_null>("nameAlg"),
                          ruled<&P::object_attributes, rule::object_attributes>("objectAttributes"),
                          field("authPolicy", &P::auth_policy),
                          field("symmetric", &P::symmetric).when(has_symmetric).early([](const P& p) {
                              return static_cast<std::uint32_t>(symmetric_of_type(p));
                          }),
                          field("scheme", &P::scheme).when(has_scheme).early([](const P& p) {
                              return static_cast<std::uint32_t>(scheme_of_type(p));
                          }),
                          ruled<&P::key_bits, rsa_bits>("keyBits").when(is_rsa),
                          field("exponent", &P::exponent).when(is_rsa),
                          ruled<&P::curve, rule::curve>("curveID").when(is_ecc),
                          ruled_early<&P::kdf, rule::kdf_scheme>("kdf").when(is_ecc),
                          field("unique", &P::unique_rsa).when(is_rsa),
                          field("unique", &P::unique_ecc).when(is_ecc),
                          field("unique", &P::unique_digest).when(has_digest)};
    }
};
using Tpm2bPublic = Tpm2bOf<TpmtPublic>;

namespace rule {
/// TPM2B_PUBLIC without `+`.
constexpr Rc named(const Tpm2bPublic& area) { return unless(area.value.name_alg != Alg::null, Rc::hash); }
}  // namespace rule

/// TPMT_SENSITIVE (12.3.2.4). `sensitive` is one prime (RSA), the scalar (ECC), data (KEYEDHASH) or a key
/// (SYMCIPHER).
struct TpmtSensitive {
    Alg type = Alg::null;
    Tpm2bAuth auth_value{};
    Tpm2bAuth seed_value{};
    SecretTpm2b<256> sensitive{};
    static constexpr auto wire() {
        using S = TpmtSensitive;
        return std::tuple{ruled<&S::type, TpmtPublic::known_type>("sensitiveType"),
                          field("authValue", &S::auth_value), field("seedValue", &S::seed_value),
                          field("sensitive", &S::sensitive)};
    }
};
using Tpm2bSensitive = OptionalSized<TpmtSensitive, std::uint16_t>;

/// TPMS_SENSITIVE_CREATE (11.1.15).
struct TpmsSensitiveCreate {
    Tpm2bAuth user_auth{};
    Tpm2bSensitiveData data{};
    static constexpr auto wire() {
        using S = TpmsSensitiveCreate;
        return std::tuple{field("userAuth", &S::user_auth), field("data", &S::data)};
    }
};
using Tpm2bSensitiveCreate = Tpm2bOf<TpmsSensitiveCreate>;

/// Public areas that clients ask for, ready to be changed. Each is a TPMT_PUBLIC with an empty `unique`.
namespace templates {

/// An attestation key: restricted signing, ECDSA or RSASSA with SHA-256.
TpmtPublic attestation_key(Alg type, Curve curve = Curve::p256);
/// A storage root key: restricted decryption, AES-128-CFB.
TpmtPublic storage_key(Alg type);
/// The endorsement key L-1 (RSA-2048) or L-2 (P-256) of the TCG EK Credential Profile, template in `unique`.
TpmtPublic endorsement_key(Alg type);
/// EK template H-2 to H-4 (TCG EK Credential Profile 2.5, B.4): usable by PolicySecret(endorsement), or by
/// what the policy index of the name algorithm (0x01C07F01 to 03) allows.
TpmtPublic high_range_endorsement_key(Curve curve);
/// RSA-2048 that only decrypts, and only where `policy` is satisfied: no userWithAuth.
TpmtPublic policy_bound_decryption_key(ByteView policy);
/// Sealed data; with a policy its authValue alone does not open it.
TpmtPublic sealed_data(ByteView policy = {});

}  // namespace templates
}  // namespace assay::tpm
