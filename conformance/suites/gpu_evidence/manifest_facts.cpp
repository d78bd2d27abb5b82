#include "conformance/suites/gpu_evidence/manifest_facts.hpp"

#include <charconv>
#include <map>

#include <fmt/format.h>

namespace assay::conformance::gpu_evidence {
namespace {

/// A start tag of a canonical document; attributes by local name.
struct Tag {
    std::string name;
    std::map<std::string, std::string, std::less<>> attributes;
    bool end = false;
};

std::string local(std::string_view qualified) {
    const auto colon = qualified.rfind(':');
    return std::string{colon == std::string_view::npos ? qualified : qualified.substr(colon + 1)};
}

std::vector<Tag> tags_of(std::string_view text) {
    std::vector<Tag> tags;
    for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
        const auto close = text.find('>', at);
        if (close == std::string_view::npos) break;
        std::string_view inside = text.substr(at + 1, close - at - 1);
        at = close;
        if (inside.starts_with('?') || inside.starts_with('!')) continue;
        Tag tag;
        tag.end = inside.starts_with('/');
        if (tag.end) inside.remove_prefix(1);
        tag.name = local(inside.substr(0, inside.find_first_of(" \n")));
        for (auto equals = inside.find("=\""); equals != std::string_view::npos;) {
            const auto begin = inside.find_last_of(" \n", equals);
            const auto quote = inside.find('"', equals + 2);
            if (begin == std::string_view::npos || quote == std::string_view::npos) break;
            const std::string_view name = inside.substr(begin + 1, equals - begin - 1);
            if (!name.starts_with("xmlns"))
                tag.attributes.emplace(local(name), inside.substr(equals + 2, quote - equals - 2));
            inside.remove_prefix(quote + 1);
            equals = inside.find("=\"");
        }
        tags.push_back(std::move(tag));
    }
    return tags;
}

std::string attribute(const Tag& tag, std::string_view name) {
    const auto found = tag.attributes.find(name);
    return found == tag.attributes.end() ? "" : found->second;
}

std::optional<unsigned> number(const Tag& tag, std::string_view name) {
    const std::string text = attribute(tag, name);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

GoldenFacts golden_of(const Tag& tag) {
    GoldenFacts golden{number(tag, "index"),     number(tag, "size"),    number(tag, "alternatives"),
                       attribute(tag, "active"), attribute(tag, "name"), {}};
    for (unsigned i = 0; tag.attributes.contains(fmt::format("Hash{}", i)); ++i)
        golden.hashes.push_back(attribute(tag, fmt::format("Hash{}", i)));
    return golden;
}

References read(Trial& trial, bool all_readable) {
    References out{trial.need(trial.gpu().references(), "reference manifests"), {}};
    std::size_t number = 0;
    for (const GpuReferences::File& file : out.given.rims) {
        trial.attach({fmt::format("manifest-{}", ++number),
                      "measurement-log",
                      fmt::format("manifest-{}.xml", number),
                      "application/xml",
                      file.content,
                      {}});
        auto parsed = crypto::parse_enveloped_signature(file.content);
        if (parsed)
            out.manifests.push_back(read_manifest(file.name, *std::move(parsed)));
        else
            trial.expect(
                !all_readable, "manifest-unreadable", "every manifest is a signed XML document",
                fmt::format("{}: {}: {}", file.name, crypto::name(parsed.error().kind), parsed.error().what));
    }
    if (out.given.rims.empty()) trial.not_tested(NotTested::missing_data, "there is no reference manifest");
    return out;
}

}  // namespace

std::optional<std::vector<Bytes>> GoldenFacts::values() const {
    std::vector<Bytes> out;
    for (const std::string& hash : hashes) {
        auto bytes = from_hex(hash);
        if (!bytes) return std::nullopt;
        out.push_back(*std::move(bytes));
    }
    return out;
}

ManifestFacts read_manifest(std::string_view file, crypto::EnvelopedSignature signature) {
    ManifestFacts facts;
    facts.file = file;
    bool in_payload = false;
    for (const Tag& tag : tags_of(as_text(signature.document))) {
        if (tag.name == "Payload") in_payload = !tag.end;
        if (tag.end) continue;
        if (facts.root.empty()) facts.root = tag.name;
        if (tag.name == "Meta") {
            ++facts.metas;
            facts.version = attribute(tag, "colloquialVersion");
            facts.edition = attribute(tag, "edition");
            facts.product = attribute(tag, "product");
            facts.manufacturer = attribute(tag, "FirmwareManufacturerId");
        }
        if (tag.name == "Resource" && in_payload) facts.goldens.push_back(golden_of(tag));
    }
    facts.signature = std::move(signature);
    return facts;
}

References references(Trial& trial) { return read(trial, true); }
References references_as_given(Trial& trial) { return read(trial, false); }

Chosen choose(const References& references, const ReportFacts& report, bool of_switch) {
    Chosen out;
    const OpaqueFacts* driver = report.field(3);
    const OpaqueFacts* vbios = report.field(6);
    const auto driver_version = driver != nullptr ? opaque_text(*driver) : std::nullopt;
    const auto version = vbios != nullptr ? vbios_text(*vbios, of_switch) : std::nullopt;
    for (const ManifestFacts& one : references.manifests) {
        if (driver_version && one.version == *driver_version) out.driver = &one;
        std::string upper = one.version;
        for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
        if (version && upper == *version) out.vbios = &one;
    }
    return out;
}

}  // namespace assay::conformance::gpu_evidence
