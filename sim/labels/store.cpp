#include "sim/labels/store.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include <string.h>

#include "sim/labels/registry.hpp"

namespace assay::labels {
namespace {

constexpr std::size_t alignment = 64;

bool overlap(Range a, Range b) { return a.at < b.end() && b.at < a.end(); }
Range common(Range a, Range b) {
    const std::size_t at = std::max(a.at, b.at), end = std::min(a.end(), b.end());
    return {at, end > at ? end - at : 0};
}

std::uint8_t* zeroed(std::size_t size) {
    const std::size_t whole = std::max(alignment, (size + alignment - 1) / alignment * alignment);
    void* const raw = std::aligned_alloc(alignment, whole);
    if (raw == nullptr) throw std::bad_alloc{};
    std::memset(raw, 0, whole);
    return static_cast<std::uint8_t*>(raw);
}

}  // namespace

std::string_view name(StoreKind kind) {
    constexpr std::array<std::string_view, 16> names{
        "registers", "fifo", "sram",   "dram", "hbm",     "shared-page", "ring", "key-slots",
        "flash",     "swap", "outbox", "log",  "metrics", "trace",       "dump", "directory"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string_view name(ScrubMethod method) {
    constexpr std::array<std::string_view, 5> names{"overwrite-zero", "overwrite-pattern", "crypto-erase",
                                                    "process-exit", "power-cycle"};
    return names.at(static_cast<std::size_t>(method));
}

LabelledStore::LabelledStore(Registry& registry, StoreSpec spec)
    : registry_(registry), spec_(std::move(spec)), data_(zeroed(spec_.capacity)), shadow_(spec_.capacity) {
    registry_.enter(*this);
}

LabelledStore::~LabelledStore() {
    registry_.leave(*this);
    ::explicit_bzero(data_.get(), spec_.capacity);
}

void LabelledStore::check(Range range) const {
    if (range.at > spec_.capacity || range.size > spec_.capacity - range.at)
        throw std::out_of_range(spec_.name + ": bytes " + std::to_string(range.at) + " and " +
                                std::to_string(range.size) + " more, of " + std::to_string(spec_.capacity));
}

void LabelledStore::check_alignment(std::size_t at, std::size_t wanted) {
    if (wanted > alignment || at % wanted != 0) throw std::logic_error("LabelledStore: unaligned values");
}

bool LabelledStore::usable(Range range) const {
    return std::ranges::none_of(retired_, [&](Range out) { return overlap(out, range); });
}

void LabelledStore::check_usable(Range range) const {
    if (!usable(range)) throw std::logic_error(spec_.name + ": a range that is out of use");
}

bool LabelledStore::may_cross(Range range, std::span<const Run> runs) {
    if (!spec_.sink) return true;
    bool may = true;
    for (const Run& run : runs)
        if (!registry_.cross(*spec_.sink, run.label, run.range.size, spec_.name,
                             {range.at + run.range.at, run.range.size}))
            may = false;
    return may || !registry_.strict;
}

void LabelledStore::set_label(Range range, const Label& label) {
    if (label.byte == mixed_byte && label.set == 0) return set_label(range, unknown);
    shadow_.fill(range, label.byte);
    sets_.erase(range);
    if (label.byte == mixed_byte) sets_.set(range, label.set);
}

void LabelledStore::put(std::size_t at, ByteView data) {
    const Range range{at, data.size()};
    links_.erase(range);
    if (data.empty()) return;
    std::memmove(data_.get() + at, data.data(), data.size());
    end_produce(range);
}

void LabelledStore::begin_produce(Range range, const Label& label) {
    check(range);
    check_usable(range);
    if (spec_.sink) throw std::logic_error(spec_.name + ": a sink is written, never computed into");
    links_.erase(range);
    set_label(range, label);
}

void LabelledStore::end_produce(Range range) {
    for (const Stuck& stuck : stuck_) {
        const Range hit = common(stuck.range, range);
        if (hit.size > 0)
            std::memcpy(data_.get() + hit.at, stuck.held.data() + (hit.at - stuck.range.at), hit.size);
    }
}

bool LabelledStore::write(std::size_t at, ByteView data, const Label& label) {
    const Run whole{{0, data.size()}, label};
    return write(at, data, std::span{&whole, 1});
}

bool LabelledStore::write(std::size_t at, ByteView data, std::span<const Run> runs) {
    const Range range{at, data.size()};
    check(range);
    check_usable(range);
    std::size_t covered = 0;
    for (const Run& run : runs) {
        if (run.range.at != covered) throw std::logic_error(spec_.name + ": runs do not cover the data");
        covered += run.range.size;
    }
    if (covered != data.size()) throw std::logic_error(spec_.name + ": runs do not cover the data");
    if (!may_cross(range, runs)) return false;
    put(at, data);
    for (const Run& run : runs) set_label({at + run.range.at, run.range.size}, run.label);
    return true;
}

bool LabelledStore::copy(const LabelledStore& from, Range source, std::size_t at) {
    from.check(source);
    const Range range{at, source.size};
    check(range);
    check_usable(range);
    if (spec_.sink && !may_cross(range, from.runs(source))) return false;
    std::vector<std::pair<Range, SetId>> sets;
    from.sets_.each(source, [&](Range piece, SetId set) { sets.emplace_back(piece, set); });
    std::vector<std::pair<Range, SealedLink>> links;
    from.links_.each(source, [&](Range piece, const SealedLink& link) { links.emplace_back(piece, link); });
    put(at, from.bytes(source));
    shadow_.copy(from.shadow_, source, at);
    sets_.erase(range);
    const auto moved = [&](Range piece) {
        return Range{piece.at - source.at + at, piece.size};
    };
    for (const auto& [piece, set] : sets) sets_.set(moved(piece), set);
    for (const auto& [piece, link] : links) links_.set(moved(piece), link);
    return true;
}

ByteView LabelledStore::bytes(Range range) const {
    check(range);
    return {data_.get() + range.at, range.size};
}

Label LabelledStore::label(Range range) const {
    check(range);
    if (const auto all = shadow_.uniform(range); all && *all != mixed_byte) return {*all, 0};
    Label out = clean;
    shadow_.each_run(range, [&](Range run, LabelByte byte) {
        each_label(run, byte, [&](Range, const Label& label) { out = registry_.join(out, label); });
    });
    return out;
}

std::vector<Run> LabelledStore::runs(Range range) const {
    check(range);
    std::vector<Run> out;
    shadow_.each_run(range, [&](Range run, LabelByte byte) {
        each_label(run, byte, [&](Range piece, const Label& label) {
            out.push_back({{piece.at - range.at, piece.size}, label});
        });
    });
    return out;
}

void LabelledStore::read_labels(std::size_t at, std::span<LabelByte> out) const {
    check({at, out.size()});
    shadow_.read(at, out);
}

Result<Nothing, Refusal> LabelledStore::scrub(Range range, ScrubMethod method) {
    check(range);
    std::vector<Range> bad;
    const auto overwrite = [&](std::uint8_t pattern) {
        std::memset(data_.get() + range.at, pattern, range.size);
        links_.erase(range);
        end_produce(range);
        // Reads back: what differs is bad from its first to its last byte.
        const ByteView now = bytes(range);
        if (now.empty()) return;
        if (now[0] == pattern && std::memcmp(now.data(), now.data() + 1, now.size() - 1) == 0) return;
        const auto differs = [&](std::uint8_t byte) {
            return byte != pattern;
        };
        const auto first = std::ranges::find_if(now, differs);
        const auto last = std::find_if(now.rbegin(), now.rend(), differs);
        const auto at = static_cast<std::size_t>(first - now.begin());
        bad.push_back({range.at + at, static_cast<std::size_t>(last.base() - first)});
    };
    if (method == ScrubMethod::overwrite_pattern) overwrite(0xA5);
    overwrite(0);

    std::size_t at = range.at;
    std::ranges::sort(bad, {}, &Range::at);
    for (const Range out : bad) {
        if (out.at > at) set_label({at, out.at - at}, clean);
        at = std::max(at, out.end());
        retired_.push_back(out);
    }
    if (range.end() > at) set_label({at, range.end() - at}, clean);
    registry_.add(ScrubRecord{registry_.now_ps(), spec_.name, range, method, bad.empty()});
    if (bad.empty()) return Nothing{};
    Refusal refusal{"E_SCRUB_VERIFY", std::to_string(bad.front().size) + " bytes keep what they held",
                    spec_.name + " at " + std::to_string(bad.front().at),
                    "the pattern, when it is read back"};
    registry_.add(Finding{refusal.code, "store", spec_.name, bad.front(), std::string{labels::name(method)},
                          0, refusal.what});
    return refusal;
}

void LabelledStore::power_cycle() {
    if (!spec_.is_volatile) return;
    ::explicit_bzero(data_.get(), spec_.capacity);
    links_.erase(all());
    set_label(all(), clean);
    stuck_.clear();
    retired_.clear();
    registry_.add(ScrubRecord{registry_.now_ps(), spec_.name, all(), ScrubMethod::power_cycle, true});
}

void LabelledStore::orphan() {
    std::bitset<256> anything;
    anything.set();
    anything.reset(clean_byte);
    std::vector<Range> labelled;
    find(anything, [&](Range range, const Label&) { labelled.push_back(range); });
    for (const Range range : labelled) set_label(range, unknown);
}

void LabelledStore::stick(Range range) {
    const ByteView held = bytes(range);
    stuck_.push_back({range, {held.begin(), held.end()}});
}

}  // namespace assay::labels
