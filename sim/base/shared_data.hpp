// Test data that several projects share and that is not part of this repository.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

namespace assay {

/// The file or folder `relative` in $ASSAY_SHARED, else in `shared` beside the source tree ($ASSAY_SOURCE, or
/// the current folder). Nothing when it is not there.
std::optional<std::filesystem::path> shared_data(std::string_view relative);

}  // namespace assay
