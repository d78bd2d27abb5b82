// The bare OpenSSL work under an operation: what nobody who uses OpenSSL can go below. Calls EVP directly, on
// purpose: a floor must not share code with what stands on it.
#pragma once
#include <memory>

#include "sim/base/bytes.hpp"

namespace assay::bench {

/// A P-384 key, loaded once.
class FloorKey {
public:
    FloorKey();
    ~FloorKey();
    FloorKey(const FloorKey&) = delete;
    FloorKey& operator=(const FloorKey&) = delete;

    /// ECDSA with SHA-384 over `message`: hash and sign; a DER signature.
    Bytes sign(ByteView message) const;
    /// Hash and verify. Throws std::runtime_error when it does not verify.
    void verify(ByteView message, ByteView signature) const;

private:
    struct Native;
    std::unique_ptr<Native> native_;
};

/// AES-256-GCM with a key that is loaded once.
class FloorAead {
public:
    FloorAead();
    ~FloorAead();
    FloorAead(const FloorAead&) = delete;
    FloorAead& operator=(const FloorAead&) = delete;

    /// Encrypts `message` into `out` (16 bytes longer), under the next nonce, and decrypts it again. Throws
    /// std::runtime_error when that fails.
    void there_and_back(ByteView message, Bytes& out);

private:
    struct Native;
    std::unique_ptr<Native> native_;
};

/// Public-key work by the number: what a protocol cannot do without.
struct FloorWork {
    unsigned p256_sign = 0;
    unsigned p384_sign = 0, p384_verify = 0, p384_generate = 0, p384_derive = 0;
    unsigned rsa2048_sign = 0, rsa2048_verify = 0, rsa2048_encrypt = 0, rsa2048_decrypt = 0;
    unsigned x25519_generate = 0, x25519_derive = 0;
};
/// Does that work once, on keys that are made at the first call. Throws std::runtime_error when OpenSSL
/// fails.
void floor_work(const FloorWork& work);

/// SHA-384 of `message`, thrown away.
void floor_sha384(ByteView message);

}  // namespace assay::bench
