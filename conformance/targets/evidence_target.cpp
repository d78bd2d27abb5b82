#include "conformance/targets/evidence_target.hpp"

#include <algorithm>

#include "sim/crypto/ocsp.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::conformance {
namespace {

/// Evidence that was collected once. It cannot be asked for anything that the recording does not hold.
class RecordedGpuPort final : public GpuPort {
public:
    RecordedGpuPort(gpu::Evidence device, GpuReferences references)
        : device_(std::move(device)), references_(std::move(references)) {}

    std::set<std::string> capabilities() const override {
        std::set<std::string> out;
        if (!references_.rims.empty()) out.insert("references");
        if (!references_.ocsp_responses.empty()) out.insert("ocsp");
        return out;
    }
    Result<GpuReferences, PortError> references() override { return references_; }
    Result<gpu::Evidence, PortError> collect(ByteView) override { return device_; }
    Result<Bytes, PortError> exchange(ByteView) override { return cannot("answer a message"); }
    Result<Nothing, PortError> power_on_reset() override { return cannot("be reset"); }
    std::vector<FirmwareStage> firmware_stages() override { return {}; }
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override {
        return cannot("load firmware");
    }
    Result<Nothing, PortError> roll_back_firmware() override { return cannot("load firmware"); }
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return cannot("change its mode"); }
    Result<Nothing, PortError> set_debug(bool) override { return cannot("change its debug state"); }
    std::vector<Event> take_events() override { return {}; }

private:
    static PortError cannot(const std::string& what) {
        return {PortError::Kind::not_supported, "recorded evidence cannot " + what};
    }

    gpu::Evidence device_;
    GpuReferences references_;
};

using Chain = std::vector<crypto::Certificate>;

std::vector<Chain> device_chains(const EvidenceFiles& files) {
    std::vector<Chain> out;
    for (const gpu::Evidence& device : files.devices)
        if (auto chain = crypto::certificates_from_pem(as_bytes(device.chain_pem)))
            out.push_back(*std::move(chain));
    return out;
}
std::vector<Chain> rim_chains(const EvidenceFiles& files) {
    std::vector<Chain> out;
    for (const GpuReferences::File& rim : files.references.rims)
        if (auto signature = crypto::parse_enveloped_signature(rim.content))
            out.push_back(std::move(signature->certificates));
    return out;
}

/// The latest thisUpdate of a response for a certificate of these chains.
std::optional<Instant> latest_update(const EvidenceFiles& files, std::vector<Chain> chains,
                                     const Chain& roots) {
    std::optional<Instant> latest;
    for (Chain& chain : chains) {
        chain.insert(chain.end(), roots.begin(),
                     roots.end());  // the last issuer may not be in the chain itself
        for (std::size_t i = 0; i + 1 < chain.size(); ++i)
            for (std::size_t issuer = i + 1; issuer < chain.size(); ++issuer)
                for (const GpuReferences::File& response : files.references.ocsp_responses) {
                    const auto answer =
                        crypto::verify_ocsp_response(response.content, chain[i], chain[issuer], std::nullopt);
                    if (answer) latest = std::max(latest.value_or(answer->this_update), answer->this_update);
                }
    }
    return latest;
}

}  // namespace

Result<JudgingTimes, std::string> judging_times(const std::map<std::string, std::string>& options,
                                                const EvidenceFiles& files, Instant now) {
    std::string fault;
    const auto option = [&](const std::string& key) -> std::optional<Instant> {
        const auto found = options.find(key);
        if (found == options.end()) return std::nullopt;
        const auto at = from_rfc3339(found->second);
        if (!at) fault = "option '" + key + "' is not an RFC 3339 time such as 2025-08-21T08:00:00Z";
        return at;
    };
    const auto all = option("time");
    const auto recorded = [&](const std::vector<Chain>& chains,
                              const Chain& roots) -> std::optional<Instant> {
        if (all) return all;
        const auto latest = latest_update(files, chains, roots);
        return latest ? std::optional{*latest + std::chrono::seconds{1}} : std::nullopt;
    };
    const auto device_ocsp = option("device-ocsp-time");
    const auto rim_ocsp = option("rim-ocsp-time");
    const auto rim_chain = option("rim-chain-time");
    if (!fault.empty()) return fault;

    const auto device =
        device_ocsp ? device_ocsp : recorded(device_chains(files), files.references.device_roots);
    const auto rim = rim_ocsp ? rim_ocsp : recorded(rim_chains(files), files.references.rim_roots);
    const auto device_time = all ? all : device;
    const auto rim_time = rim_chain ? rim_chain : all ? all : rim;
    const auto text = [](const std::optional<Instant>& at) {
        return at ? to_rfc3339(*at) : "the wall clock";
    };
    return JudgingTimes{device_time.value_or(now), device.value_or(now), rim_time.value_or(now),
                        rim.value_or(now),
                        "judged at: device chain " + text(device_time) + ", device OCSP " + text(device) +
                            ", RIM chain " + text(rim_time) + ", RIM OCSP " + text(rim)};
}

Result<Target, std::string> evidence_target(const TargetUri& uri) {
    const auto option = [&](const char* key) {
        const auto found = uri.options.find(key);
        return found == uri.options.end() ? std::string{} : found->second;
    };
    if (uri.path.empty()) return "names no file or folder";
    std::vector<std::filesystem::path> paths{uri.path};
    if (const std::string roots = option("roots"); !roots.empty()) {
        std::error_code ignored;
        const bool here = std::filesystem::exists(roots, ignored);
        paths.push_back(here ? std::filesystem::path{roots} : std::filesystem::path{uri.path} / roots);
    }
    auto files = load_evidence(paths);
    if (!files) return files.error().text();
    if (files->devices.empty()) return "holds no evidence of a device";

    std::size_t index = 0;
    if (const std::string wanted = option("device"); !wanted.empty()) {
        if (wanted.size() > 3 || wanted.find_first_not_of("0123456789") != std::string::npos ||
            std::stoul(wanted) >= files->devices.size())
            return "option 'device' is not a number below " + std::to_string(files->devices.size());
        index = std::stoul(wanted);
    } else if (files->devices.size() > 1) {
        return "holds " + std::to_string(files->devices.size()) +
               " devices; choose one with device=0 and so on";
    }

    const auto times = judging_times(uri.options, *files, WallClock{}.now());
    if (!times) return times.error();
    GpuReferences& references = files->references;
    references.device_chain_time = times->device_chain;
    references.device_ocsp_time = times->device_ocsp;
    references.rim_chain_time = times->rim_chain;
    references.rim_ocsp_time = times->rim_ocsp;

    const gpu::Evidence& device = files->devices[index];
    const auto capabilities = RecordedGpuPort{device, references}.capabilities();
    Target target{.id = {},
                  .uri = {},
                  .kind = "recorded-evidence",
                  .port = PortKind::gpu,
                  .vendor = {},
                  .product = std::string{gpu::name(device.arch)} +
                             (gpu::kind_of(device.arch) == gpu::DeviceKind::gpu ? " GPU" : " NVSwitch"),
                  .version = times->text,
                  .capabilities = {capabilities.begin(), capabilities.end()},
                  .artifacts = {},
                  .open = [device, references](std::uint64_t) {
                      return AnyPort{std::make_unique<RecordedGpuPort>(device, references)};
                  }};
    for (const EvidenceFiles::Artifact& artifact : files->artifacts)
        target.artifacts.push_back({artifact.name, artifact.sha256});
    return target;
}

}  // namespace assay::conformance
