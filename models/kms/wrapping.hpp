// How a key travels to the attested wrapping key: RSA-OAEP (RFC 8017) and RSA-AES key wrap (PKCS #11,
// CKM_RSA_AES_KEY_WRAP; RFC 5649).
//
//     const auto blob = wrap(context, Wrapping::rsa_aes_256, vtpm_key, key.bytes());
//     const auto key = unwrap(Wrapping::rsa_aes_256, private_key, *blob);   // a vTPM does the OAEP part
//     itself
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::kms {

/// OAEP hash and MGF1 hash are equal and follow this name; the label is empty.
enum class Wrapping : std::uint8_t {
    rsa_oaep_256,    // RSA-OAEP-256: the payload itself in one block
    rsa_aes_legacy,  // CKM_RSA_AES_KEY_WRAP: SHA-1
    rsa_aes_256,     // RSA_AES_KEY_WRAP_256
    rsa_aes_384,     // RSA_AES_KEY_WRAP_384
};
std::string_view name(Wrapping wrapping);
/// By the name that stands in `enc`.
std::optional<Wrapping> wrapping_named(std::string_view name);

/// Whether a payload of that size can travel so: not empty, and where it stands in the OAEP block itself, no
/// longer than modulus - 2 digest - 2 bytes.
bool fits(Wrapping wrapping, const crypto::PublicKey& key, std::size_t payload_size);

/// RSA_AES: OAEP of a fresh AES-256 key, as long as the modulus, then the payload under AES-KWP. Nothing when
/// it does not fit.
std::optional<Bytes> wrap(const crypto::Context& context, Wrapping wrapping, const crypto::PublicKey& key,
                          ByteView payload);

/// Nothing for any failure, without a reason.
std::optional<Secret> unwrap(Wrapping wrapping, const crypto::PrivateKey& key, ByteView blob);

}  // namespace assay::kms
