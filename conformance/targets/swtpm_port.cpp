// A TPM behind the data and control ports of swtpm.
#include "conformance/targets/model_tpm.hpp"
#include "conformance/targets/tpm_socket.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t header_size = 10, largest_response = 8192;
constexpr std::uint32_t control_init = 2, control_set_locality = 5;

class SwtpmPort final : public TpmPort {
public:
    SwtpmPort(std::uint16_t port, bool erasable)
        : lock_(lock_tpm(std::to_string(port))),
          data_(connect_local(port)),
          control_(connect_local(static_cast<std::uint16_t>(port + 1))),
          erasable_(erasable) {}

    std::set<std::string> capabilities() const override {
        std::set<std::string> out{"locality", "power-cycle"};
        if (erasable_) out.emplace("erase");
        return out;
    }

    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        if (locality != locality_) {
            const std::array<std::uint8_t, 1> payload{static_cast<std::uint8_t>(locality)};
            if (const auto done = control(control_set_locality, payload); !done) return done.error();
            locality_ = locality;
        }
        if (!send_bytes(data_, command)) return lost_connection("data port");
        Bytes response(header_size);
        if (!receive_bytes(data_, response)) return lost_connection("data port");
        const std::size_t size = load<std::uint32_t>(ByteView{response}.subspan(2), std::endian::big);
        if (size < header_size || size > largest_response)
            return PortError{PortError::Kind::io,
                             "a response that says it has " + std::to_string(size) + " bytes"};
        response.resize(size);
        if (!receive_bytes(data_, std::span{response}.subspan(header_size)))
            return lost_connection("data port");
        return response;
    }

    Result<Nothing, PortError> reset() override {
        if (const auto done = control(control_init, Bytes(4)); !done) return done.error();
        return Nothing{};
    }

private:
    Result<Nothing, PortError> control(std::uint32_t code, ByteView payload) {
        Bytes request;
        append(request, store(code, std::endian::big));
        append(request, payload);
        std::array<std::uint8_t, 4> result{};
        if (!send_bytes(control_, request) || !receive_bytes(control_, result))
            return lost_connection("control port");
        const auto value = load<std::uint32_t>(result, std::endian::big);
        if (value != 0)
            return PortError{PortError::Kind::refused,
                             "control command " + std::to_string(code) + ": result " + std::to_string(value)};
        return Nothing{};
    }

    Descriptor lock_;
    Descriptor data_;
    Descriptor control_;
    bool erasable_;
    unsigned locality_ = 99;
};

}  // namespace

std::unique_ptr<TpmPort> connect_swtpm(std::uint16_t port, bool erasable) {
    return std::make_unique<SwtpmPort>(port, erasable);
}

}  // namespace assay::conformance
