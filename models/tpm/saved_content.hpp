// Sessions and sequences as they are put away: in saved contexts, and in the state that a TPM goes on with
// elsewhere. Formats of this TPM alone; objects have theirs in object.hpp.
#pragma once
#include "models/tpm/memory.hpp"
#include "models/tpm/object.hpp"
#include "models/tpm/session.hpp"

namespace assay::tpm {

// Whoever has a TPM's proofs (a state blob tells them) can make contexts: what is read is looked at before it
// is used.

/// Whether an object can be used: its halves are of one type, and its sizes what its type wants. That an
/// asymmetric pair is one shows when the key is made.
bool is_sound(const SavedObject& object);

/// A session and its key.
struct SessionContent {
    Session session{};
    Tpm2bAuth key{};
    static constexpr auto wire() {
        return std::tuple{field("session", &SessionContent::session), field("key", &SessionContent::key)};
    }
};
SessionContent content_of(const Session& session);
/// Of the session with this number.
bool is_sound(const SessionContent& content, std::size_t number);
/// In the memory of its TPM again.
std::unique_ptr<Session> restored(SessionContent content, Memory& memory);

/// Hash identifiers and states, side by side.
struct SequenceContent {
    Tpm2bAuth auth{};
    std::uint8_t is_event = 0, is_begun = 0, may_be_generated = 0;
    List<std::uint8_t, std::uint8_t, bank_count> hashes{};
    List<SecretTpm2b<256>, std::uint8_t, bank_count> states{};
    SecretTpm2b<128> hmac_key{};
    static constexpr auto wire() {
        using S = SequenceContent;
        return std::tuple{field("auth", &S::auth),        field("isEvent", &S::is_event),
                          field("isBegun", &S::is_begun), field("mayBeGenerated", &S::may_be_generated),
                          field("hashes", &S::hashes),    field("states", &S::states),
                          field("hmacKey", &S::hmac_key)};
    }
};
SequenceContent content_of(const Sequence& sequence);
bool is_sound(const SequenceContent& content);
/// Precondition: it is sound.
std::unique_ptr<Sequence> restored(const SequenceContent& content, Memory& memory);

}  // namespace assay::tpm
