// Encapsulation of requests and responses (RFC 9458, 4.3 and 4.4).
#include "models/ohttp/encapsulation.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "sim/base/writer.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;

/// max(Nn, Nk).
std::size_t secret_size(const hpke::Suite& suite) {
    const hpke::AeadFacts& aead = *hpke::facts(suite.aead);
    return std::max(aead.nonce_size, aead.key_size);
}

template <class Context>
Result<ResponseContext, hpke::Error> response_context(const Context& context, Bytes enc,
                                                      std::string_view label) {
    auto secret = context.export_secret(as_bytes(label), secret_size(context.suite()));
    if (!secret) return secret.error();
    return ResponseContext{context.suite(), std::move(enc), *std::move(secret)};
}

}  // namespace

RequestHeader header_of(const KeyConfig& config, const SymmetricPair& pair) {
    return {config.id, static_cast<std::uint16_t>(config.kem), static_cast<std::uint16_t>(pair.kdf),
            static_cast<std::uint16_t>(pair.aead)};
}

Bytes request_info(std::string_view label, const RequestHeader& header) {
    static constexpr std::array<std::uint8_t, 1> zero{};
    return concat({as_bytes(label), zero, encode(header, std::endian::big)});
}

std::size_t request_overhead(hpke::KemId kem) {
    return RequestHeader::size + hpke::facts(kem)->public_key_size + crypto::aead_tag_size;
}

std::size_t response_overhead(const hpke::Suite& suite) { return secret_size(suite) + crypto::aead_tag_size; }

ResponseKeys derive_response_keys(const hpke::Suite& suite, ByteView enc, ByteView response_nonce,
                                  ByteView secret) {
    const crypto::Hash hash = hpke::facts(suite.kdf)->hash;
    const hpke::AeadFacts& aead = *hpke::facts(suite.aead);
    const Secret prk = crypto::hkdf_extract(hash, concat({enc, response_nonce}), secret);
    const Secret key = crypto::hkdf_expand(hash, prk.bytes(), as_bytes("key"), aead.key_size);
    return {crypto::AeadKey{aead.cipher.value(), key.bytes()},
            crypto::hkdf_expand(hash, prk.bytes(), as_bytes("nonce"), aead.nonce_size)};
}

std::size_t ResponseContext::nonce_size() const { return secret_size(suite_); }

Bytes ResponseContext::seal(Random& random, ByteView plaintext) const {
    Bytes out(response_overhead(suite_) + plaintext.size());
    const std::span<std::uint8_t> nonce = std::span{out}.first(nonce_size());
    random.fill(nonce);
    const ResponseKeys derived = keys(nonce);
    derived.key.seal(derived.nonce.bytes(), {}, plaintext, std::span{out}.subspan(nonce.size()));
    return out;
}

std::optional<std::span<std::uint8_t>> ResponseContext::open(ByteView message,
                                                             std::span<std::uint8_t> room) const {
    const std::size_t overhead = response_overhead(suite_);
    if (message.size() < overhead) return {};
    if (room.size() < message.size() - overhead) throw std::logic_error("ohttp: no room for the response");
    const std::span<std::uint8_t> plaintext = room.first(message.size() - overhead);
    const ResponseKeys derived = keys(message.first(nonce_size()));
    if (!derived.key.open(derived.nonce.bytes(), {}, message.subspan(nonce_size()), plaintext)) return {};
    return plaintext;
}

Result<SealedRequest, hpke::Error> seal_request(const crypto::Context& context, const KeyConfig& config,
                                                const SymmetricPair& pair, ByteView plaintext,
                                                const crypto::PrivateKey* ephemeral) {
    const auto key = hpke::deserialize_public_key(config.kem, config.public_key);
    if (!key) return key.error();
    const RequestHeader header = header_of(config, pair);
    auto sender = hpke::setup_sender(context, config.suite(pair), *key,
                                     request_info(whole_labels.request, header), {}, ephemeral);
    if (!sender) return sender.error();
    Bytes message = concat({encode(header, std::endian::big), sender->enc});
    const std::size_t start = message.size();
    message.resize(start + plaintext.size() + crypto::aead_tag_size);
    if (const auto sealed = sender->context.seal({}, plaintext, std::span{message}.subspan(start)); !sealed)
        return sealed.error();
    auto response = response_context(sender->context, std::move(sender->enc), whole_labels.response);
    if (!response) return response.error();
    return SealedRequest{std::move(message), *std::move(response)};
}

Result<OpenedRequest, hpke::Error> open_request(const crypto::PrivateKey& key, const RequestHeader& header,
                                                ByteView message, std::span<std::uint8_t> room) {
    const hpke::Suite suite{static_cast<hpke::KemId>(header.kem_id), static_cast<hpke::KdfId>(header.kdf_id),
                            static_cast<hpke::AeadId>(header.aead_id)};
    const std::size_t overhead = request_overhead(suite.kem);
    if (message.size() < overhead || room.size() < message.size() - overhead)
        throw std::logic_error("ohttp: no whole request, or no room for it");
    const ByteView enc = message.subspan(RequestHeader::size, hpke::facts(suite.kem)->public_key_size);
    auto recipient = hpke::setup_recipient(suite, enc, key, request_info(whole_labels.request, header));
    if (!recipient) return recipient.error();
    const std::span<std::uint8_t> plaintext = room.first(message.size() - overhead);
    if (const auto opened = recipient->open({}, message.subspan(RequestHeader::size + enc.size()), plaintext);
        !opened)
        return opened.error();
    auto response = response_context(*recipient, {enc.begin(), enc.end()}, whole_labels.response);
    if (!response) return response.error();
    return OpenedRequest{plaintext, *std::move(response)};
}

std::size_t size_class(std::size_t plaintext) {
    constexpr std::size_t smallest = 512, unit = 64 << 10;
    if (plaintext <= smallest) return smallest;
    if (plaintext <= unit) return std::bit_ceil(plaintext);
    return (plaintext + unit - 1) / unit * unit;
}

}  // namespace assay::ohttp
