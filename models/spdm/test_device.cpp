#include "models/spdm/test_device.hpp"

namespace assay::spdm {

TestDevice::TestDevice(std::uint64_t seed) : random_(store(seed, std::endian::big), "spdm test device") {
    profile_ = {.versions = {Version::v1_0, Version::v1_1},
                .ct_exponent = 12,
                .flags = cap::cert | cap::meas_sig,
                .base_asym = {alg::ecdsa_p384, alg::ecdsa_p256},
                .base_hash = {alg::sha384},
                .measurement_hash = alg::measurement_sha384};
    const auto root = crypto::PrivateKey::generate(context_, crypto::KeyType::p384);
    leaf_ = crypto::PrivateKey::generate(context_, crypto::KeyType::p384);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "root"}};
    spec.serial = {1};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    const auto root_certificate = crypto::issue(spec, root.public_key(), nullptr, root, crypto::Hash::sha384);
    spec.subject = {{"CN", "leaf"}};
    spec.ca = false;
    spec.key_usage = {"digitalSignature"};
    const auto leaf = crypto::issue(spec, leaf_->public_key(), &root_certificate, root, crypto::Hash::sha384);
    chain_ = concat({Bytes(4), crypto::digest(crypto::Hash::sha384, {root_certificate.der()}),
                     root_certificate.der(), leaf.der()});
    std::ranges::copy(store(static_cast<std::uint16_t>(chain_.size()), byte_order), chain_.begin());
    for (const std::uint8_t index : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{9}})
        blocks_.push_back({.index = index,
                           .measurement_specification = 1,
                           .measurement_size = 51,
                           .value_type = 1,
                           .value_size = 48,
                           .value = Bytes(48, index)});
}

Bytes TestDevice::digest(std::uint32_t, ByteView message) const {
    return crypto::digest(crypto::Hash::sha384, {message});
}

Bytes TestDevice::sign(std::uint8_t, std::uint32_t, ByteView message) {
    return leaf_->sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, message);
}

}  // namespace assay::spdm
