#include "models/platform/scenario.hpp"

#include <algorithm>
#include <array>

namespace assay::platform {
namespace {

constexpr std::array<StageInfo, 6> stage_table{{
    {"power-on", "Everything is as power-on leaves it"},
    {"boot", "GPU and confidential VM have booted and measured what runs"},
    {"attest", "The verifier accepts the evidence of VM and GPU and issues a token"},
    {"release", "The KMS releases prompt key and model key to the attested state"},
    {"admit", "The runtime admits the inference container, and the model lies in the GPU's memory"},
    {"serve", "A sealed prompt is answered, and nothing of it remains"},
}};

}  // namespace

std::span<const StageInfo> stages() { return stage_table; }
std::string_view name(Stage stage) { return stage_table.at(static_cast<std::size_t>(stage)).name; }

std::optional<Stage> stage_named(std::string_view name) {
    const auto found = std::ranges::find(stage_table, name, &StageInfo::name);
    if (found == stage_table.end()) return std::nullopt;
    return static_cast<Stage>(found - stage_table.begin());
}

std::string Refusal::text() const {
    return component + " refuses at " + std::string{name(stage)} + ": " + code + ": " + what;
}

const ScenarioFault* find_fault(std::string_view id) {
    const auto found = std::ranges::lower_bound(scenario_faults(), id, {}, &ScenarioFault::id);
    return found != scenario_faults().end() && found->id == id ? &*found : nullptr;
}

}  // namespace assay::platform
