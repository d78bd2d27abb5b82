// DHKEM (RFC 9180, 4.1 and 7.1): keys, encapsulation, and the tables of algorithms.
#include <algorithm>
#include <stdexcept>

#include "sim/crypto/hpke_labeled.hpp"
#include "sim/crypto/kdf.hpp"
#include "sim/crypto/native.hpp"

namespace assay::crypto::hpke {
namespace {

constexpr std::array kem_table{
    KemFacts{KemId::p256_sha256, "DHKEM(P-256, HKDF-SHA256)", KeyType::p256, Hash::sha256, 32, 65, 32, 0xFF},
    KemFacts{KemId::p384_sha384, "DHKEM(P-384, HKDF-SHA384)", KeyType::p384, Hash::sha384, 48, 97, 48, 0xFF},
    KemFacts{KemId::p521_sha512, "DHKEM(P-521, HKDF-SHA512)", KeyType::p521, Hash::sha512, 64, 133, 66, 0x01},
    KemFacts{KemId::x25519_sha256, "DHKEM(X25519, HKDF-SHA256)", KeyType::x25519, Hash::sha256, 32, 32, 32,
             0},
};
constexpr std::array kdf_table{
    KdfFacts{KdfId::sha256, "HKDF-SHA256", Hash::sha256},
    KdfFacts{KdfId::sha384, "HKDF-SHA384", Hash::sha384},
    KdfFacts{KdfId::sha512, "HKDF-SHA512", Hash::sha512},
};
constexpr std::array aead_table{
    AeadFacts{AeadId::aes_128_gcm, "AES-128-GCM", Aead::aes_128_gcm, 16, aead_nonce_size},
    AeadFacts{AeadId::aes_256_gcm, "AES-256-GCM", Aead::aes_256_gcm, 32, aead_nonce_size},
    AeadFacts{AeadId::chacha20_poly1305, "ChaCha20Poly1305", Aead::chacha20_poly1305, 32, aead_nonce_size},
    AeadFacts{AeadId::export_only, "Export-only", {}, 0, 0},
};

template <class Table, class Id>
auto find_row(const Table& table, Id id) -> decltype(table.data()) {
    const auto found = std::ranges::find(table, id, [](const auto& row) { return row.id; });
    return found == table.end() ? nullptr : &*found;
}

constexpr std::string_view version = "HPKE-v1";

/// X25519 gives zero for these, whatever the scalar (RFC 7748, 7); the top bit is ignored.
bool is_low_order(ByteView x25519) {
    static constexpr std::array<std::string_view, 7> points{
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    Bytes masked{x25519.begin(), x25519.end()};
    masked.back() &= 0x7F;
    return std::ranges::find(points, to_hex(masked)) != points.end();
}

/// One or two Diffie-Hellman results, one after the other.
std::optional<Secret> joined(const std::optional<Secret>& first, const std::optional<Secret>* second) {
    if (!first || (second != nullptr && !*second)) return {};
    const ByteView more = second == nullptr ? ByteView{} : (*second)->bytes();
    Secret out{first->bytes().size() + more.size()};
    std::ranges::copy(more, std::ranges::copy(first->bytes(), out.bytes().begin()).out);
    return out;
}

/// ExtractAndExpand.
Secret extract_and_expand(const KemFacts& kem, ByteView dh, ByteView kem_context) {
    const Labeled labeled{kem};
    const Secret eae_prk = labeled.extract({}, "eae_prk", dh);
    return labeled.expand(eae_prk.bytes(), "shared_secret", kem_context, kem.secret_size);
}

}  // namespace

const KemFacts* facts(KemId id) { return find_row(kem_table, id); }
const KdfFacts* facts(KdfId id) { return find_row(kdf_table, id); }
const AeadFacts* facts(AeadId id) { return find_row(aead_table, id); }

Labeled::Labeled(const KemFacts& kem)
    : hash_(kem.hash),
      suite_id_(concat({as_bytes("KEM"), store(static_cast<std::uint16_t>(kem.id), std::endian::big)})) {}

Labeled::Labeled(const Suite& suite)
    : hash_(known_facts(suite.kdf).hash),
      suite_id_(concat({as_bytes("HPKE"), store(static_cast<std::uint16_t>(suite.kem), std::endian::big),
                        store(static_cast<std::uint16_t>(suite.kdf), std::endian::big),
                        store(static_cast<std::uint16_t>(suite.aead), std::endian::big)})) {}

Secret Labeled::extract(ByteView salt, std::string_view label, ByteView input_key) const {
    Secret out{digest_size(hash_)};
    hmac_into(hash_, salt, {as_bytes(version), suite_id_, as_bytes(label), input_key}, out.bytes());
    return out;
}

Secret Labeled::expand(ByteView pseudorandom_key, std::string_view label, ByteView info,
                       std::size_t size) const {
    const auto length = store(static_cast<std::uint16_t>(size), std::endian::big);
    return hkdf_expand(hash_, pseudorandom_key,
                       concat({length, as_bytes(version), suite_id_, as_bytes(label), info}), size);
}

Result<PublicKey, Error> deserialize_public_key(KemId kem, ByteView bytes) {
    const KemFacts& facts = known_facts(kem);
    const bool has_form_byte = facts.curve != KeyType::x25519;
    if (bytes.size() != facts.public_key_size || (has_form_byte && bytes[0] != 0x04))
        return Error::deserialize;
    if (!has_form_byte && is_low_order(bytes)) return Error::validation;
    auto key = PublicKey::from_point(facts.curve, bytes);
    if (!key) return Error::validation;
    return *std::move(key);
}

Result<PrivateKey, Error> deserialize_private_key(const Context& context, KemId kem, ByteView bytes) {
    auto key = PrivateKey::from_scalar(context, known_facts(kem).curve, bytes);
    if (!key) return Error::deserialize;
    return *std::move(key);
}

Result<PrivateKey, Error> derive_key_pair(const Context& context, KemId kem, ByteView input_key_material) {
    const KemFacts& facts = known_facts(kem);
    const Labeled labeled{facts};
    const Secret dkp_prk = labeled.extract({}, "dkp_prk", input_key_material);
    if (facts.candidate_mask == 0)
        return deserialize_private_key(
            context, kem, labeled.expand(dkp_prk.bytes(), "sk", {}, facts.private_key_size).bytes());
    for (unsigned counter = 0; counter < 256; ++counter) {
        const auto byte = static_cast<std::uint8_t>(counter);
        Secret candidate = labeled.expand(dkp_prk.bytes(), "candidate", {&byte, 1}, facts.private_key_size);
        candidate.bytes()[0] &= facts.candidate_mask;
        if (auto key = PrivateKey::from_scalar(context, facts.curve, std::as_const(candidate).bytes()))
            return *std::move(key);
    }
    return Error::derive_key_pair;
}

Result<Encapsulation, Error> encap(KemId kem, const PublicKey& recipient, const PrivateKey& ephemeral,
                                   const PrivateKey* sender) {
    const KemFacts& facts = known_facts(kem);
    const auto first = ephemeral.agree(recipient);
    const auto second = sender == nullptr ? std::nullopt : sender->agree(recipient);
    const auto dh = joined(first, sender == nullptr ? nullptr : &second);
    if (!dh) return Error::validation;
    Bytes enc = ephemeral.public_key().point();
    const Bytes sender_point = sender == nullptr ? Bytes{} : sender->public_key().point();
    Secret shared = extract_and_expand(facts, dh->bytes(), concat({enc, recipient.point(), sender_point}));
    return Encapsulation{std::move(shared), std::move(enc)};
}

Result<Secret, Error> decap(KemId kem, ByteView enc, const PrivateKey& recipient, const PublicKey* sender) {
    const KemFacts& facts = known_facts(kem);
    const auto ephemeral = deserialize_public_key(kem, enc);
    if (!ephemeral) return ephemeral.error();
    const auto first = recipient.agree(*ephemeral);
    const auto second = sender == nullptr ? std::nullopt : recipient.agree(*sender);
    const auto dh = joined(first, sender == nullptr ? nullptr : &second);
    if (!dh) return Error::validation;
    const Bytes sender_point = sender == nullptr ? Bytes{} : sender->point();
    return extract_and_expand(facts, dh->bytes(),
                              concat({enc, recipient.public_key().point(), sender_point}));
}

}  // namespace assay::crypto::hpke
