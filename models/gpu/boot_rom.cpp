#include "models/gpu/boot_rom.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::gpu {
namespace {

constexpr auto sha384 = crypto::Hash::sha384;

}  // namespace

Bytes fuses_measurement(std::uint32_t minimum_security_version, bool debug_enabled) {
    const std::uint8_t debug = debug_enabled ? 1 : 0;
    return concat({as_bytes("assay gpu fuses"), store(minimum_security_version, byte_order), {&debug, 1}});
}

Bytes cc_mode_measurement(CcMode mode) {
    return concat({as_bytes("assay gpu cc-mode "), as_bytes(name(mode))});
}

crypto::PrivateKey device_identity_key(const crypto::Context& context, const Fuses& fuses) {
    return crypto::PrivateKey::derive(context, crypto::KeyType::p384, fuses.unique_device_secret.bytes(),
                                      "assay gpu device identity");
}

std::string_view BootRom::stage_name(std::size_t stage) const {
    return stage == 0 ? "rom" : in_.chip.stages[stage - 1].name;
}

Result<Nothing, BootRefusal> BootRom::run(std::size_t stage) {
    return stage == 0 ? run_rom() : run_firmware(in_.chip.stages[stage - 1]);
}

void BootRom::measure(unsigned slot, ByteView what) {
    std::ranges::copy(crypto::digest(sha384, {what}), out_.slots.at(slot).begin());
    ++out_.counts.at(slot);
}

Result<Nothing, BootRefusal> BootRom::run_rom() {
    out_.mode = in_.mode;
    for (const Slot& slot : in_.chip.slots) {
        if (slot.measures == fuses_slot)
            measure(slot.index,
                    fuses_measurement(in_.fuses.minimum_security_version, in_.fuses.debug_enabled));
        if (slot.measures == cc_mode_slot) measure(slot.index, cc_mode_measurement(in_.mode));
    }
    return Nothing{};
}

Result<Nothing, BootRefusal> BootRom::run_firmware(const Stage& stage) {
    for (const Slot& slot : in_.chip.slots) {
        if (slot.measures != stage.name) continue;
        // One read: what is measured, judged and run is this copy, whatever happens to the flash.
        const ByteView flash = in_.firmware.image(slot.index);
        const Bytes image{flash.begin(), flash.end()};
        ImageHeader header;
        if (Reader in{image, byte_order}; !in.get(header))
            return BootRefusal{std::string{stage.name},
                               "slot " + std::to_string(slot.index) + " holds no image"};
        if (header.security_version < in_.fuses.minimum_security_version)
            return BootRefusal{std::string{stage.name},
                               "security version " + std::to_string(header.security_version) +
                                   " is below the fuses' minimum " +
                                   std::to_string(in_.fuses.minimum_security_version)};
        measure(slot.index, image);
        auto& version = slot.manifest == Manifest::vbios ? out_.vbios_version : out_.driver_version;
        version = as_text(header.version.value);
        if (stage.in_fwid) {
            out_.security_version = header.security_version;
            derive_alias(image);
        }
    }
    return Nothing{};
}

void BootRom::derive_alias(ByteView image) {
    out_.fwid = crypto::digest(sha384, {image});
    // CDI = HKDF(UDS; FWID, security version); the alias key is a function of the CDI (TCG DICE).
    const Bytes salt = concat({out_.fwid, store(out_.security_version, byte_order)});
    const Secret cdi = crypto::hkdf(sha384, salt, in_.fuses.unique_device_secret.bytes(),
                                    as_bytes("assay gpu compound device identifier"), digest_size);
    crypto::PrivateKey alias =
        crypto::PrivateKey::derive(in_.context, crypto::KeyType::p384, cdi.bytes(), "assay gpu alias");
    const crypto::PrivateKey identity = device_identity_key(in_.context, in_.fuses);

    const std::string product{in_.chip.product};
    const crypto::PublicKey alias_public = alias.public_key();
    const Bytes ski = key_identifier(alias_public);
    crypto::CertificateSpec spec;
    spec.serial = serial_of_ski(ski);
    spec.subject = {{"CN", product + " A01 GSP FMC LF"},
                    {"O", "ASSAY Simulation"},
                    {"C", "US"},
                    {"serialNumber", to_upper_hex(spec.serial)}};
    spec.not_before = world_epoch - std::chrono::days{365};
    spec.not_after = no_expiry;
    spec.key_usage = {"digitalSignature"};
    spec.subject_key_identifier = ski;
    spec.extensions = {extension::device_info("ASSAY:" + product + ":" + to_upper_hex(in_.fuses.device_id)),
                       fwid_extension(in_.chip.fwid_form, out_.fwid, identity.public_key())};
    const auto leaf =
        crypto::issue(spec, alias_public, &in_.device_certificate, identity, crypto::Hash::sha384);
    out_.chain = {leaf, in_.device_certificate, in_.manufacturer.provisioner().certificate,
                  in_.manufacturer.identity().certificate, in_.manufacturer.root().certificate};
    out_.alias_key = std::move(alias);
}

}  // namespace assay::gpu
