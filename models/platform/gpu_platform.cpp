#include "models/platform/gpu_platform.hpp"

#include <stdexcept>

#include "models/gpu/rim_generator.hpp"
#include "models/platform/pcie_link_module.hpp"
#include "models/platform/recorder.hpp"
#include "sim/kernel/reaper.hpp"

namespace assay::embedded {
std::string_view gpu_timing_profile();
}

namespace assay::platform {
namespace {

const gpu::Chip& chip_of(std::string_view profile) {
    const gpu::Chip* chip = gpu::find_chip(profile);
    if (chip == nullptr)
        throw std::invalid_argument("gpu platform: unknown profile " + std::string{profile} +
                                    ", gb100 and gh100 are known");
    return *chip;
}

kernel::TimingProfile timing() {
    auto profile = kernel::TimingProfile::from_json(embedded::gpu_timing_profile());
    if (!profile) throw std::runtime_error("gpu-doe.json: " + profile.error());
    return *std::move(profile);
}

}  // namespace

struct GpuPlatform::Parts {
    Parts(const gpu::Chip& chip, std::uint64_t seed)
        : gpu("gpu", chip, seed, times, recorder), link("pcie", times.time("pcie.config")) {
        host.cpu.socket.bind(link.from_host);
        link.to_device.bind(gpu.socket());
        gpu.reset.bind(reset);
        sc_core::sc_start(sc_core::SC_ZERO_TIME);  // threads wait from here on: no notification is lost
    }

    Recorder recorder;
    kernel::TimingProfile times = timing();
    sc_core::sc_signal<bool> reset{"reset", false};
    HostModule host{"host", times, recorder};
    gpu::RootOfTrustModule gpu;
    PcieLinkModule link;
    kernel::Reaper reaper;
};

GpuPlatform::GpuPlatform(std::string_view profile, std::uint64_t seed)
    : parts_(std::make_unique<Parts>(chip_of(profile), seed)) {}

GpuPlatform::~GpuPlatform() {
    try {
        parts_->reaper.reap();
    } catch (const std::exception&) {
        // An exception has left sc_start before: that simulation cannot unwind its threads any more.
    }
}

void GpuPlatform::power_on_reset() {
    Parts& p = *parts_;
    p.recorder.begin();
    p.host.forget();
    p.reset.write(true);
    sc_core::sc_start(p.times.time("gpu.reset"));
    p.reset.write(false);
    sc_core::sc_start();
}

Result<Bytes, LinkError> GpuPlatform::exchange(ByteView request) {
    Result<Bytes, LinkError> out = Bytes{};
    parts_->host.run([&](HostModule& host) { out = host.exchange(request); });
    // A responder that gives no answer shows as DOE Error; one that has not booted shows the same way.
    if (!out && out.error().kind == LinkError::Kind::device && device().booted()) return Bytes{};
    return out;
}

Result<gpu::Evidence, LinkError> GpuPlatform::collect(const spdm::Nonce& nonce) {
    spdm::RequesterPlan plan;
    plan.nonce = nonce;
    spdm::Requester requester{std::move(plan)};
    Result<Nothing, LinkError> outcome = Nothing{};
    parts_->host.run([&](HostModule& host) { outcome = host.converse(requester); });
    if (!outcome) {
        if (const auto& refusal = device().refusal())
            return LinkError{LinkError::Kind::refused,
                             "the boot ROM refused " + refusal->stage + ": " + refusal->what};
        return outcome.error();
    }
    gpu::Evidence out{device().chip().arch, {nonce.begin(), nonce.end()}, requester.report(), {}};
    const auto& root_first = requester.certificates();
    for (auto c = root_first.rbegin(); c != root_first.rend(); ++c) out.chain_pem += c->pem();
    return out;
}

bool GpuPlatform::load_firmware(std::string_view stage, unsigned change) {
    return parts_->gpu.core().firmware().load(stage, change);
}

void GpuPlatform::roll_back_firmware() { parts_->gpu.core().firmware().roll_back(); }

void GpuPlatform::set_cc_mode(gpu::CcMode mode) { parts_->gpu.core().settings().mode = mode; }

void GpuPlatform::set_debug(bool enabled) { parts_->gpu.core().settings().debug_enabled = enabled; }

void GpuPlatform::restore() { parts_->gpu.core().restore(); }

std::vector<Event> GpuPlatform::take_events() { return parts_->recorder.take_events(); }

std::string GpuPlatform::waves() const { return parts_->recorder.waves(); }

const gpu::RootOfTrust& GpuPlatform::device() const { return std::as_const(parts_->gpu).core(); }

Published GpuPlatform::published() const {
    const gpu::RootOfTrust& device = this->device();
    const gpu::Chip& chip = device.chip();
    // Their own, so that each call draws the same randomness and gives the same bytes.
    const gpu::Manufacturer maker{device.seed(), chip};
    const gpu::ManifestSigner signer{device.seed(), chip};
    Published out;
    out.device_roots = {maker.root().certificate};
    out.rim_roots = {signer.chain().back()};
    for (const auto manifest : {gpu::Manifest::driver, gpu::Manifest::vbios})
        out.rims.push_back({gpu::rim_id(chip, manifest) + ".xml",
                            gpu::make_signed_rim(device.seed(), chip, manifest, signer)});

    crypto::OcspSpec good;
    good.this_update = gpu::world_epoch;
    good.next_update = gpu::world_epoch + std::chrono::hours{24};
    const auto answer_for = [&](const crypto::Context& context, const gpu::Authority& issuer,
                                const crypto::Certificate& subject, const std::string& file) {
        const gpu::OcspResponder responder{context, device.seed(), issuer};
        out.ocsp_responses.push_back({file, responder.respond(good, subject)});
    };
    // The leaf is the device's own: nobody but the device could answer for it.
    answer_for(maker.context(), maker.root(), maker.identity().certificate, "device-identity.ocsp");
    answer_for(maker.context(), maker.identity(), maker.provisioner().certificate, "device-provisioner.ocsp");
    answer_for(maker.context(), maker.provisioner(), device.device_certificate(), "device-brom.ocsp");
    const auto& rim = signer.authorities();
    answer_for(signer.context(), rim[3], rim[2].certificate, "rim-ca.ocsp");
    answer_for(signer.context(), rim[2], rim[1].certificate, "rim-l3.ocsp");
    answer_for(signer.context(), rim[1], rim[0].certificate, "rim-signer.ocsp");
    out.judged_at = gpu::world_epoch + std::chrono::hours{1};
    return out;
}

}  // namespace assay::platform
