#include "conformance/targets/evidence_files.hpp"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

#include "sim/base/file.hpp"
#include "sim/base/text.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> evidence_folders{"ocsp", "rim", "rims", "roots"};
constexpr std::size_t max_entries = 1000;  // of a folder

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t start = std::min(text.find_first_not_of(space), text.size());
    text.remove_prefix(start);
    return text.substr(0, text.find_last_not_of(space) + 1);
}

/// An array whose first element has a member of evidence: then whatever is wrong with it is an error.
bool is_evidence_json(ByteView content) {
    const auto document = nlohmann::json::parse(content.begin(), content.end(), nullptr, false);
    return document.is_array() && !document.empty() && document.front().is_object() &&
           (document.front().contains("evidence") || document.front().contains("certificate"));
}

/// SEQUENCE { ENUMERATED responseStatus, ... } that fills the bytes (RFC 6960, 4.2.1).
bool is_ocsp_response(ByteView der) {
    if (der.size() < 5 || der[0] != 0x30) return false;
    std::size_t head = 2;
    std::size_t length = der[1];
    if (length > 0x80) {
        const std::size_t count = length - 0x80;
        if (count > 3 || der.size() < 2 + count) return false;
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = length << 8 | der[2 + i];
        head += count;
    }
    return der.size() == head + length && length >= 3 && der[head] == 0x0A && der[head + 1] == 1;
}

/// A report begins with the request that it answers: SPDM 1.1 GET_MEASUREMENTS.
bool is_report(ByteView bytes) { return bytes.size() >= 2 && bytes[0] == 0x11 && bytes[1] == 0xE0; }

std::optional<gpu::Arch> arch_of_leaf(const crypto::Certificate& leaf) {
    const std::string name = leaf.common_name().value_or("");
    if (name.starts_with("GH")) return gpu::Arch::hopper;
    if (name.starts_with("GB")) return gpu::Arch::blackwell;
    if (name.starts_with("LS")) return gpu::Arch::ls10;
    return std::nullopt;
}

class Loader {
public:
    /// What the user named has to be there and to be readable.
    std::optional<EvidenceFilesError> add(const fs::path& path) {
        std::error_code code;
        const fs::file_status status = fs::status(path, code);
        if (!fs::exists(status)) return EvidenceFilesError{path, "does not exist"};
        const fs::path root = fs::canonical(path, code);
        if (code) return EvidenceFilesError{path, code.message()};
        return fs::is_directory(status) ? add_folder(path, root, true) : add_file(path);
    }

    Result<EvidenceFiles, EvidenceFilesError> finish() {
        if (auto fault = join()) return *fault;
        const auto by_name = [](const auto& a, const auto& b) {
            return a.name < b.name;
        };
        std::sort(out_.artifacts.begin(), out_.artifacts.end(), by_name);
        std::sort(out_.references.rims.begin(), out_.references.rims.end(), by_name);
        std::sort(out_.references.ocsp_responses.begin(), out_.references.ocsp_responses.end(), by_name);
        return std::move(out_);
    }

private:
    struct Lone {
        fs::path file;
        Bytes report;
        std::string chain_pem;
        std::vector<crypto::Certificate> chain;
    };

    std::optional<EvidenceFilesError> add_folder(const fs::path& folder, const fs::path& root,
                                                 bool outermost) {
        std::error_code code;
        std::vector<fs::path> entries;
        for (fs::directory_iterator it{folder, code}, end; !code && it != end; it.increment(code)) {
            if (entries.size() == max_entries) return EvidenceFilesError{folder, "more than 1000 files"};
            entries.push_back(it->path());
        }
        if (code) return EvidenceFilesError{folder, code.message()};
        std::sort(entries.begin(), entries.end());
        for (const fs::path& entry : entries) {
            const fs::path real = fs::canonical(entry, code);
            const auto [last, rest] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
            if (code || last != root.end()) {
                ignore(entry, "a link that leads out of its folder or nowhere");
                continue;
            }
            std::optional<EvidenceFilesError> fault;
            if (!fs::is_directory(real))
                fault = add_file(entry);
            else if (outermost && std::find(evidence_folders.begin(), evidence_folders.end(),
                                            entry.filename().string()) != evidence_folders.end())
                fault = add_folder(entry, root, false);
            else
                ignore(entry, "a folder other than ocsp, rim, rims and roots");
            if (fault) return fault;
        }
        return std::nullopt;
    }

    std::optional<EvidenceFilesError> add_file(const fs::path& file) {
        const auto content = read_file(file, max_evidence_file);
        if (!content) return EvidenceFilesError{file, content.error().what};
        const std::size_t ignored = out_.ignored.size();
        if (const std::string fault = add_content(file, *content); !fault.empty())
            return EvidenceFilesError{file, printable(fault)};
        if (out_.ignored.size() == ignored)
            out_.artifacts.push_back(
                {file.filename().string(), to_hex(crypto::digest(crypto::Hash::sha256, {*content}))});
        return std::nullopt;
    }

