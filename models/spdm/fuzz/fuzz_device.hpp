// A device for fuzzers: the sample device without what costs time or outlives an execution.
#pragma once
#include <tuple>

#include "models/spdm/fuzz/harness.hpp"
#include "models/spdm/sample_device.hpp"

namespace assay::spdm {

class FuzzDevice final : public SampleDevice {
public:
    /// One for all executions: its keys cost more than they.
    static FuzzDevice& shared();
    static std::shared_ptr<const Secret> psk();
    static std::shared_ptr<const RequesterIdentity> requester();

    /// Equal inputs, equal executions.
    void begin(std::uint64_t seed) { noise_ = Noise{seed}; }
    /// For a requester that verifies; a responder does not look at its own signatures.
    void sign_truly(bool truly) { truly_ = truly; }

    Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
               ByteView message) override;
    /// Looks at the chain, and keeps nothing.
    Result<Nothing, Refusal> set_certificate(std::uint8_t, std::uint8_t, ByteView chain,
                                             const Connection& connection) override;
    Random& random() override { return noise_; }
    const crypto::Context& context() override { return noisy_; }

private:
    FuzzDevice();
    Noise noise_;
    crypto::Context noisy_{noise_};
    bool truly_ = true;
    // What was signed before, by slot, algorithm and message.
    static constexpr std::size_t most_signatures = 16384;
    std::map<std::tuple<std::uint8_t, std::uint32_t, Bytes>, Bytes> signatures_;
};

}  // namespace assay::spdm
