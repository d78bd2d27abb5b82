// An SPDM device of no vendor: certificate chains for each algorithm, measurements of every kind, a vendor
// message that echoes. What a responder needs to show all that it has.
#pragma once
#include <map>

#include "models/spdm/device.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

/// Everything that the responder has: 1.0 to 1.2, both curves and hashes, sessions with every AEAD.
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
    /// The pre-shared key of the hint "assay".
    const Secret* pre_shared_key(ByteView hint) const override;
    static constexpr std::string_view psk_hint = "assay";
    static constexpr std::string_view psk_value = "a pre-shared key of no value, for tests";
    Random& random() override { return random_; }
    const crypto::Context& context() override { return context_; }

    Profile& mutable_profile() { return profile_; }
    crypto::PublicKey leaf_key(std::uint8_t slot, std::uint32_t base_asym) const;

private:
    struct Identity {
        crypto::PrivateKey leaf;
        std::map<std::uint32_t, Bytes> chains;  // by base hash
    };
    Identity make_identity(std::uint8_t slot, std::uint32_t base_asym);

    Profile profile_;
    std::vector<MeasurementBlock> blocks_;
    Secret psk_;
    crypto::Drbg random_;
    crypto::Context context_{random_};
    std::map<std::pair<std::uint8_t, std::uint32_t>, Identity> identities_;  // by slot and algorithm
};

}  // namespace assay::spdm
