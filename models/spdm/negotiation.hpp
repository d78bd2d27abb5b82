// What two SPDM endpoints agree on: capability flags and algorithm bits (DSP0274, GET_CAPABILITIES and
// NEGOTIATE_ALGORITHMS), and the rules that tie them together.
#pragma once
#include <algorithm>
#include <optional>
#include <span>

#include "models/spdm/session_messages.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/key.hpp"

namespace assay::spdm {

/// Flags of GET_CAPABILITIES and CAPABILITIES. MEAS_CAP and PSK_CAP are fields of two bits.
namespace cap {
inline constexpr std::uint32_t cache = 0x01, cert = 0x02, chal = 0x04, meas_no_sig = 0x08, meas_sig = 0x10,
                               meas = 0x18, meas_fresh = 0x20, encrypt = 0x40, mac = 0x80, mut_auth = 0x100,
                               key_ex = 0x200, psk = 0xC00, psk_plain = 0x400, psk_with_context = 0x800,
                               encap = 0x1000, hbeat = 0x2000, key_upd = 0x4000,
                               handshake_in_the_clear = 0x8000, pub_key_id = 0x1'0000, chunk = 0x2'0000,
                               alias_cert = 0x4'0000, set_cert = 0x8'0000, csr = 0x10'0000,
                               cert_install_reset = 0x20'0000, ep_info_no_sig = 0x40'0000,
                               ep_info_sig = 0x80'0000, ep_info = 0xC0'0000, mel = 0x100'0000,
                               event = 0x200'0000, multi_key_only = 0x400'0000,
                               multi_key_negotiable = 0x800'0000, multi_key = 0xC00'0000,
                               get_key_pair_info = 0x1000'0000, set_key_pair_info = 0x2000'0000;
}  // namespace cap

/// BaseAsymAlgo, BaseHashAlgo, MeasurementHashAlgo, and the structures.
namespace alg {
inline constexpr std::uint32_t rsassa_2048 = 0x01, rsapss_2048 = 0x02, rsassa_3072 = 0x04, rsapss_3072 = 0x08,
                               ecdsa_p256 = 0x10, ecdsa_p384 = 0x80;
inline constexpr std::uint32_t sha256 = 0x01, sha384 = 0x02, sha512 = 0x04;
inline constexpr std::uint32_t measurement_sha256 = 0x02, measurement_sha384 = 0x04,
                               measurement_sha512 = 0x08;
inline constexpr std::uint16_t ffdhe2048 = 0x01, ffdhe3072 = 0x02, dhe_p256 = 0x08, dhe_p384 = 0x10;
inline constexpr std::uint16_t aes_128_gcm = 0x01, aes_256_gcm = 0x02, chacha20_poly1305 = 0x04;
inline constexpr std::uint16_t schedule_spdm = 0x01;
inline constexpr std::uint8_t measurement_specification_dmtf = 0x01;
inline constexpr std::uint8_t mel_specification_dmtf = 0x01;                           // 1.3
inline constexpr std::uint8_t opaque_format_0 = 0x01, opaque_format_1 = 0x02;          // OtherParams, 1.2
inline constexpr std::uint8_t multi_key_connection = 0x10;                             // OtherParams, 1.3
inline constexpr std::uint8_t dhe = 2, aead = 3, req_base_asym = 4, key_schedule = 5;  // AlgType
}  // namespace alg

/// The algorithm of a selection; nothing for 0 and for what these rooms do not have.
std::optional<crypto::Hash> hash_of(std::uint32_t base_hash_sel);
std::optional<crypto::KeyType> key_type_of(std::uint32_t base_asym_sel);
/// How keys of that algorithm sign here: ECDSA as r || s, RSA by its padding.
crypto::SignatureScheme scheme_of(std::uint32_t base_asym_sel);
/// Curves alone; a finite field is none.
std::optional<crypto::KeyType> group_of(std::uint16_t dhe_sel);
std::optional<crypto::Aead> aead_of(std::uint16_t aead_sel);

/// Bytes of a digest, of a signature, of ExchangeData; 0 where the algorithm is not known.
std::size_t hash_size(std::uint32_t base_hash_sel);
std::size_t signature_size(std::uint32_t base_asym_sel);
std::size_t exchange_size(std::uint16_t dhe_sel);

/// The flags that exist in that version.
std::uint32_t flags_of(Version version, std::uint32_t flags);
/// True where a requester may have these flags in that version (DSP0274, GET_CAPABILITIES).
bool legal_requester_flags(Version version, std::uint32_t flags);
/// True where a responder may.
bool legal_responder_flags(Version version, std::uint32_t flags);
/// True where an endpoint with these flags may state these sizes (from 1.2 on).
bool legal_sizes(std::uint32_t flags, TransferSizes sizes);

/// How long messages are whose layout does not say it.
struct Sizes {
    std::size_t hash = 0;
    std::size_t signature = 0;
    std::size_t exchange = 0;
    bool multi_key = false;  // of the end that answers
};
/// What VERSION, CAPABILITIES and ALGORITHMS settled. Both ends hold one, and both are equal.
struct Connection {
    Version version = Version::v1_0;
    std::uint32_t requester_flags = 0, responder_flags = 0;
    /// What each can receive; no limit before 1.2.
    TransferSizes requester_sizes{0xFFFF'FFFF, 0xFFFF'FFFF}, responder_sizes{0xFFFF'FFFF, 0xFFFF'FFFF};
    std::uint32_t base_asym = 0, base_hash = 0, measurement_hash = 0;
    std::uint16_t dhe = 0, aead = 0, req_base_asym = 0, key_schedule = 0;
    std::uint8_t opaque_format = 0;  // from 1.2 on
    /// 1.3: digests of that end come with what its keys are for.
    bool multi_key_requester = false, multi_key_responder = false;
    std::uint8_t mel_specification = 0;  // 1.3

    /// Both have one of these flags.
    bool both(std::uint32_t any) const {
        return (requester_flags & any) != 0 && (responder_flags & any) != 0;
    }
    /// FINISH travels in the clear, and KEY_EXCHANGE_RSP has no ResponderVerifyData.
    bool handshake_in_the_clear() const { return both(cap::handshake_in_the_clear); }
    /// Of an answer to a request whose type of the measurement summary hash is `summary_type`.
    Layout layout(std::uint8_t summary_type = 0, bool verify_data = false) const;
    /// What the length of an answer of the responder depends on.
    Sizes sizes() const;
};

/// The length of `request` by its own fields, where a transport may have padded it; its whole length where it
/// is shorter than that or of an unknown code.
std::size_t request_size(ByteView request, const Layout& layout);
/// The length of `response` by its own fields, where a transport may have padded it (DOE pads to 4 bytes);
/// its whole length where it is shorter than that or of an unknown code. `request` says what was asked for.
std::size_t response_size(ByteView request, ByteView response, Sizes sizes);

}  // namespace assay::spdm
