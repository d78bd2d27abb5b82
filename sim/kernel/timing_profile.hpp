// How long things take: the figures of one platform, as data.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <systemc>

#include "sim/base/result.hpp"

namespace assay::kernel {

/// Every figure of a platform, with where it comes from. A model asks by name and has no figure of its own.
///
///     { "id": "h100-doe", "parameters": { "doe.register": { "value": 250, "unit": "ns",
///       "source": "...", "certainty": "assumed" } } }
class TimingProfile {
public:
    struct Parameter {
        double value = 0;
        std::string unit;  // ps, ns, us, ms, s
        std::string source;
        std::string certainty;  // verified, read, derived, assumed
    };

    /// Refuses, with one line that says why, what is not JSON of that form, an unknown unit or certainty, and
    /// a negative value.
    static Result<TimingProfile, std::string> from_json(std::string_view json);

    const std::string& id() const { return id_; }
    /// Throws std::out_of_range that names the parameter when the profile has no such figure.
    sc_core::sc_time time(std::string_view name) const;
    const std::map<std::string, Parameter, std::less<>>& parameters() const { return parameters_; }

private:
    std::string id_;
    std::map<std::string, Parameter, std::less<>> parameters_;
};

}  // namespace assay::kernel
