// The directory of a run before it begins.
#include <algorithm>
#include <array>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "conformance/results.hpp"
#include "conformance/run.hpp"
#include "sim/base/file.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

namespace fs = std::filesystem;

/// What a run and its reports leave at the top of their directory.
bool belongs_to_a_run(const fs::directory_entry& entry) {
    static constexpr std::array<std::string_view, 2> folders{"case", "evidence"};
    static constexpr std::array<std::string_view, 9> endings{".html",  ".json", ".jsonl", ".xml", ".tap",
                                                             ".sarif", ".csv",  ".hjson", ".pdf"};
    const std::string name = entry.path().filename();
    const auto is = [](std::string_view wanted) {
        return [wanted](std::string_view s) {
            return s == wanted;
        };
    };
    std::error_code ignored;
    const auto type = entry.symlink_status(ignored).type();
    if (type == fs::file_type::directory) return std::any_of(folders.begin(), folders.end(), is(name));
    if (type != fs::file_type::regular) return false;
    const std::string ending = entry.path().extension();
    return name == "SHA256SUMS" || name.find(".part") != std::string::npos ||
           std::any_of(endings.begin(), endings.end(), is(ending));
}

bool is_ours(const fs::path& directory) {
    constexpr std::size_t limit = 256u << 20;
    for (const auto& [file, schema] :
         {std::pair{"results.json", "assay-results/v1"}, std::pair{"plan.json", "assay-plan/v1"}}) {
        const auto text = read_file(directory / file, limit);
        if (!text) continue;
        const auto document = parse_results(*text);
        if (document && document->is_object() && document->value("schema", nlohmann::json{}) == schema)
            return true;
    }
    return false;
}

}  // namespace

Result<Nothing, std::string> prepare_run_directory(const fs::path& directory, bool force) {
    const auto refuse = [&](const std::string& what) {
        return printable(fmt::format("{}: {}", directory.string(), what));
    };
    try {
        fs::create_directories(directory);
        if (::access(directory.c_str(), W_OK | X_OK) != 0)
            return refuse(std::generic_category().message(errno));
        std::vector<fs::path> old;
        for (const fs::directory_entry& entry : fs::directory_iterator{directory}) {
            old.push_back(entry.path());
            if (force && !belongs_to_a_run(entry))
                return refuse("holds " + entry.path().filename().string() + ", which is not of a run");
        }
        if (old.empty()) return Nothing{};
        if (!is_ours(directory)) return refuse("is not empty, and holds no run; choose another directory");
        if (!force) return refuse("holds an earlier run; --force replaces it");
        // The document first: what is left behind by an interruption does not look like a run.
        fs::remove(directory / "results.json");
        for (const fs::path& path : old) fs::remove_all(path);
    } catch (const fs::filesystem_error& e) {
        return refuse(e.code().message());
    }
    return Nothing{};
}

}  // namespace assay::conformance
