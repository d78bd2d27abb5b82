// Key derivation of TPM 2.0 (TPM 2.0 Library 1.59, Part 1, 11.4.10): KDFa, KDFe, XOR obfuscation.
#pragma once
#include "models/tpm/constants.hpp"
#include "sim/base/secret.hpp"

namespace assay::tpm {

/// The first ceil(bits / 8) bytes; unused high bits of the first byte are 0. `label` without its final zero.
Secret kdfa(Alg hash, ByteView key, std::string_view label, ByteView context_u, ByteView context_v,
            std::size_t bits);

/// The same over a shared secret `z`; `z` and the party infos are coordinates, padded to the size of the
/// curve.
Secret kdfe(Alg hash, ByteView z, std::string_view label, ByteView party_u, ByteView party_v,
            std::size_t bits);

/// TPM_ALG_XOR (11.4.6.4): the same call hides and shows.
void xor_obfuscate(Alg hash, ByteView key, ByteView nonce_newer, ByteView nonce_older,
                   std::span<std::uint8_t> data);

/// An authValue as it is used anywhere: without the zero bytes at its end (Part 1, 19.6.4.3).
ByteView without_trailing_zeros(ByteView auth);

}  // namespace assay::tpm
