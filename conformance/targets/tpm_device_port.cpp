// A TPM behind a character device of Linux: a write is a command, a read its response.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "conformance/targets/model_tpm.hpp"
#include "conformance/targets/tpm_socket.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t device_buffer = 4096;
constexpr int device_patience_ms = 20'000;

class TpmDevicePort final : public TpmPort {
public:
    explicit TpmDevicePort(const std::string& path)
        : lock_(lock_tpm(std::filesystem::path{path}.filename())),
          device_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
        if (device_.get() < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
    }

    std::set<std::string> capabilities() const override { return {}; }

    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        if (locality != 0)
            return PortError{PortError::Kind::not_supported,
                             "a device has the locality that the kernel gives it"};
        errno = 0;
        if (::write(device_.get(), command.data(), command.size()) != static_cast<ssize_t>(command.size()))
            return lost_connection("write to the device");
        pollfd waited{device_.get(), POLLIN, 0};
        if (::poll(&waited, 1, device_patience_ms) == 0)
            return PortError{PortError::Kind::timeout, "the device does not answer"};
        Bytes response(device_buffer);
        const ssize_t n = ::read(device_.get(), response.data(), response.size());
        if (n < 0) return lost_connection("read from the device");
        response.resize(static_cast<std::size_t>(n));
        return response;
    }

    Result<Nothing, PortError> reset() override {
        return PortError{PortError::Kind::not_supported, "a device has no power switch"};
    }

private:
    Descriptor lock_;
    Descriptor device_;
};

}  // namespace

std::unique_ptr<TpmPort> open_tpm_device(const std::string& path) {
    return std::make_unique<TpmDevicePort>(path);
}

}  // namespace assay::conformance
