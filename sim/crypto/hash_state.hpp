// A digest whose computation can be put away and taken up again, elsewhere or later: a TPM saves the contexts
// of its hash sequences.
#pragma once
#include <memory>
#include <optional>

#include "sim/base/secret.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

class HashState {
public:
    explicit HashState(Hash hash);
    HashState(HashState&&) noexcept;
    HashState& operator=(HashState&&) noexcept;
    ~HashState();

    Hash hash() const;
    void update(ByteView data);
    /// The digest of all updates; the state starts anew.
    Bytes finish();

    /// In a form of this program alone: chaining value, bits so far, the block that is not full yet.
    Secret save() const;
    /// Nothing when `saved` has another form.
    static std::optional<HashState> restore(Hash hash, ByteView saved);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace assay::crypto
