// The GPU's root of trust as a whole: fuses, flash, boot, SPDM responder. No SystemC, no time.
#pragma once
#include "models/gpu/attester.hpp"
#include "models/spdm/responder.hpp"

namespace assay::gpu {

/// What is as it was before a power-on reset, and takes effect at the next one.
struct Settings {
    CcMode mode = CcMode::on;
    bool debug_enabled = false;
    spdm::RecordFormat records = spdm::doe_records;  // of the transport that it is behind
};

/// What the factory leaves behind a device. Equal chips and seeds, equal bytes, whoever asks and whenever.
struct Provisioning {
    Provisioning(const Chip& chip, std::uint64_t seed);

    Manufacturer manufacturer;
    crypto::Certificate device_certificate;
};

/// One device. After power_on_reset() run the boot stage by stage; then it answers SPDM. Each boot draws
/// other random bytes than the one before; restore() begins them anew, so that a scenario gives the same
/// bytes whatever came before.
class RootOfTrust {
public:
    /// `provisioning` of that chip and seed, where it is there already: it costs more than a boot.
    RootOfTrust(const Chip& chip, std::uint64_t seed, std::shared_ptr<const Provisioning> provisioning = {});

    /// Ends the running boot: keys and connection state are gone, the latches take the settings.
    void power_on_reset();
    /// As delivered: released firmware, CC mode on, debug off, and the first boot's randomness.
    void restore();
    /// Runs the next boot stage and names it; empty when there is none left. A refusal ends the boot.
    Result<std::string_view, BootRefusal> boot_stage();
    bool booted() const { return attester_.has_value(); }
    const std::optional<BootRefusal>& refusal() const { return refusal_; }

    /// The answer to one SPDM message; empty where none is given: before the boot is finished, for less than
    /// a header.
    Bytes spdm(ByteView request);
    /// The same for a record of the session (PCIe DOE: secured CMA-SPDM). Nothing: no answer is given.
    std::optional<Bytes> secured(ByteView record);
    spdm::State connection_state() const;
    /// The export master secret of the established session, 48 bytes, from which the data path derives its
    /// keys. Empty where there is none: before FINISH, after END_SESSION, GET_VERSION, a bad record, a reset.
    ByteView session_export_secret() const;

    Settings& settings() { return settings_; }
    Firmware& firmware() { return firmware_; }
    /// The mode that the last reset latched.
    CcMode mode() const { return latched_.mode; }
    const Chip& chip() const { return chip_; }
    const Bytes& seed() const { return seed_; }
    const Manufacturer& manufacturer() const { return provisioning_->manufacturer; }
    const crypto::Certificate& device_certificate() const { return provisioning_->device_certificate; }
    /// Of the running boot. Precondition: booted().
    const Booted& state() const { return attester_->booted(); }

private:
    const Chip& chip_;
    Bytes seed_;
    Settings settings_, latched_;
    std::uint64_t boots_ = 0;
    Fuses fuses_;
    Firmware firmware_;
    std::shared_ptr<const Provisioning> provisioning_;

    // Of one boot; what is below draws from what is above it.
    std::optional<crypto::Drbg> random_;      // of the responder: other bytes each boot
    std::optional<crypto::Drbg> rom_random_;  // of keys: the same firmware has the same certificate
    std::optional<crypto::Context> context_;
    std::optional<crypto::Context> session_context_;
    std::optional<BootRom> rom_;
    std::size_t next_stage_ = 0;
    std::optional<BootRefusal> refusal_;
    std::optional<Attester> attester_;
    std::optional<spdm::Responder> responder_;
};

}  // namespace assay::gpu
