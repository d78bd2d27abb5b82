// Hybrid public key encryption (RFC 9180) over the primitives of this folder: all four modes, the DHKEMs of
// P-256, P-384, P-521 and X25519.
//
//     const hpke::Suite suite{hpke::KemId::p384_sha384, hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm};
//     auto sender = hpke::setup_sender(context, suite, recipient_public_key, info);   // enc, SenderContext
//     Bytes sealed(plaintext.size() + aead_tag_size);
//     if (!sender || !sender->context.seal(aad, plaintext, sealed)) return ...;
//     auto recipient = hpke::setup_recipient(suite, sender->enc, recipient_private_key, info);
//     if (!recipient || !recipient->open(aad, sealed, storage_of_the_caller)) return ...;
#pragma once
#include "sim/base/result.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/key.hpp"

namespace assay::crypto::hpke {

enum class KemId : std::uint16_t {
    p256_sha256 = 0x0010,
    p384_sha384 = 0x0011,
    p521_sha512 = 0x0012,
    x25519_sha256 = 0x0020,
};
enum class KdfId : std::uint16_t { sha256 = 0x0001, sha384 = 0x0002, sha512 = 0x0003 };
enum class AeadId : std::uint16_t {
    aes_128_gcm = 0x0001,
    aes_256_gcm = 0x0002,
    chacha20_poly1305 = 0x0003,
    export_only = 0xFFFF,
};

/// 7.1: one row per KEM.
struct KemFacts {
    KemId id;
    std::string_view name;  // "DHKEM(P-256, HKDF-SHA256)"
    KeyType curve;
    Hash hash;
    std::size_t secret_size;       // Nsecret
    std::size_t public_key_size;   // Npk, which is Nenc
    std::size_t private_key_size;  // Nsk
    std::uint8_t candidate_mask;   // of DeriveKeyPair; 0 where any bytes are a key
};
/// 7.2.
struct KdfFacts {
    KdfId id;
    std::string_view name;
    Hash hash;
};
/// 7.3. An export-only suite has no cipher, and a key of 0 bytes.
struct AeadFacts {
    AeadId id;
    std::string_view name;
    std::optional<Aead> cipher;
    std::size_t key_size;    // Nk
    std::size_t nonce_size;  // Nn
};
/// Null for identifiers that are not in the table: any number may come from a wire.
const KemFacts* facts(KemId id);
const KdfFacts* facts(KdfId id);
const AeadFacts* facts(AeadId id);

/// Functions that take a suite expect all three identifiers to be known (else std::logic_error).
struct Suite {
    KemId kem{};
    KdfId kdf{};
    AeadId aead{};
    bool operator==(const Suite&) const = default;
};

enum class Mode : std::uint8_t { base = 0, psk = 1, auth = 2, auth_psk = 3 };

/// RFC 9180 names; what the last three are called there is "an error".
enum class Error : std::uint8_t {
    deserialize,      // DeserializeError: length, form or range of a key
    validation,       // ValidationError: not on the curve, or an all-zero shared secret
    derive_key_pair,  // DeriveKeyPairError: no candidate in 256 was a key
    psk_inconsistent,
    psk_missing,
    psk_not_needed,
    psk_too_short,  // under 32 bytes (5.1.2)
    open,           // OpenError
    message_limit,  // MessageLimitReachedError
    export_length,  // more than 255 * Nh
    no_cipher,      // an export-only suite neither seals nor opens
};
std::string_view name(Error error);

/// DeserializePublicKey with the validation of 7.1.4; X25519 points that give an all-zero secret included.
Result<PublicKey, Error> deserialize_public_key(KemId kem, ByteView bytes);
/// DeserializePrivateKey: `bytes` has Nsk bytes.
Result<PrivateKey, Error> deserialize_private_key(const Context& context, KemId kem, ByteView bytes);
/// DeriveKeyPair (7.1.3): equal bytes, equal keys.
Result<PrivateKey, Error> derive_key_pair(const Context& context, KemId kem, ByteView input_key_material);

/// What modes other than base take. Who the sender is: `Key` is PrivateKey on its side, PublicKey on the
/// other.
template <class Key>
struct Inputs {
    Mode mode = Mode::base;
    ByteView psk{}, psk_id{};
    const Key* sender = nullptr;  // for auth and auth_psk alone (else std::logic_error)
    /// How many messages the context takes. RFC 9180 allows 2^96 - 1; a counter here has 64 bits.
    std::uint64_t message_limit = ~std::uint64_t{0};
};

/// What both ends of a context have. Move only; its secrets are wiped with it.
class ContextBase {
public:
    /// Context.Export (5.3).
    Result<Secret, Error> export_secret(ByteView exporter_context, std::size_t size) const;
    const Suite& suite() const { return suite_; }
    /// Of the next message.
    std::uint64_t sequence() const { return sequence_; }

protected:
    friend struct Setup;
    ContextBase() = default;
    ~ContextBase() = default;
    ContextBase(ContextBase&&) noexcept = default;
    ContextBase& operator=(ContextBase&&) noexcept = default;

