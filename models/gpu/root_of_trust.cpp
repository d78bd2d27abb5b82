#include "models/gpu/root_of_trust.hpp"

namespace assay::gpu {
namespace {

Bytes seed_bytes(std::uint64_t seed) {
    const auto raw = store(seed, std::endian::big);
    return {raw.begin(), raw.end()};
}

Fuses burnt_fuses(ByteView seed, const Chip& chip) {
    return burn_fuses(seed, chip.profile, chip.releases[0].security_version);
}

}  // namespace

Provisioning::Provisioning(const Chip& chip, std::uint64_t seed)
    : manufacturer(seed_bytes(seed), chip), device_certificate([&] {
          const Fuses fuses = burnt_fuses(seed_bytes(seed), chip);
          const auto identity = device_identity_key(manufacturer.context(), fuses);
          return manufacturer.endorse(identity.public_key(), fuses.device_id);
      }()) {}

RootOfTrust::RootOfTrust(const Chip& chip, std::uint64_t seed,
                         std::shared_ptr<const Provisioning> provisioning)
    : chip_(chip),
      seed_(seed_bytes(seed)),
      fuses_(burnt_fuses(seed_, chip)),
      firmware_(seed_, chip),
      provisioning_(provisioning ? std::move(provisioning)
                                 : std::make_shared<const Provisioning>(chip, seed)) {
    power_on_reset();
}

void RootOfTrust::power_on_reset() {
    responder_.reset();
    attester_.reset();
    rom_.reset();
    context_.reset();
    session_context_.reset();
    refusal_.reset();
    next_stage_ = 0;

    latched_ = settings_;
    fuses_.debug_enabled = latched_.debug_enabled;
    random_.emplace(seed_, std::string{chip_.profile} + "/device random/" + std::to_string(boots_++));
    rom_random_.emplace(seed_, std::string{chip_.profile} + "/rom random");
    context_.emplace(*rom_random_);
    session_context_.emplace(*random_);
    rom_.emplace(BootRom::Inputs{chip_, fuses_, firmware_, latched_.mode, *context_, manufacturer(),
                                 device_certificate()});
}

void RootOfTrust::restore() {
    firmware_.restore();
    settings_ = {};
    boots_ = 0;
    power_on_reset();
}

Result<std::string_view, BootRefusal> RootOfTrust::boot_stage() {
    if (refusal_) return *refusal_;
    if (next_stage_ == rom_->stages()) return std::string_view{};
    const std::string_view stage = rom_->stage_name(next_stage_);
    if (const auto ran = rom_->run(next_stage_); !ran) {
        refusal_ = ran.error();
        return *refusal_;
    }
    if (++next_stage_ == rom_->stages()) {
        attester_.emplace(chip_, rom_->take(), *session_context_);
        responder_.emplace(*attester_, settings_.records);
    }
    return stage;
}

Bytes RootOfTrust::spdm(ByteView request) { return responder_ ? responder_->execute(request) : Bytes{}; }

std::optional<Bytes> RootOfTrust::secured(ByteView record) {
    return responder_ ? responder_->execute_secured(record) : std::nullopt;
}

ByteView RootOfTrust::session_export_secret() const {
    const spdm::Session* session = responder_ ? responder_->established() : nullptr;
    return session != nullptr ? session->export_master_secret() : ByteView{};
}

spdm::State RootOfTrust::connection_state() const {
    return responder_ ? responder_->state() : spdm::State::not_started;
}

}  // namespace assay::gpu
