#include "conformance/targets/target.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/build_info.hpp"
#include "conformance/document_text.hpp"
#include "conformance/targets/evidence_target.hpp"
#include "conformance/targets/model_cvm_verifier.hpp"
#include "conformance/targets/model_data_path.hpp"
#include "conformance/targets/model_disk.hpp"
#include "conformance/targets/model_gpu.hpp"
#include "conformance/targets/model_inference.hpp"
#include "conformance/targets/model_kms.hpp"
#include "conformance/targets/model_ohttp.hpp"
#include "conformance/targets/model_platform.hpp"
#include "conformance/targets/model_runtime.hpp"
#include "conformance/targets/model_spdm.hpp"
#include "conformance/targets/model_tpm.hpp"
#include "conformance/targets/model_verifier.hpp"
#include "conformance/targets/probe.hpp"
#include "conformance/targets/uri.hpp"
#include "models/platform/gpu_platform.hpp"
#include "models/spdm/sample_identity.hpp"
#include "models/spdm/tcp_framing.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

using Options = std::map<std::string, std::string>;

std::string option(const Options& options, const char* name, const char* otherwise) {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}
std::string text(const char* product, const Options&) { return product; }

constexpr std::array<std::string_view, 1> profile_option{"profile"};
constexpr std::array<std::string_view, 3> spdm_options{"profile", "transport", "config"};
constexpr std::array<std::string_view, 1> device_option{"device"};
constexpr std::array<std::string_view, 4> platform_options{"fault", "model", "profile", "tokenizer"};

/// What all openings of a model with one seed share; empty: each makes its own, with the same bytes.
struct Shared {
    std::uint64_t seed = 0;
    std::shared_ptr<const platform::Supply> supply{};
    std::shared_ptr<spdm::SampleIdentities> identities{};
};

