// Secured messages (DSP0277): records of one session, one key and one sequence number for each direction.
#pragma once
#include <optional>

#include "models/spdm/key_schedule.hpp"
#include "sim/base/result.hpp"

namespace assay::spdm {

/// How records look on a transport.
struct RecordFormat {
    std::size_t sequence_size;         // bytes of the sequence number that are sent
    std::optional<std::uint8_t> type;  // the message type that begins the application data
    std::size_t alignment;             // what the transport pads whole records to, with zeros
    bool binding_header = false;       // that of DSP0287 (4 bytes) begins the application data
};
/// DSP0275/DSP0276: two bytes of the sequence number, and type 5 (SPDM) inside.
inline constexpr RecordFormat mctp_records{2, 0x05, 1};
/// PCIe DOE: no sequence number on the wire; objects are whole DWORDs.
inline constexpr RecordFormat doe_records{0, std::nullopt, 4};
/// DSP0287: no sequence number on the wire; the header of the binding, once more, inside.
inline constexpr RecordFormat tcp_records{0, std::nullopt, 1, true};

enum class RecordFault : std::uint8_t {
    length,    // the record is not as long as its fields say
    session,   // of another session
    sequence,  // not the next one: replayed, reordered, lost
    tag,       // not what the peer sealed under the current key and sequence number
    content,   // authentic, but no application data of this transport
};
std::string_view name(RecordFault fault);

enum class Role : std::uint8_t { requester, responder };

/// The SessionID that begins every record.
std::optional<std::uint32_t> session_id_of(ByteView record);

/// One end of a session's channel. Nothing can be sealed or opened before use().
class SecuredChannel {
public:
    struct Parameters {
        RecordFormat format;
        std::uint32_t session_id;
        crypto::Aead aead;
        bool encrypted;  // false: MAC only, both ends lack ENCRYPT_CAP
    };
    SecuredChannel(Parameters parameters, KeySchedule schedule) : is_(parameters), schedule_(schedule) {}

    /// Another channel at the same place. Both would use the same nonces: for who tries several continuations
    /// of one beginning, never for two channels in use.
    SecuredChannel twin() const;

    /// Keys from these secrets, both sequence numbers 0. Ends a pending update.
    void use(ByteView send_secret, ByteView receive_secret);

    /// The record of one message; `padding` goes behind it inside (DSP0277: random bytes).
    Bytes seal(ByteView message, ByteView padding = {});
    /// The same into `record`, whose memory is used again.
    void seal_into(Bytes& record, ByteView message, ByteView padding = {});
    /// The message of the peer's next record. What is refused changes nothing.
    Result<Secret, RecordFault> open(ByteView record);
    /// The same into `plain`, which becomes larger where it has to; the message is a part of it until it is
    /// next used.
    Result<ByteView, RecordFault> open_into(Secret& plain, ByteView record);

    // KEY_UPDATE. Each new key begins at sequence number 0.
    void update_send();
    /// The new key is expected; the old one is still taken until confirm_receive().
    void update_receive();
    void confirm_receive() { old_receive_.reset(); }
    bool update_pending() const { return old_receive_.has_value(); }
    /// The last record that was opened was sealed under the key before the pending update.
    bool under_old_key() const { return under_old_key_; }

    std::uint64_t sent() const { return send_ ? send_->sequence : 0; }
    std::uint64_t received() const { return receive_ ? receive_->sequence : 0; }

private:
    struct Direction {
        Secret secret;
        crypto::AeadKey key;
        Secret iv;
        std::uint64_t sequence = 0;
    };
    Direction direction(Secret secret) const;
    std::optional<Direction> twin_of(const std::optional<Direction>& one) const;
    std::array<std::uint8_t, crypto::aead_nonce_size> nonce(const Direction& direction) const;
    Result<ByteView, RecordFault> open_with(Direction& direction, ByteView head, ByteView body,
                                            Secret& plain) const;

    Parameters is_;
    KeySchedule schedule_;
    std::optional<Direction> send_, receive_, old_receive_;
    bool under_old_key_ = false;
};

}  // namespace assay::spdm
