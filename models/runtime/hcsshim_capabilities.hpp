// What hcsshim's null stands for.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace assay::runtime {

/// The five sets of a container whose request or policy names none: the usual fourteen, or all.
nlohmann::json default_capabilities(bool privileged);

}  // namespace assay::runtime
