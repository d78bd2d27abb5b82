// A requester and a responder face to face, for tests.
#pragma once
#include <functional>

#include "models/spdm/requester.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"

namespace assay::spdm {

/// What a test may do to an answer on its way: number (0 the first), and the bytes.
using Change = std::function<void(std::size_t number, Bytes& answer)>;

struct TestConnection {
    /// With the device that all such connections share: its keys cost more than the conversation.
    explicit TestConnection(RequesterPlan plan) : TestConnection(std::move(plan), shared_device(), 1) {}
    TestConnection(RequesterPlan plan, SampleDevice& of, std::uint64_t seed, const Clock* clock = nullptr)
        : device(of),
          responder(device, mctp_records, clock),
          random(store(seed, std::endian::big), "test requester"),
          requester(std::move(plan), &context) {}
    static SampleDevice& shared_device();

    /// Until the requester is done; the error, or "" at a good end.
    std::string run(const Change& change = {});
    /// The answer of the responder to what the requester wants to send.
    Bytes send();

    SampleDevice& device;
    Responder responder;
    crypto::Drbg random;
    crypto::Context context{random};
    Requester requester;
    std::size_t number = 0;
};

/// A plan for a session of that version, over MCTP.
RequesterPlan session_plan(Version version);
/// One for a session by the pre-shared key of the sample device.
RequesterPlan psk_plan(Version version);

}  // namespace assay::spdm
