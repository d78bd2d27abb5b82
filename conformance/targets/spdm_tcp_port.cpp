// An SPDM responder behind a TCP port, in another process or on another machine.
#include "conformance/targets/exclusive.hpp"
#include "conformance/targets/model_spdm.hpp"
#include "models/spdm/tcp_client.hpp"

namespace assay::conformance {
namespace {

class SpdmTcpPort final : public SpdmPort {
public:
    explicit SpdmTcpPort(const SpdmPlace& place)
        : lock_(exclusive("spdm-" + place.address + "-" + std::to_string(place.port))),
          transport_(place.transport),
          shared_(place.shared),
          link_(place.address, place.port, static_cast<spdm::Transport>(place.transport), place.patience) {}

    std::set<std::string> capabilities() const override {
        return spdm_capabilities([this](ByteView request) {
            auto answer = link_.exchange(false, request);
            return answer ? *std::move(answer) : Bytes{};
        });
    }
    SpdmTransport transport() const override { return transport_; }
    SpdmShared shared() const override { return shared_; }

    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        const bool secured = kind == SpdmKind::secured;
        if (secured && transport_ == SpdmTransport::none)
            return PortError{PortError::Kind::not_supported,
                             "the transport none carries no secured messages"};
        auto answer = link_.exchange(secured, message);
        if (answer) return *std::move(answer);
        if (answer.error().kind == spdm::LinkFault::Kind::silent) return Bytes{};
        return PortError{PortError::Kind::io, answer.error().text};
    }
    /// There is no power switch over there: GET_VERSION ends connection and sessions.
    Result<Nothing, PortError> reset() override {
        constexpr std::array<std::uint8_t, 4> get_version{0x10, 0x84, 0, 0};
        link_.hang_up();
        const auto answer = link_.exchange(false, get_version);
        if (!answer) return PortError{PortError::Kind::io, answer.error().text};
        return Nothing{};
    }

private:
    Descriptor lock_;  // its connection is the responder's: one case has it for itself
    SpdmTransport transport_;
    SpdmShared shared_;
    mutable spdm::ResponderLink link_;
};

}  // namespace

std::unique_ptr<SpdmPort> connect_spdm(const SpdmPlace& place) {
    return std::make_unique<SpdmTcpPort>(place);
}

}  // namespace assay::conformance
