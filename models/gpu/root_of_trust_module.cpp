#include "models/gpu/root_of_trust_module.hpp"

namespace assay::gpu {
namespace {

using spdm::doe::Type;

constexpr std::array doe_features{
    spdm::doe::Feature{spdm::doe::vendor_pci_sig, Type::discovery},
    spdm::doe::Feature{spdm::doe::vendor_pci_sig, Type::cma_spdm},
    spdm::doe::Feature{spdm::doe::vendor_pci_sig, Type::secured_cma_spdm},
};

/// Which figure of the profile an SPDM request costs.
std::string_view figure_of(ByteView request) {
    if (request.size() < spdm::header_size) return "gpu.message";
    switch (static_cast<spdm::Code>(request[1])) {
        case spdm::Code::get_digests:
        case spdm::Code::get_certificate: return "gpu.certificate";
        case spdm::Code::challenge:
        case spdm::Code::key_exchange: return "gpu.sign";
        case spdm::Code::get_measurements: return (request[2] & 1) != 0 ? "gpu.sign" : "gpu.message";
        default: return "gpu.message";
    }
}

std::string boot_figure(std::string_view stage) { return "gpu.boot." + std::string{stage}; }

}  // namespace

RootOfTrustModule::RootOfTrustModule(const sc_core::sc_module_name& name, const Chip& chip,
                                     std::uint64_t seed, const kernel::TimingProfile& profile, Probe& probe,
                                     std::shared_ptr<const Provisioning> provisioning)
    : sc_module(name),
      core_(chip, seed, std::move(provisioning)),
      profile_(profile),
      probe_(probe),
      doe_("doe", doe_offset, profile.time("doe.register"), *this, probe) {
    for (const auto figure : {"doe.discovery", "gpu.message", "gpu.certificate", "gpu.sign", "gpu.boot.rom"})
        (void)profile.time(figure);
    for (const Stage& stage : chip.stages) (void)profile.time(boot_figure(stage.name));

    sc_core::sc_spawn_options on_pin;
    on_pin.spawn_method();
    on_pin.dont_initialize();
    on_pin.set_sensitivity(&reset);
    sc_core::sc_spawn([this] { on_reset(); }, "on_reset", &on_pin);
    sc_core::sc_spawn_options on_stage;
    on_stage.spawn_method();
    on_stage.dont_initialize();
    on_stage.set_sensitivity(&boot_);
    sc_core::sc_spawn([this] { on_boot(); }, "on_boot", &on_stage);
}

void RootOfTrustModule::tell(Event::Kind kind, std::string name, Event::Outcome outcome, std::string detail) {
    Event event;
    event.kind = kind;
    event.actor = "gpu";
    event.name = std::move(name);
    event.outcome = outcome;
    event.detail = std::move(detail);
    probe_.event(std::move(event));
}

void RootOfTrustModule::on_reset() {
    boot_.cancel();
    if (reset.read()) {
        core_.power_on_reset();
        doe_.reset();
        stage_ = 0;
        probe_.wave("gpu.reset", 1, 1);
        probe_.wave("gpu.boot.stage", 8, 0);
        probe_.wave("gpu.boot.done", 1, 0);
        probe_.wave("gpu.boot.refused", 1, 0);
        probe_.wave("gpu.cc_mode", 2, static_cast<std::uint64_t>(core_.mode()));
        probe_.wave("gpu.spdm.state", 2, 0);
        probe_.wave("gpu.spdm.session", 1, 0);
        tell(Event::Kind::action, "power-on reset", Event::Outcome::ok,
             "cc mode " + std::string{gpu::name(core_.mode())});
        return;
    }
    probe_.wave("gpu.reset", 1, 0);
    await_stage(0);
}

void RootOfTrustModule::await_stage(std::size_t stage) {
    stage_ = stage;
    boot_.notify(profile_.time(boot_figure(stage == 0 ? "rom" : core_.chip().stages[stage - 1].name)));
}

void RootOfTrustModule::on_boot() {
    const auto ran = core_.boot_stage();
    if (!ran) {
        probe_.wave("gpu.boot.refused", 1, 1);
        tell(Event::Kind::state, "boot refused at " + ran.error().stage, Event::Outcome::refused,
             ran.error().what);
        return;
    }
    probe_.wave("gpu.boot.stage", 8, stage_ + 1);
    tell(Event::Kind::state, "boot " + std::string{*ran}, Event::Outcome::ok, "measured");
    if (core_.booted()) {
        probe_.wave("gpu.boot.done", 1, 1);
        tell(Event::Kind::state, "boot finished", Event::Outcome::ok,
             "driver " + core_.state().driver_version + ", VBIOS " + core_.state().vbios_version);
    } else {
        await_stage(stage_ + 1);
    }
}

std::span<const spdm::doe::Feature> RootOfTrustModule::features() const { return doe_features; }

sc_core::sc_time RootOfTrustModule::accept(Type type, ByteView body) {
    if (type == Type::discovery) return profile_.time("doe.discovery");
    if (type == Type::secured_cma_spdm)
        return profile_.time("gpu.message");  // what is inside is not seen here
    return profile_.time(figure_of(body));
}

std::optional<Bytes> RootOfTrustModule::answer(Type type, ByteView body) {
    if (type == Type::discovery) return spdm::doe::discover(doe_features, body);
    const bool secured = type == Type::secured_cma_spdm;
    auto out = secured ? core_.secured(body) : std::optional{core_.spdm(body)};
    probe_.wave("gpu.spdm.state", 2, static_cast<std::uint64_t>(core_.connection_state()));
    probe_.wave("gpu.spdm.session", 1, core_.session_export_secret().empty() ? 0 : 1);
    if (out && !out->empty()) return out;
    tell(Event::Kind::note, secured ? "no answer to a record" : "no SPDM answer", Event::Outcome::refused,
         !core_.booted() ? "the boot is not finished"
         : secured       ? "of no session that there is"
                         : "shorter than a header");
    return std::nullopt;
}

}  // namespace assay::gpu
