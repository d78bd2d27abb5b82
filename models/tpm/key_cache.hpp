// Primary keys that were made once, for all TPMs of a process and of the processes that it forks.
#pragma once
#include <deque>
#include <mutex>

#include "models/tpm/public_area.hpp"

namespace assay::tpm {

/// Where many simulated TPMs start from the same seeds, each key is searched once. What is in here follows
/// from seed, template and data alone, so that no answer depends on it; a digest over all of these is what it
/// is found by. It outlives the power and the TPMs: not for a TPM whose secrets must end with it. Safe
/// between threads; a forked child goes on with what its parent had.
class KeyCache {
public:
    struct Key {
        TpmtPublic area{};
        TpmtSensitive sensitive{};  // its authValue is empty
    };
    std::optional<Key> find(ByteView recipe) const;
    /// The oldest one makes room where there are `most` already.
    void keep(Bytes recipe, Key key);

    static constexpr std::size_t most = 256;

private:
    struct Entry {
        Bytes recipe;
        Key key;
    };
    mutable std::mutex mutex_{};
    std::deque<Entry> entries_{};
};

}  // namespace assay::tpm
