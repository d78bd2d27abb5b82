#include "cli/run_directory.hpp"

#include <cerrno>
#include <system_error>

#include <stdlib.h>

#include "conformance/results.hpp"
#include "sim/base/file.hpp"

namespace assay::cli {

std::filesystem::path run_folder(const std::filesystem::path& path) {
    if (std::filesystem::is_directory(path)) return path;
    return path.has_parent_path() ? path.parent_path() : ".";
}

Result<nlohmann::json, std::string> load_results(const std::filesystem::path& path) {
    const auto file = std::filesystem::is_directory(path) ? path / "results.json" : path;
    const auto text = read_file(file, 256U << 20);
    if (!text) return text.error().text();
    auto results = conformance::parse_results(*text);
    if (!results) return file.string() + ": " + results.error();
    if (const auto wrong = conformance::schema_violations(*results); !wrong.empty())
        return file.string() + ": not valid results: " + wrong.front();
    return *std::move(results);
}

}  // namespace assay::cli
