// One fault in the wrapping key, or in its certification.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace key_table {

namespace a = tpm::object_attribute;

void absent(World& w) { w.with_key = false; }
void replaced(World& w) {
    w.key_sent = [](tpm::TpmtPublic& key) {
        key.unique_rsa.value[1] ^= 1;
    };
}
void policy_replaced(World& w) {
    w.key_sent = [](tpm::TpmtPublic& key) {
        key.auth_policy.value[0] ^= 1;
    };
}
void other_signer(World& w) { w.certification.other_signer = true; }
void signature_altered(World& w) {
    w.certification.after_signing = [](Bytes&, Bytes& signature) {
        signature[255] ^= 1;
    };
}
void other_challenge(World& w) { w.certification.extra_data = Bytes(32, 1); }
void quote_instead(World& w) {
    w.certification.before_signing = [](tpm::TpmsAttest& attest) {
        attest.type = tpm::Tag::attest_quote;
        attest.quote.pcr_digest.value = Bytes(32, 1);
    };
}
void other_magic(World& w) {
    w.certification.signed_bytes = [](Bytes& message) {
        message[3] = 0x48;
    };
}
void trailing(World& w) {
    w.certification.signed_bytes = [](Bytes& message) {
        message.push_back(0);
    };
}
void with_auth(World& w) { w.key_attributes |= a::user_with_auth; }
void may_sign(World& w) { w.key_attributes |= a::sign; }
void restricted(World& w) { w.key_attributes |= a::restricted; }
void not_fixed_tpm(World& w) { w.key_attributes &= ~a::fixed_tpm; }
void not_fixed_parent(World& w) { w.key_attributes &= ~a::fixed_parent; }
void imported(World& w) { w.key_attributes &= ~a::sensitive_data_origin; }
void no_decrypt(World& w) { w.key_attributes &= ~a::decrypt; }
void short_modulus(World& w) { w.key_bits = 1024; }
void small_exponent(World& w) { w.key_exponent = 3; }
void no_policy(World& w) { w.key_policy = Bytes{}; }
void zero_policy(World& w) { w.key_policy = Bytes(32); }
void policy_of_fewer(World& w) { w.key_policy_pcrs = 0x00FF; }
void policy_of_debug(World& w) { w.key_policy_pcrs = 0x10000; }
void policy_of_before(World& w) {
    // The registers as they were before the last image.
    w.boot.back().extended = false;
    w.key_policy = w.pcr_policy();
    w.boot.back().extended = true;
}

}  // namespace key_table

std::vector<Row> key_rows() {
    namespace t = key_table;
    const std::vector<std::string> certified{"CVM-KEY-001"}, attributes{"CVM-KEY-002"}, policy{"CVM-KEY-003"},
        size{"CVM-KEY-004"};
    const std::vector<std::string_view> binding{"E_KEY_BINDING"}, wrong_use{"E_KEY_ATTRIBUTES"},
        wrong_policy{"E_KEY_POLICY"}, params{"E_KEY_PARAMS"};
    return {
        {"key.absent", "Evidence without a wrapping key is refused", certified, nullptr, t::absent, binding},
        {"key.replaced", "A wrapping key that was not certified is refused", certified, nullptr, t::replaced,
         binding},
        {"key.policy-replaced", "A wrapping key whose policy was not certified is refused", certified,
         nullptr, t::policy_replaced, binding},
        {"key.other-signer", "A certification by another key is refused", certified, nullptr, t::other_signer,
         binding},
        {"key.signature", "A certification with an altered signature is refused", certified, nullptr,
         t::signature_altered, binding},
        {"key.challenge",
         "A certification for another challenge is refused",
         certified,
         nullptr,
         t::other_challenge,
         {"E_QUOTE_NONCE"}},
        {"key.quote", "A quote is no certification", certified, nullptr, t::quote_instead, {"E_QUOTE_TYPE"}},
        {"key.magic",
         "A certification that no TPM made is refused",
         certified,
         nullptr,
         t::other_magic,
         {"E_QUOTE_MAGIC"}},
        {"key.trailing",
         "A byte after the certification is refused",
         certified,
         nullptr,
         t::trailing,
         {"E_QUOTE_FORMAT"}},
        {"key.user-with-auth", "A wrapping key that opens without its policy is refused", attributes, nullptr,
         t::with_auth, wrong_use},
        {"key.sign", "A wrapping key that also signs is refused", attributes, nullptr, t::may_sign,
         wrong_use},
        {"key.restricted",
         "A restricted wrapping key is refused",
         attributes,
         nullptr,
         t::restricted,
         {"E_KEY_ATTRIBUTES", "E_KEY_PARAMS"}},
        {"key.not-fixed-tpm", "A wrapping key that may leave its TPM is refused", attributes, nullptr,
         t::not_fixed_tpm, wrong_use},
        {"key.not-fixed-parent", "A wrapping key that may be duplicated is refused", attributes, nullptr,
         t::not_fixed_parent, wrong_use},
        {"key.imported", "A wrapping key that was not made in the TPM is refused", attributes, nullptr,
         t::imported, wrong_use},
        {"key.no-decrypt", "A wrapping key that does not decrypt is refused", attributes, nullptr,
         t::no_decrypt, wrong_use},
        {"key.no-policy", "A wrapping key without a policy is refused", policy, nullptr, t::no_policy,
         wrong_policy},
        {"key.zero-policy", "A wrapping key whose policy nothing satisfies is refused", policy, nullptr,
         t::zero_policy, wrong_policy},
        {"key.fewer-registers", "A wrapping key bound to fewer registers is refused", policy, nullptr,
         t::policy_of_fewer, wrong_policy},
        {"key.debug-register", "A wrapping key bound to a debug register is refused", policy, nullptr,
         t::policy_of_debug, wrong_policy},
        {"key.earlier-state", "A wrapping key bound to an earlier state is refused", policy, nullptr,
         t::policy_of_before, wrong_policy},
        {"key.bits", "A wrapping key that states another size than it has is refused", size, nullptr,
         t::short_modulus, params},
        {"key.exponent", "A wrapping key with exponent 3 is refused", size, nullptr, t::small_exponent,
         params},
    };
}

}  // namespace assay::conformance::confidential_vm
