// What distinguishes one TPM from another: sizes, identity, habits.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "models/tpm/constants.hpp"

namespace assay::labels {
class Registry;
}  // namespace assay::labels

namespace assay::tpm {

/// Time since some fixed moment, never going back, whether the TPM has power or not.
class TimeSource {
public:
    virtual ~TimeSource() = default;
    virtual std::chrono::milliseconds now() const = 0;
};

/// Stands still until it is moved.
class ManualTime final : public TimeSource {
public:
    std::chrono::milliseconds now() const override { return at_; }
    void advance(std::chrono::milliseconds by) { at_ += by; }

private:
    std::chrono::milliseconds at_{0};
};

class SteadyTime final : public TimeSource {
public:
    std::chrono::milliseconds now() const override {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    }
};

class KeyCache;

/// Up to four characters of a text as they are sent, from `from` on.
constexpr std::uint32_t four_characters(std::string_view text, std::size_t from = 0) {
    std::uint32_t out = 0;
    for (std::size_t i = from; i < from + 4; ++i)
        out = out << 8 | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U);
    return out;
}

struct Config {
    std::size_t object_slots = 16;     // transient objects; other TPMs have 3
    std::size_t loaded_sessions = 16;  // other TPMs have 3
    std::size_t active_sessions = 64;  // loaded and saved
    std::size_t persistent_objects = 32;
    std::size_t nv_space = 64 * 1024;           // bytes of all NV indices together
    std::uint16_t nv_index_size = 2048;         // of one at most (4096 at most)
    std::uint32_t max_command_size = 4096;      // and of a response; 3968 behind a CRB
    Alg context_hash = Alg::sha512;             // of tickets, contexts and obfuscation
    std::string manufacturer = "ASAY";          // four characters
    std::string vendor_string = "assay model";  // up to 16 characters
    std::uint64_t firmware_version = 0x0001'0000'0000'0000;
    /// The first use of a dictionary-attack protected authValue after TPM2_Startup answers TPM_RC_RETRY once.
    bool retry_on_first_da_use = false;
    std::uint32_t max_tries = 3;
    std::uint32_t recovery_time = 1000;     // seconds
    std::uint32_t lockout_recovery = 1000;  // seconds
    /// A folder that holds non-volatile memory over the end of the process: what a command has changed is
    /// there before the command is answered, and whatever ends the process, the next engine finds the state
    /// before or after a command. One engine at a time. Empty: in the engine alone.
    std::filesystem::path state_dir{};
    /// Primary keys shared with other TPMs of the process (key_cache.hpp). Null: this TPM makes its own.
    std::shared_ptr<KeyCache> key_cache{};
    /// Where its memory registers itself (memory.hpp), for 6 subjects; it outlives the TPM, and goes through
    /// a power cycle only while that has no power. Null: a registry of its own.
    labels::Registry* registry = nullptr;
    std::string store_name = "tpm";
};

inline constexpr std::size_t most_kept_primaries = 32;  // PrimaryKeys of a TPM

}  // namespace assay::tpm
