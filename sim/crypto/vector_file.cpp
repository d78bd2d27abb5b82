// Reading published vectors.
#include "sim/crypto/vector_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace assay::crypto {
namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string{text.substr(first, text.find_last_not_of(" \t\r") - first + 1)};
}

std::ifstream open_file(const std::filesystem::path& file) {
    std::ifstream in{file};
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return in;
}

Bytes digits(std::string hex) {
    if (hex.size() % 2 != 0) hex.insert(0, 1, '0');
    auto bytes = from_hex(hex);
    if (!bytes) throw std::runtime_error("not hexadecimal: " + hex.substr(0, 40));
    return *std::move(bytes);
}

}  // namespace

std::optional<std::filesystem::path> vector_folder() {
    const char* chosen = std::getenv("ASSAY_CRYPTOGRAPHY_VECTORS");
    const std::filesystem::path folder =
        chosen != nullptr ? chosen : "/usr/lib/python3/dist-packages/cryptography_vectors";
    if (std::filesystem::is_directory(folder)) return folder;
    fmt::print("skipped: python3-cryptography-vectors is not installed\n");
    return {};
}

const std::string& Vector::text(const std::string& name) const {
    const auto found = values.find(name);
    if (found == values.end()) throw std::runtime_error(place + ": no " + name);
    return found->second;
}

Bytes Vector::bytes(const std::string& name) const {
    const std::string& value = text(name);
    if (value.size() < 2 || value.front() != '"') return digits(value);
    const ByteView quoted = as_bytes(value).subspan(1, value.size() - 2);
    return {quoted.begin(), quoted.end()};
}

std::size_t Vector::number(const std::string& name) const {
    const std::string& value = text(name);
    std::size_t number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{})
        throw std::runtime_error(place + ": not a number: " + value);
    return number;
}

std::vector<Vector> read_vectors(const std::filesystem::path& file, const std::string& first,
                                 const std::vector<std::string>& shared) {
    std::vector<Vector> out;
    std::map<std::string, std::string> outside;
    bool inside = false;
    std::size_t line_number = 0;
    std::ifstream in = open_file(file);
    for (std::string line; std::getline(in, line);) {
        ++line_number;
        line = trimmed(line);
        if (line.empty() || line[0] == '#') continue;
        const bool bracket = line.front() == '[' && line.back() == ']';
        if (bracket) line = trimmed(std::string_view{line}.substr(1, line.size() - 2));
        const std::size_t equals = line.find('=');
        const std::string name = equals == std::string::npos && bracket
                                     ? (line.starts_with("B.") ? "[method]" : "[]")
                                     : trimmed(line.substr(0, equals));
        const std::string value = equals == std::string::npos && bracket ? line
                                  : equals == std::string::npos          ? std::string{}
                                                                         : trimmed(line.substr(equals + 1));
        if (bracket || std::ranges::find(shared, name) != shared.end()) {
            inside = false;
            outside[name] = value;
            continue;
        }
        if (name == first) {
            inside = true;
            out.push_back({fmt::format("{}:{}", file.filename().string(), line_number), outside});
        }
        if (inside) out.back().values[name] = value;
    }
    return out;
}

std::vector<std::pair<std::string, Bytes>> read_labelled(const std::filesystem::path& file) {
    std::vector<std::pair<std::string, Bytes>> out;
    std::string label, hex;
    const auto close = [&] {
        if (!label.empty() && !hex.empty()) out.emplace_back(label, digits(hex));
        hex.clear();
    };
    std::ifstream in = open_file(file);
    for (std::string line; std::getline(in, line);) {
        line = trimmed(line);
        if (line.empty()) continue;
        if (line[0] == '#') {
            close();
            label = line.back() == ':' ? trimmed(std::string_view{line}.substr(1, line.size() - 2))
                                       : std::string{};
        } else if (!label.empty()) {
            std::erase(line, ' ');
            hex += line;
        }
    }
    close();
    return out;
}

std::optional<Hash> hash_named(std::string_view text) {
    std::string plain;
    for (const char c : text)
        if (c != '-') plain += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
        std::string own{name(hash)};
        std::erase(own, '-');
        if (own == plain) return hash;
    }
    return {};
}

void Tally::check(bool good, const std::string& place) {
    ++checked_;
    if (!good) BOOST_ERROR(name_ + ": " + place);
}

void Tally::finish() const {
    std::size_t total = 0;
    std::string reasons;
    for (const auto& [why, count] : skipped_) {
        total += count;
        reasons += fmt::format("{}{}: {}", reasons.empty() ? " (" : ", ", why, count);
    }
    fmt::print("vectors: {} {} checked, {} skipped{}\n", name_, checked_, total,
               reasons.empty() ? "" : reasons + ")");
    BOOST_TEST(checked_ > 0, name_ << ": no vector was checked");
}

}  // namespace assay::crypto
