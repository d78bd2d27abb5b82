// Sealing, the only way for a label to end besides a scrub; opening, the way for it to begin.
#pragma once
#include "sim/labels/registry.hpp"

namespace assay::labels {

/// AES-256-GCM of `plain` under `key` (32 bytes) into `to` at `at`, 16 bytes longer: ciphertext || tag. The
/// ciphertext is clean where the key's kind declassifies at `sink`, else it keeps the label; `to` remembers
/// which key opens it. Nonces are the caller's: 12 bytes, never twice. E_KEY_UNKNOWN for a stale key; the
/// code of the sink when `to` is one and may not take the bytes.
Result<Nothing, Refusal> seal(Registry& registry, const KeyRef& key, ByteView nonce, ByteView aad,
                              const LabelledStore& from, Range plain, LabelledStore& to, std::size_t at,
                              Sink sink);

/// The reverse: `sealed` is ciphertext || tag, the plaintext gets `plaintext` as its label. E_TAG: no byte of
/// it was seen, the destination is zeros. E_TAG_LEN for less than a tag.
Result<Nothing, Refusal> open(Registry& registry, const KeyRef& key, ByteView nonce, ByteView aad,
                              const LabelledStore& from, Range sealed, LabelledStore& to, std::size_t at,
                              const Label& plaintext);

struct KeyErase {
    std::uint64_t key = 0;
    std::size_t copies_scrubbed = 0;
    std::size_t ciphertext_bytes = 0;  // that count as deleted now
};

/// Cryptographic erase: every slot that holds the key is zeroised and read back. E_CE_KEY_COPY, and a finding
/// for each, when its bytes also stand outside the key slots, anywhere; nothing is accepted then.
/// E_SCRUB_VERIFY as LabelledStore::scrub, E_KEY_UNKNOWN when no slot holds the key.
Result<KeyErase, Refusal> crypto_erase(Registry& registry, std::uint64_t key);

}  // namespace assay::labels
