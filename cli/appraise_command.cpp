// `assay appraise gpu`: recorded evidence in, claims and a verdict out.
#include <algorithm>

#include "cli/commands.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/targets/evidence_files.hpp"
#include "models/verifier/eat.hpp"
#include "sim/base/file.hpp"
#include "sim/base/random.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;
using verifier::GpuAppraisal;
using verifier::GpuVerifier;

/// Input that cannot be appraised: one line, exit code 2.
struct BadInput {
    std::string what;
};

Bytes input_file(const std::string& path) {
    auto content = read_file(path, conformance::max_evidence_file);
    if (!content) throw BadInput{content.error().text()};
    return *std::move(content);
}

Instant time_option(const std::string& option, const std::string& text, Instant otherwise) {
    if (text.empty()) return otherwise;
    const auto at = from_rfc3339(text);
    if (!at) throw BadInput{option + ' ' + text + ": expected an RFC 3339 time such as 2025-08-21T08:00:00Z"};
    return *at;
}

verifier::Times times_of(const AppraiseArguments& a) {
    const Instant all = time_option("--time", a.time, WallClock{}.now());
    return {all, time_option("--device-ocsp-time", a.device_ocsp_time, all),
            time_option("--rim-time", a.rim_time, all), time_option("--rim-ocsp-time", a.rim_ocsp_time, all)};
}

/// A SubjectPublicKeyInfo as DER, or as PEM (RFC 7468, 13).
std::optional<crypto::PublicKey> public_key(const Bytes& file) {
    constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----", end = "-----END PUBLIC KEY-----";
    const auto text = as_text(file);
    const auto from = text.find(begin), to = text.find(end);
    if (from == std::string_view::npos || to == std::string_view::npos || to < from)
        return crypto::PublicKey::from_spki(file);
    const auto der = from_base64(text.substr(from + begin.size(), to - from - begin.size()), true);
    return der ? crypto::PublicKey::from_spki(*der) : std::nullopt;
}

verifier::Expectation expectation_of(const AppraiseArguments& a) {
    verifier::Expectation out;
    if (!a.nonce.empty()) {
        const auto nonce = from_hex(a.nonce);
        if (!nonce || nonce->size() != 32)
            throw BadInput{"--nonce: expected 64 hexadecimal digits, got " + std::to_string(a.nonce.size()) +
                           " characters"};
        out.nonce = *nonce;
    }
    if (!a.cvm_key.empty()) {
        const auto key = public_key(input_file(a.cvm_key));
        if (!key) throw BadInput{a.cvm_key + ": not a SubjectPublicKeyInfo, PEM or DER, of a supported key"};
        out.cvm_key = key->spki();
    }
    return out;
}

conformance::EvidenceFiles files_of(const AppraiseArguments& a) {
    std::vector<std::filesystem::path> paths;
    for (const auto* list : {&a.files, &a.rims, &a.ocsp, &a.roots})
        paths.insert(paths.end(), list->begin(), list->end());
    auto files = conformance::load_evidence(paths);
    if (!files) throw BadInput{files.error().text()};
    if (files->devices.empty())
        throw BadInput{a.files.front() +
                       ": no evidence found: neither evidence JSON nor a report with its certificate chain"};
    return *std::move(files);
}

GpuVerifier verifier_of(const AppraiseArguments& a, const conformance::EvidenceFiles& files) {
    verifier::GpuPolicy policy;
    if (!a.policy.empty()) {
        auto parsed = verifier::GpuPolicy::from_json(input_file(a.policy));
        if (!parsed) throw BadInput{a.policy + ": " + parsed.error()};
        policy = *std::move(parsed);
    }
    return {{files.references.device_roots, files.references.rim_roots}, times_of(a), std::move(policy)};
}

verifier::ReferenceValues references_of(const conformance::EvidenceFiles& files) {
    verifier::ReferenceValues out;
    for (const auto& f : files.references.rims) out.rims.push_back({f.name, f.content});
    for (const auto& f : files.references.ocsp_responses) out.ocsp_responses.push_back({f.name, f.content});
    return out;
}

