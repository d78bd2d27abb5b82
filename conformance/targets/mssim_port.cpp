// A TPM behind the command and platform ports of the TCG reference simulator.
#include "conformance/targets/model_tpm.hpp"
#include "conformance/targets/tpm_socket.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t least_response = 10, most_response = 8192;
constexpr std::uint32_t mssim_send_command = 8, mssim_power_on = 1, mssim_power_off = 2, mssim_nv_on = 11;

class MssimPort final : public TpmPort {
public:
    MssimPort(std::uint16_t port, bool erasable)
        : lock_(lock_tpm(std::to_string(port))),
          commands_(connect_local(port)),
          platform_(connect_local(static_cast<std::uint16_t>(port + 1))),
          erasable_(erasable) {
        for (const std::uint32_t code : {mssim_power_on, mssim_nv_on})
            if (const auto done = signal(code); !done) throw std::runtime_error(done.error().what);
    }

    std::set<std::string> capabilities() const override {
        std::set<std::string> out{"any-size", "locality", "power-cycle"};
        if (erasable_) out.emplace("erase");
        return out;
    }

    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        Bytes request;
        append(request, store(mssim_send_command, std::endian::big));
        request.push_back(static_cast<std::uint8_t>(locality));
        append(request, store(static_cast<std::uint32_t>(command.size()), std::endian::big));
        append(request, command);
        std::array<std::uint8_t, 4> size{}, last{};
        if (!send_bytes(commands_, request) || !receive_bytes(commands_, size))
            return lost_connection("command port");
        const auto count = load<std::uint32_t>(size, std::endian::big);
        if (count < least_response || count > most_response)
            return PortError{PortError::Kind::io, "a response of " + std::to_string(count) + " bytes"};
        Bytes response(count);
        if (!receive_bytes(commands_, response) || !receive_bytes(commands_, last))
            return lost_connection("command port");
        if (load<std::uint32_t>(last, std::endian::big) != 0)
            return PortError{PortError::Kind::io, "the response is not followed by 0"};
        return response;
    }

    Result<Nothing, PortError> reset() override {
        for (const std::uint32_t code : {mssim_power_off, mssim_power_on, mssim_nv_on})
            if (const auto done = signal(code); !done) return done;
        return Nothing{};
    }

private:
    Result<Nothing, PortError> signal(std::uint32_t code) {
        std::array<std::uint8_t, 4> result{};
        if (!send_bytes(platform_, store(code, std::endian::big)) || !receive_bytes(platform_, result))
            return lost_connection("platform port");
        if (const auto value = load<std::uint32_t>(result, std::endian::big); value != 0)
            return PortError{PortError::Kind::refused,
                             "platform signal " + std::to_string(code) + ": result " + std::to_string(value)};
        return Nothing{};
    }

    Descriptor lock_;
    Descriptor commands_;
    Descriptor platform_;
    bool erasable_;
};

}  // namespace

std::unique_ptr<TpmPort> connect_mssim(std::uint16_t port, bool erasable) {
    return std::make_unique<MssimPort>(port, erasable);
}

}  // namespace assay::conformance
