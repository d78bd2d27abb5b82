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

Published publish(const gpu::Chip& chip, ByteView seed, const crypto::Certificate& device_certificate) {
    // Their own, so that each call draws the same randomness and gives the same bytes.
    const gpu::Manufacturer maker{seed, chip};
    const gpu::ManifestSigner signer{seed, chip};
    Published out;
    out.device_roots = {maker.root().certificate};
    out.rim_roots = {signer.chain().back()};
    for (const auto manifest : {gpu::Manifest::driver, gpu::Manifest::vbios})
        out.rims.push_back(
            {gpu::rim_id(chip, manifest) + ".xml", gpu::make_signed_rim(seed, chip, manifest, signer)});

    crypto::OcspSpec good;
    good.this_update = gpu::world_epoch;
    good.next_update = gpu::world_epoch + std::chrono::hours{24};
    const auto answer_for = [&](const crypto::Context& context, const gpu::Authority& issuer,
                                const crypto::Certificate& subject, const std::string& file) {
        const gpu::OcspResponder responder{context, seed, issuer};
        out.ocsp_responses.push_back({file, responder.respond(good, subject)});
    };
    // The leaf is the device's own: nobody but the device could answer for it.
    answer_for(maker.context(), maker.root(), maker.identity().certificate, "device-identity.ocsp");
    answer_for(maker.context(), maker.identity(), maker.provisioner().certificate, "device-provisioner.ocsp");
    answer_for(maker.context(), maker.provisioner(), device_certificate, "device-brom.ocsp");
    const auto& rim = signer.authorities();
    answer_for(signer.context(), rim[3], rim[2].certificate, "rim-ca.ocsp");
    answer_for(signer.context(), rim[2], rim[1].certificate, "rim-l3.ocsp");
    answer_for(signer.context(), rim[1], rim[0].certificate, "rim-signer.ocsp");
    out.judged_at = gpu::world_epoch + std::chrono::hours{1};
    return out;
}

}  // namespace

std::shared_ptr<const Supply> make_supply(std::string_view profile, std::uint64_t seed) {
    const gpu::Chip& chip = chip_of(profile);
    auto provisioning = std::make_shared<const gpu::Provisioning>(chip, seed);
    Published published = publish(chip, store(seed, std::endian::big), provisioning->device_certificate);
    return std::make_shared<const Supply>(std::move(provisioning), std::move(published));
}

struct GpuPlatform::Parts {
    Parts(const gpu::Chip& chip, std::uint64_t seed, std::shared_ptr<const Supply> given)
        : supply(std::move(given)),
          gpu("gpu", chip, seed, times, recorder, supply ? supply->provisioning : nullptr),
          link("pcie", times.time("pcie.config")),
          host_seed(seed) {
        host.cpu.socket.bind(link.from_host);
        link.to_device.bind(gpu.socket());
        gpu.reset.bind(reset);
    }

    std::shared_ptr<const Supply> supply;  // null: made when asked for
    Recorder recorder;
    kernel::TimingProfile times = timing();
    sc_core::sc_signal<bool> reset{"reset", false};
    HostModule host{"host", times, recorder};
    gpu::RootOfTrustModule gpu;
    PcieLinkModule link;
    kernel::Reaper reaper;

    bool ended = false;
    std::uint64_t host_seed, host_boots = 0;
    // Of the host's software since the last reset; what is below draws from what is above it.
    std::optional<crypto::Drbg> host_random;
    std::optional<crypto::Context> host_context;
    std::optional<spdm::Requester> requester;  // of the session
    std::uint16_t sessions = 0;

    void begin_host() {
        requester.reset();
        host_context.reset();
        host_random.emplace(store(host_seed, std::endian::big), "host/" + std::to_string(host_boots++));
        host_context.emplace(*host_random);
        sessions = 0;
    }
};

GpuPlatform::GpuPlatform(std::string_view profile, std::uint64_t seed, std::shared_ptr<const Supply> supply)
    : parts_(std::make_unique<Parts>(chip_of(profile), seed, std::move(supply))) {}

GpuPlatform::~GpuPlatform() { end(); }

void GpuPlatform::end() {
    try {
        if (!std::exchange(parts_->ended, true)) parts_->reaper.reap();
    } catch (const std::exception&) {
        // An exception has left sc_start before: that simulation cannot unwind its threads any more.
    }
}

