#include "conformance/targets/warm_supply.hpp"

#include <map>

namespace assay::conformance {
namespace {

using Supplies = std::map<std::pair<std::string, std::uint64_t>, std::shared_ptr<const platform::Supply>>;
Supplies& supplies() {
    static Supplies all;
    return all;
}

}  // namespace

void warm_supply(std::string_view profile, std::uint64_t seed) {
    auto& one = supplies()[{std::string{profile}, seed}];
    if (!one) one = platform::make_supply(profile, seed);
}

std::shared_ptr<const platform::Supply> supply_of(std::string_view profile, std::uint64_t seed) {
    const auto found = supplies().find({std::string{profile}, seed});
    return found == supplies().end() ? nullptr : found->second;
}

}  // namespace assay::conformance