/// A model of this project: one row each. Its capabilities are asked of itself.
struct Model {
    TargetScheme shown;
    std::span<const std::string_view> options;
    PortKind port{};
    std::string (*product)(const Options&);
    AnyPort (*open)(const Options&, std::uint64_t seed, const Shared&);
    std::string (*check)(const Options&);  // what is wrong with the options; null: their names are all
    Shared (*warm)(const Options&, std::uint64_t seed) = nullptr;
};
// clang-format off
constexpr std::array models{
    Model{{"model:cvm-verifier", "model:cvm-verifier", "this project's verifier of confidential-VM evidence"}, {}, PortKind::cvm_appraisal,
          [](const Options& o) { return text("verifier of confidential-VM evidence", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), void(seed), make_model_cvm_verifier())}; }, nullptr},
    Model{{"model:gpu-data-path", "model:gpu-data-path", "model of the data path between a guest and its GPU"}, {}, PortKind::data_path,
          [](const Options& o) { return text("data path of a GPU", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), make_model_data_path(seed))}; }, nullptr},
    Model{{"model:gpu-deletion", "model:gpu-deletion", "the stores of the same data path, and the oracles that look at them"}, {}, PortKind::deletion,
          [](const Options& o) { return text("stores and deletion oracles of a GPU data path", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), make_model_deletion(seed))}; }, nullptr},
    Model{{"model:disk", "model:disk", "this project's dm-verity read path"}, {}, PortKind::block,
          [](const Options& o) { return text("dm-verity volume of the guest", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), void(seed), make_model_disk())}; }, nullptr},
    Model{{"model:gpu", "model:gpu?profile=gh100|gb100", "model of a GPU root of trust behind PCIe"}, profile_option, PortKind::gpu,
          [](const Options& o) { return "model of a GPU root of trust, " + option(o, "profile", "gh100"); },
          [](const Options& o, std::uint64_t seed, const Shared& shared) { return AnyPort{make_model_gpu(o, seed, shared.supply)}; }, nullptr,
          [](const Options& o, std::uint64_t seed) { return Shared{.supply = platform::make_supply(option(o, "profile", "gh100"), seed)}; }},
    Model{{"model:inference", "model:inference?device=cpu|shim|cuda", "the reference inference path: vector units, the CUDA kernels as fibers, or a GPU"}, device_option, PortKind::inference,
          [](const Options& o) { return "reference inference path on " + option(o, "device", "cpu"); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(seed), make_model_inference(o))}; }, check_inference_options},
    Model{{"model:kms", "model:kms", "this project's key management service"}, {}, PortKind::kms,
          [](const Options& o) { return text("key management service", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), make_model_kms(seed))}; }, nullptr},
    Model{{"model:ohttp", "model:ohttp", "models of relay, load balancer and gateways of oblivious HTTP"}, {}, PortKind::ohttp,
          [](const Options& o) { return text("relay, load balancer and gateways of oblivious HTTP", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), make_model_ohttp(seed))}; }, nullptr},
    Model{{"model:reference", "model:reference?fault=ITEM&profile=gb100&model=FILE&tokenizer=FILE", "model of the whole platform, from client to GPU, with one fault or none"}, platform_options, PortKind::platform,
          [](const Options& o) { return "model of a platform for confidential inference, fault " + option(o, "fault", "none"); },
          [](const Options& o, std::uint64_t seed, const Shared& shared) { return AnyPort{make_model_platform(o, seed, shared.supply)}; }, check_platform_options,
          [](const Options& o, std::uint64_t seed) { return Shared{.supply = platform::make_supply(option(o, "profile", "gb100"), seed)}; }},
    Model{{"model:runtime", "model:runtime", "this project's container runtime with an attested policy"}, {}, PortKind::command,
          [](const Options& o) { return text("container runtime of the guest", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), void(seed), make_model_runtime())}; }, nullptr},
    Model{{"model:spdm", "model:spdm?profile=generic|nvidia&transport=mctp|doe|none|tcp", "model of an SPDM responder, in process"}, spdm_options, PortKind::spdm,
          [](const Options& o) { return "model of an SPDM responder, " + option(o, "profile", "generic"); },
          [](const Options& o, std::uint64_t seed, const Shared& shared) { return AnyPort{make_model_spdm(o, seed, shared.identities)}; }, nullptr,
          [](const Options& o, std::uint64_t seed) {
              return option(o, "profile", "generic") == "generic" ? Shared{.identities = generic_spdm_identities(seed)} : Shared{}; }},
    Model{{"model:tpm", "model:tpm", "model of a TPM 2.0, in process"}, {}, PortKind::tpm,
          [](const Options& o) { return text("model of a TPM 2.0", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), make_model_tpm(seed))}; }, nullptr},
    Model{{"model:verifier", "model:verifier", "this project's verifier of GPU evidence"}, {}, PortKind::appraisal,
          [](const Options& o) { return text("verifier of GPU evidence", o); },
          [](const Options& o, std::uint64_t seed, const Shared&) { return AnyPort{(void(o), void(seed), make_model_verifier())}; }, nullptr},
};
// clang-format on

Result<Target, std::string> model_target(const Model& model, const TargetUri& uri) {
    if (model.check != nullptr)
        if (std::string fault = model.check(uri.options); !fault.empty()) return fault;
    const auto shared = std::make_shared<Shared>();
    const auto open = [&model, options = uri.options, shared](std::uint64_t seed) {
        return model.open(options, seed, shared->seed == seed ? *shared : Shared{});
    };
    auto capabilities = probe_capabilities(open);
    if (!capabilities) return capabilities.error();
    return Target{.id = {},
                  .uri = {},
                  .kind = "model",
                  .port = model.port,
                  .vendor = "assay",
                  .product = model.product(uri.options),
                  .version = build_info().version,
                  .capabilities = *std::move(capabilities),
                  .artifacts = {},
                  .open = open,
                  .warm = [&model, options = uri.options, shared](std::uint64_t seed) {
                      if (model.warm != nullptr) *shared = model.warm(options, seed);
                      shared->seed = seed;
                  }};
}

/// The port of `//127.0.0.1:PORT` or `//localhost:PORT`, with as many behind it as are wanted; 0 where it is
/// none.
std::uint16_t loopback_port(std::string_view place, unsigned behind = 0) {
    unsigned port = 0;
    for (const std::string_view host : {"//127.0.0.1:", "//localhost:"})
        if (place.starts_with(host)) {
            place.remove_prefix(host.size());
            const auto end = std::from_chars(place.data(), place.data() + place.size(), port);
            if (end.ec != std::errc{} || end.ptr != place.data() + place.size()) port = 0;
        }
    return port + behind > 0xFFFF ? std::uint16_t{0} : static_cast<std::uint16_t>(port);
}

