#include "models/verifier/rim_desk.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace assay::verifier {
namespace {

Finding finding(std::string_view reason, std::string subject, std::string path, std::string what) {
    return {std::string{reason}, std::move(subject), std::move(path), {}, std::move(what)};
}

std::string at_line(std::size_t line) { return line == 0 ? "" : "line " + std::to_string(line); }

Finding xml_finding(const crypto::XmlError& error, const ReferenceValues::Item& item) {
    using Kind = crypto::XmlError::Kind;
    std::string_view reason = "E_RIM_SIGNATURE";
    switch (error.kind) {
        case Kind::malformed:
        case Kind::doctype: reason = "E_RIM_SCHEMA"; break;
        case Kind::structure:
            if (as_text(item.content).find("Signature") != std::string_view::npos)
                reason = "E_RIM_SIGNATURE_SCOPE";  // there is one, but not the one that covers the document
            break;
        case Kind::certificate: reason = "E_RIM_CERTIFICATE"; break;
        case Kind::algorithm:
        case Kind::digest:
        case Kind::signature: break;
    }
    return finding(reason, item.name, at_line(error.line), error.what);
}

Finding rim_finding(const gpu::RimError& error, const std::string& file) {
    const bool format = error.kind == gpu::RimError::Kind::format;
    std::string path = error.path;
    if (error.line != 0) path += (path.empty() ? "" : " in ") + at_line(error.line);
    return finding(format ? "E_RIM_FORMAT" : "E_RIM_SCHEMA", file, std::move(path), error.what);
}

/// 96.00.9F.00.01: five parts of two hexadecimal digits. Driver versions look otherwise.
bool looks_like_vbios(std::string_view version) {
    if (version.size() != 14) return false;
    for (std::size_t i = 0; i < version.size(); ++i)
        if (i % 3 == 2
                ? version[i] != '.'
                : std::string_view{"0123456789ABCDEFabcdef"}.find(version[i]) == std::string_view::npos)
            return false;
    return true;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string{text} + "\""; }

std::string listed(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
}

/// An unverified guess, for the choice between error messages only.
bool may_be_meant(const RimDesk::File& file, const RimWish& wish) {
    if (file.rim && !file.rim->colloquial_version.empty())
        return file.rim->colloquial_version == wish.version;
    return as_text(file.item->content).find("colloquialVersion=" + in_quotes(wish.version)) !=
           std::string_view::npos;
}

bool same_role(const gpu::Rim& rim, const RimWish& wish) {
    return rim.edition == wish.edition && rim.product == wish.product &&
           looks_like_vbios(rim.colloquial_version) == !wish.is_driver;
}

RimDesk::Miss miss_of(Finding finding) {
    using Step = RimDesk::Miss::Step;
    const Step step = finding.reason.starts_with("E_PKI") ? Step::chain : Step::signature;
    return {step, std::move(finding)};
}

}  // namespace

/// An appraisal that ends before it needs a manifest parses none.
void RimDesk::load() {
    if (std::exchange(loaded_, true)) return;
    for (const auto& item : items_) {
        File& file = files_.emplace_back(File{&item, {}, {}, false, false, false, {}});
        auto signature = crypto::parse_enveloped_signature(item.content);
        if (!signature) {
            file.failure = xml_finding(signature.error(), item);
            file.judged = true;
            continue;
        }
        file.signature = *std::move(signature);
        auto rim = gpu::parse_rim(file.signature->document);
        if (rim && !rim->colloquial_version.empty())
            file.rim = *std::move(rim);
        else
            file.failure = rim ? finding("E_RIM_SCHEMA", item.name, "Meta", "missing")
                               : rim_finding(rim.error(), item.name);
    }
    std::ranges::sort(files_, {}, [](const File& f) { return std::tie(f.item->name, f.item->content); });
}

