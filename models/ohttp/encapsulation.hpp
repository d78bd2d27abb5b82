// Encapsulated requests and responses of oblivious HTTP (RFC 9458, 4).
//
//     auto sealed = seal_request(context, config, config.symmetric[0], plaintext);   // at the client
//     auto opened = open_request(private_key, suite, sealed->message, room);         // at the gateway
//     const Bytes response = opened->context.seal(random, answer);
//     auto answer = sealed->context.open(response, room_of_the_client);
#pragma once
#include "models/ohttp/key_config.hpp"
#include "sim/base/wire.hpp"

namespace assay::ohttp {

inline constexpr std::string_view request_media_type = "message/ohttp-req",
                                  response_media_type = "message/ohttp-res",
                                  keys_media_type = "application/ohttp-keys",
                                  chunked_request_media_type = "message/ohttp-chunked-req",
                                  chunked_response_media_type = "message/ohttp-chunked-res";

/// The start of an encapsulated request. Identifiers are as they come: any number is possible.
struct RequestHeader {
    std::uint8_t key_id = 0;
    std::uint16_t kem_id = 0, kdf_id = 0, aead_id = 0;
    static constexpr std::size_t size = 7;
    static constexpr auto wire() {
        return std::tuple{field("key_id", &RequestHeader::key_id), field("kem_id", &RequestHeader::kem_id),
                          field("kdf_id", &RequestHeader::kdf_id), field("aead_id", &RequestHeader::aead_id)};
    }
};
RequestHeader header_of(const KeyConfig& config, const SymmetricPair& pair);

/// The labels of a dialect: of whole messages, or of chunked ones.
struct Labels {
    std::string_view request, response;
};
inline constexpr Labels whole_labels{"message/bhttp request", "message/bhttp response"};
inline constexpr Labels chunked_labels{"message/bhttp chunked request", "message/bhttp chunked response"};
/// The info of the HPKE context: label || 00 || hdr.
Bytes request_info(std::string_view label, const RequestHeader& header);

/// Bytes by which an encapsulated request is longer than its plaintext: 7 + Nenc + 16.
std::size_t request_overhead(crypto::hpke::KemId kem);
/// The same of a response: max(Nn, Nk) + 16.
std::size_t response_overhead(const crypto::hpke::Suite& suite);

/// Key and nonce of one response (4.4), from the secret that both ends export.
struct ResponseKeys {
    crypto::AeadKey key;
    Secret nonce;
};
ResponseKeys derive_response_keys(const crypto::hpke::Suite& suite, ByteView enc, ByteView response_nonce,
                                  ByteView secret);

/// What one end keeps of a request until its response: the secret, and the encapsulated key.
class ResponseContext {
public:
    ResponseContext(const crypto::hpke::Suite& suite, Bytes enc, Secret secret)
        : suite_(suite), enc_(std::move(enc)), secret_(std::move(secret)) {}

    const crypto::hpke::Suite& suite() const { return suite_; }
    ByteView enc() const { return enc_; }
    /// For whoever keeps account of keys: it opens the response.
    ByteView secret() const { return secret_.bytes(); }
    /// The secret without the context, which can then do nothing: for whoever keeps it in a place of its own
    /// and makes a context again when the response is there.
    Secret take_secret() { return std::move(secret_); }
    std::size_t nonce_size() const;
    ResponseKeys keys(ByteView response_nonce) const {
        return derive_response_keys(suite_, enc_, response_nonce, secret_.bytes());
    }

    /// At the gateway: with a fresh response nonce from `random`.
    Bytes seal(Random& random, ByteView plaintext) const;
    /// At the client: the plaintext stands at the start of `room`, which has at least as many bytes as
    /// `message` less the overhead (else std::logic_error). Nothing, and zeros, for anything but a response
    /// to this very request.
    std::optional<std::span<std::uint8_t>> open(ByteView message, std::span<std::uint8_t> room) const;

private:
    crypto::hpke::Suite suite_;
    Bytes enc_;
    Secret secret_;
};

struct SealedRequest {
    Bytes message;
    ResponseContext context;
};
/// A new HPKE context for each request. `pair` is one of the configuration's. An ephemeral key is handed in
/// by tests alone.
Result<SealedRequest, crypto::hpke::Error> seal_request(const crypto::Context& context,
                                                        const KeyConfig& config, const SymmetricPair& pair,
                                                        ByteView plaintext,
                                                        const crypto::PrivateKey* ephemeral = nullptr);

struct OpenedRequest {
    std::span<std::uint8_t> plaintext;  // at the start of `room`
    ResponseContext context;
};
/// `message` has at least request_overhead bytes and the header of a suite that `key` was published for;
/// `room` has at least its size less the overhead (else std::logic_error).
Result<OpenedRequest, crypto::hpke::Error> open_request(const crypto::PrivateKey& key,
                                                        const RequestHeader& header, ByteView message,
                                                        std::span<std::uint8_t> room);

/// The padding of requests and responses: BHTTP plaintexts have 512 B, 1, 2, 4, ... 64 KiB, or a multiple of
/// 64 KiB, so that a length on the wire tells the class alone.
std::size_t size_class(std::size_t plaintext);

}  // namespace assay::ohttp
