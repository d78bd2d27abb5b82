#include "models/gpu/attester.hpp"

#include "sim/base/writer.hpp"

namespace assay::gpu {
namespace {

namespace cap = spdm::cap;
namespace alg = spdm::alg;

/// What NVIDIA's open driver expects of a GH100 before it opens a session (its table of capabilities and
/// algorithms): no CHALLENGE, no heartbeat, and a handshake that is encrypted.
constexpr std::uint32_t confidential_flags =
    cap::meas_sig | cap::meas_fresh | cap::encrypt | cap::mac | cap::key_ex | cap::key_upd;

spdm::Profile profile_of(CcMode mode) {
    return {.versions = {spdm::Version::v1_1},
            .ct_exponent = 20,
            .flags = cap::cert | (mode == CcMode::off ? 0 : confidential_flags),
            .base_asym = {alg::ecdsa_p384},
            .base_hash = {alg::sha384},
            .measurement_hash = alg::measurement_sha384,
            .dhe = {alg::dhe_p384},
            .aead = {alg::aes_256_gcm},
            .max_sessions = 1};  // the one of the driver
}

/// The certificate chain structure (DSP0274, certificates and certificate chains): root first.
Bytes chain_structure(const std::vector<crypto::Certificate>& leaf_first) {
    Bytes out(4);
    append(out, crypto::digest(crypto::Hash::sha384, {leaf_first.back().der()}));
    for (auto certificate = leaf_first.rbegin(); certificate != leaf_first.rend(); ++certificate)
        append(out, certificate->der());
    std::ranges::copy(store(static_cast<std::uint16_t>(out.size()), spdm::byte_order), out.begin());
    return out;
}

/// ASCII, padded with NUL to `size`.
Bytes padded(std::string_view text, std::size_t size) {
    Bytes out{text.begin(), text.end()};
    out.resize(size);
    return out;
}

}  // namespace

Attester::Attester(const Chip& chip, Booted booted, const crypto::Context& context)
    : chip_(chip),
      booted_(std::move(booted)),
      context_(context),
      profile_(profile_of(booted_.mode)),
      chain_(chain_structure(booted_.chain)) {
    for (std::size_t i = 0; i < measurement_slots; ++i) {
        const Digest& value = booted_.slots[i];
        blocks_.push_back({.index = static_cast<std::uint8_t>(i + 1),
                           .measurement_specification = alg::measurement_specification_dmtf,
                           .measurement_size = digest_size + 3,
                           .value_type = 1,
                           .value_size = digest_size,
                           .value = {value.begin(), value.end()}});
    }
}

ByteView Attester::certificate_chain(std::uint8_t slot, const spdm::Connection&) const {
    return slot == 0 ? ByteView{chain_} : ByteView{};
}

Bytes Attester::sign(std::uint8_t, const spdm::Connection&, std::string_view, ByteView message) {
    return booted_.alias_key->sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, message);
}

Bytes Attester::opaque_data(const spdm::Connection&) const {
    Bytes out;
    Writer writer{out, byte_order};
    for (const OpaqueType type : chip_.opaque_order) {
        Bytes data = opaque_value(type);
        const auto size = static_cast<std::uint16_t>(data.size());
        writer.put(OpaqueField{type, size, std::move(data)});
    }
    return out;
}

Bytes Attester::opaque_value(OpaqueType type) const {
    const auto whole = [](ByteView bytes) {
        return Bytes{bytes.begin(), bytes.end()};
    };
    switch (type) {
        case OpaqueType::driver_version:
            return padded(booted_.driver_version, booted_.driver_version.size() + 1);
        case OpaqueType::gpu_info: return whole(chip_.gpu_info);
        case OpaqueType::vbios_version: return vbios_field(booted_.vbios_version);
        case OpaqueType::nvdec0_status: return {0xAA};  // enabled: golden index 35 is compared
        case OpaqueType::msrscnt: {
            Bytes out;
            for (const std::uint32_t count : booted_.counts) append(out, store(count, byte_order));
            return out;
        }
        case OpaqueType::cprinfo: return whole(chip_.cprinfo);
        case OpaqueType::board_id: return whole(chip_.board_id);
        case OpaqueType::chip_sku: return padded(chip_.chip_sku, 9);
        case OpaqueType::chip_sku_mod: return padded(chip_.chip_sku_mod, 5);
        case OpaqueType::project: return padded(chip_.project, 5);
        case OpaqueType::project_sku: return padded(chip_.project_sku, 5);
        case OpaqueType::project_sku_mod: return padded(chip_.project_sku_mod, 2);
        case OpaqueType::fwid: return booted_.fwid;
        case OpaqueType::sys_enable_status:
            // 0x0707 is what a GB100 in CC mode reports; bit 0x08 for DEVTOOLS is our assumption.
            return booted_.mode == CcMode::devtools ? Bytes{0x0F, 0x0F} : Bytes{0x07, 0x07};
        case OpaqueType::opaque_data_version: return {0x01, 0x00};
        case OpaqueType::chip_info: return padded(chip_.product, chip_.product.size() + 1);
        case OpaqueType::feature_flag: return {0x00, 0x00};  // single GPU passthrough
        default: throw std::logic_error("attester: the chip's opaque order has a field without a value");
    }
}

}  // namespace assay::gpu