/// The file or option that a finding is about, where the user gave one.
json to_json(const verifier::Finding& f) {
    json out{{"reason", f.reason}, {"subject", f.subject}, {"what", f.what}};
    if (!f.path.empty()) out["path"] = f.path;
    if (f.offset) out["offset"] = *f.offset;
    if (const auto* row = verifier::find_reason(f.reason)) out["nvat"] = row->number;
    return out;
}

json to_json(const GpuAppraisal& device) {
    json out{{"accepted", device.accepted}, {"nvat_code", device.nvat_code}, {"ueid", device.ueid},
             {"hwmodel", device.hwmodel},   {"matched", device.matched},     {"refusals", json::array()},
             {"warnings", json::array()},   {"steps", json::array()},        {"measurements", json::array()}};
    for (const auto& f : device.refusals) out["refusals"].push_back(to_json(f));
    for (const auto& f : device.warnings) out["warnings"].push_back(to_json(f));
    for (const auto& s : device.steps)
        out["steps"].push_back(
            {{"id", s.id}, {"title", s.title}, {"outcome", name(s.outcome)}, {"detail", s.detail}});
    for (const auto& c : device.comparisons) {
        json alternatives = json::array();
        for (const auto& golden : c.golden) alternatives.push_back(to_hex(golden));
        out["measurements"].push_back({{"index", c.index},
                                       {"source", c.source},
                                       {"outcome", name(c.outcome)},
                                       {"runtime", to_hex(c.runtime)},
                                       {"golden", alternatives}});
    }
    return out;
}

void show_comparisons(const GpuAppraisal& device, const Stream& out) {
    const auto compared =
        static_cast<std::size_t>(std::ranges::count_if(device.comparisons, [](const auto& c) {
            return c.outcome != verifier::Comparison::Outcome::skipped;
        }));
    if (device.comparisons.empty()) return;
    out.line(fmt::format("  measurements         {}/{} match", device.matched, compared));
    for (const auto& c : device.comparisons) {
        if (c.outcome == verifier::Comparison::Outcome::match) continue;
        out.line(fmt::format("    index {:>2}  {}  {} RIM {}  {}", c.index,
                             out.paint(tone_of(name(c.outcome)), name(c.outcome)), c.source,
                             printable(c.resource), printable(c.note)));
        if (c.outcome == verifier::Comparison::Outcome::skipped) continue;
        out.line("      runtime " + (c.runtime.empty() ? std::string{"absent"} : to_hex(c.runtime)));
        for (const auto& golden : c.golden) out.line("      golden  " + to_hex(golden));
    }
}

void show(const std::string& id, const GpuAppraisal& device, const Console& console) {
    const Stream& out = console.people();
    out.line(fmt::format("{}  {}  {}", out.paint(Tone::strong, id),
                         printable(device.hwmodel.empty() ? "(device unknown)" : device.hwmodel),
                         device.ueid.empty() ? "" : "ueid " + device.ueid));
    if (!device.driver_version.empty())
        out.line("  driver               " + printable(device.driver_version));
    if (!device.vbios_version.empty()) out.line("  VBIOS                " + printable(device.vbios_version));
    for (const auto& step : device.steps)
        if (!console.quiet || step.outcome == verifier::Step::Outcome::fail)
            out.line(fmt::format(
                "  {} {}{}", out.paint(tone_of(name(step.outcome)), fmt::format("{:<8}", name(step.outcome))),
                step.title, step.detail.empty() ? "" : ": " + printable(step.detail)));
    show_comparisons(device, out);
    for (const auto& f : device.warnings)
        out.line("  " + out.paint(Tone::warning, "warning") + "  " + printable(f.text()));
    for (const auto& f : device.refusals)
        out.line("  " + out.paint(Tone::bad, "refused") + "  " + printable(f.text()));
}

