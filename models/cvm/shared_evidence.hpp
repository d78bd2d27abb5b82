// For tests: recorded evidence of confidential VMs, read in place.
#pragma once
#include <cstdio>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::cvm::recorded {

/// True when vectors/`folder` is there; else says that the test is skipped.
inline bool present(std::string_view folder) {
    const std::string name = "vectors/" + std::string{folder};
    if (shared_data(name)) return true;
    std::puts(("skipped: shared data " + name).c_str());
    return false;
}

/// A file of vectors/, whose folder is present().
inline Bytes file(const std::string& name) {
    const auto path = shared_data("vectors/" + name);
    if (!path) throw std::runtime_error("no file " + name);
    return *read_file(*path, 1 << 22);
}

/// A part of a text archive (`-- name --`).
inline std::string archived(const std::string& archive, const std::string& part) {
    const Bytes bytes = file(archive);
    const std::string text{as_text(bytes)}, head = "-- " + part + " --\n";
    const auto begin = text.find(head);
    if (begin == std::string::npos) throw std::runtime_error("no " + part + " in " + archive);
    const auto end = text.find("\n-- ", begin + head.size());
    return text.substr(begin + head.size(), end == std::string::npos ? end : end - begin - head.size());
}

/// What is between the BEGIN and END lines.
inline Bytes armoured(const std::string& text) {
    const auto begin = text.find('\n', text.find("-----BEGIN")) + 1;
    return from_base64(std::string_view{text}.substr(begin, text.find("-----END") - begin), true).value();
}

}  // namespace assay::cvm::recorded
