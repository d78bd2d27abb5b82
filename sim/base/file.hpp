// Files as a whole: read with a limit, written so that nothing half-written is ever seen.
#pragma once
#include <filesystem>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay {

/// What went wrong with which file, in one line for a user.
struct FileError {
    std::filesystem::path file;
    std::string what;
    std::string text() const { return file.string() + ": " + what; }
};

/// Refuses what is missing, not a regular file, or longer than `max_size` bytes.
Result<Bytes, FileError> read_file(const std::filesystem::path& file, std::size_t max_size);

/// Whether a file is on the disk when it is there: what ends the machine then leaves the old content or the
/// new. `no` is for the many files of a folder whose last one says what belongs to it.
enum class Sync : std::uint8_t { no, yes };
/// Writes beside `file`, then renames: readers see the old content or the new. Throws std::system_error.
void write_file(const std::filesystem::path& file, ByteView content, Sync sync = Sync::yes);

/// A new folder among the temporary files, for its owner alone; it goes with what is in it. Throws
/// std::system_error.
struct TemporaryFolder {
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    std::filesystem::path path;
};

}  // namespace assay
