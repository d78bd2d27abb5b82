// Receipts: proof that the creation of a key is in the ledger of the key management service (the form of
// Microsoft's Confidential Consortium Framework). A client checks one before it seals anything to a key.
//
//     if (const auto held = verify_receipt(receipt, pinned_service_certificate, key_config); !held)
//         return held.error().what;
#pragma once
#include "sim/crypto/x509.hpp"

namespace assay::kms {

struct ReceiptError {
    enum class Kind : std::uint8_t {
        malformed,    // not of the form, to the last member and digit
        certificate,  // the node's certificate is not by the pinned service, or is the service's own
        signature,    // the node did not sign this root
        claims,       // another key's receipt
    };
    Kind kind{};
    std::string_view what;
};
std::string_view name(ReceiptError::Kind kind);

/// One element of a Merkle proof: the hash beside, and on which side it stands.
struct ProofElement {
    bool left = false;
    Bytes hash;  // 32 bytes
};
struct Receipt {
    std::string certificate_pem;  // of the node
    Bytes write_set_digest;       // 32 bytes
    std::string commit_evidence;  // "ce:<view>.<seqno>:<64 hex digits>"
    Bytes claims_digest;          // SHA-256 of what was published of the key
    std::vector<ProofElement> proof;
    Bytes signature;  // ECDSA, DER, over the root
};

/// SHA-256(write set digest || SHA-256(commit evidence) || claims digest).
Bytes receipt_leaf(const Receipt& receipt);
/// From the leaf up: SHA-256(left || current) or SHA-256(current || right).
Bytes receipt_root(const Receipt& receipt);

std::string to_json(const Receipt& receipt);

/// Hashes are 32 bytes in lower-case hex, each proof element has exactly one side, the signature is DER.
/// `published` is the key configuration (of a key without one: its statement). Times of the certificates are
/// looked at when `at` is given.
Result<Receipt, ReceiptError> verify_receipt(ByteView json, const crypto::Certificate& service,
                                             ByteView published, std::optional<Instant> at = {});

}  // namespace assay::kms