    /// What is wrong with it, or empty text.
    std::string add_content(const fs::path& file, const Bytes& content) {
        const std::string_view text = trimmed(as_text(content));
        const std::string name = file.filename();
        if (text.empty()) return ignore(file, "is empty");
        if (text.front() == '[' || text.front() == '{') return add_json(file, content);
        if (text.front() == '<' || text.starts_with("\xEF\xBB\xBF<")) {
            if (text.find("SoftwareIdentity") == std::string_view::npos)
                return ignore(file, "XML that is no reference manifest");
            out_.references.rims.push_back({name, content});
            return {};
        }
        if (text.find("-----BEGIN ") != std::string_view::npos) return add_pem(file, content);
        const auto decoded = from_base64(text, true);
        for (const ByteView der : {ByteView{content}, decoded ? ByteView{*decoded} : ByteView{}})
            if (is_ocsp_response(der)) {
                out_.references.ocsp_responses.push_back({name, {der.begin(), der.end()}});
                return {};
            }
        auto report = gpu::report_from_text(content);
        if (report && is_report(*report)) {
            reports_.push_back({file, *std::move(report), {}, {}});
            return {};
        }
        return ignore(file, "none of the known forms");
    }

    std::string add_json(const fs::path& file, const Bytes& content) {
        if (!is_evidence_json(content)) return ignore(file, "JSON that is not GPU evidence");
        auto devices = gpu::parse_evidence(content);
        if (!devices) return devices.error().text();
        for (gpu::Evidence& device : *devices) {
            out_.devices.push_back(std::move(device));
            out_.sources.push_back(file);
        }
        return {};
    }

    std::string add_pem(const fs::path& file, const Bytes& content) {
        auto chain = crypto::certificates_from_pem(content);
        if (!chain)
            return "certificate " + std::to_string(chain.error().index + 1) + ": " + chain.error().what;
        if (chain->empty()) return ignore(file, "PEM without a certificate");
        if (chain->size() == 1 && chain->front().self_issued()) {
            // Which class it anchors is told by its own name, never by the evidence that is to be judged.
            const bool rim = chain->front().common_name().value_or("").find("RIM") != std::string::npos;
            (rim ? out_.references.rim_roots : out_.references.device_roots).push_back(chain->front());
            return {};
        }
        chains_.push_back({file, {}, std::string{as_text(content)}, *std::move(chain)});
        return {};
    }

    /// A report and a chain that stand alone make one device, unless it is there already.
    std::optional<EvidenceFilesError> join() {
        if (reports_.size() > 1)
            return EvidenceFilesError{
                reports_[1].file, "a second report; the first is " + reports_[0].file.filename().string()};
        if (chains_.size() > 1)
            return EvidenceFilesError{chains_[1].file, "a second certificate chain; the first is " +
                                                           chains_[0].file.filename().string()};
        if (reports_.empty() && chains_.empty()) return std::nullopt;
        if (chains_.empty())
            return EvidenceFilesError{reports_[0].file, "a report without a certificate chain"};
        if (reports_.empty())
            return EvidenceFilesError{chains_[0].file, "a certificate chain without a report"};
        if (has_device(reports_[0].report, chains_[0].chain)) return std::nullopt;

        const auto arch = arch_of_leaf(chains_[0].chain.front());
        if (!arch)
            return EvidenceFilesError{
                chains_[0].file,
                "certificate 1: its common name begins with none of GH, GB, LS: unknown device"};
        gpu::Evidence device{*arch, {}, reports_[0].report, chains_[0].chain_pem};
        constexpr std::size_t nonce_offset = 4;  // GET_MEASUREMENTS: after the header (DSP0274, 10.11.1)
        constexpr std::size_t nonce_size = 32;
        if (device.report.size() < nonce_offset + nonce_size)
            return EvidenceFilesError{reports_[0].file, "offset 4: the report ends before its nonce"};
        const ByteView nonce = ByteView{device.report}.subspan(nonce_offset, nonce_size);
        device.nonce.assign(nonce.begin(), nonce.end());
        out_.devices.push_back(std::move(device));
        out_.sources.push_back(reports_[0].file);
        return std::nullopt;
    }

    bool has_device(ByteView report, const std::vector<crypto::Certificate>& chain) const {
        return std::any_of(out_.devices.begin(), out_.devices.end(), [&](const gpu::Evidence& device) {
            const auto other = crypto::certificates_from_pem(as_bytes(device.chain_pem));
            return equal(device.report, report) && other && *other == chain;
        });
    }

    std::string ignore(const fs::path& file, const std::string& why) {
        out_.ignored.push_back(printable(file.filename().string() + ": " + why));
        return {};
    }

    EvidenceFiles out_;
    std::vector<Lone> reports_;
    std::vector<Lone> chains_;
};

}  // namespace

Result<EvidenceFiles, EvidenceFilesError> load_evidence(const std::vector<fs::path>& paths) {
    Loader loader;
    for (const fs::path& path : paths)
        if (auto fault = loader.add(path)) return *fault;
    return loader.finish();
}

}  // namespace assay::conformance
