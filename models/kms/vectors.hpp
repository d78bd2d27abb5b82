// For tests: the shared vectors of key release, read in place.
#pragma once
#include <cstdio>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::kms::vectors {

/// True when the data is there; else says that the test is skipped.
inline bool present() {
    if (shared_data("vectors/key-release/MANIFEST.md")) return true;
    std::puts("skipped: shared data vectors/key-release");
    return false;
}

/// A file of vectors/key-release, which is present().
inline Bytes file(const std::string& name) {
    const auto path = shared_data("vectors/key-release/" + name);
    if (!path) throw std::runtime_error("no file " + name);
    return *read_file(*path, 1 << 20);
}

inline nlohmann::json document(const std::string& name) { return nlohmann::json::parse(as_text(file(name))); }

inline Bytes hex(const nlohmann::json& text) { return from_hex(text.get<std::string>()).value(); }

}  // namespace assay::kms::vectors
