// What a public area must satisfy (TPM 2.0 Library 1.59, Part 1, 27.5; Part 3, 12.1.1).
#include "models/tpm/creation.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;

bool is_signing_scheme(Alg scheme) {
    return scheme == Alg::rsassa || scheme == Alg::rsapss || scheme == Alg::ecdsa;
}

Rc check_asymmetric_scheme(const TpmtPublic& area) {
    const bool signs = area.has(oa::sign), decrypts = area.has(oa::decrypt);
    const Alg scheme = area.scheme.scheme;
    if (scheme == Alg::null) return rule::unless(!signs || decrypts || !area.has(oa::restricted), Rc::scheme);
    if (signs == decrypts) return Rc::scheme;
    if (signs) return rule::unless(is_signing_scheme(scheme), Rc::scheme);
    return rule::unless(!area.has(oa::restricted) && !is_signing_scheme(scheme), Rc::scheme);
}

Rc check_keyedhash_scheme(const TpmtPublic& area) {
    const bool signs = area.has(oa::sign), decrypts = area.has(oa::decrypt);
    const Alg scheme = area.scheme.scheme;
    if (signs == decrypts) return rule::unless(scheme == Alg::null, Rc::scheme);
    if (signs) return rule::unless(scheme == Alg::hmac, Rc::scheme);
    if (scheme != Alg::xor_) return Rc::scheme;
    return rule::unless(area.scheme.kdf == Alg::kdf1_sp800_108, Rc::scheme);
}

}  // namespace

Rc check_parameters(const TpmtPublic& area) {
    const bool is_storage = area.has(oa::restricted | oa::decrypt);
    switch (area.type) {
        case Alg::keyedhash: return check_keyedhash_scheme(area);
        case Alg::symcipher:
            if (area.symmetric.algorithm == Alg::null) return Rc::symmetric;
            return rule::unless(!is_storage || area.symmetric.mode != Alg::null, Rc::mode);
        default: break;
    }
    if (area.type == Alg::rsa && area.key_bits > largest_rsa) return Rc::value;
    if (const Rc rc = check_asymmetric_scheme(area); rc != Rc::success) return rc;
    if (area.symmetric.algorithm != Alg::null && !is_storage) return Rc::symmetric;
    if (area.type == Alg::ecc && area.kdf.scheme != Alg::null) return Rc::kdf;
    return rule::unless(area.symmetric.algorithm != Alg::null || !is_storage, Rc::symmetric);
}

Rc check_public_area(const TpmtPublic& area, const Object* parent) {
    const std::size_t policy = area.auth_policy.value.size();
    if (policy != 0 && policy != digest_size(area.name_alg)) return Rc::size;

    const bool parent_is_fixed = parent == nullptr || parent->area.has(oa::fixed_tpm);
    if (parent_is_fixed ? area.has(oa::fixed_parent) != area.has(oa::fixed_tpm) : area.has(oa::fixed_tpm))
        return Rc::attributes;
    if (area.has(oa::sign) == area.has(oa::decrypt)) {
        if (area.has(oa::restricted)) return Rc::attributes;
        if (!area.has(oa::sign) && area.type != Alg::keyedhash) return Rc::attributes;
    }
    if (area.has(oa::fixed_tpm | oa::encrypted_duplication)) return Rc::attributes;
    if (!parent_is_fixed &&
        area.has(oa::encrypted_duplication) != parent->area.has(oa::encrypted_duplication))
        return Rc::attributes;
    if (const Rc rc = check_parameters(area); rc != Rc::success) return rc;
    // A storage key that stays under its parent protects its children as that one does (Part 3, 12.1.1).
    const bool is_storage = area.has(oa::restricted | oa::decrypt) && area.type != Alg::keyedhash;
    if (!is_storage || !area.has(oa::fixed_parent) || parent == nullptr) return Rc::success;
    if (area.name_alg != parent->area.name_alg) return Rc::hash;
    return rule::unless(area.symmetric == parent->area.symmetric, Rc::symmetric);
}

Rc check_data_origin(const TpmtPublic& area, ByteView data, const Object* parent) {
    const bool made_here = area.has(oa::sensitive_data_origin);
    if (!made_here && data.empty()) return Rc::attributes;
    if (made_here && !data.empty() && parent != nullptr) return Rc::attributes;
    if (TpmtPublic::is_asymmetric(area)) return rule::unless(made_here, Rc::attributes);
    const bool is_data = area.type == Alg::keyedhash && !area.has(oa::sign) && !area.has(oa::decrypt);
    if (is_data && made_here) return Rc::attributes;
    const bool fixed = area.has(oa::fixed_parent) || area.has(oa::fixed_tpm);
    return rule::unless(!(area.has(oa::restricted) && !made_here && fixed), Rc::attributes);
}

}  // namespace assay::tpm
