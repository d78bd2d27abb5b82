// Event logs of measured boot (TCG PC Client Platform Firmware Profile): crypto-agile ("Spec ID Event03") and
// SHA-1 form, little endian; and what a TPM's registers hold after such a log.
//
//     const auto log = decode_event_log(bytes);
//     if (!log) return log.error().text();   // E_LOG_PARSE: event 7: eventSize at offset 1210: ...
//     const auto registers = replay(*log, log_sha256);   // PCR number -> value
#pragma once
#include <map>

#include "models/cvm/format_error.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cvm {

/// TPM_ALG_ID of a bank.
inline constexpr std::uint16_t log_sha1 = 0x0004, log_sha256 = 0x000B, log_sha384 = 0x000C,
                               log_sha512 = 0x000D;
std::optional<crypto::Hash> log_hash(std::uint16_t algorithm);

/// Types of events (10.4.1). Any other number is legal and extends like these.
enum class EventType : std::uint32_t {
    post_code = 0x1,
    no_action = 0x3,
    separator = 0x4,
    action = 0x5,
    event_tag = 0x6,
    s_crtm_contents = 0x7,
    s_crtm_version = 0x8,
    compact_hash = 0xC,
    ipl = 0xD,
    nonhost_info = 0x11,
    efi_variable_driver_config = 0x8000'0001,
    efi_variable_boot = 0x8000'0002,
    efi_boot_services_application = 0x8000'0003,
    efi_boot_services_driver = 0x8000'0004,
    efi_gpt_event = 0x8000'0006,
    efi_action = 0x8000'0007,
    efi_platform_firmware_blob = 0x8000'0008,
    efi_variable_authority = 0x8000'00E0,
};
/// `EV_SEPARATOR`; the number in hexadecimal where there is no name.
std::string name(EventType type);

struct EventDigest {
    std::uint16_t algorithm = 0;
    Bytes digest;
};

struct LogEvent {
    std::uint32_t pcr = 0;
    EventType type{};
    std::vector<EventDigest> digests;
    Bytes data;
    std::size_t offset = 0;  // of the entry in the log
    /// Null where the event has none of that algorithm.
    const Bytes* digest(std::uint16_t algorithm) const;
};

/// The first event of a crypto-agile log: which digests the others carry.
struct SpecId {
    struct Algorithm {
        std::uint16_t id = 0;
        std::uint16_t size = 0;
    };
    std::uint32_t pcr = 0;
    std::uint32_t platform_class = 0;
    std::uint8_t minor = 0, major = 2, errata = 0, uintn_size = 2;
    std::vector<Algorithm> algorithms;
    Bytes vendor_info;
};

struct EventLog {
    std::optional<SpecId> spec_id;  // nothing: the SHA-1 form
    std::vector<LogEvent> events;   // without the Spec ID event
    /// Number of an event as messages name it: its place in the log, the Spec ID event being 0.
    std::size_t number(std::size_t index) const { return index + (spec_id ? 1 : 0); }
};

/// A log ends at the end of the bytes, at an entry whose pcrIndex is FFFFFFFF, or where only zeros follow.
/// Refuses: nothing at all (E_LOG_MISSING); a Spec ID event that contradicts itself (E_LOG_FORMAT); entries
/// that are cut off, PCRs above 23, digests that the Spec ID event does not list or that come twice, more
/// than 65536 events (E_LOG_PARSE).
Result<EventLog, FormatError> decode_event_log(ByteView bytes);
/// std::logic_error for an event whose digests do not fit the Spec ID event.
Bytes encode_event_log(const EventLog& log);

/// What a register holds before its first extension; `locality` is that of the TPM's start.
Bytes initial_register(unsigned pcr, crypto::Hash hash, std::uint8_t locality = 0);
/// The locality that a StartupLocality event states before any other event of PCR 0; else 0.
std::uint8_t startup_locality(const EventLog& log);
/// The registers that the log extends in that bank. Events without a digest of the bank do not extend it.
std::map<unsigned, Bytes> replay(const EventLog& log, std::uint16_t algorithm);

/// Why a quoted value is not the replayed one, as far as one event can explain it.
struct ReplayMismatch {
    unsigned pcr = 0;
    std::optional<std::size_t> event;  // index into events
    std::string what;                  // one line
};
/// Nothing where the replay of `pcr` gives `quoted`.
std::optional<ReplayMismatch> explain(const EventLog& log, std::uint16_t algorithm, unsigned pcr,
                                      ByteView quoted);

/// Of an IPL event: its text without the ending NUL. Nothing for data that is no printable ASCII.
std::optional<std::string> ipl_text(const LogEvent& event);

/// Whether the digest is the hash of what the log says was measured. `not_recomputable`: of this type the log
/// holds only a description.
enum class DataCheck : std::uint8_t { good, wrong, not_recomputable };
DataCheck check_data(const LogEvent& event, std::uint16_t algorithm);

}  // namespace assay::cvm
