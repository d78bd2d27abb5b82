// SystemC shell of a client: a user's device.
#pragma once
#include <optional>

#include "models/ohttp/client.hpp"
#include "models/ohttp/network_module.hpp"

namespace assay::ohttp {

/// Threads of the platform call it; each call takes simulated time. Sealing takes `client.seal`, opening
/// `client.open`. One request at a time.
class ClientModule : public sc_core::sc_module {
public:
    sc_core::sc_port<HttpService> relay{"relay"};
    /// A second way to the key configurations; it may stay unbound.
    sc_core::sc_port<HttpService, 1, sc_core::SC_ZERO_OR_MORE_BOUND> direct{"direct"};

    /// All outlive it.
    ClientModule(const sc_core::sc_module_name& name, const crypto::Context& context, const Clock& clock,
                 KeyAuthority& authority, ClientPolicy policy, const kernel::TimingProfile& profile,
                 EventSink& events);

    /// As power-on leaves it: without a key.
    void reset();
    const Client& core() const { return *core_; }

    /// Fetches the key configurations by every way that is bound, and adopts the one that `evidence` covers.
    std::optional<ClientError> fetch_keys(ByteView evidence, const std::string& target = "/ohttp-keys");

    /// The same for key configurations that came some other way; `second`: by another one.
    std::optional<ClientError> adopt(ByteView list, ByteView evidence, std::optional<ByteView> second);

    /// One request and its answer, whose views point into `room`; `scratch` is for the plaintext of the
    /// request. The caller owns both.
    Result<bhttp::Response, ClientError> exchange(const bhttp::Request& request,
                                                  std::span<std::uint8_t> scratch,
                                                  std::span<std::uint8_t> room);

private:
    void tell(std::string name, const std::optional<ClientError>& error);

    const crypto::Context& context_;
    const Clock& clock_;
    KeyAuthority& authority_;
    ClientPolicy policy_;
    sc_core::sc_time seal_, open_;
    EventSink& events_;
    std::optional<Client> core_;
    std::optional<Client::Sealed> sealed_;  // its secret does not stand on a stack while time passes
};

}  // namespace assay::ohttp
