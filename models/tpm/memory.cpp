#include "models/tpm/memory.hpp"

#include <stdexcept>

#include "models/tpm/object.hpp"
#include "sim/labels/label_oracle.hpp"

namespace assay::tpm {
namespace {

constexpr std::size_t auth_size = 64, granule = SavedObject::most;

labels::StoreSpec spec(const Config& config, std::string_view part, labels::StoreKind kind,
                       std::size_t capacity) {
    return {config.store_name + "." + std::string{part}, kind, capacity, kind != labels::StoreKind::flash};
}
std::size_t persistent_size(const Config& config) {
    constexpr std::size_t hierarchies = 16;  // seeds, proofs, authValues; some twice while they are replaced
    return granule * (hierarchies + config.persistent_objects);
}
std::size_t ram_size(const Config& config) {
    constexpr std::size_t on_its_way = 4, of_sequence = 2;
    return granule *
           (of_sequence * config.object_slots + most_kept_primaries + config.active_sessions + on_its_way);
}

}  // namespace

Estate estate_of(Handle hierarchy) {
    switch (hierarchy) {
        case rh::owner: return Estate::owner;
        case rh::endorsement: return Estate::endorsement;
        case rh::platform: return Estate::platform;
        default: return Estate::null;
    }
}

Estate estate_of_auth(Handle hierarchy) {
    switch (hierarchy) {
        case rh::owner:
        case rh::lockout: return Estate::owner;
        case rh::endorsement: return Estate::endorsement;
        default: return Estate::firmware;
    }
}

Memory::Memory(const Config& config)
    : own_(config.registry == nullptr ? std::make_unique<OwnRegistry>() : nullptr),
      registry_(own_ ? own_->registry : *config.registry),
      power_cycles_(registry_.power_cycles()),
      persistent(registry_, spec(config, "persistent", labels::StoreKind::flash, persistent_size(config)),
                 granule),
      nv(registry_, spec(config, "nv", labels::StoreKind::flash, 2 * config.nv_space)),
      ram(registry_, spec(config, "ram", labels::StoreKind::sram, ram_size(config)), granule) {
    registry_.exempt({config.store_name + ".openssl", 0,
                      "decoded keys and running hashes are OpenSSL's, which wipes them; the process-memory "
                      "oracle looks there"});
    for (labels::Subject& subject : subjects_) subject = admitted();
}

Memory::~Memory() {
    if (!is_known()) return;
    for (const labels::Subject& subject : subjects_) static_cast<void>(registry_.release(subject));
}

labels::Subject Memory::admitted() {
    const auto subject = registry_.admit();
    if (subject) return *subject;
    for (const labels::Subject& one : subjects_)
        if (one.generation != 0) static_cast<void>(registry_.release(one));
    throw std::length_error("a TPM's memory: " + subject.error().text());
}

std::size_t Memory::index_size(std::size_t data_size) {
    constexpr std::size_t gap = 16;
    return auth_size + data_size + gap;
}

labels::Held Memory::nv_auth(Estate estate, ByteView auth) {
    Secret whole{auth_size};
    std::ranges::copy(auth, whole.bytes().begin());
    return nv.hold(std::as_const(whole).bytes(), secret_of(estate));
}

Result<Nothing, labels::Refusal> Memory::require_end(Estate estate) {
    std::vector<labels::Finding> left =
        labels::sweep_slot(registry_, subjects_.at(static_cast<std::size_t>(estate)).secret);
    if (left.empty()) return Nothing{};
    labels::Refusal refusal{"E_RESIDUE", std::to_string(left.size()) + " ranges are still labelled",
                            left.front().store + " at " + std::to_string(left.front().range.at),
                            "no byte of secrets that have ended"};
    for (labels::Finding& finding : left) registry_.add(std::move(finding));
    return refusal;
}

void Memory::power_on() {
    if (is_known()) return;
    power_cycles_ = registry_.power_cycles();
    const auto before = subjects_;
    for (labels::Subject& subject : subjects_) subject = admitted();
    const auto next = [&](const labels::Label& label) {
        for (std::size_t i = 0; i < estate_count; ++i)
            if (label.byte == before.at(i).secret) return secret_of(static_cast<Estate>(i));
        return labels::unknown;
    };
    for (labels::Vault* vault : {&persistent, &nv, &ram}) vault->relabel(next);
}

}  // namespace assay::tpm
