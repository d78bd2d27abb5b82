#include "sim/kernel/timing_profile.hpp"

#include <array>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace assay::kernel {
namespace {

const std::map<std::string, sc_core::sc_time_unit, std::less<>>& units() {
    static const std::map<std::string, sc_core::sc_time_unit, std::less<>> all{{"ps", sc_core::SC_PS},
                                                                               {"ns", sc_core::SC_NS},
                                                                               {"us", sc_core::SC_US},
                                                                               {"ms", sc_core::SC_MS},
                                                                               {"s", sc_core::SC_SEC}};
    return all;
}

const std::set<std::string, std::less<>> certainties{"verified", "read", "derived", "assumed"};

}  // namespace

Result<TimingProfile, std::string> TimingProfile::from_json(std::string_view json) try {
    const auto document = nlohmann::json::parse(json);
    TimingProfile out;
    out.id_ = document.at("id").get<std::string>();
    const auto& parameters = document.at("parameters");
    for (const auto& [name, p] : parameters.items()) {
        Parameter parameter{p.at("value").get<double>(), p.at("unit").get<std::string>(),
                            p.at("source").get<std::string>(), p.at("certainty").get<std::string>()};
        if (!units().contains(parameter.unit)) return name + ": unknown unit " + parameter.unit;
        if (!certainties.contains(parameter.certainty))
            return name + ": unknown certainty " + parameter.certainty;
        if (!(parameter.value >= 0)) return name + ": negative value";
        out.parameters_.emplace(name, std::move(parameter));
    }
    return out;
} catch (const nlohmann::json::exception& e) {
    return std::string{"timing profile: "} + e.what();
}

sc_core::sc_time TimingProfile::time(std::string_view name) const {
    const auto found = parameters_.find(name);
    if (found == parameters_.end())
        throw std::out_of_range("timing profile " + id_ + " has no parameter " + std::string{name});
    return {found->second.value, units().find(found->second.unit)->second};
}

}  // namespace assay::kernel
