#include "models/cvm/event_log.hpp"

#include <algorithm>
#include <set>

#include "sim/base/writer.hpp"

namespace assay::cvm {
namespace {

constexpr auto log_order = std::endian::little;
constexpr std::size_t max_log = 16 << 20, max_events = 1 << 16, max_algorithms = 8, max_digest = 64,
                      sha1_size = 20;
constexpr unsigned pcr_count = 24;
constexpr std::uint32_t end_of_log = 0xFFFF'FFFF;
constexpr std::string_view spec_id_signature{"Spec ID Event03\0", 16};

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

/// Reads entries; the first fault stays.
class LogReader {
public:
    explicit LogReader(ByteView bytes) : bytes_(bytes), reader_(bytes, log_order) {}

    Result<EventLog, FormatError> run() {
        if (!first()) return fault_;
        while (!at_end())
            if (!entry()) return fault_;
        return std::move(log_);
    }

private:
    bool at_end() const {
        const ByteView rest = reader_.rest();
        if (rest.empty() || all_zero(rest)) return true;
        return rest.size() >= 4 && load<std::uint32_t>(rest, log_order) == end_of_log;
    }
    std::size_t number() const { return log_.number(log_.events.size()); }
    bool fail(std::string_view code, std::string_view member, std::size_t offset, std::string what) {
        fault_ = {std::string{code}, "event " + std::to_string(number()) + ": " + std::string{member}, offset,
                  std::move(what)};
        return false;
    }
    /// After the reader failed.
    bool cut_off() {
        const WireError& e = reader_.error();
        return fail("E_LOG_PARSE", e.path, e.offset,
                    std::to_string(e.expected) + " bytes expected, " + std::to_string(e.found) + " are left");
    }
    bool get_pcr(std::uint32_t& out) {
        const std::size_t at = reader_.offset();
        if (!reader_.get(out, Path{.name = "pcrIndex"})) return cut_off();
        if (out < pcr_count) return true;
        return fail("E_LOG_PARSE", "pcrIndex", at, std::to_string(out) + " found, 0 to 23 expected");
    }
    bool get_data(Bytes& out) {
        const std::size_t at = reader_.offset();
        std::uint32_t size = 0;
        if (!reader_.get(size, Path{.name = "eventSize"})) return cut_off();
        if (size > reader_.rest().size())
            return fail("E_LOG_PARSE", "eventSize", at,
                        std::to_string(size) + " found, " + std::to_string(reader_.rest().size()) +
                            " bytes are left");
        return reader_.get_bytes(out, size, Path{.name = "event"});
    }
    /// An entry of the SHA-1 form.
    bool legacy_entry(LogEvent& event) {
        event.offset = reader_.offset();
        Bytes digest;
        if (!get_pcr(event.pcr)) return false;
        if (!reader_.get(event.type, Path{.name = "eventType"}) ||
            !reader_.get_bytes(digest, sha1_size, Path{.name = "digest"}))
            return cut_off();
        event.digests = {{log_sha1, std::move(digest)}};
        return get_data(event.data);
    }
    bool first() {
        if (bytes_.empty()) {
            fault_ = {"E_LOG_MISSING", "event log", {}, "there is none: 0 bytes"};
            return false;
        }
        if (bytes_.size() > max_log) {
            fault_ = {"E_LIMIT", "event log", {}, std::to_string(bytes_.size()) + " bytes, at most 16 MiB"};
            return false;
        }
        LogEvent event;
        if (!legacy_entry(event)) return false;
        // Of PCR 0; logs of TDX have it in their register 1.
        const bool agile =
            event.type == EventType::no_action && as_text(event.data).starts_with(spec_id_signature);
        if (agile) return spec_id(event);
        log_.events.push_back(std::move(event));
        return true;
    }
    bool spec_id(const LogEvent& event) {
        const std::size_t base = event.offset + 32;  // pcrIndex, eventType, digest, eventSize
        Reader inside{event.data, log_order};
        Bytes signature;
        SpecId id;
        id.pcr = event.pcr;
        std::uint32_t count = 0;
        const auto fault = [&](std::string_view member, std::string what) {
            return fail("E_LOG_FORMAT", "Spec ID." + std::string{member}, base + inside.offset(),
                        std::move(what));
        };
        if (!inside.get_bytes(signature, spec_id_signature.size()) || !inside.get(id.platform_class) ||
            !inside.get(id.minor) || !inside.get(id.major) || !inside.get(id.errata) ||
            !inside.get(id.uintn_size) || !inside.get(count))
            return fault("numberOfAlgorithms", "the event ends before it");
        if (count == 0 || count > max_algorithms)
            return fault("numberOfAlgorithms", std::to_string(count) + " found, 1 to 8 expected");
        std::set<std::uint16_t> seen;
        for (std::uint32_t i = 0; i < count; ++i) {
            SpecId::Algorithm algorithm;
            if (!inside.get(algorithm.id) || !inside.get(algorithm.size))
                return fault("digestSizes", "the event ends before them");
            const auto hash = log_hash(algorithm.id);
            const std::size_t right = hash ? crypto::digest_size(*hash) : algorithm.size;
            if (algorithm.size != right || algorithm.size == 0 || algorithm.size > max_digest)
                return fault("digestSizes", "algorithm " + std::to_string(algorithm.id) + " has size " +
                                                std::to_string(algorithm.size));
            if (!seen.insert(algorithm.id).second)
                return fault("digestSizes", "algorithm " + std::to_string(algorithm.id) + " comes twice");
            id.algorithms.push_back(algorithm);
        }
        std::uint8_t vendor_size = 0;
        if (!inside.get(vendor_size) || !inside.get_bytes(id.vendor_info, vendor_size))
            return fault("vendorInfo", "the event ends before it");
        if (!inside.finish()) return fault("vendorInfo", "bytes follow after it");
        log_.spec_id = std::move(id);
        return true;
    }
    bool digests(LogEvent& event) {
        std::uint32_t count = 0;
        const std::size_t at = reader_.offset();
        if (!reader_.get(count, Path{.name = "digestCount"})) return cut_off();
        const auto& known = log_.spec_id->algorithms;
        if (count > known.size())
            return fail("E_LOG_PARSE", "digestCount", at,
                        std::to_string(count) + " found, at most " + std::to_string(known.size()));
        for (std::uint32_t i = 0; i < count; ++i) {
            EventDigest digest;
            const std::size_t where = reader_.offset();
            if (!reader_.get(digest.algorithm, Path{.name = "algorithmId"})) return cut_off();
            const auto algorithm = std::ranges::find(known, digest.algorithm, &SpecId::Algorithm::id);
            if (algorithm == known.end())
                return fail("E_LOG_PARSE", "algorithmId", where,
                            std::to_string(digest.algorithm) + " is not in the Spec ID event");
            if (event.digest(digest.algorithm) != nullptr)
                return fail("E_LOG_PARSE", "algorithmId", where,
                            std::to_string(digest.algorithm) + " comes twice");
            if (!reader_.get_bytes(digest.digest, algorithm->size, Path{.name = "digest"})) return cut_off();
            event.digests.push_back(std::move(digest));
        }
        return true;
    }
    bool entry() {
        if (log_.events.size() == max_events)
            return fail("E_LIMIT", "event log", reader_.offset(), "more than 65536 events");
        LogEvent event;
        if (!log_.spec_id) {
            if (!legacy_entry(event)) return false;
        } else {
            event.offset = reader_.offset();
            if (!get_pcr(event.pcr)) return false;
            if (!reader_.get(event.type, Path{.name = "eventType"})) return cut_off();
            if (!digests(event) || !get_data(event.data)) return false;
        }
        log_.events.push_back(std::move(event));
        return true;
    }

