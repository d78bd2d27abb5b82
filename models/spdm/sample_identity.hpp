// A key pair with its certificates, of no vendor: a root, a leaf, and the SPDM chain structure around them.
#pragma once
#include <map>
#include <tuple>

#include "models/spdm/requester_identity.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

/// Equal seeds, names and algorithms, equal identities: each draws from its own generator.
class SampleIdentity {
public:
    /// `owner` stands in the names of the certificates. In the alias model the device's certificate is that
    /// of a CA, and the leaf behind it is made by the device itself (DSP0274, AliasCert model).
    SampleIdentity(std::uint64_t seed, const std::string& owner, std::uint32_t base_asym, bool alias = false);
    SampleIdentity(const SampleIdentity&) = delete;
    SampleIdentity& operator=(const SampleIdentity&) = delete;

    /// The chain structure with the RootHash of that base hash.
    const Bytes& chain(std::uint32_t base_hash) const;
    Bytes sign(std::uint32_t base_hash, ByteView message) const;
    const crypto::PrivateKey& leaf() const { return leaf_; }
    /// The key that others certify: the leaf's, in the alias model the device's above it.
    const crypto::PrivateKey& certified() const { return device_ ? *device_ : leaf_; }
    /// In the alias model the leaf's certificate under that of the device; nothing in the other.
    std::optional<crypto::Certificate> alias_under(const crypto::Certificate& device) const;

private:
    crypto::Drbg random_;
    crypto::Context context_{random_};
    std::string owner_;
    std::uint32_t base_asym_;
    crypto::PrivateKey root_, leaf_;
    std::optional<crypto::PrivateKey> device_;       // in the alias model
    std::vector<Bytes> certificates_;                // DER, root first
    mutable std::map<std::uint32_t, Bytes> chains_;  // made when asked for
};

/// Identities by what they follow from, made when asked for: devices may share them.
class SampleIdentities {
public:
    const SampleIdentity& of(std::uint64_t seed, const std::string& owner, std::uint32_t base_asym,
                             bool alias = false);

private:
    std::map<std::tuple<std::uint64_t, std::string, std::uint32_t, bool>, SampleIdentity> made_;
};

/// A chain structure around DER certificates, root first.
Bytes chain_structure(std::uint32_t base_hash, const std::vector<Bytes>& certificates);

/// A requester of no vendor, with an identity for each algorithm in slot 0.
class SampleRequester final : public RequesterIdentity {
public:
    explicit SampleRequester(std::uint64_t seed) : seed_(seed) {}
    ByteView certificate_chain(std::uint8_t slot, const Connection& connection) const override;
    Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
               ByteView message) const override;

private:
    const SampleIdentity& identity(std::uint32_t base_asym) const {
        return identities_.of(seed_, "requester", base_asym);
    }

    std::uint64_t seed_;
    mutable SampleIdentities identities_;
};

}  // namespace assay::spdm
