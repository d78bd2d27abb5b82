// Private parts do not outlive their owners: every block that OpenSSL or operator delete gives back is looked
// at before it goes. Alone in its program, because it replaces both allocators.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <boost/test/unit_test.hpp>
#include <malloc.h>
#include <openssl/crypto.h>

#include "sim/crypto/aead.hpp"
#include "sim/crypto/kdf.hpp"
#include "sim/crypto/key.hpp"
#include "sim/crypto/key_wrap.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::crypto {
namespace {

// Every secret of this test contains this passage, as it is or (OpenSSL's numbers) backwards.
constexpr std::array<std::uint8_t, 12> mark{0x5E, 0xC1, 0x2E, 0x75, 0x10, 0xA9,
                                            0xB3, 0xD4, 0x37, 0x68, 0x91, 0x4C};
std::size_t blocks_with_mark = 0;

void look_and_free(void* pointer) {
    if (pointer == nullptr) return;
    const auto* const data = static_cast<const unsigned char*>(pointer);
    const auto* const end = data + ::malloc_usable_size(pointer);
    const bool forwards = std::search(data, end, mark.begin(), mark.end()) != end;
    const bool backwards = std::search(data, end, mark.rbegin(), mark.rend()) != end;
    if (forwards || backwards) ++blocks_with_mark;
    std::free(pointer);
}

void* openssl_malloc(std::size_t size, const char*, int) { return std::malloc(size); }
void openssl_free(void* pointer, const char*, int) { look_and_free(pointer); }
void* openssl_realloc(void* pointer, std::size_t size, const char*, int) {
    void* const other = std::malloc(size);
    if (other != nullptr && pointer != nullptr) {
        std::memcpy(other, pointer, std::min(size, ::malloc_usable_size(pointer)));
        look_and_free(pointer);
    }
    return other;
}
const bool replaced = CRYPTO_set_mem_functions(&openssl_malloc, &openssl_realloc, &openssl_free) == 1;

// 32 bytes with the mark in the middle; below the order of P-256.
std::array<std::uint8_t, 32> secret_bytes() {
    std::array<std::uint8_t, 32> out{};
    out.fill(0x11);
    std::ranges::copy(mark, out.begin() + 10);
    return out;
}

struct Watch {
    Watch() { blocks_with_mark = 0; }
    // Wipes what the test itself has on its stack, and on no heap.
    std::array<std::uint8_t, 32> secret = secret_bytes();
    Drbg random{as_bytes("wipe")};
    Context context{random};
};

BOOST_FIXTURE_TEST_SUITE(wiping, Watch)

BOOST_AUTO_TEST_CASE(the_watch_sees_a_block_that_is_not_wiped) {
    BOOST_REQUIRE(replaced);
    { const Bytes careless{secret.begin(), secret.end()}; }
    BOOST_TEST(blocks_with_mark == 1U);
    OPENSSL_free(OPENSSL_memdup(secret.data(), secret.size()));
    BOOST_TEST(blocks_with_mark == 2U);
    OPENSSL_clear_free(OPENSSL_memdup(secret.data(), secret.size()), secret.size());
    BOOST_TEST(blocks_with_mark == 2U);
}

BOOST_AUTO_TEST_CASE(private_keys) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519}) {
        std::array<std::uint8_t, 48> scalar{};
        std::ranges::copy(secret, scalar.begin());
        auto key =
            PrivateKey::from_scalar(context, type, ByteView{scalar}.first(type == KeyType::p384 ? 48 : 32));
        BOOST_REQUIRE(key);
        if (type != KeyType::x25519)
            (void)key->sign(SignatureScheme::ecdsa_raw, Hash::sha256, as_bytes("message"));
        if (type != KeyType::p256)  // see PrivateKey::agree
            (void)key->agree(PrivateKey::generate(context, type).public_key());
        const PrivateKey moved = *std::move(key);
        key.reset();
    }
    BOOST_TEST(blocks_with_mark == 0U);
}

BOOST_AUTO_TEST_CASE(derived_and_unwrapped_secrets) {
    (void)hkdf(Hash::sha256, secret, secret, {}, 100);
    (void)hmac(Hash::sha384, secret, {secret});
    (void)digest(Hash::sha384, {secret});
    Drbg generator{secret};
    generator.fill(secret);
    secret = secret_bytes();
    const Bytes wrapped = wrap_key(KeyWrap::kw, Bytes(32, 1), secret);
    BOOST_TEST(unwrap_key(KeyWrap::kw, Bytes(32, 1), wrapped).has_value());
    (void)wrap_key(KeyWrap::kw, secret, Bytes(16));
    BOOST_TEST(blocks_with_mark == 0U);
}

BOOST_AUTO_TEST_CASE(sealing_keys) {
    for (const Aead aead : {Aead::aes_256_gcm, Aead::chacha20_poly1305}) {
        const AeadKey key{aead, secret};
        std::array<std::uint8_t, 48> sealed{};
        key.seal(Bytes(12), {}, secret, sealed);
        std::array<std::uint8_t, 32> opened{};
        BOOST_TEST(key.open(Bytes(12), {}, sealed, opened));
        BOOST_TEST((opened == secret));
    }
    BOOST_TEST(blocks_with_mark == 0U);
}

BOOST_AUTO_TEST_CASE(decrypted_oaep) {
    const PrivateKey key = PrivateKey::generate(context, KeyType::rsa);
    const Bytes sealed = key.public_key().encrypt_oaep(context, Hash::sha256, secret);
    BOOST_TEST(equal(key.decrypt_oaep(Hash::sha256, sealed)->bytes(), secret));
    BOOST_TEST(blocks_with_mark == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto

void* operator new(std::size_t size) {
    if (void* block = std::malloc(size)) return block;
    throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* pointer) noexcept { assay::crypto::look_and_free(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { assay::crypto::look_and_free(pointer); }