    ByteView bytes_;
    Reader reader_;
    EventLog log_;
    FormatError fault_;
};

void put_legacy(Writer& out, std::uint32_t pcr, EventType type, ByteView digest, ByteView data) {
    out.put(pcr);
    out.put(type);
    out.put(digest);
    out.put(static_cast<std::uint32_t>(data.size()));
    out.put(data);
}

Bytes spec_id_event(const SpecId& id) {
    Bytes data;
    Writer out{data, log_order};
    out.put(as_bytes(spec_id_signature));
    out.put(id.platform_class);
    for (const std::uint8_t one : {id.minor, id.major, id.errata, id.uintn_size}) out.put(one);
    out.put(static_cast<std::uint32_t>(id.algorithms.size()));
    for (const SpecId::Algorithm& algorithm : id.algorithms) {
        out.put(algorithm.id);
        out.put(algorithm.size);
    }
    out.put(static_cast<std::uint8_t>(id.vendor_info.size()));
    out.put(ByteView{id.vendor_info});
    return data;
}

}  // namespace

std::optional<crypto::Hash> log_hash(std::uint16_t algorithm) {
    switch (algorithm) {
        case log_sha1: return crypto::Hash::sha1;
        case log_sha256: return crypto::Hash::sha256;
        case log_sha384: return crypto::Hash::sha384;
        case log_sha512: return crypto::Hash::sha512;
        default: return {};
    }
}

std::string name(EventType type) {
    struct Row {
        EventType type;
        std::string_view name;
    };
    using T = EventType;
    static constexpr Row rows[] = {{T::post_code, "EV_POST_CODE"},
                                   {T::no_action, "EV_NO_ACTION"},
                                   {T::separator, "EV_SEPARATOR"},
                                   {T::action, "EV_ACTION"},
                                   {T::event_tag, "EV_EVENT_TAG"},
                                   {T::s_crtm_contents, "EV_S_CRTM_CONTENTS"},
                                   {T::s_crtm_version, "EV_S_CRTM_VERSION"},
                                   {T::compact_hash, "EV_COMPACT_HASH"},
                                   {T::ipl, "EV_IPL"},
                                   {T::nonhost_info, "EV_NONHOST_INFO"},
                                   {T::efi_variable_driver_config, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
                                   {T::efi_variable_boot, "EV_EFI_VARIABLE_BOOT"},
                                   {T::efi_boot_services_application, "EV_EFI_BOOT_SERVICES_APPLICATION"},
                                   {T::efi_boot_services_driver, "EV_EFI_BOOT_SERVICES_DRIVER"},
                                   {T::efi_gpt_event, "EV_EFI_GPT_EVENT"},
                                   {T::efi_action, "EV_EFI_ACTION"},
                                   {T::efi_platform_firmware_blob, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
                                   {T::efi_variable_authority, "EV_EFI_VARIABLE_AUTHORITY"}};
    for (const Row& row : rows)
        if (row.type == type) return std::string{row.name};
    return "event type " + to_hex(store(static_cast<std::uint32_t>(type), std::endian::big));
}

const Bytes* LogEvent::digest(std::uint16_t algorithm) const {
    const auto found = std::ranges::find(digests, algorithm, &EventDigest::algorithm);
    return found == digests.end() ? nullptr : &found->digest;
}

Result<EventLog, FormatError> decode_event_log(ByteView bytes) { return LogReader{bytes}.run(); }

Bytes encode_event_log(const EventLog& log) {
    Bytes bytes;
    Writer out{bytes, log_order};
    if (log.spec_id)
        put_legacy(out, log.spec_id->pcr, EventType::no_action, Bytes(sha1_size),
                   spec_id_event(*log.spec_id));
    for (const LogEvent& event : log.events) {
        if (!log.spec_id) {
            const Bytes* const digest = event.digest(log_sha1);
            if (digest == nullptr || digest->size() != sha1_size)
                throw std::logic_error("an event of the SHA-1 form has a SHA-1 digest");
            put_legacy(out, event.pcr, event.type, *digest, event.data);
            continue;
        }
        out.put(event.pcr);
        out.put(event.type);
        out.put(static_cast<std::uint32_t>(event.digests.size()));
        for (const EventDigest& digest : event.digests) {
            const auto& known = log.spec_id->algorithms;
            const auto algorithm = std::ranges::find(known, digest.algorithm, &SpecId::Algorithm::id);
            if (algorithm == known.end() || algorithm->size != digest.digest.size())
                throw std::logic_error("a digest that the Spec ID event does not list");
            out.put(digest.algorithm);
            out.put(ByteView{digest.digest});
        }
        out.put(static_cast<std::uint32_t>(event.data.size()));
        out.put(ByteView{event.data});
    }
    return bytes;
}

}  // namespace assay::cvm