/// Of somebody else's making, at a place where it is asked what it can do.
Result<Target, std::string> foreign_target(PortKind kind, std::string product,
                                           std::function<AnyPort(std::uint64_t)> open) {
    auto capabilities = probe_capabilities(open);
    if (!capabilities) return capabilities.error();
    return Target{.id = {},
                  .uri = {},
                  .kind = "software",
                  .port = kind,
                  .vendor = {},
                  .product = std::move(product),
                  .version = {},
                  .capabilities = *std::move(capabilities),
                  .artifacts = {},
                  .open = std::move(open)};
}

/// A TPM may be erased by its cases, with leave: so it is one of this machine.
Result<Target, std::string> simulator_target(const TargetUri& uri, std::string product,
                                             std::unique_ptr<TpmPort> (*connect)(std::uint16_t, bool)) {
    const std::uint16_t port = loopback_port(uri.path, 1);
    if (port == 0) return "is not " + uri.scheme + "://127.0.0.1:PORT";
    const std::string erase = option(uri.options, "erase", "no");
    if (erase != "yes" && erase != "no") return "erase=" + erase + ": yes or no";
    return foreign_target(PortKind::tpm, std::move(product),
                          [port, connect, erasable = erase == "yes"](std::uint64_t) {
                              return AnyPort{connect(port, erasable)};
                          });
}
Result<Target, std::string> swtpm_target(const TargetUri& uri) {
    return simulator_target(uri, "TPM behind the ports of swtpm", connect_swtpm);
}
Result<Target, std::string> mssim_target(const TargetUri& uri) {
    return simulator_target(uri, "TPM behind the ports of the reference simulator", connect_mssim);
}
Result<Target, std::string> device_target(const TargetUri& uri) {
    if (!uri.path.starts_with("/dev/")) return "is not tpm+device:/dev/NAME";
    return foreign_target(PortKind::tpm, "TPM behind " + uri.path,
                          [path = uri.path](std::uint64_t) { return AnyPort{open_tpm_device(path)}; });
}

/// A responder of this machine, or a tunnel that ends here: the suite sends what a network should not see.
Result<Target, std::string> spdm_tcp_target(const TargetUri& uri) {
    SpdmPlace place{
        .address = "127.0.0.1", .port = loopback_port(uri.path), .transport = SpdmTransport::mctp};
    if (place.port == 0) return "is not spdm+tcp://127.0.0.1:PORT";
    const std::string wanted = option(uri.options, "transport", "mctp");
    const auto transport = spdm::transport_of(wanted == "pcidoe" ? "doe" : wanted);
    if (!transport) return "unknown transport '" + wanted + "'; known: mctp, doe, none, tcp";
    place.transport = static_cast<SpdmTransport>(*transport);
    if (const auto given = uri.options.find("patience"); given != uri.options.end()) {
        unsigned milliseconds = 0;
        const std::string& text_of_it = given->second;
        const auto end =
            std::from_chars(text_of_it.data(), text_of_it.data() + text_of_it.size(), milliseconds);
        if (end.ec != std::errc{} || end.ptr != text_of_it.data() + text_of_it.size() || milliseconds == 0 ||
            milliseconds > 60'000)
            return "patience '" + text_of_it + "' is not from 1 to 60000 milliseconds";
        place.patience = std::chrono::milliseconds{milliseconds};
    }
    for (const auto& [key, into] :
         {std::pair{"psk", &place.shared.psk}, {"psk-hint", &place.shared.psk_hint}})
        if (const auto given = uri.options.find(key); given != uri.options.end()) {
            auto bytes = from_hex(given->second);
            if (!bytes || bytes->empty()) return std::string{key} + " '" + given->second + "' is not hex";
            *into = *std::move(bytes);
        }
    return foreign_target(PortKind::spdm, "SPDM responder behind TCP, " + wanted,
                          [place](std::uint64_t) { return AnyPort{connect_spdm(place)}; });
}

/// What is no model.
struct Scheme {
    TargetScheme shown;
    std::span<const std::string_view> options;
    Result<Target, std::string> (*make)(const TargetUri&);
};
constexpr std::array<std::string_view, 6> evidence_options{
    "device", "device-ocsp-time", "rim-chain-time", "rim-ocsp-time", "roots", "time"};
constexpr std::array<std::string_view, 4> spdm_tcp_options{"patience", "psk", "psk-hint", "transport"};
constexpr std::array<std::string_view, 1> erase_option{"erase"};
constexpr std::array schemes{
    Scheme{{"evidence",
            "evidence:PATH?roots=DIR&time=RFC3339&device-ocsp-time=..&rim-ocsp-time=..&rim-chain-time=..&"
            "device=N",
            "recorded evidence of one GPU or NVSwitch with its manifests and OCSP responses"},
           evidence_options,
           evidence_target},
    Scheme{
        {"spdm+tcp", "spdm+tcp://127.0.0.1:PORT?transport=mctp|doe|none|tcp&patience=MS&psk-hint=HEX&psk=HEX",
         "an SPDM responder behind a TCP port: the framing of spdm-emu, or the TCP binding (DSP0287)"},
        spdm_tcp_options,
        spdm_tcp_target},
    Scheme{{"tpm+device", "tpm+device:/dev/tpmrm0",
            "a TPM behind a device of this machine: only the cases that leave it as it was"},
           {},
           device_target},
    Scheme{{"tpm+mssim", "tpm+mssim://127.0.0.1:PORT?erase=yes",
            "a TPM behind the ports of the TCG reference simulator: commands on PORT, platform on PORT + 1"},
           erase_option,
           mssim_target},
    Scheme{{"tpm+swtpm", "tpm+swtpm://127.0.0.1:PORT?erase=yes",
            "a TPM behind the ports of swtpm on this machine: data on PORT, control on PORT + 1"},
           erase_option,
           swtpm_target},
};

std::string derived_id(const TargetUri& uri) {
    std::string text = uri.scheme;
    if (uri.scheme == "evidence") {
        std::filesystem::path path = std::filesystem::path{uri.path}.lexically_normal();
        if (path.filename().empty()) path = path.parent_path();
        text = path.filename();
    }
    for (const char* telling : {"profile", "device", "fault", "transport"})
        if (const auto found = uri.options.find(telling); found != uri.options.end())
            text += "-" + found->second;
    return token_from(text);
}

}  // namespace

