#include "models/gpu/hbm.hpp"

#include "models/gpu/transfer.hpp"

namespace assay::gpu {
namespace {

using labels::StoreKind;

constexpr std::size_t slot_bytes = header_size + slot_payload + 2 * tag_size;

labels::StoreSpec part(const HbmSpec& spec, std::string_view name, StoreKind kind, std::size_t capacity) {
    return {spec.name + "." + std::string{name}, kind, capacity, true, {}};
}

}  // namespace

Hbm::Hbm(labels::Registry& registry, const HbmSpec& the_spec)
    : spec(the_spec),
      weights(registry, part(spec, "hbm.weights", StoreKind::hbm, spec.weights)),
      activations(registry, part(spec, "hbm.activations", StoreKind::hbm, spec.activations)),
      kv(registry, part(spec, "hbm.kv", StoreKind::hbm, spec.kv)),
      staging(registry, part(spec, "hbm.staging", StoreKind::hbm, spec.staging)),
      shared(registry, part(spec, "sm.shared", StoreKind::sram, spec.shared)),
      fifo(registry, part(spec, "ce.fifo", StoreKind::fifo, slot_bytes)),
      scratch(registry, part(spec, "ce.scratch", StoreKind::fifo, slot_bytes)),
      keys(registry, spec.name + ".keys", 8) {}

void Hbm::power_cycle() {
    for (labels::LabelledStore* store : {&weights, &activations, &kv, &staging, &shared, &fifo, &scratch})
        store->power_cycle();
    keys.power_cycle();
}

std::size_t Hbm::state_bytes() const {
    std::size_t out = keys.store().capacity();
    for (const labels::LabelledStore* store :
         {&weights, &activations, &kv, &staging, &shared, &fifo, &scratch})
        out += store->capacity();
    return out;
}

}  // namespace assay::gpu