    std::optional<Error> refusal() const;
    std::array<std::uint8_t, aead_nonce_size> nonce() const;

    Suite suite_;
    std::optional<AeadKey> key_;
    Secret base_nonce_, exporter_secret_;
    std::uint64_t sequence_ = 0, limit_ = 0;
};

class SenderContext final : public ContextBase {
public:
    /// `sealed` is aead_tag_size longer than `plaintext` and may begin where it begins.
    Result<Nothing, Error> seal(ByteView aad, ByteView plaintext, std::span<std::uint8_t> sealed);
};
class RecipientContext final : public ContextBase {
public:
    /// `plaintext` is aead_tag_size shorter than `sealed`, and all zeros after OpenError; it may begin where
    /// `sealed` begins. A message that does not open leaves the sequence number as it was.
    Result<Nothing, Error> open(ByteView aad, ByteView sealed, std::span<std::uint8_t> plaintext);
};

struct Sender {
    Bytes enc;
    SenderContext context;
};
/// SetupBaseS, SetupPSKS, SetupAuthS, SetupAuthPSKS (5.1). The ephemeral key is DeriveKeyPair of Nsk bytes
/// from the random source of `context`, unless a test hands in `ephemeral`.
Result<Sender, Error> setup_sender(const Context& context, const Suite& suite, const PublicKey& recipient,
                                   ByteView info, const Inputs<PrivateKey>& inputs = {},
                                   const PrivateKey* ephemeral = nullptr);
/// SetupBaseR and its sisters. To a peer, every error is the same refusal.
Result<RecipientContext, Error> setup_recipient(const Suite& suite, ByteView enc, const PrivateKey& recipient,
                                                ByteView info, const Inputs<PublicKey>& inputs = {});

// The steps inside, for known-answer tests.

struct Encapsulation {
    Secret shared_secret;
    Bytes enc;
};
/// Encap and AuthEncap (4.1).
Result<Encapsulation, Error> encap(KemId kem, const PublicKey& recipient, const PrivateKey& ephemeral,
                                   const PrivateKey* sender = nullptr);
/// Decap and AuthDecap. The shared secret covers the bytes of `enc` as they were received.
Result<Secret, Error> decap(KemId kem, ByteView enc, const PrivateKey& recipient,
                            const PublicKey* sender = nullptr);

struct KeySchedule {
    Bytes key_schedule_context;
    Secret secret, key, base_nonce, exporter_secret;  // no key and nonce where the suite is export-only
};
/// KeySchedule (5.1), the PSK rules included.
Result<KeySchedule, Error> key_schedule(const Suite& suite, Mode mode, ByteView shared_secret, ByteView info,
                                        ByteView psk, ByteView psk_id);

}  // namespace assay::crypto::hpke
