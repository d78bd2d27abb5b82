// A TPM behind the data and control ports of swtpm.
#include "conformance/targets/exclusive.hpp"
#include "conformance/targets/model_tpm.hpp"
#include "sim/base/tcp.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t header_size = 10, largest_response = 8192;
constexpr std::uint32_t control_init = 2, control_set_locality = 5;
constexpr std::chrono::seconds tpm_patience{20};

PortError lost(std::string_view what, TcpFault fault) {
    const bool late = fault == TcpFault::late;
    return {late ? PortError::Kind::timeout : PortError::Kind::io,
            std::string{what} + (late ? ": no answer in time" : ": the connection was closed")};
}

class SwtpmPort final : public TpmPort {
public:
    explicit SwtpmPort(std::uint16_t port)
        : lock_(exclusive("tpm-" + std::to_string(port))),  // a case has the TPM's memory for itself
          data_("127.0.0.1", port, tpm_patience),
          control_("127.0.0.1", static_cast<std::uint16_t>(port + 1), tpm_patience) {}

    std::set<std::string> capabilities() const override { return {"locality", "power-cycle"}; }

    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        if (locality != locality_) {
            const std::array<std::uint8_t, 1> payload{static_cast<std::uint8_t>(locality)};
            if (const auto done = control(control_set_locality, payload); !done) return done.error();
            locality_ = locality;
        }
        if (const auto sent = data_.send(command); !sent) return lost("data port", sent.error());
        Bytes response(header_size);
        if (const auto came = data_.receive(response); !came) return lost("data port", came.error());
        const std::size_t size = load<std::uint32_t>(ByteView{response}.subspan(2), std::endian::big);
        if (size < header_size || size > largest_response)
            return PortError{PortError::Kind::io,
                             "a response that says it has " + std::to_string(size) + " bytes"};
        response.resize(size);
        if (const auto came = data_.receive(std::span{response}.subspan(header_size)); !came)
            return lost("data port", came.error());
        return response;
    }

    Result<Nothing, PortError> reset() override {
        if (const auto done = control(control_init, Bytes(4)); !done) return done.error();
        return Nothing{};
    }

private:
    Result<Nothing, PortError> control(std::uint32_t code, ByteView payload) {
        const Bytes request = concat({store(code, std::endian::big), payload});
        std::array<std::uint8_t, 4> result{};
        if (const auto sent = control_.send(request); !sent) return lost("control port", sent.error());
        if (const auto came = control_.receive(result); !came) return lost("control port", came.error());
        const auto value = load<std::uint32_t>(result, std::endian::big);
        if (value != 0)
            return PortError{PortError::Kind::refused,
                             "control command " + std::to_string(code) + ": result " + std::to_string(value)};
        return Nothing{};
    }

    Descriptor lock_;
    TcpClient data_, control_;
    unsigned locality_ = 99;
};

}  // namespace

std::unique_ptr<TpmPort> connect_swtpm(std::uint16_t port) { return std::make_unique<SwtpmPort>(port); }

}  // namespace assay::conformance
