// The public key infrastructures behind a device and behind its reference manifests: our own, with the
// structure of the real ones.
#pragma once
#include "models/gpu/chip.hpp"
#include "sim/crypto/ocsp.hpp"

namespace assay::gpu {

/// The simulated world's clock, as far as certificates see it: fixed, so that equal seeds give equal bytes.
inline constexpr Instant world_epoch{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
inline constexpr Instant no_expiry{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} +
                                   std::chrono::hours{23} + std::chrono::minutes{59} +
                                   std::chrono::seconds{59}};

/// A certificate with its key.
struct Authority {
    crypto::Certificate certificate;
    crypto::PrivateKey key;
};

/// What both chains put into their certificates.
namespace extension {
crypto::CertificateSpec::Extension ocsp_location(std::string_view url);
crypto::CertificateSpec::Extension crl_location(std::string_view url);
/// subjectAltName otherName 1.3.6.1.4.1.412.274.1 (DSP0274, device information):
/// "manufacturer:product:serial".
crypto::CertificateSpec::Extension device_info(std::string_view text);
}  // namespace extension

/// Serial number of a leaf, and its subject's serialNumber: the SKI, made positive and of full length by the
/// two top bits 01, as real devices have it.
Bytes serial_of_ski(ByteView ski);
/// RFC 5280, 4.2.1.2 (1): the SHA-1 of the key's bits.
Bytes key_identifier(const crypto::PublicKey& key);

/// Issues the three certificates above a device, and one per device for its identity key.
class Manufacturer {
public:
    Manufacturer(ByteView seed, const Chip& chip);

    /// "GH100 A01 GSP BROM": the device identity, whose key the device derives from its fuses.
    crypto::Certificate endorse(const crypto::PublicKey& device_identity, ByteView device_id);

    const Authority& root() const { return authorities_[0]; }
    const Authority& identity() const { return authorities_[1]; }
    const Authority& provisioner() const { return authorities_[2]; }
    const crypto::Context& context() const { return *context_; }

private:
    std::unique_ptr<crypto::Drbg> random_;
    std::unique_ptr<crypto::Context> context_;
    const Chip& chip_;
    std::vector<Authority> authorities_;  // root first
};

/// Signs reference manifests: root, CA, L3, signer.
class ManifestSigner {
public:
    ManifestSigner(ByteView seed, const Chip& chip);

    /// Leaf first.
    std::vector<crypto::Certificate> chain() const;
    /// Leaf first: the signer, L3, CA, root.
    const std::vector<Authority>& authorities() const { return authorities_; }
    const crypto::PrivateKey& key() const { return authorities_.front().key; }
    const crypto::Context& context() const { return *context_; }

private:
    std::unique_ptr<crypto::Drbg> random_;
    std::unique_ptr<crypto::Context> context_;
    std::vector<Authority> authorities_;
};

/// Answers for the certificates of one issuer, through a responder certificate that the issuer delegated to.
class OcspResponder {
public:
    /// `issuer` must outlive it.
    OcspResponder(const crypto::Context& context, ByteView seed, const Authority& issuer);

    /// DER. `spec` says status, times, nonce and CertID hash.
    Bytes respond(const crypto::OcspSpec& spec, const crypto::Certificate& subject) const;
    const crypto::Certificate& certificate() const { return responder_.certificate; }

private:
    const Authority& issuer_;
    Authority responder_;
};

}  // namespace assay::gpu
