// Public areas that clients ask for (TPM 2.0 Provisioning Guidance; TCG EK Credential Profile, templates L-1
// and L-2; Azure guest library for the policy-bound decryption key).
#include "models/tpm/digests.hpp"
#include "models/tpm/public_area.hpp"

namespace assay::tpm::templates {
namespace {

namespace a = object_attribute;
constexpr std::uint32_t made_here = a::fixed_tpm | a::fixed_parent | a::sensitive_data_origin;

TpmtPublic key(Alg type, Curve curve, std::uint32_t attributes) {
    TpmtPublic out{.type = type,
                   .name_alg = curve == Curve::p384 ? Alg::sha384 : Alg::sha256,
                   .object_attributes = attributes};
    if (type == Alg::rsa) out.key_bits = 2048;
    if (type == Alg::ecc) out.curve = curve;
    return out;
}

}  // namespace

TpmtPublic attestation_key(Alg type, Curve curve) {
    TpmtPublic out = key(type, curve, made_here | a::user_with_auth | a::restricted | a::sign);
    out.scheme = TpmtScheme::with(type == Alg::rsa ? Alg::rsassa : Alg::ecdsa, out.name_alg);
    return out;
}

TpmtPublic storage_key(Alg type) {
    TpmtPublic out =
        key(type, Curve::p256, made_here | a::user_with_auth | a::no_da | a::restricted | a::decrypt);
    out.symmetric = TpmtSymDef::aes_cfb(128);
    return out;
}

TpmtPublic endorsement_key(Alg type) {
    TpmtPublic out = key(type, Curve::p256, made_here | a::admin_with_policy | a::restricted | a::decrypt);
    out.auth_policy.value = Policy{Alg::sha256}.secret(name_of(rh::endorsement)).digest();
    out.symmetric = TpmtSymDef::aes_cfb(128);
    if (type == Alg::rsa)
        out.unique_rsa.value.assign(256, 0);
    else
        out.unique_ecc = {{Bytes(32)}, {Bytes(32)}};
    return out;
}

TpmtPublic policy_bound_decryption_key(ByteView policy) {
    TpmtPublic out = key(Alg::rsa, Curve::p256, made_here | a::no_da | a::decrypt);
    out.auth_policy.value.assign(policy.begin(), policy.end());
    out.unique_rsa.value.assign(256, 0);
    return out;
}

TpmtPublic sealed_data(ByteView policy) {
    TpmtPublic out{
        .type = Alg::keyedhash,
        .object_attributes = a::fixed_tpm | a::fixed_parent | (policy.empty() ? a::user_with_auth : 0)};
    out.auth_policy.value.assign(policy.begin(), policy.end());
    return out;
}

}  // namespace assay::tpm::templates