void GpuPlatform::power_on_reset() {
    Parts& p = *parts_;
    p.recorder.begin();
    p.host.forget();
    p.begin_host();
    // Threads wait from the first start on: no notification is lost.
    if (sc_core::sc_get_status() < sc_core::SC_RUNNING) sc_core::sc_start(sc_core::SC_ZERO_TIME);
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

Result<Nothing, LinkError> GpuPlatform::converse(spdm::Requester& requester) {
    Result<Nothing, LinkError> outcome = Nothing{};
    parts_->host.run([&](HostModule& host) { outcome = host.converse(requester); });
    if (outcome) return outcome;
    if (const auto& refusal = device().refusal())
        return LinkError{LinkError::Kind::refused,
                         "the boot ROM refused " + refusal->stage + ": " + refusal->what};
    return outcome.error();
}

gpu::Evidence GpuPlatform::evidence(const spdm::Nonce& nonce, const spdm::Requester& requester) const {
    gpu::Evidence out{device().chip().arch, {nonce.begin(), nonce.end()}, requester.report(), {}};
    const auto& root_first = requester.certificates();
    for (auto c = root_first.rbegin(); c != root_first.rend(); ++c) out.chain_pem += c->pem();
    return out;
}

Result<gpu::Evidence, LinkError> GpuPlatform::collect(const spdm::Nonce& nonce) {
    parts_->requester.reset();  // GET_VERSION ends the session
    spdm::RequesterPlan plan;
    plan.nonce = nonce;
    spdm::Requester requester{std::move(plan)};
    if (const auto outcome = converse(requester); !outcome) return outcome.error();
    return evidence(nonce, requester);
}

Result<Nothing, LinkError> GpuPlatform::establish_session() {
    Parts& p = *parts_;
    if (!p.host_context) p.begin_host();
    spdm::RequesterPlan plan;
    plan.flags = spdm::session_flags;
    plan.summary = 0xFF;
    plan.session_id = ++p.sessions;
    plan.steps.assign(spdm::session_steps.begin(), spdm::session_steps.end());
    p.requester.emplace(std::move(plan), &*p.host_context);
    auto outcome = converse(*p.requester);
    if (!outcome) p.requester.reset();
    return outcome;
}

Result<Nothing, LinkError> GpuPlatform::in_session(const std::function<void(spdm::Requester&)>& add) {
    Parts& p = *parts_;
    if (session_export_secret().empty())
        return LinkError{LinkError::Kind::refused, "no session is established"};
    add(*p.requester);
    auto outcome = converse(*p.requester);
    if (!outcome) p.requester.reset();  // nothing is sent after an answer that was not accepted
    return outcome;
}

Result<Bytes, LinkError> GpuPlatform::exchange_secured(ByteView plain) {
    if (plain.size() < spdm::header_size)
        return LinkError{LinkError::Kind::refused, "shorter than an SPDM header"};
    if (const auto outcome = in_session([&](spdm::Requester& r) {
            r.ask({plain.begin(), plain.end()});
        });
        !outcome)
        return outcome.error();
    return parts_->requester->answer();
}

Result<gpu::Evidence, LinkError> GpuPlatform::collect_in_session(const spdm::Nonce& nonce) {
    if (const auto outcome = in_session([&](spdm::Requester& r) { r.measure(nonce); }); !outcome)
        return outcome.error();
    return evidence(nonce, *parts_->requester);
}

Result<Nothing, LinkError> GpuPlatform::end_session() {
    auto outcome = in_session([](spdm::Requester& r) { r.then(spdm::Step::end_session); });
    parts_->requester.reset();
    return outcome;
}

ByteView GpuPlatform::session_export_secret() const {
    const auto& requester = parts_->requester;
    const spdm::Session* session = requester ? std::as_const(*requester).session() : nullptr;
    return session != nullptr ? session->export_master_secret() : ByteView{};
}

bool GpuPlatform::load_firmware(std::string_view stage, unsigned change) {
    return parts_->gpu.core().firmware().load(stage, change);
}

void GpuPlatform::roll_back_firmware() { parts_->gpu.core().firmware().roll_back(); }

void GpuPlatform::set_cc_mode(gpu::CcMode mode) { parts_->gpu.core().settings().mode = mode; }

void GpuPlatform::set_debug(bool enabled) { parts_->gpu.core().settings().debug_enabled = enabled; }

void GpuPlatform::restore() {
    parts_->host_boots = 0;
    parts_->gpu.core().restore();
}

std::vector<Event> GpuPlatform::take_events() { return parts_->recorder.take_events(); }

std::string GpuPlatform::waves() const { return parts_->recorder.waves(); }

Recorder& GpuPlatform::recorder() { return parts_->recorder; }

const gpu::RootOfTrust& GpuPlatform::device() const { return std::as_const(parts_->gpu).core(); }

Published GpuPlatform::published() const {
    if (parts_->supply) return parts_->supply->published;
    return publish(device().chip(), device().seed(), device().device_certificate());
}

}  // namespace assay::platform
