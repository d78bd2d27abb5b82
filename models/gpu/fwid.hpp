// The firmware identity (FWID) that a DICE alias certificate carries, in both forms that GPUs use (TCG DICE
// Attestation Architecture).
#pragma once
#include "sim/crypto/x509.hpp"

namespace assay::gpu {

/// Hopper and LS10: a CompositeDeviceID-like sequence under 2.23.133.5.4.1, whose last 48 bytes are the
/// digest. Blackwell: DiceTcbInfo under 2.23.133.5.4.1.1, the first entry of fwids [6].
enum class FwidForm : std::uint8_t { device_id, tcb_info };

struct Fwid {
    FwidForm form{};
    Bytes digest;  // 48 bytes
};

struct FwidError {
    enum class Kind : std::uint8_t { absent, malformed } kind{};
    std::string what;
};

/// From the leaf certificate's extension. Strict about the DER inside.
Result<Fwid, FwidError> fwid_of(const crypto::Certificate& leaf);

/// The same for issuing: extension OID and value. `device_key` is the key that the device_id form names.
crypto::CertificateSpec::Extension fwid_extension(FwidForm form, ByteView digest,
                                                  const crypto::PublicKey& device_key);

}  // namespace assay::gpu
