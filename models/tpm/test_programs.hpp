// For tests: programs of others that use a TPM, and those that are one.
#pragma once
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/bytes.hpp"
#include "sim/base/file.hpp"

namespace assay::tpm {

/// Commands in a folder of their own.
class Workshop {
public:
    explicit Workshop(std::string tcti) : tcti_(std::move(tcti)) {
        std::ofstream{folder_.path / "data", std::ios::binary} << "a secret of 19 bytes";
    }

    struct Ending {
        int code;
        std::string output;
    };
    Ending run(const std::string& line) {
        {
            std::ofstream script{folder_.path / ".line"};
            script << line << '\n';
        }
        const std::string started =
            "cd '" + folder_.path.string() + "' && TPM2TOOLS_TCTI='" + tcti_ + "' timeout 30 sh ./.line 2>&1";
        FILE* pipe = ::popen(started.c_str(), "r");
        std::string output;
        std::array<char, 4096> part{};
        for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
            output.append(part.data(), n);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
    }
    std::string path() const { return folder_.path; }
    std::string content(const std::string& name) const {
        std::ifstream in{folder_.path / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

private:
    std::string tcti_;
    TemporaryFolder folder_;
};

inline bool is_here(const char* path) {
    const bool found = std::filesystem::exists(path);
    if (!found) std::printf("skipped: %s is not there\n", path);
    return found;
}
inline bool tools_are_here() {
    const bool found = std::filesystem::exists("/usr/bin/tpm2_pcrread");
    if (!found) std::puts("skipped: tpm2-tools is not installed");
    return found;
}

/// Sends bytes to a port of this machine and waits for an answer of four bytes.
inline std::string tell_port(unsigned port, std::string_view hex) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::array<std::uint8_t, 4> answer{};
    const Bytes request = *from_hex(hex);
    const bool done =
        ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()) &&
        ::recv(socket, answer.data(), answer.size(), MSG_WAITALL) == static_cast<ssize_t>(answer.size());
    ::close(socket);
    return done ? to_hex(answer) : "no answer";
}
/// A client of a UNIX socket: its descriptor, not connected where nobody listens.
inline int client_of(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    // A server that is starting has its socket before it listens there.
    for (int again = 0; again < 100; ++again) {
        if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) break;
        if (errno != ECONNREFUSED) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return socket;
}
/// One command over the UNIX socket of a data port; empty where nobody answers.
inline Bytes ask_unix(const std::string& path, ByteView command) {
    const int socket = client_of(path);
    Bytes answer(4096);
    ssize_t n = 0;
    if (::send(socket, command.data(), command.size(), MSG_NOSIGNAL) > 0)
        n = ::recv(socket, answer.data(), answer.size(), 0);
    ::close(socket);
    answer.resize(static_cast<std::size_t>(n > 0 ? n : 0));
    return answer;
}

/// A program that is ended with its object; nothing runs where it cannot be started.
class Process {
public:
    explicit Process(std::vector<std::string> words) {
        child_ = ::fork();
        if (child_ != 0) return;
        std::vector<char*> raw;
        for (std::string& word : words) raw.push_back(word.data());
        raw.push_back(nullptr);
        ::execv(raw[0], raw.data());
        ::_exit(127);
    }
    ~Process() {
        if (child_ <= 0) return;
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// Until it listens, two seconds at most.
    static bool answers(unsigned port) {
        for (int again = 0; again < 100; ++again) {
            if (tell_port(port, "00000001") != "no answer") return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        return false;
    }
    pid_t id() const { return child_; }

private:
    pid_t child_ = -1;
};

/// As harnesses start it.
inline std::vector<std::string> as_harnesses_do(const std::string& program, unsigned port,
                                                const std::string& folder) {
    return {program,
            "socket",
            "--tpm2",
            "--server",
            "type=tcp,port=" + std::to_string(port),
            "--ctrl",
            "type=tcp,port=" + std::to_string(port + 1),
            "--seccomp",
            "action=none",
            "--flags",
            "not-need-init",
            "--tpmstate",
            "dir=" + folder};
}

inline unsigned some_port() {
    static unsigned next = 22000 + static_cast<unsigned>(::getpid()) % 8000;
    return next += 2;
}

inline std::string tcti_of(const std::string& dialect, unsigned port) {
    return dialect + ":host=127.0.0.1,port=" + std::to_string(port);
}

}  // namespace assay::tpm
