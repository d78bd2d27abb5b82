// RSA by its numbers and with every padding of TPM 2.0: what key.hpp, which speaks in whole keys, does not
// say.
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::crypto {

inline constexpr std::uint32_t rsa_exponent = 65537;  // of every key that is made here

/// A new key by its modulus and first prime: random probable primes (FIPS 186-5,
/// A.1.3), found by incremental search from a random start. Equal bytes from `random` give equal keys. `bits`
/// of the modulus: 1024 to 8192, a multiple of 64 (else std::logic_error).
struct RsaNumbers {
    Bytes modulus;
    Secret prime;
};
RsaNumbers rsa_generate(std::size_t bits, Random& random);

/// The key with this modulus (big-endian), exponent and first prime; nothing unless the modulus is the
/// product of that prime and another one of the same size, and the exponent has an inverse.
std::optional<PrivateKey> rsa_from_prime(const Context& context, ByteView modulus, std::uint32_t exponent,
                                         ByteView prime);

/// The first prime, big-endian, of half the size of the modulus. std::logic_error when the key is no RSA key.
Secret rsa_prime(const PrivateKey& key);

/// RFC 8017: none (RSAEP and RSADP alone), RSAES-PKCS1-v1_5 (7.2), RSAES-OAEP (7.1).
enum class RsaPadding : std::uint8_t { none, pkcs1, oaep };

/// As long as the modulus. Nothing when `plaintext` is too long for the padding, or (none) is not below the
/// modulus; a shorter one is then a number with leading zeros. `hash` and `label` are for OAEP.
std::optional<Bytes> rsa_encrypt(const Context& context, const PublicKey& key, RsaPadding padding, Hash hash,
                                 ByteView plaintext, ByteView label = {});

/// Nothing for any failure, without a reason. With no padding the result is as long as the modulus.
std::optional<Secret> rsa_decrypt(const PrivateKey& key, RsaPadding padding, Hash hash, ByteView ciphertext,
                                  ByteView label = {});

/// RSASSA-PSS (8.1) with a salt of any length.
bool rsa_verify_pss_any_salt(const PublicKey& key, Hash hash, ByteView digest, ByteView signature);

}  // namespace assay::crypto
