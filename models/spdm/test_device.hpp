// An SPDM device for tests: three measurement blocks, ECDSA P-384 and SHA-384, no sessions.
#pragma once
#include "models/spdm/sample_device.hpp"

namespace assay::spdm {

class TestDevice final : public SampleDevice {
public:
    explicit TestDevice(std::uint64_t seed = 1);

    /// The chain of slot 0.
    ByteView chain() const;
    crypto::PublicKey leaf_key() const { return SampleDevice::leaf_key(0, alg::ecdsa_p384); }
};

}  // namespace assay::spdm
