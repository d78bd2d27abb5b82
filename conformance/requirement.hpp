// The requirement catalogue: what a target must do, said in one sentence that a case can prove wrong, with
// its source.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::conformance {

enum class Level : std::uint8_t { must, should, may };
std::string_view name(Level level);  // "MUST", "SHOULD", "MAY"

struct Control {
    std::string framework;  // "nist-800-53-r5"
    std::string id;         // "IA-3(4)"
    auto operator<=>(const Control&) const = default;
};

struct Requirement {
    std::string id;      // AREA-TOPIC-NNN, never reused
    std::string family;  // token of the control mapping: "attestation"
    Level level{};
    std::string text;
    struct Source {
        std::string document;
        std::string version;  // empty where the document has none
        std::string section;
    } source;
    std::string stage;  // V1, V2, V2S, V3, or empty
    std::vector<Control> controls;
};

/// The built-in catalogue (conformance/requirements/*.json), by id. Throws std::runtime_error that names file
/// and member when a file is malformed, an id is used twice, or a family has no controls.
const std::vector<Requirement>& requirement_catalogue();
const Requirement* find_requirement(std::string_view id);

}  // namespace assay::conformance
