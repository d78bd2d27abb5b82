// The append-only ledger: a leaf per key that was made, a Merkle tree over all leaves, and receipts by a node
// whose certificate the service signed.
#pragma once
#include "models/kms/receipt.hpp"
#include "models/kms/sealing.hpp"
#include "models/kms/store.hpp"

namespace assay::kms {

class Ledger {
public:
    /// Keys and certificates of service and node are made once per store, and sealed there. All outlive it.
    Ledger(Store& store, const Sealer& sealer, const crypto::Context& context, Instant now);

    /// What clients pin.
    const crypto::Certificate& service() const { return service_; }

    /// Appends the creation of `key`; its receipt comes with the next commit. `published` is what clients
    /// get.
    std::int64_t append(const StoredKey& key);
    /// Signs the root over all leaves and gives a receipt to each that has none. True when there was one.
    bool commit();

    std::optional<std::string> receipt(std::int64_t leaf) { return store_->receipt(leaf); }

private:
    Store* store_;
    const crypto::Context* context_;
    crypto::PrivateKey node_;
    crypto::Certificate service_, certificate_;
};

/// "2.<leaf>", and back; the number before the dot is the view, of which there is one.
std::string receipt_id(std::int64_t leaf);
std::optional<std::int64_t> leaf_of(std::string_view receipt_id);

}  // namespace assay::kms
