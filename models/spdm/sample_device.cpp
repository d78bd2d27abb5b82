#include "models/spdm/sample_device.hpp"

#include <tuple>

namespace assay::spdm {
namespace {

constexpr std::uint8_t raw = 0x80;  // DMTFSpecMeasurementValueType: not a digest

MeasurementBlock sample_block(std::uint8_t index, std::uint8_t type, Bytes value) {
    const auto size = static_cast<std::uint16_t>(value.size());
    return {.index = index,
            .measurement_specification = alg::measurement_specification_dmtf,
            .measurement_size = static_cast<std::uint16_t>(size + 3),
            .value_type = type,
            .value_size = size,
            .value = std::move(value)};
}

/// What the digests of the first four blocks are of.
Bytes raw_measurement(std::uint8_t index) { return {index}; }

}  // namespace

Profile generic_profile() {
    return {.versions = {Version::v1_0, Version::v1_1, Version::v1_2, Version::v1_3},
            .ct_exponent = 12,
            .flags = cap::cert | cap::chal | cap::meas_sig | cap::meas_fresh | cap::encrypt | cap::mac |
                     cap::mut_auth | cap::key_ex | cap::psk_with_context | cap::encap | cap::hbeat |
                     cap::key_upd | cap::handshake_in_the_clear | cap::chunk | cap::set_cert | cap::csr |
                     cap::ep_info_sig | cap::mel | cap::multi_key_negotiable | cap::get_key_pair_info,
            .base_asym = {alg::ecdsa_p384, alg::ecdsa_p256, alg::rsapss_3072, alg::rsapss_2048},
            .base_hash = {alg::sha384, alg::sha256, alg::sha512},
            .measurement_hash = alg::measurement_sha384,
            .dhe = {alg::dhe_p384, alg::dhe_p256, alg::ffdhe3072, alg::ffdhe2048},
            .aead = {alg::aes_256_gcm, alg::aes_128_gcm, alg::chacha20_poly1305},
            .heartbeat_period = 240,
            .max_message_size = 0x2'8000,
            .req_base_asym = {alg::ecdsa_p384, alg::ecdsa_p256, alg::rsapss_3072, alg::rsapss_2048},
            .mutual_auth = mut_auth::encapsulated};
}

std::vector<MeasurementBlock> generic_measurements(crypto::Hash measurement_hash) {
    std::vector<MeasurementBlock> out;
    for (const std::uint8_t index : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}})
        out.push_back(sample_block(index, static_cast<std::uint8_t>(index - 1),
                                   crypto::digest(measurement_hash, {raw_measurement(index)})));
    out.push_back(sample_block(0x10, 7 | raw, {5, 0, 0, 0, 0, 0, 0, 0}));
    Bytes manifest(128);
    for (std::size_t i = 0; i < manifest.size(); ++i) manifest[i] = static_cast<std::uint8_t>(i);
    out.push_back(sample_block(0xFD, 4 | raw, std::move(manifest)));
    // Operational modes and device modes: what it can be in, what it is in (normal; no debug).
    out.push_back(sample_block(0xFE, 5 | raw, {0x3F, 0, 0, 0, 0x04, 0, 0, 0, 0x1F, 0, 0, 0, 0, 0, 0, 0}));
    return out;
}

SampleDevice::SampleDevice(Profile profile, std::vector<MeasurementBlock> measurements, std::uint64_t seed,
                           std::uint8_t provisioned_slots)
    : profile_(std::move(profile)),
      blocks_(std::move(measurements)),
      seed_(seed),
      provisioned_slots_(provisioned_slots),
      psk_(psk_value.size()),
      random_(store(seed, std::endian::big), "spdm sample device") {
    std::ranges::copy(as_bytes(psk_value), psk_.bytes().begin());
}

SampleDevice::SampleDevice(std::uint64_t seed)
    : SampleDevice(generic_profile(), generic_measurements(crypto::Hash::sha384), seed, 2) {}

const SampleIdentity& SampleDevice::identity(std::uint8_t number, std::uint32_t base_asym) const {
    const bool alias = (profile_.flags & cap::alias_cert) != 0;
    return identities_->of(seed_, "device " + std::to_string(number), base_asym, alias);
}

ByteView SampleDevice::certificate_chain(std::uint8_t slot, const Connection& connection) const {
    const bool known =
        std::ranges::find(profile_.base_asym, connection.base_asym) != profile_.base_asym.end();
    if (!known || !hash_of(connection.base_hash)) return {};
    if (const Installed* own = installed(slot, connection.base_asym)) {
        if (own->certificates.empty()) return {};
        Bytes& chain = own->chains[connection.base_hash];
        if (chain.empty()) chain = chain_structure(connection.base_hash, own->certificates);
        return chain;
    }
    if (slot >= provisioned_slots_) return {};
    return identity(slot, connection.base_asym).chain(connection.base_hash);
}

Bytes SampleDevice::opaque_data(const Connection& connection) const {
    // From 1.2 on opaque data has a format, and this device has nothing to say in it.
    return connection.version < Version::v1_2 ? Bytes{0xAB, 0xCD} : Bytes{};
}

Bytes SampleDevice::sign(std::uint8_t slot, const Connection& connection, std::string_view,
                         ByteView message) {
    return identity(key_of(slot, connection.base_asym), connection.base_asym)
        .sign(connection.base_hash, message);
}

std::optional<Bytes> SampleDevice::raw_value(const MeasurementBlock& block) const {
    Bytes out = raw_measurement(block.index);
    const bool is_its_digest =
        std::ranges::any_of(std::array{crypto::Hash::sha256, crypto::Hash::sha384, crypto::Hash::sha512},
                            [&](crypto::Hash hash) { return crypto::digest(hash, {out}) == block.value; });
    if (!is_its_digest) return std::nullopt;
    return out;
}

const Secret* SampleDevice::pre_shared_key(ByteView hint) const {
    return equal(hint, as_bytes(psk_hint)) ? &psk_ : nullptr;
}

std::optional<VendorDefined> SampleDevice::vendor_defined(const VendorDefined& request, const Session*) {
    if (request.standard_id != vendor_standard ||
        !equal(request.vendor_id.value, store(vendor_id, byte_order)))
        return std::nullopt;
    return request;
}

crypto::PublicKey SampleDevice::leaf_key(std::uint8_t slot, std::uint32_t base_asym) const {
    return identity(key_of(slot, base_asym), base_asym).leaf().public_key();
}

}  // namespace assay::spdm
