// What two SPDM endpoints agree on: capability flags and algorithm bits (DSP0274, GET_CAPABILITIES and
// NEGOTIATE_ALGORITHMS), and the rules that tie them together.
#pragma once
#include <algorithm>
#include <optional>
#include <span>

#include "models/spdm/messages.hpp"

namespace assay::spdm {

/// Flags of GET_CAPABILITIES and CAPABILITIES. MEAS_CAP and PSK_CAP are fields of two bits.
namespace cap {
inline constexpr std::uint32_t cert = 0x02, chal = 0x04, meas_no_sig = 0x08, meas_sig = 0x10, meas = 0x18,
                               meas_fresh = 0x20, encrypt = 0x40, mac = 0x80, mut_auth = 0x100,
                               key_ex = 0x200, psk = 0xC00, encap = 0x1000, hbeat = 0x2000, key_upd = 0x4000,
                               handshake_in_the_clear = 0x8000, pub_key_id = 0x1'0000, chunk = 0x2'0000,
                               set_cert = 0x8'0000, csr = 0x10'0000;
}  // namespace cap

/// BaseAsymAlgo, BaseHashAlgo, MeasurementHashAlgo.
namespace alg {
inline constexpr std::uint32_t ecdsa_p256 = 0x10, ecdsa_p384 = 0x80;
inline constexpr std::uint32_t sha256 = 0x01, sha384 = 0x02;
inline constexpr std::uint32_t measurement_sha256 = 0x02, measurement_sha384 = 0x04;
inline constexpr std::uint8_t measurement_specification_dmtf = 0x01;
inline constexpr std::uint8_t dhe = 2, aead = 3, req_base_asym = 4, key_schedule = 5;  // AlgType
}  // namespace alg

/// Bytes of a digest and of a signature under the selected algorithms; 0 for what these rooms do not know.
std::size_t hash_size(std::uint32_t base_hash_sel);
std::size_t signature_size(std::uint32_t base_asym_sel);

/// True where a requester may have these flags in that version (DSP0274, GET_CAPABILITIES).
bool legal_requester_flags(Version version, std::uint32_t flags);
/// True where a responder may.
bool legal_responder_flags(Version version, std::uint32_t flags);

/// How long messages are whose layout does not say it.
struct Sizes {
    std::size_t hash = 0;
    std::size_t signature = 0;
};
/// The length of `response` by its own fields, where a transport may have padded it (DOE pads to 4 bytes);
/// its whole length where it is shorter than that or of an unknown code. `request` says whether a signature
/// was asked for.
std::size_t response_size(ByteView request, ByteView response, Sizes sizes);

}  // namespace assay::spdm
