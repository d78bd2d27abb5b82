// Asymmetric keys: ECDSA (FIPS 186-4), ECDH (SP 800-56A, RFC 7748), RSA (RFC 8017).
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "sim/base/secret.hpp"
#include "sim/crypto/context.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

/// P-521 is for key agreement alone: no certificate, signature or key file of it is taken.
enum class KeyType : std::uint8_t { p256, p384, p521, x25519, rsa };
std::string_view name(KeyType type);

/// How a signature is made: ECDSA as raw r || s (SPDM, JOSE) or as DER (X.509, OCSP), RSA by scheme.
enum class SignatureScheme : std::uint8_t { ecdsa_raw, ecdsa_der, rsa_pkcs1, rsa_pss };

/// Immutable; copies share the key.
class PublicKey {
public:
    /// A DER SubjectPublicKeyInfo. Nothing for malformed DER, trailing bytes, other key types or curves, a
    /// point that is compressed or not on its curve, explicit curve parameters, and what from_rsa refuses.
    static std::optional<PublicKey> from_spki(ByteView der);
    /// P-256, P-384, P-521: the uncompressed point 04 || X || Y, checked to be on the curve. X25519: 32
    /// bytes.
    static std::optional<PublicKey> from_point(KeyType curve, ByteView point);
    /// Big-endian modulus; public exponent 65537 if none is given. Nothing unless the modulus is odd and has
    /// 1024 to 8192 bits, and the exponent is odd and at least 3.
    static std::optional<PublicKey> from_rsa(ByteView modulus, std::uint32_t exponent = 65537);

    KeyType type() const;
    /// Bits of the curve or of the modulus.
    std::size_t bits() const;
    Bytes spki() const;
    /// Not for RSA (std::logic_error).
    Bytes point() const;
    /// RSA only: big-endian without leading zeros.
    Bytes rsa_modulus() const;
    bool operator==(const PublicKey& other) const;

    /// Over the message. RSA-PSS expects a salt as long as the digest and MGF1 with the same hash. False for
    /// anything that is not a valid signature, whatever its form (a raw one has exactly 64 or 96 bytes; DER
    /// is strict).
    [[nodiscard]] bool verify(SignatureScheme scheme, Hash hash, ByteView message, ByteView signature) const;
    /// Over a digest that was made elsewhere.
    [[nodiscard]] bool verify_digest(SignatureScheme scheme, Hash hash, ByteView digest,
                                     ByteView signature) const;
    /// RSA-OAEP with MGF1 of the same hash; the seed comes from `context`. std::logic_error when `plaintext`
    /// is too long or the key is no RSA key.
    Bytes encrypt_oaep(const Context& context, Hash hash, ByteView plaintext, ByteView label = {}) const;

    /// For sim/crypto alone.
    struct Native;
    explicit PublicKey(std::shared_ptr<const Native> native) : native_(std::move(native)) {}
    const Native& native() const { return *native_; }

private:
    std::shared_ptr<const Native> native_;
};

/// Lives in a Context. Moves, never copies; the private part is wiped when it dies.
class PrivateKey {
public:
    static PrivateKey generate(const Context& context, KeyType type, std::size_t rsa_bits = 2048);
    /// The private scalar, big-endian (32, 48 or 66 bytes; X25519: its 32 bytes). Nothing when it is 0 or not
    /// below the group order.
    static std::optional<PrivateKey> from_scalar(const Context& context, KeyType curve, ByteView scalar);
    /// A key from `seed_material` by candidate testing (FIPS 186-5, A.2.2), for DICE: equal bytes give equal
    /// keys. P-256, P-384.
    static PrivateKey derive(const Context& context, KeyType curve, ByteView seed_material,
                             std::string_view label);
    /// Unencrypted PKCS#8 or SEC 1, DER or PEM (its first block of these). Nothing when a public half that
    /// comes along is not the key's own.
    static std::optional<PrivateKey> from_pkcs8(const Context& context, ByteView der_or_pem);

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    KeyType type() const;
    PublicKey public_key() const;
    Secret pkcs8() const;

    /// Over the message. ECDSA draws its nonce from the Context. std::logic_error when the scheme is not one
    /// of this key's type.
    Bytes sign(SignatureScheme scheme, Hash hash, ByteView message) const;
    Bytes sign_digest(SignatureScheme scheme, Hash hash, ByteView digest) const;
    /// From now on an equal digest gets the signature that it had before, without computing. Before one is
    /// made, `begin` hears what follows from the digest alone: a context whose source begins anew from that
    /// gives the same signature whatever was signed earlier (as RFC 6979 does). For keys that many threads do
    /// not share: forges, which sign the same things thousands of times.
    void remember_signatures(std::function<void(ByteView digest)> begin);

    /// The shared x coordinate, or the X25519 output. Nothing when the peer's key is of another type or gives
    /// an all-zero result (RFC 7748, 6.1). With P-256, OpenSSL 3.0 itself leaves the scalar in memory that it
    /// frees (ecp_nistz256_windowed_mul).
    std::optional<Secret> agree(const PublicKey& peer) const;

    /// RSA-OAEP. Nothing for any failure, without a reason.
    std::optional<Secret> decrypt_oaep(Hash hash, ByteView ciphertext, ByteView label = {}) const;

    /// For sim/crypto alone.
    struct Native;
    explicit PrivateKey(std::unique_ptr<Native> native);
    const Native& native() const { return *native_; }

private:
    Bytes make_signature(SignatureScheme scheme, Hash hash, ByteView digest) const;

    std::unique_ptr<Native> native_;
};

/// ECDSA signatures from one form to the other. `curve` is P-256 or P-384. Nothing when malformed; DER is
/// strict (minimal integers, nothing after it).
std::optional<Bytes> ecdsa_der_to_raw(KeyType curve, ByteView der);
std::optional<Bytes> ecdsa_raw_to_der(KeyType curve, ByteView raw);

}  // namespace assay::crypto
