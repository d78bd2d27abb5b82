// The memories of a modelled GPU that hold a request or a model.
#pragma once
#include "sim/labels/key_store.hpp"
#include "sim/labels/registry.hpp"

namespace assay::gpu {

/// Sizes in bytes; multiples of 64.
struct HbmSpec {
    std::string name = "gpu";  // of all stores: "gpu.hbm.kv"
    std::size_t weights = 4U << 20;
    std::size_t activations = 256U << 10;
    std::size_t kv = 1U << 20;         // of all contexts together
    std::size_t staging = 256U << 10;  // token lists, in and out, of all contexts together
    std::size_t shared = 128U << 10;   // shared memory of the compute units: attention scores
    std::size_t contexts = 2;          // requests that have memory at the same time
    bool operator==(const HbmSpec&) const = default;
};

struct Hbm {
    Hbm(labels::Registry& registry, const HbmSpec& the_spec);

    /// Everything comes up empty, as after a reset that scrubs.
    void power_cycle();
    std::size_t state_bytes() const;

    HbmSpec spec;
    labels::LabelledStore weights, activations, kv, staging, shared;
    /// Of the copy engine: a record as it came or goes, and what was opened of it.
    labels::LabelledStore fifo, scratch;
    labels::KeyStore keys;
};

}  // namespace assay::gpu
