// Where bytes leave the trust boundary, and what may.
#pragma once
#include <span>

#include "sim/labels/label.hpp"

namespace assay::labels {

enum class Sink : std::uint8_t {
    pcie,
    bounce_ring,
    nic,
    kms_wire,
    doorbell,
    log,
    error_text,
    metrics,
    trace,
    dump,
    disk,
    debug,
    derived_value,
};

/// What opens what it seals. A kind that has no sink declassifies nothing.
enum class KeyKind : std::uint8_t {
    hpke_response,    // the response of an encapsulated request
    channel_session,  // secured channel between guest and GPU
    boot_disk,        // random for each boot, never stored
    tenant_wrap,      // released by the KMS
    model,            // opens weights
    other,
};
std::string_view name(KeyKind kind);

struct SinkRule {
    Sink sink{};
    std::string_view name;
    std::string_view data_code;    // a request's data crossed in the clear
    std::string_view secret_code;  // a key or a credential did
    std::span<const KeyKind> sealed_by;
};
/// One row per sink.
std::span<const SinkRule> sink_rules();
const SinkRule& rule(Sink sink);
/// Whether what a key of this kind sealed may go there as clean bytes.
bool declassifies(KeyKind kind, Sink sink);

}  // namespace assay::labels
