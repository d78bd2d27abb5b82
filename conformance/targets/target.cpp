#include "conformance/targets/target.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/build_info.hpp"
#include "conformance/document_text.hpp"
#include "conformance/targets/evidence_target.hpp"
#include "conformance/targets/model_gpu.hpp"
#include "conformance/targets/model_kms.hpp"
#include "conformance/targets/model_platform.hpp"
#include "conformance/targets/model_verifier.hpp"
#include "conformance/targets/probe.hpp"
#include "conformance/targets/uri.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

Result<Target, std::string> model_gpu_target(const TargetUri& uri) {
    const auto open = [options = uri.options](std::uint64_t seed) {
        return AnyPort{make_model_gpu(options, seed)};
    };
    const auto found = uri.options.find("profile");
    Target target{.id = {},
                  .uri = {},
                  .kind = "model",
                  .port = PortKind::gpu,
                  .vendor = "assay",
                  .product = "model of a GPU root of trust, " +
                             (found == uri.options.end() ? std::string{"gh100"} : found->second),
                  .version = build_info().version,
                  .capabilities = {},
                  .artifacts = {},
                  .open = open};
    auto capabilities = probe_capabilities(open);
    if (!capabilities) return capabilities.error();
    target.capabilities = *std::move(capabilities);
    return target;
}

Result<Target, std::string> model_kms_target(const TargetUri&) {
    const auto open = [](std::uint64_t seed) {
        return AnyPort{make_model_kms(seed)};
    };
    Target target{.id = {},
                  .uri = {},
                  .kind = "model",
                  .port = PortKind::kms,
                  .vendor = "assay",
                  .product = "key management service",
                  .version = build_info().version,
                  .capabilities = {},
                  .artifacts = {},
                  .open = open};
    auto capabilities = probe_capabilities(open);
    if (!capabilities) return capabilities.error();
    target.capabilities = *std::move(capabilities);
    return target;
}

Result<Target, std::string> model_verifier_target(const TargetUri&) {
    return Target{.id = {},
                  .uri = {},
                  .kind = "model",
                  .port = PortKind::appraisal,
                  .vendor = "assay",
                  .product = "verifier of GPU evidence",
                  .version = build_info().version,
                  .capabilities = {},
                  .artifacts = {},
                  .open = [](std::uint64_t) {
                      return AnyPort{make_model_verifier()};
                  }};
}

Result<Target, std::string> model_platform_target(const TargetUri& uri) {
    if (const std::string fault = check_platform_options(uri.options); !fault.empty()) return fault;
    const auto found = uri.options.find("fault");
    return Target{.id = {},
                  .uri = {},
                  .kind = "model",
                  .port = PortKind::platform,
                  .vendor = "assay",
                  .product = "model of a platform for confidential inference" +
                             (found == uri.options.end() ? std::string{} : ", fault " + found->second),
                  .version = build_info().version,
                  .capabilities = {"fault", "oracles", "reference", "control-plane"},
                  .artifacts = {},
                  .open = [options = uri.options](std::uint64_t seed) {
                      return AnyPort{make_model_platform(options, seed)};
                  }};
}

/// What a scheme needs besides its description: the options it takes and how it is made.
struct Scheme {
    TargetScheme shown;
    std::string_view key;  // scheme of the URI
    std::span<const std::string_view> options;
    Result<Target, std::string> (*make)(const TargetUri&);
};
constexpr std::array<std::string_view, 6> evidence_options{
    "device", "device-ocsp-time", "rim-chain-time", "rim-ocsp-time", "roots", "time"};
constexpr std::array<std::string_view, 1> model_gpu_options{"profile"};
constexpr std::array<std::string_view, 4> model_platform_options{"fault", "model", "profile", "tokenizer"};

constexpr std::array schemes{
    Scheme{{"evidence",
            "evidence:PATH?roots=DIR&time=RFC3339&device-ocsp-time=..&rim-ocsp-time=..&rim-chain-time=..&"
            "device=N",
            "recorded evidence of one GPU or NVSwitch with its manifests and OCSP responses"},
           "evidence",
           evidence_options,
           evidence_target},
    Scheme{{"model:gpu", "model:gpu?profile=gh100|gb100", "model of a GPU root of trust behind PCIe"},
           "model:gpu",
           model_gpu_options,
           model_gpu_target},
    Scheme{{"model:kms", "model:kms", "this project's key management service"},
           "model:kms",
           {},
           model_kms_target},
    Scheme{{"model:reference", "model:reference?fault=ITEM&profile=gb100&model=FILE&tokenizer=FILE",
            "model of the whole platform, from client to GPU, with one fault or none"},
           "model:reference",
           model_platform_options,
           model_platform_target},
    Scheme{{"model:verifier", "model:verifier", "this project's verifier of GPU evidence"},
           "model:verifier",
           {},
           model_verifier_target},
};

std::string derived_id(const TargetUri& uri) {
    std::string text = uri.scheme;
    if (uri.scheme == "evidence") {
        std::filesystem::path path = std::filesystem::path{uri.path}.lexically_normal();
        if (path.filename().empty()) path = path.parent_path();
        text = path.filename();
    }
    const auto profile = uri.options.find("profile");
    if (profile != uri.options.end()) text += "-" + profile->second;
    return token_from(text);
}

}  // namespace

std::string_view name(PortKind kind) {
    constexpr std::array<std::string_view, 4> names{"gpu", "appraisal", "kms", "platform"};
    return names.at(static_cast<std::size_t>(kind));
}

std::span<const TargetScheme> target_schemes() {
    static constexpr auto shown = [] {
        std::array<TargetScheme, schemes.size()> out{};
        for (std::size_t i = 0; i < schemes.size(); ++i) out[i] = schemes[i].shown;
        return out;
    }();
    return shown;
}

Result<Target, TargetError> parse_target(std::string_view text) {
    const auto refuse = [&](std::string_view what) {
        return TargetError{one_line(text), printable(what)};
    };
    const auto uri = parse_uri(text);
    if (!uri) return refuse(uri.error());
    const auto scheme =
        std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& s) { return s.key == uri->scheme; });
    if (scheme == schemes.end()) {
        std::vector<std::string_view> known;
        for (const Scheme& s : schemes) known.push_back(s.key);
        return refuse(fmt::format("unknown scheme '{}'; known: {}", uri->scheme, fmt::join(known, ", ")));
    }
    for (const auto& [key, value] : uri->options)
        if (std::find(scheme->options.begin(), scheme->options.end(), key) == scheme->options.end())
            return refuse(fmt::format(
                "unknown option '{}'; {} takes {}", key, scheme->key,
                scheme->options.empty() ? "none" : fmt::format("{}", fmt::join(scheme->options, ", "))));
    auto target = scheme->make(*uri);
    if (!target) return refuse(target.error());
    target->id = uri->id.empty() ? derived_id(*uri) : uri->id;
    const bool named = !uri->id.empty();
    target->uri = one_line(named ? text.substr(uri->id.size() + 1) : text);
    return *std::move(target);
}

}  // namespace assay::conformance
