// An SPDM device for tests: three measurement blocks, one provisioned slot, a chain of two certificates.
#pragma once
#include "models/spdm/device.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

class TestDevice final : public Device {
public:
    explicit TestDevice(std::uint64_t seed = 1);

    const Profile& profile() const override { return profile_; }
    ByteView certificate_chain(std::uint8_t slot) const override {
        return slot == 0 ? ByteView{chain_} : ByteView{};
    }
    const std::vector<MeasurementBlock>& measurements() const override { return blocks_; }
    Bytes opaque_data() const override { return {0xAB, 0xCD}; }
    Bytes digest(std::uint32_t, ByteView message) const override;
    Bytes sign(std::uint8_t slot, std::uint32_t, ByteView message) override;
    Random& random() override { return random_; }

    Profile& mutable_profile() { return profile_; }
    crypto::PublicKey leaf_key() const { return leaf_->public_key(); }

private:
    Profile profile_;
    crypto::Drbg random_;
    crypto::Context context_{random_};
    std::optional<crypto::PrivateKey> leaf_;
    Bytes chain_;
    std::vector<MeasurementBlock> blocks_;
};

}  // namespace assay::spdm
