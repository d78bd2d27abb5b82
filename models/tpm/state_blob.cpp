#include "models/tpm/state_blob.hpp"

#include "models/tpm/saved_content.hpp"
#include "models/tpm/state_format.hpp"
#include "models/tpm/state_parts.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::tpm {
namespace {

constexpr std::string_view permanent_magic = "ASAYTPMP", volatile_magic = "ASAYTPMV";
constexpr std::uint8_t version = 1;
constexpr std::size_t digest_bytes = 32;

Secret blob_of(std::string_view magic, ByteView content) {
    Secret out{magic.size() + 1 + content.size() + digest_bytes};
    const std::span<std::uint8_t> bytes = out.bytes();
    std::ranges::copy(magic, bytes.begin());
    bytes[magic.size()] = version;
    std::ranges::copy(content, bytes.begin() + static_cast<std::ptrdiff_t>(magic.size()) + 1);
    const Bytes sum = crypto::digest(crypto::Hash::sha256, {bytes.first(bytes.size() - digest_bytes)});
    std::ranges::copy(sum, bytes.end() - digest_bytes);
    return out;
}

std::optional<ByteView> content_of(std::string_view magic, ByteView blob) {
    if (blob.size() < magic.size() + 1 + digest_bytes) return {};
    const ByteView body = blob.first(blob.size() - digest_bytes);
    if (!equal(body.first(magic.size()), as_bytes(magic)) || body[magic.size()] != version) return {};
    if (!equal(crypto::digest(crypto::Hash::sha256, {body}), blob.last(digest_bytes))) return {};
    return body.subspan(magic.size() + 1);
}

struct SavedSlot {
    OptionalSized<SavedObject, std::uint16_t> object{};
    OptionalSized<SequenceContent, std::uint16_t> sequence{};
    static constexpr auto wire() {
        return std::tuple{field("object", &SavedSlot::object), field("sequence", &SavedSlot::sequence)};
    }
};
struct SavedEntry {
    std::uint8_t is_saved = 0;
    Handle handle = 0;
    std::uint64_t sequence = 0;
    OptionalSized<SessionContent, std::uint16_t> session{};
    static constexpr auto wire() {
        using E = SavedEntry;
        return std::tuple{field("isSaved", &E::is_saved), field("handle", &E::handle),
                          field("sequence", &E::sequence), field("session", &E::session)};
    }
};
struct SavedVolatile {
    List<std::uint64_t, std::uint8_t, 64> numbers{};  // as they are visited
    std::uint64_t time = 0, clock = 0, tick = 0, heal_timer = 0, lockout_timer = 0;
    SavedHierarchy null{}, platform{};
    Secret64 pcr_auth{};
    Tpm2bDigest command_audit_digest{};
    Blob<std::uint16_t, 8192> pcrs{}, saved_pcrs{};
    List<SavedEntry, std::uint16_t, 4096> sessions{};
    List<SavedSlot, std::uint16_t, 4096> slots{};
    List<Tpm2bDigest, std::uint8_t, bank_count> hcrtm{};
    static constexpr auto wire() {
        using V = SavedVolatile;
        return std::tuple{field("numbers", &V::numbers),
                          field("time", &V::time),
                          field("clock", &V::clock),
                          field("tick", &V::tick),
                          field("healTimer", &V::heal_timer),
                          field("lockoutTimer", &V::lockout_timer),
                          field("null", &V::null),
                          field("platform", &V::platform),
                          field("pcrAuth", &V::pcr_auth),
                          field("commandAuditDigest", &V::command_audit_digest),
                          field("pcrs", &V::pcrs),
                          field("savedPcrs", &V::saved_pcrs),
                          field("sessions", &V::sessions),
                          field("slots", &V::slots),
                          field("hcrtm", &V::hcrtm)};
    }
};

template <class TpmLike, class Visit>
void each_number(TpmLike& tpm, Visit visit) {
    auto& ram = tpm.ram;
    visit(ram.is_started);
    visit(ram.is_failed);
    visit(ram.platform_enabled);
    visit(ram.exclusive_audit_session);
    visit(ram.physical_presence);
    visit(ram.was_orderly);
    visit(ram.pcrs_reconfigured);
    visit(tpm.permanent.time_epoch);
    visit(tpm.permanent.is_clock_safe);
    each_kept_number(tpm, visit);
}
std::size_t number_count(const Tpm& tpm) {
    std::size_t out = 0;
    each_number(tpm, [&](const auto&) { ++out; });
    return out;
}

bool fits(const Tpm& tpm, const SavedVolatile& from) {
    const auto loaded = std::ranges::count_if(
        from.sessions.items, [](const SavedEntry& entry) { return entry.session.value.has_value(); });
    if (from.numbers.items.size() != number_count(tpm) || from.slots.items.size() > tpm.config.object_slots ||
        from.sessions.items.size() > tpm.config.active_sessions ||
        static_cast<std::size_t>(loaded) > tpm.config.loaded_sessions ||
        (!from.hcrtm.items.empty() && from.hcrtm.items.size() != bank_count) ||
        from.tick < nominal_tick - largest_tick_change || from.tick > nominal_tick + largest_tick_change ||
        from.heal_timer > from.time || from.lockout_timer > from.time ||
        !PcrBanks{}.set_content(from.pcrs.value) || !PcrBanks{}.set_content(from.saved_pcrs.value))
        return false;
    const bool is_started = from.numbers.items[0] != 0;
    const auto in_use = [](const SavedSlot& slot) {
        return slot.object.value || slot.sequence.value;
    };
    if (!is_started && (loaded != 0 || std::ranges::any_of(from.slots.items, in_use))) return false;
    for (const SavedSlot& slot : from.slots.items)
        if ((slot.object.value && !is_sound(*slot.object.value)) ||
            (slot.sequence.value && !is_sound(*slot.sequence.value)))
            return false;
    for (std::size_t i = 0; i < from.sessions.items.size(); ++i)
        if (const auto& session = from.sessions.items[i].session.value; session && !is_sound(*session, i))
            return false;
    return true;
}

std::optional<SavedVolatile> read(const Tpm& tpm, ByteView blob) {
    const auto content = content_of(volatile_magic, blob);
    if (!content) return {};
    Reader in{*content, byte_order};
    SavedVolatile out;
    if (!in.get(out) || !in.finish() || !fits(tpm, out)) return {};
    return out;
}

}  // namespace

