// Public areas that clients ask for (TPM 2.0 Provisioning Guidance; TCG EK Credential Profile, templates L-1
// and L-2; Azure guest library for the policy-bound decryption key).
#include "models/tpm/digests.hpp"
#include "models/tpm/public_area.hpp"

namespace assay::tpm::templates {
namespace {

namespace a = object_attribute;
constexpr std::uint32_t made_here = a::fixed_tpm | a::fixed_parent | a::sensitive_data_origin;

TpmtPublic key(Alg type, Curve curve, std::uint32_t attributes) {
    TpmtPublic out{.type = type, .name_alg = hash_for(curve), .object_attributes = attributes};
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

TpmtPublic high_range_endorsement_key(Curve curve) {
    TpmtPublic out = key(Alg::ecc, curve,
                         made_here | a::user_with_auth | a::admin_with_policy | a::restricted | a::decrypt);
    const Bytes by_secret = Policy{out.name_alg}.secret(name_of(rh::endorsement)).digest();
    // The maker may fill this index with a policy: its public area is fixed, its content is not.
    const TpmsNvPublic index{.nv_index = curve == Curve::p256   ? Handle{0x01C0'7F01}
                                         : curve == Curve::p384 ? Handle{0x01C0'7F02}
                                                                : Handle{0x01C0'7F03},
                             .name_alg = out.name_alg,
                             .attributes = 0x220F'1008,
                             .auth_policy = {by_secret},
                             .data_size = static_cast<std::uint16_t>(digest_size(out.name_alg) + 2)};
    const Bytes by_index = Policy{out.name_alg}.authorized_nv(name_of(index)).digest();
    out.auth_policy.value = Policy{out.name_alg}.any_of(std::array{by_secret, by_index}).digest();
    out.symmetric = TpmtSymDef::aes_cfb(curve == Curve::p256 ? 128 : 256);
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
