// Golden values against measurements.
#include <algorithm>

#include "models/verifier/device_state.hpp"

namespace assay::verifier {

std::vector<Comparison> compare(const gpu::Report& report, const std::vector<Goldens>& goldens,
                                bool skip_nvdec0) {
    std::vector<Comparison> out;
    for (const Goldens& g : goldens)
        for (const auto& [index, resource] : g.active) {
            Comparison c{index, g.source, resource->name, {}, {}, resource->alternatives, {}};
            const auto* const block = report.block(index + 1);
            if (block != nullptr) c.runtime = block->value;
            if (block == nullptr)
                c.outcome = Comparison::Outcome::missing;
            else if (std::ranges::find(resource->alternatives, block->value) == resource->alternatives.end())
                c.outcome = Comparison::Outcome::mismatch;
            else
                c.outcome = Comparison::Outcome::match;
            if (skip_nvdec0 && index == nvdec0_index && c.outcome != Comparison::Outcome::match) {
                c.note = std::string{name(c.outcome)} + ", which does not count while NVDEC0 is disabled";
                c.outcome = Comparison::Outcome::skipped;
            }
            out.push_back(std::move(c));
        }
    std::ranges::sort(out, {}, &Comparison::index);
    return out;
}

std::string_view name(Comparison::Outcome outcome) {
    constexpr std::array<std::string_view, 4> names{"match", "mismatch", "missing", "skipped"};
    return names.at(static_cast<std::size_t>(outcome));
}

}  // namespace assay::verifier
