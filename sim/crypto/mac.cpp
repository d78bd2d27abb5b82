// HMAC (FIPS 198-1) as two digests: a third of the time of EVP_MAC, which fetches its digest by name for each
// key.
#include "sim/crypto/mac.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "sim/crypto/native.hpp"

namespace assay::crypto {

void hmac_into(Hash hash, ByteView key, std::initializer_list<ByteView> parts, std::span<std::uint8_t> out) {
    constexpr std::size_t max_block = 128, max_digest = 64;
    const std::size_t block = hash == Hash::sha384 || hash == Hash::sha512 ? 128 : 64;
    const std::size_t size = digest_size(hash);
    std::array<std::uint8_t, max_block> pad{};
    std::array<std::uint8_t, max_digest> inner{};

    if (key.size() > block)
        digest_into(hash, {key}, pad);
    else
        std::copy(key.begin(), key.end(), pad.begin());

    const DigestContext context{check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")};
    const auto start = [&](std::uint8_t flip) {
        for (std::uint8_t& byte : pad) byte ^= flip;
        check(EVP_DigestInit_ex2(context.get(), fetched(hash), nullptr), "EVP_DigestInit_ex2");
        check(EVP_DigestUpdate(context.get(), pad.data(), block), "EVP_DigestUpdate");
    };
    start(0x36);
    for (const ByteView part : parts)
        check(EVP_DigestUpdate(context.get(), part.data(), part.size()), "EVP_DigestUpdate");
    check(EVP_DigestFinal_ex(context.get(), inner.data(), nullptr), "EVP_DigestFinal_ex");
    start(0x36 ^ 0x5C);
    check(EVP_DigestUpdate(context.get(), inner.data(), size), "EVP_DigestUpdate");
    check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr), "EVP_DigestFinal_ex");

    OPENSSL_cleanse(pad.data(), pad.size());
    OPENSSL_cleanse(inner.data(), inner.size());
}

Bytes hmac(Hash hash, ByteView key, std::initializer_list<ByteView> parts) {
    Bytes out(digest_size(hash));
    hmac_into(hash, key, parts, out);
    return out;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace assay::crypto
