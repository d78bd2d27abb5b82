// Where non-volatile memory is kept over the end of a process: a file that is replaced as a whole.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "sim/base/secret.hpp"

namespace assay::tpm {

/// The state cannot be used; says which file, what is wrong with it and what was expected.
class StateError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// `nv.state`: eight characters `ASAYTPM` and the format version, a number that grows with each writing, the
/// content, HMAC-SHA-256 over all of it under `nv.key`, which is made with the folder. A state of another
/// TPM, of another version, cut short or changed in one bit is refused. An older file of the same TPM is not:
/// whoever can replace the file can turn back the TPM, as with any emulator.
class StateStore {
public:
    static constexpr const char *file_name = "nv.state", *volatile_name = "nv.volatile";
    /// Makes the folder and its key where they are not there, and holds a lock until it goes. Throws
    /// StateError when another process has the lock, and std::system_error when a file cannot be used.
    explicit StateStore(std::filesystem::path directory);
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;
    ~StateStore();

    /// Nothing when there has never been a state. Throws StateError.
    std::optional<Secret> load();
    /// Returns when the state is on the medium (fsync of file and folder); nothing is written when it is what
    /// was written last. Throws std::system_error.
    void save(ByteView content);
    /// What the TPM had in volatile memory, beside it in `nv.volatile` in the same form; empty: the file
    /// goes. Nothing where there is none. As load() and save().
    void keep_volatile(ByteView content);
    std::optional<Secret> volatile_part() const;
    /// How often a state was written, over all processes.
    std::uint64_t generation() const { return generation_; }

private:
    struct Content {
        Secret bytes;
        std::uint64_t generation = 0;
    };
    std::optional<Content> read(const std::filesystem::path& file) const;
    void write(const std::filesystem::path& file, ByteView content, std::uint64_t generation) const;

    std::filesystem::path directory_;
    int lock_ = -1;
    Secret key_{};
    Secret last_{};
    bool has_last_ = false;
    std::uint64_t generation_ = 0;
};

}  // namespace assay::tpm
