// An SPDM device of no vendor: certificate chains for each algorithm, measurements of every kind, a vendor
// message that echoes. What a responder needs to show all that it has.
#pragma once
#include "models/spdm/device.hpp"
#include "models/spdm/sample_identity.hpp"

namespace assay::spdm {

/// Everything that the responder has: 1.0 to 1.3, every algorithm, sessions of both kinds, mutual
/// authentication, chunks, certificates that can be asked for and installed, several keys.
Profile generic_profile();
/// Digests of ROM, firmware, hardware and firmware configuration (Index 1 to 4), a security version number
/// (0x10), a manifest (0xFD) and the device mode (0xFE).
std::vector<MeasurementBlock> generic_measurements(crypto::Hash measurement_hash);

/// The first slots are provisioned, each with a root and a leaf of its own for each curve of the profile.
class SampleDevice : public Device {
public:
    /// Equal seeds, equal devices.
    SampleDevice(Profile profile, std::vector<MeasurementBlock> measurements, std::uint64_t seed,
                 std::uint8_t provisioned_slots);
    /// The generic one, with two slots.
    explicit SampleDevice(std::uint64_t seed);

    /// VENDOR_DEFINED_REQUEST of this vendor (PCI-SIG, a reserved id) is answered by its own payload.
    static constexpr std::uint16_t vendor_standard = 3, vendor_id = 0xFFFF;

    const Profile& profile() const override { return profile_; }
    ByteView certificate_chain(std::uint8_t slot, const Connection& connection) const override;
    const std::vector<MeasurementBlock>& measurements() const override { return blocks_; }
    Bytes opaque_data(const Connection& connection) const override;
    Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
               ByteView message) override;
    std::optional<VendorDefined> vendor_defined(const VendorDefined& request, const Session*) override;
    std::optional<Bytes> raw_value(const MeasurementBlock& block) const override;
    SlotFacts slot_facts(std::uint8_t slot, const Connection& connection) const override;
    /// By the key of that pair, in a connection of one key by that of slot 0. With CERT_INSTALL_RESET_CAP the
    /// request is made by the reset after it was asked for.
    Answer certificate_request(const GetCsr& request, const Connection& connection) override;
    /// For a chain whose last certificate is of the key that certificate_request() signs with.
    Result<Nothing, Refusal> set_certificate(std::uint8_t slot, std::uint8_t key_pair_id, ByteView chain,
                                             const Connection& connection) override;
    Bytes measurement_log(const Connection& connection) const override;
    std::optional<KeyPairInfo> key_pair(std::uint8_t id, const Connection& connection) const override;
    Bytes endpoint_info(std::uint8_t sub_code) const override;
    /// Power goes and comes: what was asked for is made, what was installed is shown.
    void reset();
    /// Every requester whose chain is well formed.
    bool accepts(const PeerIdentity&) override { return true; }
    /// The pre-shared key of the hint "assay".
    const Secret* pre_shared_key(ByteView hint) const override;
    static constexpr std::string_view psk_hint = "assay";
    static constexpr std::string_view psk_value = "a pre-shared key of no value, for tests";
    Random& random() override { return random_; }
    const crypto::Context& context() override { return context_; }

    Profile& mutable_profile() { return profile_; }
    /// Identities that are there already, or that others will use.
    void share(std::shared_ptr<SampleIdentities> identities) { identities_ = std::move(identities); }
    crypto::PublicKey leaf_key(std::uint8_t slot, std::uint32_t base_asym) const;

private:
    /// A slot and an algorithm.
    using Place = std::pair<std::uint8_t, std::uint32_t>;
    struct Installed {
        std::vector<Bytes> certificates;  // DER, root first; empty: erased
        std::uint8_t key;                 // number of the identity that signs
        bool shown;                       // false: after the next reset
        mutable std::map<std::uint32_t, Bytes> chains{};
    };
    const SampleIdentity& identity(std::uint8_t number, std::uint32_t base_asym) const;
    const Installed* installed(std::uint8_t slot, std::uint32_t base_asym) const;
    std::uint8_t key_of(std::uint8_t slot, std::uint32_t base_asym) const;
    bool needs_reset() const { return (profile_.flags & cap::cert_install_reset) != 0; }

    Profile profile_;
    std::vector<MeasurementBlock> blocks_;
    std::uint64_t seed_;
    std::uint8_t provisioned_slots_;
    Secret psk_;
    crypto::Drbg random_;
    crypto::Context context_{random_};
    std::shared_ptr<SampleIdentities> identities_ = std::make_shared<SampleIdentities>();
    std::map<Place, Installed> installed_;
    std::map<std::uint8_t, bool> csr_tags_;  // asked for by CSRTrackingTag; true: a reset has come since
};

}  // namespace assay::spdm
