// A TPM behind the data and control ports of swtpm.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/targets/model_tpm.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t header_size = 10, largest_response = 8192;
constexpr std::uint32_t control_init = 2, control_set_locality = 5;

class Descriptor {
public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

/// One case at a time: it has the TPM's memory for itself.
Descriptor lock_of(std::uint16_t port) {
    const auto file =
        std::filesystem::temp_directory_path() / ("assay-tpm-" + std::to_string(port) + ".lock");
    Descriptor lock{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0)
        throw std::runtime_error(file.string() + ": " + std::strerror(errno));
    return lock;
}

Descriptor connection_to(std::uint16_t port) {
    Descriptor out{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (out.get() < 0 || ::connect(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("127.0.0.1:" + std::to_string(port) + ": " + std::strerror(errno));
    const int on = 1;
    ::setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(out.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return out;
}

PortError lost(const char* what) {
    const bool late = errno == EAGAIN || errno == EWOULDBLOCK;
    return {late ? PortError::Kind::timeout : PortError::Kind::io,
            std::string{what} + ": " + (errno == 0 ? "closed" : std::strerror(errno))};
}

class SwtpmPort final : public TpmPort {
public:
    explicit SwtpmPort(std::uint16_t port)
        : lock_(lock_of(port)),
          data_(connection_to(port)),
          control_(connection_to(static_cast<std::uint16_t>(port + 1))) {}

    std::set<std::string> capabilities() const override { return {"locality", "power-cycle"}; }

    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        if (locality != locality_) {
            const std::array<std::uint8_t, 1> payload{static_cast<std::uint8_t>(locality)};
            if (const auto done = control(control_set_locality, payload); !done) return done.error();
            locality_ = locality;
        }
        if (!send(data_, command)) return lost("data port");
        Bytes response(header_size);
        if (!receive(data_, response)) return lost("data port");
        const std::size_t size = load<std::uint32_t>(ByteView{response}.subspan(2), std::endian::big);
        if (size < header_size || size > largest_response)
            return PortError{PortError::Kind::io,
                             "a response that says it has " + std::to_string(size) + " bytes"};
        response.resize(size);
        if (!receive(data_, std::span{response}.subspan(header_size))) return lost("data port");
        return response;
    }

    Result<Nothing, PortError> reset() override {
        if (const auto done = control(control_init, Bytes(4)); !done) return done.error();
        return Nothing{};
    }

private:
    static bool send(const Descriptor& socket, ByteView bytes) {
        while (!bytes.empty()) {
            errno = 0;
            const ssize_t n = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        return true;
    }
    static bool receive(const Descriptor& socket, std::span<std::uint8_t> out) {
        while (!out.empty()) {
            errno = 0;
            const ssize_t n = ::recv(socket.get(), out.data(), out.size(), 0);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            out = out.subspan(static_cast<std::size_t>(n));
        }
        return true;
    }
    Result<Nothing, PortError> control(std::uint32_t code, ByteView payload) {
        Bytes request;
        append(request, store(code, std::endian::big));
        append(request, payload);
        std::array<std::uint8_t, 4> result{};
        if (!send(control_, request) || !receive(control_, result)) return lost("control port");
        const auto value = load<std::uint32_t>(result, std::endian::big);
        if (value != 0)
            return PortError{PortError::Kind::refused,
                             "control command " + std::to_string(code) + ": result " + std::to_string(value)};
        return Nothing{};
    }

    Descriptor lock_;
    Descriptor data_;
    Descriptor control_;
    unsigned locality_ = 99;
};

}  // namespace

std::unique_ptr<TpmPort> connect_swtpm(std::uint16_t port) { return std::make_unique<SwtpmPort>(port); }

}  // namespace assay::conformance
