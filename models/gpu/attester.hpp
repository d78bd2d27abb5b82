// The SPDM device inside a booted GPU: certificates, measurements, opaque data, signature.
#pragma once
#include "models/gpu/boot_rom.hpp"
#include "models/spdm/device.hpp"

namespace assay::gpu {

/// Speaks SPDM 1.1 with SHA-384 and ECDSA P-384, slot 0 provisioned; one session, secp384r1 and AES-256-GCM.
/// With CC mode off it has neither MEAS_CAP nor sessions.
class Attester final : public spdm::Device {
public:
    /// `context` must outlive it: nonces, and the keys of sessions.
    Attester(const Chip& chip, Booted booted, const crypto::Context& context);

    const spdm::Profile& profile() const override { return profile_; }
    ByteView certificate_chain(std::uint8_t slot, const spdm::Connection&) const override;
    const std::vector<spdm::MeasurementBlock>& measurements() const override { return blocks_; }
    Bytes opaque_data(const spdm::Connection&) const override;
    Bytes sign(std::uint8_t slot, const spdm::Connection&, std::string_view context,
               ByteView message) override;
    Random& random() override { return context_.random(); }
    const crypto::Context& context() override { return context_; }

    const Booted& booted() const { return booted_; }

private:
    Bytes opaque_value(OpaqueType type) const;

    const Chip& chip_;
    Booted booted_;
    const crypto::Context& context_;
    spdm::Profile profile_;
    Bytes chain_;
    std::vector<spdm::MeasurementBlock> blocks_;
};

}  // namespace assay::gpu
