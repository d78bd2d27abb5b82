// The run directory: what is read from it, and what is written into it.
#include <algorithm>
#include <fstream>

#include "reports/escape.hpp"
#include "reports/report.hpp"
#include "reports/view.hpp"

#include "sim/crypto/hash.hpp"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_results_size = std::size_t{256} << 20;
constexpr int max_depth = 64;
constexpr std::string_view sums_name = "SHA256SUMS";

bool lies_below(const fs::path& file, const fs::path& directory) {
    const auto [at, rest] = std::mismatch(directory.begin(), directory.end(), file.begin(), file.end());
    return at == directory.end();
}

Bytes file_digest(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    crypto::Hasher hasher{crypto::Hash::sha256};
    std::vector<char> part(1 << 16);
    while (in) {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        hasher.update(as_bytes({part.data(), static_cast<std::size_t>(in.gcount())}));
    }
    if (!in.eof()) throw std::runtime_error(file.string() + ": cannot be read");
    return hasher.finish();
}

/// A line of SHA256SUMS; sha256sum marks a name with a backslash or a line feed in it by one before the
/// digest.
std::string sum_line(const std::string& name, ByteView digest) {
    std::string escaped;
    for (const char c : name)
        if (c == '\\' || c == '\n')
            escaped += c == '\n' ? "\\n" : "\\\\";
        else
            escaped += c;
    return (escaped == name ? "" : "\\") + to_hex(digest) + "  " + escaped + "\n";
}

/// The reports of before: pages of cases that no longer need one would otherwise stay.
void remove_pages(const fs::path& run_directory) {
    for (const char* folder : {"case", "suite"}) fs::remove_all(run_directory / folder);
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator{run_directory})
        if (const std::string name = entry.path().filename().string();
            name.starts_with("targets-") && name.ends_with(".html"))
            old.push_back(entry.path());
    for (const fs::path& file : old) fs::remove(file);
}

}  // namespace

EvidenceReader evidence_in(const fs::path& run_directory) {
    return [root = fs::weakly_canonical(run_directory)](const std::string& path,
                                                        std::size_t max_size) -> Result<Bytes, FileError> {
        if (!is_plain_path(path)) return FileError{path, "not a path below the run directory"};
        std::error_code trouble;
        const fs::path file = fs::weakly_canonical(root / path, trouble);
        if (trouble || !lies_below(file, root)) return FileError{path, "leads out of the run directory"};
        return read_file(file, max_size);
    };
}

std::string content_digest(const Json& results) {
    Json content = results;
    if (content.is_object()) content.erase("volatile");
    const std::string canonical = content.dump(-1, ' ', false, Json::error_handler_t::replace);
    return "sha256:" + to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes(canonical)}));
}

std::string sha256sums(const fs::path& run_directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator{run_directory})
        if (entry.is_regular_file() && !entry.is_symlink())
            names.push_back(entry.path().lexically_relative(run_directory).generic_string());
    std::sort(names.begin(), names.end());
    std::string out;
    for (const std::string& name : names)
        if (name != sums_name) out += sum_line(name, file_digest(run_directory / name));
    return out;
}

Result<RunDirectory, FileError> open_run(const fs::path& path) {
    const fs::path file = path / "results.json";
    const auto content = read_file(file, max_results_size);
    if (!content) return content.error();
    bool deep = false;
    const auto check_depth = [&](int depth, Json::parse_event_t, Json&) {
        deep |= depth > max_depth;
        return !deep;
    };
    Json results = Json::parse(content->begin(), content->end(), check_depth, false);
    if (deep) return FileError{file, "nested too deeply"};
    if (results.is_discarded()) return FileError{file, "not JSON"};
    if (text(results, "schema") != "assay-results/v1")
        return FileError{file, "not a results document (its schema is not assay-results/v1)"};
    return RunDirectory{path, std::move(results)};
}

Result<std::vector<std::string>, FileError> write_reports(const fs::path& run_directory,
                                                          const std::vector<Kind>& kinds,
                                                          std::int64_t epoch_s) {
    const auto run = open_run(run_directory);
    if (!run) return run.error();
    const auto wanted = [&](Kind kind) {
        return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    };
    Files files;
    if (wanted(Kind::junit)) files["junit.xml"] = junit_xml(run->results, epoch_s);
    if (wanted(Kind::csv)) files["traceability.csv"] = traceability_csv(run->results);
    if (wanted(Kind::tap)) files["results.tap"] = tap(run->results);
    if (wanted(Kind::html)) {
        HtmlOptions options;
        for (const char* name : {"plan.json", "junit.xml", "traceability.csv", "results.tap", "results.sarif",
                                 "oscal-ar.json", "cyclonedx.cdx.json", "statement.dsse.json"})
            if (files.contains(name) || fs::exists(run_directory / name))
                options.other_files.emplace_back(name);
        options.other_files.emplace_back(sums_name);
        remove_pages(run_directory);
        files.merge(html_report(run->results, evidence_in(run_directory), options));
    }
    std::vector<std::string> written;
    for (const auto& [name, content] : files) {
        fs::create_directories((run_directory / name).parent_path());
        write_file(run_directory / name, as_bytes(content), Sync::no);  // SHA256SUMS comes last
        written.push_back(name);
    }
    write_file(run_directory / sums_name, as_bytes(sha256sums(run_directory)));
    written.emplace_back(sums_name);
    return written;
}

}  // namespace assay::reports
