// The release policy of key management services on CCF: lists of allowed values, and lower bounds.
//
//     {"claims": {"x-ms-ver": ["2", "3"], "x-ms-sevsnpvm-is-debuggable": false},
//      "gte": {"x-ms-sevsnpvm-guestsvn": "2"}, "gt": {}}
#pragma once
#include <map>

#include "models/kms/strict_json.hpp"

namespace assay::kms {

class CcfPolicy {
public:
    /// Refuses names that such a service does not know, values that are no text, integer or boolean, and a
    /// policy without claims, which would hold for everybody. The error is one line.
    static Result<CcfPolicy, std::string_view> parse(ByteView json);

    /// Every name in `claims` is there and equals one of its values, both as text; every bound holds, text
    /// converted to integers. `claims` are those of the isolation layer, at top level.
    bool allows(const nlohmann::json& claims) const;

private:
    std::map<std::string, std::vector<std::string>> claims_;
    std::map<std::string, std::int64_t> at_least_, above_;
};

}  // namespace assay::kms
