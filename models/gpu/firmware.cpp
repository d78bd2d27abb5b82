#include "models/gpu/firmware.hpp"

#include <algorithm>

#include "models/gpu/fuses.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/context.hpp"

namespace assay::gpu {
namespace {

constexpr std::size_t code_size = 1024;

bool measures_firmware(const Chip& chip, const Slot& slot) {
    return std::ranges::find(chip.stages, slot.measures, &Stage::name) != chip.stages.end();
}

}  // namespace

Fuses burn_fuses(ByteView seed, std::string_view profile, std::uint32_t minimum_security_version) {
    Fuses out;
    const std::string label{profile};
    crypto::Drbg{seed, label + "/fuses/unique device secret"}.fill(out.unique_device_secret.bytes());
    crypto::Drbg{seed, label + "/fuses/device id"}.fill(out.device_id);
    out.minimum_security_version = minimum_security_version;
    return out;
}

Bytes make_image(ByteView seed, const Chip& chip, const Slot& slot, Build build) {
    const Release& release = chip.releases.at(build.release);
    const std::string_view version = slot.manifest == Manifest::vbios ? release.vbios : release.driver;
    ImageHeader header{ImageHeader::expected_magic, release.security_version, {}};
    header.version.value.assign(version.begin(), version.end());
    Bytes code(code_size);
    crypto::Drbg{seed, std::string{chip.profile} + "/firmware/" + std::string{version} + '/' +
                           std::to_string(slot.index) + '/' + std::to_string(build.variant) + '/' +
                           std::to_string(build.change)}
        .fill(code);
    return concat({encode(header, byte_order), code});
}

Firmware::Firmware(ByteView seed, const Chip& chip) : seed_(seed.begin(), seed.end()), chip_(chip) {
    flash(0);
}

void Firmware::flash(std::size_t release) {
    release_ = release;
    for (const Slot& slot : chip_.slots)
        if (measures_firmware(chip_, slot))
            images_[slot.index] = make_image(seed_, chip_, slot, {release, slot.alternatives - 1, 0});
}

bool Firmware::load(std::string_view stage, unsigned change) {
    bool found = false;
    for (const Slot& slot : chip_.slots)
        if (slot.measures == stage && measures_firmware(chip_, slot)) {
            images_[slot.index] = make_image(seed_, chip_, slot, {release_, slot.alternatives - 1, change});
            found = true;
        }
    return found;
}

void Firmware::roll_back() { flash(1); }

void Firmware::restore() { flash(0); }

}  // namespace assay::gpu
