// What the tests of reports share: outside readers of what was written, and folders that go away again.
#pragma once
#include <filesystem>
#include <string>

#include "sim/base/bytes.hpp"

namespace assay::reports {

/// A new empty folder, removed at the end; kept below $ASSAY_KEEP where that is set (to look at the pages).
class Folder {
public:
    explicit Folder(const std::string& name);
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    bool kept_ = false;
};

/// Exit status of a shell command, its output dropped; 127 where the program is not there.
int shell(const std::string& command);
bool has_program(const std::string& name);

/// Asks xmllint, an independent reader, whether `content` is well-formed XML. True where it is not installed,
/// and says so.
bool is_well_formed(const std::string& content);

std::size_t occurrences(std::string_view text, std::string_view of);
std::string content_of(const std::filesystem::path& file);

}  // namespace assay::reports
