// The vTPM of a platform that serves, in the dialect of swtpm: clients are guests of it, not its owners. Its
// power is the platform's, so that what would take or give power is refused (TPM_FAIL).
#pragma once
#include <functional>

#include "sim/base/tcp.hpp"

namespace assay::cli {

class VtpmDoor {
public:
    /// A command and its locality; the response. Never longer than `max_size` bytes, either.
    using Execute = std::function<Bytes(Bytes command, unsigned locality)>;
    VtpmDoor(Execute execute, std::uint32_t max_size) : execute_(std::move(execute)), max_size_(max_size) {}

    /// The data port: a raw command, a raw response (TPM 2.0 Library, Part 1, 18: headers of 10 bytes).
    std::optional<StreamStep> data(ByteView buffered);
    /// The control port: a code of 4 bytes and its payload. It has CMD_GET_CAPABILITY, CMD_SET_LOCALITY (0 to
    /// 3: 4 is the hardware's), CMD_CANCEL_TPM_CMD and CMD_GET_CONFIG.
    std::optional<StreamStep> control(ByteView buffered);

private:
    Execute execute_;
    std::uint32_t max_size_;
    unsigned locality_ = 0;
};

}  // namespace assay::cli
