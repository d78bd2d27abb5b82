// Why a request gets ERROR (DSP0274, ERROR response message).
#pragma once
#include "models/spdm/messages.hpp"
#include "sim/base/result.hpp"

namespace assay::spdm {

/// Its code, Param2, and extended data.
struct Refusal {
    Refusal(ErrorCode why, std::uint8_t param2 = 0, Bytes more = {})
        : code(why), data(param2), extended(std::move(more)) {}
    ErrorCode code;
    std::uint8_t data;
    Bytes extended;
};
using Answer = Result<Bytes, Refusal>;

}  // namespace assay::spdm
