#include "models/spdm/test_device.hpp"

namespace assay::spdm {
namespace {

std::vector<MeasurementBlock> three_blocks() {
    std::vector<MeasurementBlock> out;
    for (const std::uint8_t index : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{9}})
        out.push_back({.index = index,
                       .measurement_specification = 1,
                       .measurement_size = 51,
                       .value_type = 1,
                       .value_size = 48,
                       .value = Bytes(48, index)});
    return out;
}

}  // namespace

TestDevice::TestDevice(std::uint64_t seed)
    : SampleDevice({.versions = {Version::v1_0, Version::v1_1},
                    .ct_exponent = 12,
                    .flags = cap::cert | cap::meas_sig,
                    .base_asym = {alg::ecdsa_p384},
                    .base_hash = {alg::sha384},
                    .measurement_hash = alg::measurement_sha384},
                   three_blocks(), seed, 1) {}

ByteView TestDevice::chain() const {
    return certificate_chain(0, {.base_asym = alg::ecdsa_p384, .base_hash = alg::sha384});
}

}  // namespace assay::spdm
