// What a requester shows of itself in mutual authentication (DSP0274).
#pragma once
#include "models/spdm/negotiation.hpp"

namespace assay::spdm {

class RequesterIdentity {
public:
    virtual ~RequesterIdentity() = default;
    /// The chain structure of that slot for ReqBaseAsymAlg and the base hash; empty where it is not
    /// provisioned.
    virtual ByteView certificate_chain(std::uint8_t slot, const Connection& connection) const = 0;
    /// As Device::sign, with the leaf key of that slot.
    virtual Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
                       ByteView message) const = 0;
};

}  // namespace assay::spdm
