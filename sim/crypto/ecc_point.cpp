#include "sim/crypto/ecc_point.hpp"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "sim/crypto/key_native.hpp"

namespace assay::crypto {

std::optional<Secret> agree_point(const PrivateKey& key, const PublicKey& peer) {
    const CurveFacts* curve = curve_facts(key.type());
    if (curve == nullptr || curve->group == nullptr || peer.type() != key.type()) return {};
    OSSL_LIB_CTX* library = key.native().library();
    const Handle<EC_GROUP, &EC_GROUP_free> group{
        check(EC_GROUP_new_by_curve_name_ex(library, nullptr, EC_curve_nist2nid(curve->group)),
              "EC_GROUP_new_by_curve_name_ex")};
    const Handle<BN_CTX, &BN_CTX_free> numbers{check(BN_CTX_secure_new_ex(library), "BN_CTX_secure_new_ex")};
    BIGNUM* raw = nullptr;
    check(EVP_PKEY_get_bn_param(key.native().key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &raw),
          "EVP_PKEY_get_bn_param");
    const Handle<BIGNUM, &BN_clear_free> scalar{raw};
    const Bytes& point = peer.native().value;
    const Handle<EC_POINT, &EC_POINT_clear_free> in{check(EC_POINT_new(group.get()), "EC_POINT_new")};
    const Handle<EC_POINT, &EC_POINT_clear_free> out{check(EC_POINT_new(group.get()), "EC_POINT_new")};
    check(EC_POINT_oct2point(group.get(), in.get(), point.data(), point.size(), numbers.get()),
          "EC_POINT_oct2point");
    check(EC_POINT_mul(group.get(), out.get(), nullptr, in.get(), scalar.get(), numbers.get()),
          "EC_POINT_mul");
    if (EC_POINT_is_at_infinity(group.get(), out.get()) == 1) return {};
    Secret whole{curve->point_size};
    if (EC_POINT_point2oct(group.get(), out.get(), POINT_CONVERSION_UNCOMPRESSED, whole.bytes().data(),
                           whole.bytes().size(), numbers.get()) != whole.bytes().size())
        openssl_failure("EC_POINT_point2oct");
    Secret product{curve->point_size - 1};
    std::copy(whole.bytes().begin() + 1, whole.bytes().end(), product.bytes().begin());
    return product;
}

CurveParameters curve_parameters(KeyType type) {
    const CurveFacts* curve = curve_facts(type);
    if (curve == nullptr || curve->group == nullptr)
        throw std::logic_error("curve_parameters: no such curve");
    const Handle<EC_GROUP, &EC_GROUP_free> group{
        check(EC_GROUP_new_by_curve_name_ex(pure_library(), nullptr, EC_curve_nist2nid(curve->group)),
              "EC_GROUP_new_by_curve_name_ex")};
    using Number = Handle<BIGNUM, &BN_free>;
    const Number p{BN_new()}, a{BN_new()}, b{BN_new()}, x{BN_new()}, y{BN_new()};
    check(EC_GROUP_get_curve(group.get(), p.get(), a.get(), b.get(), nullptr), "EC_GROUP_get_curve");
    check(EC_POINT_get_affine_coordinates(group.get(), EC_GROUP_get0_generator(group.get()), x.get(), y.get(),
                                          nullptr),
          "EC_POINT_get_affine_coordinates");
    const auto bytes = [&](const BIGNUM* number) {
        Bytes out(curve->size);
        check(BN_bn2binpad(number, out.data(), int_size(out.size())), "BN_bn2binpad");
        return out;
    };
    return {bytes(p.get()), bytes(a.get()), bytes(b.get()),
            bytes(x.get()), bytes(y.get()), bytes(EC_GROUP_get0_order(group.get()))};
}

}  // namespace assay::crypto
