#include "conformance/targets/exclusive.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>

namespace assay::conformance {

Descriptor exclusive(std::string_view name) {
    const auto file = std::filesystem::temp_directory_path() / ("assay-" + std::string{name} + ".lock");
    Descriptor lock{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
        throw std::runtime_error(file.string() + ": " + std::strerror(errno));
    return lock;
}

}  // namespace assay::conformance
