#include "sim/base/file.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/descriptor.hpp"

namespace assay {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

}  // namespace

Result<Bytes, FileError> read_file(const std::filesystem::path& file, std::size_t max_size) {
    const auto refuse = [&](std::string what) {
        return FileError{file, std::move(what)};
    };
    const Descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a FIFO must not hang us
    struct stat info {};
    if (in.get() < 0 || ::fstat(in.get(), &info) != 0) return refuse(reason(errno));
    if (!S_ISREG(info.st_mode)) return refuse("not a regular file");
    const auto too_long = "longer than the " + std::to_string(max_size) + " bytes allowed here";
    if (static_cast<std::uint64_t>(info.st_size) > max_size) return refuse(too_long);
    Bytes out(static_cast<std::size_t>(info.st_size) + 1);  // one more, to see a file that grows
    std::size_t size = 0;
    for (;;) {
        if (size > max_size) return refuse(too_long);
        if (size == out.size()) out.resize(2 * size);
        const ssize_t n = ::read(in.get(), out.data() + size, out.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return refuse(reason(errno));
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    out.resize(size);
    return out;
}

void write_file(const std::filesystem::path& file, ByteView content, Sync sync) {
    const std::filesystem::path part = file.string() + ".part" + std::to_string(::getpid());
    const auto fail = [&](int code) {
        ::unlink(part.c_str());
        throw std::system_error(code, std::generic_category(), file.string());
    };
    {
        const Descriptor out{::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
        if (out.get() < 0) fail(errno);
        while (!content.empty()) {
            const ssize_t n = ::write(out.get(), content.data(), content.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail(errno);
            content = content.subspan(static_cast<std::size_t>(n));
        }
        if (sync == Sync::yes && ::fsync(out.get()) != 0) fail(errno);
    }
    if (::rename(part.c_str(), file.c_str()) != 0) fail(errno);
    if (sync == Sync::no) return;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const Descriptor entry{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    // A folder that may not be read, or whose file system cannot: the content itself is on the disk.
    if (entry.get() >= 0) static_cast<void>(::fsync(entry.get()));
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "assay-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    path = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
}

}  // namespace assay