std::string_view name(PortKind kind) {
    switch (kind) {
        case PortKind::gpu: return "gpu";
        case PortKind::appraisal: return "appraisal";
        case PortKind::block: return "block";
        case PortKind::command: return "command";
        case PortKind::cvm_appraisal: return "cvm-appraisal";
        case PortKind::data_path: return "data-path";
        case PortKind::deletion: return "deletion";
        case PortKind::inference: return "inference";
        case PortKind::kms: return "kms";
        case PortKind::ohttp: return "ohttp";
        case PortKind::platform: return "platform";
        case PortKind::spdm: return "spdm";
        case PortKind::tpm: return "tpm";
    }
    return {};
}

std::span<const TargetScheme> target_schemes() {
    static constexpr auto shown = [] {
        std::array<TargetScheme, schemes.size() + models.size()> out{};
        auto next = out.begin();
        for (const Scheme& one : schemes) *next++ = one.shown;
        for (const Model& one : models) *next++ = one.shown;
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
        std::ranges::find(schemes, uri->scheme, [](const Scheme& s) { return s.shown.scheme; });
    const auto model = std::ranges::find(models, uri->scheme, [](const Model& m) { return m.shown.scheme; });
    if (scheme == schemes.end() && model == models.end()) {
        std::vector<std::string_view> known;
        for (const TargetScheme& s : target_schemes()) known.push_back(s.scheme);
        return refuse(fmt::format("unknown scheme '{}'; known: {}", uri->scheme, fmt::join(known, ", ")));
    }
    const auto options = model != models.end() ? model->options : scheme->options;
    for (const auto& [key, value] : uri->options)
        if (std::ranges::find(options, key) == options.end())
            return refuse(
                fmt::format("unknown option '{}'; {} takes {}", key, uri->scheme,
                            options.empty() ? "none" : fmt::format("{}", fmt::join(options, ", "))));
    auto target = model != models.end() ? model_target(*model, *uri) : scheme->make(*uri);
    if (!target) return refuse(target.error());
    target->id = uri->id.empty() ? derived_id(*uri) : uri->id;
    const bool named = !uri->id.empty();
    target->uri = one_line(named ? text.substr(uri->id.size() + 1) : text);
    return *std::move(target);
}

}  // namespace assay::conformance
