// Where shared test data lies.
#include "sim/base/shared_data.hpp"

#include <cstdlib>

namespace assay {

std::optional<std::filesystem::path> shared_data(std::string_view relative) {
    const auto folder = [](const char* variable) -> std::optional<std::filesystem::path> {
        const char* value = std::getenv(variable);
        if (value == nullptr || *value == '\0') return {};
        return value;
    };
    const auto source = folder("ASSAY_SOURCE").value_or(std::filesystem::path{"."});
    const auto file = folder("ASSAY_SHARED").value_or(source / ".." / "shared") / relative;
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return {};
    return file;
}

}  // namespace assay
