// The TPMs that ours is measured beside: libtpms in this process, and swtpm in one of its own.
#pragma once
#include <memory>

#include <sys/types.h>

#include "sim/base/bytes.hpp"
#include "sim/base/file.hpp"

namespace assay::bench {

/// libtpms (libtpms-dev), its state in memory. There is one in a process; it keeps its state from one object
/// to the next.
class Libtpms {
public:
    /// False where the build has not found it.
    static bool is_there();
    Libtpms();
    ~Libtpms();
    Libtpms(const Libtpms&) = delete;
    Libtpms& operator=(const Libtpms&) = delete;
    /// One whole command, one whole response. Throws std::runtime_error when the library fails.
    Bytes execute(ByteView command);

private:
    unsigned char* response_ = nullptr;  // kept by libtpms from command to command
    std::uint32_t capacity_ = 0;
};

/// A program with the options of swtpm on two TCP ports of 127.0.0.1, initialised; gone with the object.
class SwtpmProcess {
public:
    static constexpr const char* debians = "/usr/bin/swtpm";
    static bool is_there(const char* program);
    /// Throws std::runtime_error when it does not come up.
    explicit SwtpmProcess(const char* program);
    ~SwtpmProcess();
    SwtpmProcess(const SwtpmProcess&) = delete;
    SwtpmProcess& operator=(const SwtpmProcess&) = delete;
    std::uint16_t port() const { return port_; }

private:
    TemporaryFolder folder_;
    pid_t child_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace assay::bench
