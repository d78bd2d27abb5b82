#include "reports/test_support.hpp"

#include <cstdlib>
#include <iostream>

#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.hpp"

namespace assay::reports {

Folder::Folder(const std::string& name) {
    const char* keep = std::getenv("ASSAY_KEEP");
    kept_ = keep != nullptr;
    const auto parent = kept_ ? std::filesystem::path{keep} : std::filesystem::temp_directory_path();
    path_ = parent / (kept_ ? name : "assay-reports-" + std::to_string(::getpid()) + "-" + name);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
}

Folder::~Folder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
}

int shell(const std::string& command) {
    const int status = std::system((command + " >/dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool has_program(const std::string& name) { return shell("command -v " + name) == 0; }

bool is_well_formed(const std::string& content) {
    if (!has_program("xmllint")) {
        std::cout << "skipped: xmllint not found\n";
        return true;
    }
    const Folder folder{"xml"};
    const auto file = folder.path() / "page.xml";
    write_file(file, as_bytes(content));
    return shell("xmllint --noout --nonet --huge '" + file.string() + "'") == 0;
}

std::size_t occurrences(std::string_view text, std::string_view of) {
    std::size_t n = 0;
    for (std::size_t at = text.find(of); at != std::string_view::npos; at = text.find(of, at + of.size()))
        ++n;
    return n;
}

std::string content_of(const std::filesystem::path& file) {
    const auto content = read_file(file, std::size_t{256} << 20);
    return content ? std::string{as_text(*content)} : std::string{};
}

}  // namespace assay::reports
