// The measured boot of the GPU: each stage is read once, measured, checked, and only then trusted (DICE: TCG
// DICE Layering Architecture).
#pragma once
#include "models/gpu/firmware.hpp"
#include "models/gpu/fuses.hpp"
#include "models/gpu/pki.hpp"

namespace assay::gpu {

using Digest = std::array<std::uint8_t, digest_size>;

/// Why a boot ended.
struct BootRefusal {
    std::string stage;
    std::string what;
};

/// What a finished boot has left: measurements, identity, and the key that signs evidence.
struct Booted {
    std::array<Digest, measurement_slots> slots{};
    std::array<std::uint32_t, measurement_slots> counts{};  // how often each slot was extended (MSRSCNT)
    CcMode mode{};
    std::uint32_t security_version = 0;
    std::string driver_version, vbios_version;
    Bytes fwid;                                   // SHA-384 of the GSP-FMC
    std::vector<crypto::Certificate> chain;       // leaf first, 5
    std::optional<crypto::PrivateKey> alias_key;  // of the leaf
};

/// One boot, stage by stage. What it is given must outlive it.
class BootRom {
public:
    struct Inputs {
        const Chip& chip;
        const Fuses& fuses;
        const Firmware& firmware;
        CcMode mode;
        const crypto::Context& context;  // the device's randomness
        const Manufacturer& manufacturer;
        const crypto::Certificate& device_certificate;
    };
    explicit BootRom(const Inputs& in) : in_(in) {}

    /// "rom", then the chip's firmware stages.
    std::size_t stages() const { return 1 + in_.chip.stages.size(); }
    std::string_view stage_name(std::size_t stage) const;
    /// Runs stages 0, 1, ... in order; after a refusal no further one.
    Result<Nothing, BootRefusal> run(std::size_t stage);
    /// After the last stage.
    Booted take() { return std::move(out_); }

private:
    void measure(unsigned slot, ByteView what);
    Result<Nothing, BootRefusal> run_rom();
    Result<Nothing, BootRefusal> run_firmware(const Stage& stage);
    void derive_alias(ByteView measurement);

    Inputs in_;
    Booted out_;
};

/// The key that certificate 1 names, from the fuses alone.
crypto::PrivateKey device_identity_key(const crypto::Context& context, const Fuses& fuses);

/// What the slots for fuses and for the mode measure.
Bytes fuses_measurement(std::uint32_t minimum_security_version, bool debug_enabled);
Bytes cc_mode_measurement(CcMode mode);

}  // namespace assay::gpu