/// The signature comes first: what an unsigned document lacks is of no interest.
void RimDesk::judge(File& file) {
    if (file.judged) return;
    file.judged = true;
    const std::string& name = file.item->name;
    const auto& chain = file.signature->certificates;
    if (chain.empty()) {
        file.failure = finding("E_RIM_CERTIFICATE", name, "", "no certificate");
        return;
    }
    if (const auto ok = file.signature->verify(); !ok) {
        file.failure = xml_finding(ok.error(), *file.item);
        return;
    }
    // Manifests of one publisher share all certificates above the leaf: that path is verified once.
    const std::vector<crypto::Certificate> issuers{chain.begin() + 1, chain.end()};
    const bool known = !issuers.empty() && std::ranges::find(issuers_, issuers) != issuers_.end();
    if (auto fault = known ? check_path({chain.front()}, {issuers.front()}, {}, name)
                           : check_path(chain, roots_, {}, name)) {
        file.failure = std::move(fault);
        return;
    }
    if (!known) issuers_.push_back(issuers);
    file.verified = !file.failure;
}

Result<RimDesk::File*, RimDesk::Miss> RimDesk::find(const RimWish& wish) {
    load();
    File* best = nullptr;
    std::optional<Finding> meant, other_id, weak;
    std::vector<std::string> other_versions;
    for (File& file : files_) {
        if (!may_be_meant(file, wish)) continue;
        judge(file);
        if (!file.verified) {
            if (!meant) meant = file.failure;
        } else if (file.rim->edition != wish.edition || file.rim->product != wish.product) {
            if (!other_id)
                other_id = finding("E_RIM_ID_MISMATCH", file.item->name, "Meta",
                                   "edition " + in_quotes(file.rim->edition) + ", product " +
                                       in_quotes(file.rim->product) + " found, " + in_quotes(wish.edition) +
                                       ", " + in_quotes(wish.product) + " expected of " + wish.id);
        } else if (best == nullptr || file.signature->document < best->signature->document) {
            best = &file;
        }
    }
    if (best != nullptr) {
        best->used = true;
        return best;
    }
    if (meant) return miss_of(*std::move(meant));
    if (other_id) return Miss{Miss::Step::version, *std::move(other_id)};
    for (File& file : files_) {
        if (file.rim && !same_role(*file.rim, wish)) {
            // Of another role, as far as it can be believed: interesting only when it cannot.
            if (looks_like_vbios(file.rim->colloquial_version) == wish.is_driver) continue;
        }
        judge(file);
        if (!file.verified) {
            if (!weak && !(file.used)) weak = file.failure;
        } else if (same_role(*file.rim, wish)) {
            other_versions.push_back(file.rim->colloquial_version);
        }
    }
    if (!other_versions.empty())
        return Miss{
            Miss::Step::version,
            finding(wish.is_driver ? "E_RIM_VERSION_DRIVER" : "E_RIM_VERSION_VBIOS", wish.role + " RIM",
                    "Meta/@colloquialVersion",
                    listed(other_versions) + " found, " + wish.version + " needed (" + wish.id + ")")};
    if (weak) return miss_of(*std::move(weak));
    return Miss{Miss::Step::fetch, finding("E_RIM_UNAVAILABLE", wish.role + " RIM", "",
                                           "none of the " + std::to_string(files_.size()) +
                                               " files is the manifest " + wish.id)};
}

std::vector<Finding> RimDesk::unused() const {
    std::vector<Finding> out;
    for (const File& file : files_) {
        if (file.used) continue;
        if (file.failure)
            out.push_back(*file.failure);
        else
            out.push_back(finding(
                "E_RIM_UNUSED", file.item->name, "",
                "fits nothing here: it says " + file.rim->product + " " + file.rim->colloquial_version));
    }
    return out;
}

std::vector<std::string> RimDesk::versions_with(unsigned index, ByteView value,
                                                std::string_view except) const {
    std::vector<std::string> out;
    for (const File& file : files_) {
        if (!file.rim || file.rim->colloquial_version == except) continue;
        for (const gpu::RimResource& r : file.rim->resources)
            if (r.active && r.index == index &&
                std::ranges::any_of(r.alternatives, [&](const Bytes& b) { return equal(b, value); }))
                out.push_back(file.rim->colloquial_version);
    }
    return out;
}

}  // namespace assay::verifier
