// Firmware images: synthetic, deterministic, with the header that the boot ROM believes after it has measured
// it.
#pragma once
#include <map>

#include "models/gpu/chip.hpp"

namespace assay::gpu {

/// The start of every image. The code after it is generated.
struct ImageHeader {
    static constexpr std::uint32_t expected_magic = 0x5746'5341;  // "ASFW"
    std::uint32_t magic = 0;
    std::uint32_t security_version = 0;
    Blob<std::uint8_t, 32> version{};  // of the driver or of the VBIOS, as text
    static constexpr auto wire() {
        using H = ImageHeader;
        return std::tuple{field("magic", &H::magic), field("securityVersion", &H::security_version),
                          field("version", &H::version)};
    }
};
constexpr std::uint32_t refusal(const ImageHeader& header) {
    return header.magic == ImageHeader::expected_magic ? 0 : 1;
}

/// Which build of an image: `change` 0 is the released one; `variant` is one of the alternatives that the
/// manifest lists for its slot.
struct Build {
    std::size_t release = 0;
    unsigned variant = 0;
    unsigned change = 0;
};

/// The image that is measured into slot `slot`. A function of its arguments alone.
Bytes make_image(ByteView seed, const Chip& chip, const Slot& slot, Build build);

/// The flash of one device: an image per slot that measures a stage.
class Firmware {
public:
    /// Holds the current release.
    Firmware(ByteView seed, const Chip& chip);

    /// The bytes that stand there now. The slot measures a stage (std::out_of_range).
    ByteView image(unsigned slot) const { return images_.at(slot); }

    /// Other images of one stage, same version. False when the chip has no such stage.
    [[nodiscard]] bool load(std::string_view stage, unsigned change);
    /// Everything of the release before.
    void roll_back();
    /// Everything of the current release, unchanged.
    void restore();

private:
    void flash(std::size_t release);

    Bytes seed_;
    const Chip& chip_;
    std::size_t release_ = 0;
    std::map<unsigned, Bytes> images_;
};

}  // namespace assay::gpu
