// For tests: a TPM that is not ours - Debian's swtpm in a process of its own, reached through a socket pair.
#pragma once
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/cvm/vm_error.hpp"
#include "sim/base/file.hpp"

namespace assay::cvm {

class SwtpmPeer {
public:
    /// Null, and one line `skipped: swtpm`, where there is none.
    static std::unique_ptr<SwtpmPeer> start() {
        constexpr const char* program = "/usr/bin/swtpm";
        if (::access(program, X_OK) != 0) {
            std::puts("skipped: swtpm");
            return nullptr;
        }
        return std::unique_ptr<SwtpmPeer>{new SwtpmPeer{program}};
    }
    ~SwtpmPeer() {
        ::close(socket_);
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    SwtpmPeer(const SwtpmPeer&) = delete;
    SwtpmPeer& operator=(const SwtpmPeer&) = delete;

    Bytes execute(ByteView command) {
        for (std::size_t at = 0; at < command.size();)
            at += moved(::write(socket_, command.data() + at, command.size() - at));
        Bytes out(10);
        fill(out, 0);
        const auto size = load<std::uint32_t>(ByteView{out}.subspan(2), std::endian::big);
        if (size < out.size() || size > 8192) throw std::runtime_error("swtpm: a response of odd size");
        out.resize(size);
        fill(out, 10);
        return out;
    }
    TpmTransport transport() {
        return [this](ByteView command) {
            return execute(command);
        };
    }

private:
    explicit SwtpmPeer(const char* program) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("socketpair");
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], 3);
            ::closefrom(4);
            if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
            const std::string state = "dir=" + folder_.path.string();
            ::execl(program, program, "socket", "--tpm2", "--fd", "3", "--flags", "not-need-init",
                    "--tpmstate", state.c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::close(ends[1]);
        socket_ = ends[0];
    }
    static std::size_t moved(ssize_t count) {
        if (count <= 0) throw std::runtime_error("swtpm: the connection is gone");
        return static_cast<std::size_t>(count);
    }
    void fill(Bytes& out, std::size_t from) {
        while (from < out.size()) from += moved(::read(socket_, out.data() + from, out.size() - from));
    }

    TemporaryFolder folder_;
    int socket_ = -1;
    pid_t child_ = -1;
};

}  // namespace assay::cvm
