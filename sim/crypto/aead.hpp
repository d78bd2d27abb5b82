// Authenticated encryption: AES-GCM (SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).
#pragma once
#include <initializer_list>
#include <memory>

#include "sim/base/bytes.hpp"

namespace assay::crypto {

enum class Aead : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

/// Bytes of a key: 16, 32, 32.
std::size_t key_size(Aead aead);
inline constexpr std::size_t aead_tag_size = 16;
inline constexpr std::size_t aead_nonce_size = 12;

/// A key that is set up once for many messages.
class AeadKey {
public:
    /// `key` has key_size(aead) bytes, else std::logic_error.
    AeadKey(Aead aead, ByteView key);
    AeadKey(AeadKey&&) noexcept;
    AeadKey& operator=(AeadKey&&) noexcept;
    ~AeadKey();

    /// `out` is 16 bytes longer than `plaintext` and may begin where it begins; it gets ciphertext || tag. A
    /// nonce has 12 bytes; AES-GCM takes any length from 1.
    void seal(ByteView nonce, ByteView aad, ByteView plaintext, std::span<std::uint8_t> out) const;

    /// The same for a plaintext in several parts, one after the other, none of which overlaps `out`.
    void seal(ByteView nonce, ByteView aad, std::initializer_list<ByteView> plaintext,
              std::span<std::uint8_t> out) const;

    /// `sealed` is ciphertext || tag, `out` is 16 bytes shorter and may begin where it begins. False, and
    /// `out` all zeros, when the tag is wrong or `sealed` is shorter than a tag: no plaintext is seen before
    /// it is verified.
    [[nodiscard]] bool open(ByteView nonce, ByteView aad, ByteView sealed, std::span<std::uint8_t> out) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace assay::crypto
