#include "sim/labels/sink.hpp"

#include <algorithm>
#include <array>

namespace assay::labels {
namespace {

constexpr std::array channel{KeyKind::channel_session}, response{KeyKind::hpke_response},
    wrap{KeyKind::tenant_wrap}, boot{KeyKind::boot_disk};
constexpr std::span<const KeyKind> nothing{};

constexpr std::array table{
    SinkRule{Sink::pcie, "pcie", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", channel},
    SinkRule{Sink::bounce_ring, "bounce-ring", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", channel},
    SinkRule{Sink::nic, "nic", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", response},
    SinkRule{Sink::kms_wire, "kms-wire", "E_PLAINTEXT_KEY", "E_PLAINTEXT_KEY", wrap},
    SinkRule{Sink::doorbell, "doorbell", "E_PLAINTEXT_EGRESS", "E_PLAINTEXT_KEY", nothing},
    SinkRule{Sink::log, "log", "E_LOG_CONTENT", "E_LOG_SECRET", nothing},
    SinkRule{Sink::error_text, "error-text", "E_ECHO", "E_ECHO", nothing},
    SinkRule{Sink::metrics, "metrics", "E_METRIC_LABEL", "E_METRIC_LABEL", nothing},
    SinkRule{Sink::trace, "trace", "E_TRACE_CONTENT", "E_TRACE_CONTENT", nothing},
    SinkRule{Sink::dump, "dump", "E_RESIDUE", "E_RESIDUE", nothing},
    SinkRule{Sink::disk, "disk", "E_STATE_PERSIST", "E_STATE_PERSIST", boot},
    SinkRule{Sink::debug, "debug", "E_DENIED_DEBUG", "E_DENIED_DEBUG", nothing},
    SinkRule{Sink::derived_value, "derived-value", "E_DERIVED_EGRESS", "E_DERIVED_EGRESS", nothing},
};

constexpr bool rows_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table[i].sink != static_cast<Sink>(i)) return false;
    return true;
}
static_assert(rows_in_order());

}  // namespace

std::string_view name(KeyKind kind) {
    constexpr std::array<std::string_view, 6> names{"hpke-response", "channel-session", "boot-disk",
                                                    "tenant-wrap",   "model",           "other"};
    return names.at(static_cast<std::size_t>(kind));
}

std::span<const SinkRule> sink_rules() { return table; }
const SinkRule& rule(Sink sink) { return table.at(static_cast<std::size_t>(sink)); }

bool declassifies(KeyKind kind, Sink sink) {
    return std::ranges::find(rule(sink).sealed_by, kind) != rule(sink).sealed_by.end();
}

}  // namespace assay::labels
