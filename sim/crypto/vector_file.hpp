// The published test vectors of Debian's package python3-cryptography-vectors (NIST CAVP, RFCs, RSA Labs),
// for tests.
#pragma once
#include <filesystem>
#include <map>
#include <optional>

#include "sim/base/bytes.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

/// The folder of the vectors: $ASSAY_CRYPTOGRAPHY_VECTORS, else where Debian has it. Nothing, and one line
/// `skipped: ...`, when it is not there.
std::optional<std::filesystem::path> vector_folder();

/// One test of a `.rsp` file: `[name = value]` and `name = value` lines, and words such as FAIL alone.
struct Vector {
    std::string place;  // file and line
    std::map<std::string, std::string> values;

    bool has(const std::string& name) const { return values.contains(name); }
    /// std::runtime_error with the place when it is not there.
    const std::string& text(const std::string& name) const;
    /// Of hexadecimal digits (an odd number gets a leading zero) or of text in quotes.
    Bytes bytes(const std::string& name) const;
    std::size_t number(const std::string& name) const;
};

/// A test begins at each `first` and ends at the next one; it also has the latest value of each name that
/// came outside of tests: in brackets, or one of `shared`. A bracket without `=` is the value of `[]`, and
/// of `[method]` when it names an appendix of FIPS 186 (`B.4.2 ...`).
std::vector<Vector> read_vectors(const std::filesystem::path& file, const std::string& first,
                                 const std::vector<std::string>& shared = {});

/// The files of RSA Labs: `# Modulus:` and the hexadecimal lines below it. Pairs in order.
std::vector<std::pair<std::string, Bytes>> read_labelled(const std::filesystem::path& file);

/// `SHA-256`, `SHA256`, `sha256`; nothing for hashes that we do not have.
std::optional<Hash> hash_named(std::string_view name);

/// Counts vectors of a kind; `finish` prints `vectors: <name> <n> checked, <m> skipped (<why>: <m>)` and
/// fails the test when none was checked.
class Tally {
public:
    explicit Tally(std::string name) : name_(std::move(name)) {}
    /// Fails the test, naming the vector, unless `good`.
    void check(bool good, const Vector& vector) { check(good, vector.place); }
    void check(bool good, const std::string& place);
    void skip(const std::string& why) { ++skipped_[why]; }
    void finish() const;

private:
    std::string name_;
    std::size_t checked_ = 0;
    std::map<std::string, std::size_t> skipped_;
};

}  // namespace assay::crypto
