#include "models/spdm/sample_device.hpp"

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

crypto::Hash issuing_hash(std::uint32_t base_asym) {
    return base_asym == alg::ecdsa_p256 ? crypto::Hash::sha256 : crypto::Hash::sha384;
}

}  // namespace

Profile generic_profile() {
    return {.versions = {Version::v1_0, Version::v1_1, Version::v1_2},
            .ct_exponent = 12,
            .flags = cap::cert | cap::chal | cap::meas_sig | cap::meas_fresh | cap::encrypt | cap::mac |
                     cap::key_ex | cap::psk_with_context | cap::hbeat | cap::key_upd |
                     cap::handshake_in_the_clear,
            .base_asym = {alg::ecdsa_p384, alg::ecdsa_p256},
            .base_hash = {alg::sha384, alg::sha256},
            .measurement_hash = alg::measurement_sha384,
            .dhe = {alg::dhe_p384, alg::dhe_p256},
            .aead = {alg::aes_256_gcm, alg::aes_128_gcm, alg::chacha20_poly1305},
            .heartbeat_period = 240};
}

std::vector<MeasurementBlock> generic_measurements(crypto::Hash measurement_hash) {
    std::vector<MeasurementBlock> out;
    for (const std::uint8_t index : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}})
        out.push_back(sample_block(index, static_cast<std::uint8_t>(index - 1),
                                   crypto::digest(measurement_hash, {{{index}}})));
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
      psk_(psk_value.size()),
      random_(store(seed, std::endian::big), "spdm sample device") {
    std::ranges::copy(as_bytes(psk_value), psk_.bytes().begin());
    for (std::uint8_t slot = 0; slot < provisioned_slots; ++slot)
        for (const std::uint32_t base_asym : profile_.base_asym)
            identities_.emplace(std::pair{slot, base_asym}, make_identity(slot, base_asym));
}

SampleDevice::SampleDevice(std::uint64_t seed)
    : SampleDevice(generic_profile(), generic_measurements(crypto::Hash::sha384), seed, 2) {}

SampleDevice::Identity SampleDevice::make_identity(std::uint8_t slot, std::uint32_t base_asym) {
    const crypto::KeyType type = key_type_of(base_asym).value();
    const crypto::Hash hash = issuing_hash(base_asym);
    const auto root = crypto::PrivateKey::generate(context_, type);
    auto leaf = crypto::PrivateKey::generate(context_, type);
    const std::string number = std::to_string(slot);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "sample root " + number}};
    spec.serial = {1};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    const auto root_certificate = crypto::issue(spec, root.public_key(), nullptr, root, hash);
    spec.subject = {{"CN", "sample device " + number}};
    spec.serial = {2};
    spec.ca = false;
    spec.key_usage = {"digitalSignature"};
    const auto leaf_certificate = crypto::issue(spec, leaf.public_key(), &root_certificate, root, hash);

    Identity out{std::move(leaf), {}};
    for (const std::uint32_t base_hash : profile_.base_hash) {
        Bytes chain = concat({Bytes(4), crypto::digest(hash_of(base_hash).value(), {root_certificate.der()}),
                              root_certificate.der(), leaf_certificate.der()});
        std::ranges::copy(store(static_cast<std::uint16_t>(chain.size()), byte_order), chain.begin());
        out.chains.emplace(base_hash, std::move(chain));
    }
    return out;
}

ByteView SampleDevice::certificate_chain(std::uint8_t slot, const Connection& connection) const {
    const auto identity = identities_.find({slot, connection.base_asym});
    if (identity == identities_.end()) return {};
    const auto chain = identity->second.chains.find(connection.base_hash);
    return chain == identity->second.chains.end() ? ByteView{} : ByteView{chain->second};
}

Bytes SampleDevice::opaque_data(const Connection& connection) const {
    // From 1.2 on opaque data has a format, and this device has nothing to say in it.
    return connection.version < Version::v1_2 ? Bytes{0xAB, 0xCD} : Bytes{};
}

Bytes SampleDevice::sign(std::uint8_t slot, const Connection& connection, std::string_view,
                         ByteView message) {
    return identities_.at({slot, connection.base_asym})
        .leaf.sign(crypto::SignatureScheme::ecdsa_raw, hash_of(connection.base_hash).value(), message);
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
    return identities_.at({slot, base_asym}).leaf.public_key();
}

}  // namespace assay::spdm