Secret permanent_blob(const Tpm& tpm) {
    const Secret content = saved_state(tpm);
    return blob_of(permanent_magic, content.bytes());
}

bool take_permanent_blob(Tpm& tpm, ByteView blob) {
    const auto content = content_of(permanent_magic, blob);
    tpm.memory.power_on();
    if (!content || !restore_state(tpm, *content)) return false;
    tpm.primaries.clear();
    tpm.save();
    return true;
}

Secret volatile_blob(const Tpm& tpm) {
    SavedVolatile out;
    each_number(tpm,
                [&](const auto& number) { out.numbers.items.push_back(static_cast<std::uint64_t>(number)); });
    out.time = tpm.time();
    out.clock = tpm.clock();
    out.tick = tpm.ram.tick;
    out.heal_timer = tpm.ram.heal_timer;
    out.lockout_timer = tpm.ram.lockout_timer;
    out.null = saved_hierarchy(&tpm.reset.null, nullptr);
    out.platform = saved_hierarchy(nullptr, &tpm.clear.platform_access);
    out.pcr_auth = {taken(tpm.clear.pcr_auth.bytes())};
    out.command_audit_digest.value = tpm.reset.command_audit_digest;
    out.pcrs.value = tpm.ram.pcrs.content();
    out.saved_pcrs.value = tpm.clear.saved_pcrs.content();
    for (const SessionEntry& entry : tpm.reset.sessions) {
        SavedEntry& saved = out.sessions.items.emplace_back();
        saved.is_saved = entry.is_saved ? 1 : 0;
        saved.handle = entry.handle;
        saved.sequence = entry.saved_sequence;
        if (entry.session) saved.session.value = content_of(*entry.session);
    }
    for (const Slot& slot : tpm.ram.slots) {
        SavedSlot& saved = out.slots.items.emplace_back();
        if (slot.object) saved.object.value = saved_object(*slot.object);
        if (slot.sequence) saved.sequence.value = content_of(*slot.sequence);
    }
    if (tpm.ram.hcrtm)
        for (const Bytes& digest : *tpm.ram.hcrtm) out.hcrtm.items.push_back({digest});
    constexpr std::size_t rest = 32 << 10, of_session = 768, of_sequence = 2048;
    const std::size_t most = rest + out.sessions.items.size() * of_session +
                             out.slots.items.size() * (SavedObject::most + of_sequence);
    return blob_of(volatile_magic, encode_secret(out, byte_order, most).bytes());
}

bool is_resumable(const Tpm& tpm, ByteView blob) { return read(tpm, blob).has_value(); }

bool resume(Tpm& tpm, ByteView blob) {
    auto from = read(tpm, blob);
    if (!from) return false;
    std::size_t at = 0;
    each_number(tpm, [&]<class T>(T& number) { number = static_cast<T>(from->numbers.items[at++]); });
    tpm.ram.time_base = from->time;
    tpm.ram.time_since = tpm.time_source.now();
    tpm.ram.clock_at_power_on = from->clock - from->time;
    tpm.ram.tick = from->tick;
    tpm.ram.heal_timer = from->heal_timer;
    tpm.ram.lockout_timer = from->lockout_timer;
    restore_secrets(tpm, from->null, rh::null, Estate::null, Estate::null);
    restore_access(tpm, from->platform, rh::platform);
    tpm.clear.pcr_auth = tpm.memory.persist(Estate::firmware, from->pcr_auth.value);
    tpm.reset.command_audit_digest = from->command_audit_digest.value;
    const bool has_pcrs = tpm.ram.pcrs.set_content(from->pcrs.value) &&
                          tpm.clear.saved_pcrs.set_content(from->saved_pcrs.value);
    tpm.reset.sessions.clear();
    tpm.reset.sessions.resize(tpm.config.active_sessions);
    for (std::size_t i = 0; i < from->sessions.items.size(); ++i) {
        SavedEntry& saved = from->sessions.items[i];
        SessionEntry& entry = tpm.reset.sessions[i];
        if (saved.session.value) entry.session = restored(std::move(*saved.session.value), tpm.memory);
        entry.is_saved = saved.is_saved != 0;
        entry.handle = saved.handle;
        entry.saved_sequence = saved.sequence;
    }
    for (std::size_t i = 0; i < from->slots.items.size(); ++i) {
        SavedSlot& saved = from->slots.items[i];
        Slot& slot = tpm.ram.slots[i];
        if (saved.object.value)
            slot.object = tpm.loaded({std::move(*saved.object.value)});
        else if (saved.sequence.value)
            slot.sequence = restored(*saved.sequence.value, tpm.memory);
    }
    if (!from->hcrtm.items.empty()) {
        auto& hcrtm = tpm.ram.hcrtm.emplace();
        for (std::size_t i = 0; i < bank_count; ++i) hcrtm.at(i) = std::move(from->hcrtm.items[i].value);
    }
    return has_pcrs;
}

}  // namespace assay::tpm
