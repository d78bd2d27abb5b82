// An SPDM requester (DSP0274) that fetches certificates and signed measurements. No transport: it says what
// to send, and judges what came back.
#pragma once
#include "models/spdm/negotiation.hpp"
#include "sim/base/result.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

/// Why an answer is not acceptable.
struct RequestError {
    std::string request;             // "GET_CERTIFICATE"
    std::string what;                // what was found and what was expected
    std::optional<ErrorCode> error;  // where the responder answered ERROR
    std::string text() const { return request + ": " + what; }
};

/// What this requester offers, and asks for.
struct RequesterPlan {
    std::vector<Version> versions{Version::v1_1};  // ascending
    std::uint32_t base_asym = alg::ecdsa_p384;
    std::uint32_t base_hash = alg::sha384;
    std::uint8_t slot = 0;
    std::uint8_t operation = 0xFF;  // all measurement blocks
    std::uint16_t portion = 0x400;  // of the certificate chain, per request
    Nonce nonce{};                  // of GET_MEASUREMENTS
};

/// One conversation from GET_VERSION to signed MEASUREMENTS:
///     while (!requester.done()) if (auto ok = requester.receive(send(requester.next())); !ok) ...
class Requester {
public:
    explicit Requester(RequesterPlan plan) : plan_(std::move(plan)) {}

    bool done() const;
    /// The request to send now. Precondition: not done.
    Bytes next() const;
    /// The answer to next(): padding after it is ignored. After an error the conversation is over.
    Result<Nothing, RequestError> receive(ByteView response);

    /// Root first, as the chain has them. Empty until CERTIFICATE has brought all.
    const std::vector<crypto::Certificate>& certificates() const { return certificates_; }
    /// GET_MEASUREMENTS and MEASUREMENTS, what an attestation report consists of. Empty until done.
    const Bytes& report() const { return report_; }

private:
    using Outcome = Result<Nothing, RequestError>;
    struct Step {
        std::string_view name;
        Code answer;
        Bytes (Requester::*request)() const;
        Outcome (Requester::*check)(ByteView response);
        bool (Requester::*again)() const;  // null: once
    };
    static std::span<const Step> steps();

    Bytes get_version() const;
    Bytes get_capabilities() const;
    Bytes negotiate_algorithms() const;
    Bytes get_digests() const;
    Bytes get_certificate() const;
    Bytes get_measurements() const;
    Outcome version(ByteView response);
    Outcome capabilities(ByteView response);
    Outcome algorithms(ByteView response);
    Outcome digests(ByteView response);
    Outcome certificate(ByteView response);
    Outcome measurements(ByteView response);
    bool more_certificate() const;
    Outcome chain_complete();

    Header header(Code code, std::uint8_t param1 = 0, std::uint8_t param2 = 0) const;
    RequestError refuse(std::string what) const;

    RequesterPlan plan_;
    std::size_t step_ = 0;
    Version version_ = Version::v1_0;
    std::uint32_t flags_ = 0;
    Bytes digest_;  // of the slot's chain
    Bytes chain_;
    std::size_t chain_size_ = 0;  // 0 until the first portion tells it
    std::vector<crypto::Certificate> certificates_;
    Bytes report_;
};

}  // namespace assay::spdm
