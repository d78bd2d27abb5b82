// From an event log to register values, and back to the event that explains a difference.
#include <algorithm>

#include "models/cvm/event_log.hpp"

namespace assay::cvm {
namespace {

constexpr std::string_view locality_signature{"StartupLocality\0", 16};
constexpr std::size_t max_explained = 256;

bool is_locality_event(const LogEvent& event) {
    return event.type == EventType::no_action && event.pcr == 0 &&
           event.data.size() == locality_signature.size() + 1 &&
           as_text(event.data).starts_with(locality_signature);
}

/// Indices of the events that extend `pcr` in the bank, in order.
std::vector<std::size_t> extensions(const EventLog& log, std::uint16_t algorithm, unsigned pcr) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        const LogEvent& event = log.events[i];
        if (event.pcr == pcr && event.type != EventType::no_action && event.digest(algorithm) != nullptr)
            out.push_back(i);
    }
    return out;
}

Bytes extended(crypto::Hash hash, ByteView value, ByteView digest) {
    return crypto::digest(hash, {value, digest});
}

std::string event_label(const EventLog& log, std::size_t index) {
    return "event " + std::to_string(log.number(index)) + " (" + name(log.events[index].type) + ")";
}

}  // namespace

Bytes initial_register(unsigned pcr, crypto::Hash hash, std::uint8_t locality) {
    const bool ones = pcr >= 17 && pcr <= 22;
    Bytes out(crypto::digest_size(hash), ones ? 0xFF : 0);
    if (pcr == 0) out.back() = locality;
    return out;
}

std::uint8_t startup_locality(const EventLog& log) {
    for (const LogEvent& event : log.events) {
        if (event.pcr != 0) continue;
        if (is_locality_event(event)) return event.data.back();
        if (event.type != EventType::no_action) return 0;
    }
    return 0;
}

std::map<unsigned, Bytes> replay(const EventLog& log, std::uint16_t algorithm) {
    std::map<unsigned, Bytes> out;
    const auto hash = log_hash(algorithm);
    if (!hash) return out;
    const std::uint8_t locality = startup_locality(log);
    for (const LogEvent& event : log.events) {
        const Bytes* const digest = event.digest(algorithm);
        if (event.type == EventType::no_action || digest == nullptr) continue;
        auto [at, first] = out.try_emplace(event.pcr);
        if (first) at->second = initial_register(event.pcr, *hash, locality);
        at->second = extended(*hash, at->second, *digest);
    }
    return out;
}

std::optional<ReplayMismatch> explain(const EventLog& log, std::uint16_t algorithm, unsigned pcr,
                                      ByteView quoted) {
    const auto hash = log_hash(algorithm);
    if (!hash) return ReplayMismatch{pcr, {}, "the log has no bank of that algorithm"};
    const std::vector<std::size_t> events = extensions(log, algorithm, pcr);
    const Bytes start = initial_register(pcr, *hash, startup_locality(log));
    const auto digest_of = [&](std::size_t k) -> const Bytes& {
        return *log.events[events[k]].digest(algorithm);
    };
    std::vector<Bytes> after{start};  // after[k]: the value before event k
    for (std::size_t k = 0; k < events.size(); ++k)
        after.push_back(extended(*hash, after.back(), digest_of(k)));
    if (equal(after.back(), quoted)) return {};

    const std::string head = "PCR " + std::to_string(pcr) + ": ";
    if (events.empty())
        return ReplayMismatch{
            pcr, {}, head + "the log has no event, the quoted value is not the initial one"};
    for (std::size_t k = 0; k < events.size(); ++k)
        if (equal(after[k], quoted))
            return ReplayMismatch{
                pcr, events[k],
                head + event_label(log, events[k]) + " and what follows it were never extended"};
    if (events.size() <= max_explained) {
        for (std::size_t k = 0; k < events.size(); ++k) {
            Bytes without = after[k];
            for (std::size_t j = k + 1; j < events.size(); ++j)
                without = extended(*hash, without, digest_of(j));
            if (equal(without, quoted))
                return ReplayMismatch{pcr, events[k],
                                      head + event_label(log, events[k]) + " was never extended"};
            if (k + 1 == events.size()) break;
            Bytes swapped = extended(*hash, extended(*hash, after[k], digest_of(k + 1)), digest_of(k));
            for (std::size_t j = k + 2; j < events.size(); ++j)
                swapped = extended(*hash, swapped, digest_of(j));
            if (equal(swapped, quoted))
                return ReplayMismatch{pcr, events[k],
                                      head + event_label(log, events[k]) + " and " +
                                          event_label(log, events[k + 1]) + " are in the wrong order"};
        }
    }
    return ReplayMismatch{pcr,
                          {},
                          head + "the replay of " + std::to_string(events.size()) + " events gives " +
                              to_hex(after.back()) + ", quoted " + to_hex(quoted)};
}

std::optional<std::string> ipl_text(const LogEvent& event) {
    std::string_view text = as_text(event.data);
    if (text.ends_with('\0')) text.remove_suffix(1);
    const bool printable = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
    return printable ? std::optional{std::string{text}} : std::nullopt;
}

DataCheck check_data(const LogEvent& event, std::uint16_t algorithm) {
    const Bytes* const digest = event.digest(algorithm);
    const auto hash = log_hash(algorithm);
    if (digest == nullptr || !hash) return DataCheck::not_recomputable;
    const auto judge = [&](ByteView measured) {
        return crypto::digest(*hash, {measured}) == *digest ? DataCheck::good : DataCheck::wrong;
    };
    switch (event.type) {
        case EventType::separator:
        case EventType::efi_action:
        case EventType::efi_variable_driver_config:
        case EventType::efi_gpt_event:
        case EventType::s_crtm_version: return judge(event.data);
        case EventType::ipl: {
            std::string_view text = as_text(event.data);
            if (text.ends_with('\0')) text.remove_suffix(1);
            for (const std::string_view prefix : {"grub_cmd: ", "kernel_cmdline: "})
                if (text.starts_with(prefix)) return judge(as_bytes(text.substr(prefix.size())));
            return DataCheck::not_recomputable;
        }
        default: return DataCheck::not_recomputable;
    }
}

}  // namespace assay::cvm
