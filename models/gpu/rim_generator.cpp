#include "models/gpu/rim_generator.hpp"

#include <algorithm>
#include <map>

#include "models/gpu/boot_rom.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::gpu {
namespace {

Bytes golden(const Bytes& measured) { return crypto::digest(crypto::Hash::sha384, {measured}); }

/// The alternatives of one slot; what this board runs is the last.
std::vector<Bytes> golden_values(ByteView seed, const Chip& chip, const Slot& slot) {
    std::vector<Bytes> out;
    if (slot.measures == fuses_slot)
        return {golden(fuses_measurement(chip.releases[0].security_version, false))};
    if (slot.measures == cc_mode_slot) {
        // A mode that no opaque field tells of is told by its measurement: then only "on" is golden.
        if (slot.alternatives > 1) out.push_back(golden(cc_mode_measurement(CcMode::devtools)));
        out.push_back(golden(cc_mode_measurement(CcMode::on)));
        return out;
    }
    for (unsigned variant = 0; variant < slot.alternatives; ++variant)
        out.push_back(slot.measures.empty() && variant + 1 == slot.alternatives
                          ? Bytes(digest_size)
                          : golden(make_image(seed, chip, slot, {0, variant, 0})));
    return out;
}

std::string without(std::string_view text, char c) {
    std::string out{text};
    std::erase(out, c);
    return out;
}

}  // namespace

std::string rim_id(const Chip& chip, Manifest manifest) {
    const Release& release = chip.releases[0];
    if (manifest == Manifest::driver)
        return (chip.arch == Arch::blackwell ? "NV_GPU_CC_DRIVER_" : "NV_GPU_DRIVER_") +
               std::string{chip.product} + '_' + std::string{release.driver};
    return "NV_GPU_VBIOS_" + std::string{chip.project} + '_' + std::string{chip.project_sku} + '_' +
           std::string{chip.chip_sku} + '_' + without(release.vbios, '.');
}

Rim make_rim(ByteView seed, const Chip& chip, Manifest manifest) {
    std::map<unsigned, const Slot*> active;
    for (const Slot& slot : chip.slots)
        if (slot.manifest == manifest) active.emplace(slot.index, &slot);
    Rim rim;
    rim.tag_id = to_hex(crypto::digest(crypto::Hash::sha384, {seed, as_bytes(rim_id(chip, manifest))}));
    rim.colloquial_version = manifest == Manifest::driver ? chip.releases[0].driver : chip.releases[0].vbios;
    rim.edition = "GPU";
    rim.product = chip.product;
    rim.manufacturer_id = "5703";  // NVIDIA's enterprise number: tools expect it
    for (unsigned i = 0; i < measurement_slots; ++i) {
        const auto slot = active.find(i);
        RimResource& resource = rim.resources.emplace_back();
        resource.index = i;
        resource.name = "Measurement_" + std::to_string(i);
        resource.active = slot != active.end();
        resource.alternatives = resource.active ? golden_values(seed, chip, *slot->second)
                                                : std::vector<Bytes>{Bytes(digest_size)};
    }
    return rim;
}

Bytes make_signed_rim(ByteView seed, const Chip& chip, Manifest manifest, const ManifestSigner& signer) {
    return crypto::sign_enveloped(write_rim(make_rim(seed, chip, manifest)), signer.key(), signer.chain());
}

}  // namespace assay::gpu
