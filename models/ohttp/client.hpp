// The client of oblivious HTTP: it seals to an attested key, or not at all.
//
//     Client client{context, clock, authority};
//     if (auto refusal = client.adopt(list, evidence)) return *refusal;     // E_KEY_NOT_ATTESTED, ...
//     auto sealed = client.seal(request, scratch);
//     auto answer = client.open(*sealed, send(sealed->request), room);      // views into `room`
#pragma once
#include "models/ohttp/binary_http.hpp"
#include "models/ohttp/encapsulation.hpp"
#include "sim/base/clock.hpp"
#include "sim/base/http.hpp"

namespace assay::ohttp {

struct ClientError {
    std::string_view code;  // of the fault catalogue: E_KEYCONFIG_AUTH, E_RESP_OPEN, ...
    std::string what;       // one line; nothing of a request or a response
};

/// Says which key may be trusted. The platform's own checks the verifier's token and the receipt of the KMS.
class KeyAuthority {
public:
    virtual ~KeyAuthority() = default;
    /// The configuration of `list` (application/ohttp-keys) that `evidence` covers, or why there is none:
    /// E_KEYCONFIG_AUTH, E_KEY_NOT_ATTESTED, E_CHANNEL_BINDING, E_STALE_EVIDENCE.
    virtual Result<KeyConfig, ClientError> accept(ByteView list, ByteView evidence) = 0;
};

struct ClientPolicy {
    std::string target = "/";  // of the relay resource
    bool send_date = true;
    bhttp::Limits limits{};
};

class Client {
public:
    /// All outlive it. Ephemeral keys come from the random source of `context`.
    Client(const crypto::Context& context, const Clock& clock, KeyAuthority& authority,
           ClientPolicy policy = {})
        : context_(context), clock_(clock), authority_(authority), policy_(std::move(policy)) {}

    /// Asks the authority. `second` is the list as it came by another way: E_KEYCONFIG_INCONSISTENT where it
    /// differs in a byte. After a refusal the client has no key at all.
    std::optional<ClientError> adopt(ByteView list, ByteView evidence, std::optional<ByteView> second = {});
    const std::optional<KeyConfig>& config() const { return config_; }

    struct Sealed {
        HttpRequest request;
        ResponseContext context;
    };
    /// With a Date, padded to its size class in `scratch`, which is zeros afterwards. Refused:
    /// E_KEY_NOT_ATTESTED without an adopted key, E_INNER_IDENTIFIER for fields that tell who asks,
    /// E_LIMIT when `scratch` is too small.
    Result<Sealed, ClientError> seal(const bhttp::Request& request, std::span<std::uint8_t> scratch) const;

    /// Views into `room`. E_RESP_PARSE for an answer that is no encapsulated response, E_RESP_OPEN,
    /// E_BHTTP_*.
    Result<bhttp::Response, ClientError> open(const Sealed& sealed, const HttpResponse& response,
                                              std::span<std::uint8_t> room) const;

private:
    const crypto::Context& context_;
    const Clock& clock_;
    KeyAuthority& authority_;
    ClientPolicy policy_;
    std::optional<KeyConfig> config_;
};

}  // namespace assay::ohttp