std::string token_of(const AppraiseArguments& a, const GpuVerifier::SetAppraisal& set, const Bytes& nonce) {
    SystemRandom random;
    const crypto::Context context{random};
    const auto key = crypto::PrivateKey::from_pkcs8(context, input_file(a.token_key));
    if (!key || key->type() != crypto::KeyType::p384)
        throw BadInput{a.token_key + ": not an unencrypted P-384 private key, PEM or DER"};
    Bytes id(32);
    random.fill(id);
    const auto key_id = to_hex(crypto::digest(crypto::Hash::sha256, {key->public_key().spki()}));
    return verifier::detached_eat({"assay", key_id, *key}, set, nonce, WallClock{}.now(), id);
}

/// What makes the device's evidence no evidence at all: file, field and offset. Empty where it is
/// well-formed. A verifier looks at the signature first, so a report that was cut off is a wrong signature to
/// it; to a user it is a broken file.
std::string malformed(const GpuAppraisal& device, const gpu::Evidence& evidence,
                      const std::filesystem::path& file) {
    if (device.refusals.empty()) return {};
    const verifier::Finding& first = device.refusals.front();
    const auto* reason = verifier::find_reason(first.reason);
    if (reason != nullptr && reason->kind == verifier::Reason::Kind::input)
        return file.string() + ": " + first.text();
    if (first.reason != "E_SPDM_SIGNATURE") return {};
    const auto report = gpu::parse_report(evidence.report, gpu::kind_of(evidence.arch));
    return report ? std::string{} : file.string() + ": report: " + report.error().text();
}

int appraise(const AppraiseArguments& a, Console& console) {
    console.json = a.json;
    const auto expectation = expectation_of(a);
    const auto files = files_of(a);
    const auto set = verifier_of(a, files).appraise_set(files.devices, references_of(files), expectation);
    std::string token;
    if (!a.token_key.empty())
        token = token_of(a, set, expectation.nonce ? *expectation.nonce : files.devices.front().nonce);

    for (const auto& line : files.ignored) console.err.line("ignored: " + printable(line));
    const auto ids = verifier::device_ids(set);
    if (a.json) {
        json out{{"accepted", set.accepted},
                 {"claims", json::parse(verifier::claims_of(set))},
                 {"devices", json::object()},
                 {"refusals", json::array()}};
        for (std::size_t i = 0; i < set.devices.size(); ++i) out["devices"][ids[i]] = to_json(set.devices[i]);
        for (const auto& f : set.refusals) out["refusals"].push_back(to_json(f));
        if (!token.empty()) out["token"] = json::parse(token);
        console.out.line(out.dump(2, ' ', false, json::error_handler_t::replace));
    } else {
        for (std::size_t i = 0; i < set.devices.size(); ++i) show(ids[i], set.devices[i], console);
        for (const auto& f : set.refusals)
            console.out.line(console.out.paint(Tone::bad, "refused") + "  " + printable(f.text()));
    }
    if (!a.token_out.empty())
        write_file(a.token_out, as_bytes(token + '\n'));
    else if (!token.empty() && !a.json)
        console.out.line(token);

    // Input that is not well-formed, or not of this time, is the caller's to mend (2); evidence that is
    // well-formed and wrong is a refusal (1).
    int code = set.accepted ? Exit::success : Exit::failure;
    for (std::size_t i = 0; i < set.devices.size(); ++i)
        if (const auto fault = malformed(set.devices[i], files.devices[i], files.sources[i]);
            !fault.empty()) {
            console.error(fault);
            code = Exit::usage;
        }
    const auto refused = std::ranges::count_if(set.devices, [](const auto& d) { return !d.accepted; });
    console.people().line(fmt::format("{} accepted, {} refused{}",
                                      static_cast<long>(set.devices.size()) - refused, refused,
                                      set.refusals.empty() ? "" : "; the set is refused"));
    return code;
}

}  // namespace

int appraise_command(const Arguments& arguments, Console& console) {
    try {
        return appraise(arguments.appraise, console);
    } catch (const BadInput& bad) {
        console.error(bad.what);
        return Exit::usage;
    }
}

}  // namespace assay::cli
