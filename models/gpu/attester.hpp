// The SPDM device inside a booted GPU: certificates, measurements, opaque data, signature.
#pragma once
#include "models/gpu/boot_rom.hpp"
#include "models/spdm/device.hpp"

namespace assay::gpu {

/// Speaks SPDM 1.1 with SHA-384 and ECDSA P-384, slot 0 provisioned. With CC mode off it has no MEAS_CAP.
class Attester final : public spdm::Device {
public:
    /// `random` must outlive it.
    Attester(const Chip& chip, Booted booted, Random& random);

    const spdm::Profile& profile() const override { return profile_; }
    ByteView certificate_chain(std::uint8_t slot) const override;
    const std::vector<spdm::MeasurementBlock>& measurements() const override { return blocks_; }
    Bytes opaque_data() const override;
    Bytes digest(std::uint32_t base_hash_sel, ByteView message) const override;
    Bytes sign(std::uint8_t slot, std::uint32_t base_hash_sel, ByteView message) override;
    Random& random() override { return random_; }

    const Booted& booted() const { return booted_; }

private:
    Bytes opaque_value(OpaqueType type) const;

    const Chip& chip_;
    Booted booted_;
    Random& random_;
    spdm::Profile profile_;
    Bytes chain_;
    std::vector<spdm::MeasurementBlock> blocks_;
};

}  // namespace assay::gpu
