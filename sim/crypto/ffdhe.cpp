#include "sim/crypto/ffdhe.hpp"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "sim/crypto/key_native.hpp"

namespace assay::crypto {

struct FfdheKey::Native {
    OSSL_LIB_CTX* library;
    Ffdhe group;
    KeyHandle key;
};

std::size_t field_size(Ffdhe group) { return group == Ffdhe::ffdhe2048 ? 256 : 384; }

FfdheKey::FfdheKey(std::unique_ptr<Native> native) : native_(std::move(native)) {}
FfdheKey::FfdheKey(FfdheKey&&) noexcept = default;
FfdheKey& FfdheKey::operator=(FfdheKey&&) noexcept = default;
FfdheKey::~FfdheKey() = default;

FfdheKey FfdheKey::generate(const Context& context, Ffdhe group) {
    OSSL_LIB_CTX* library = context.native().library.get();
    const KeyContext maker{
        check(EVP_PKEY_CTX_new_from_name(library, "DH", nullptr), "EVP_PKEY_CTX_new_from_name")};
    check(EVP_PKEY_keygen_init(maker.get()), "EVP_PKEY_keygen_init");
    const std::array params{
        OSSL_PARAM_construct_utf8_string(
            OSSL_PKEY_PARAM_GROUP_NAME, text_param(group == Ffdhe::ffdhe2048 ? "ffdhe2048" : "ffdhe3072"), 0),
        OSSL_PARAM_construct_end()};
    check(EVP_PKEY_CTX_set_params(maker.get(), params.data()), "EVP_PKEY_CTX_set_params");
    EVP_PKEY* made = nullptr;
    check(EVP_PKEY_generate(maker.get(), &made), "EVP_PKEY_generate");
    return FfdheKey{std::unique_ptr<Native>{new Native{library, group, KeyHandle{made}}}};
}

Bytes FfdheKey::public_value() const {
    unsigned char* encoded = nullptr;
    const std::size_t size = EVP_PKEY_get1_encoded_public_key(native_->key.get(), &encoded);
    if (size != field_size(native_->group)) openssl_failure("EVP_PKEY_get1_encoded_public_key");
    Bytes out{encoded, encoded + size};
    OPENSSL_free(encoded);
    return out;
}

std::optional<Secret> FfdheKey::agree(ByteView peer_value) const {
    const std::size_t size = field_size(native_->group);
    if (peer_value.size() != size) return {};
    const KeyHandle peer{check(EVP_PKEY_new(), "EVP_PKEY_new")};
    check(EVP_PKEY_copy_parameters(peer.get(), native_->key.get()), "EVP_PKEY_copy_parameters");
    if (!succeeded(EVP_PKEY_set1_encoded_public_key(peer.get(), peer_value.data(), size))) return {};
    const KeyContext context{check(EVP_PKEY_CTX_new_from_pkey(native_->library, native_->key.get(), nullptr),
                                   "EVP_PKEY_CTX_new_from_pkey")};
    unsigned pad = 1;  // leading zeros stay
    const std::array params{OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
                            OSSL_PARAM_construct_end()};
    check(EVP_PKEY_derive_init_ex(context.get(), params.data()), "EVP_PKEY_derive_init_ex");
    constexpr int validated = 1;
    if (!succeeded(EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), validated))) return {};
    Secret out{size};
    std::size_t got = size;
    if (!succeeded(EVP_PKEY_derive(context.get(), out.bytes().data(), &got)) || got != size) return {};
    return out;
}

}  // namespace assay::crypto
