// What a responder asks of the suite's client in encapsulated requests (DSP0274): who it is.
#pragma once
#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {

inline constexpr std::uint8_t invalid_response_code = 0x09, no_pending_requests = 0x45;

/// Who the requester is: a key, and a chain structure around it.
struct Identity {
    crypto::PrivateKey key;
    Bytes chain;
};
/// A new one, for the negotiated algorithms.
Identity make_identity(Client& client);

/// A request of the responder, and its RequestID.
struct Embedded {
    std::uint8_t id = 0;
    Bytes request;
};
/// The answer to GET_DIGESTS or GET_CERTIFICATE; the case fails where anything else is asked.
Bytes identity_response(Client& client, const Identity& me, ByteView request);
Bytes deliver(const Client& client, std::uint8_t id, ByteView response);
/// The next request in ENCAPSULATED_RESPONSE_ACK; nothing at the end, where `slot` may be told.
std::optional<Embedded> next_of(const Client& client, std::uint8_t delivered, ByteView answer,
                                std::uint8_t& slot);

}  // namespace assay::conformance::spdm_topic
