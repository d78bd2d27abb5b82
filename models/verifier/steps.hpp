// The steps of an appraisal, in NVIDIA's order (C++ SDK): one row each.
#pragma once
#include <span>

#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier {

struct StepRow {
    std::string_view id, title;
    enum class Of : std::uint8_t { both, gpu, nvswitch } of = Of::both;
};
std::span<const StepRow> step_rows();

}  // namespace assay::verifier
