// The client's side of the wire, written for this suite from RFC 9292 and RFC 9458: nothing of the models.
// HPKE is that of sim/crypto, whose every value the vectors of RFC 9180 pin.
#pragma once
#include "sim/base/http.hpp"
#include "sim/crypto/hpke.hpp"

namespace assay::conformance::oblivious {

namespace hpke = crypto::hpke;

/// A key configuration as it stands in a list; identifiers may be unknown ones.
struct Config {
    std::uint8_t id = 0;
    std::uint16_t kem = 0;
    Bytes public_key;
    std::vector<std::pair<std::uint16_t, std::uint16_t>> pairs;  // kdf_id, aead_id
};
/// application/ohttp-keys; configurations of unknown KEMs are left out. Nothing when malformed.
std::optional<std::vector<Config>> read_key_list(ByteView list);

/// One of a configuration's suites.
struct Choice {
    Config config;
    hpke::Suite suite;
};
/// All that can be used, in the order of the list.
std::vector<Choice> choices(const std::vector<Config>& configs);
/// key_id || kem_id || kdf_id || aead_id.
Bytes header(std::uint8_t key_id, std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead);
Bytes header(const Choice& choice);

/// A QUIC integer in `size` bytes (1, 2, 4 or 8), or in the fewest.
Bytes varint(std::uint64_t value, std::size_t size = 0);
/// Its length, then it.
Bytes sized(ByteView bytes);
Bytes sized(std::string_view text);
/// Field lines, one after the other.
Bytes lines(const HttpFields& fields);

struct InnerRequest {
    std::string method = "POST", scheme = "https", authority, path;
    HttpFields fields{};
    Bytes content{};
    HttpFields trailers{};
};
/// Method, scheme, authority and path, each with its length.
Bytes control_data(const InnerRequest& request);
/// The known-length form, all sections written out.
Bytes known_length(const InnerRequest& request);

struct InnerResponse {
    unsigned status = 0;
    HttpFields fields{};
    Bytes content{};
};
/// A response of the known-length form, sections possibly left out, then zeros. Nothing when malformed.
std::optional<InnerResponse> read_response(ByteView message);

/// How a request is sealed; anything but the defaults is wrong in one way.
struct Sealing {
    std::string_view label = "message/bhttp request";
    std::optional<Bytes> info{};
    std::string_view aad{};
    bool second_message = false;  // of its HPKE context
};
struct Sealed {
    Bytes message;
    std::size_t enc_size = 0;
    Secret secret;  // the export for the response
    hpke::Suite suite;

    ByteView enc() const { return ByteView{message}.subspan(7, enc_size); }
};
Sealed seal(const crypto::Context& context, const Choice& choice, ByteView plaintext,
            const Sealing& how = {});

/// max(Nn, Nk): the size of the response nonce.
std::size_t nonce_size(const hpke::Suite& suite);
/// The plaintext of an encapsulated response. Nothing when it does not open.
std::optional<Bytes> open_response(const Sealed& sealed, ByteView response);

}  // namespace assay::conformance::oblivious
