// Modelled storage whose bytes always have a label: RAM, HBM, rings, key slots, logs.
#pragma once
#include <cstdlib>
#include <memory>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"
#include "sim/labels/interval_map.hpp"
#include "sim/labels/shadow.hpp"
#include "sim/labels/sink.hpp"

namespace assay::labels {

class Registry;
struct KeyRef;

enum class StoreKind : std::uint8_t {
    registers,
    fifo,
    sram,
    dram,
    hbm,
    shared_page,
    ring,
    key_slots,
    flash,
    swap,
    outbox,
    log,
    metrics,
    trace,
    dump,
    directory,
};
std::string_view name(StoreKind kind);

enum class ScrubMethod : std::uint8_t {
    overwrite_zero,
    overwrite_pattern,  // a pattern, read back, then zeros
    crypto_erase,
    process_exit,
    power_cycle,
};
std::string_view name(ScrubMethod method);

struct StoreSpec {
    std::string name;  // dotted, unique in its registry: "gpu.hbm.kv"
    StoreKind kind{};
    std::size_t capacity = 0;  // bytes
    bool is_volatile = true;   // loses everything in a power cycle
    /// What is written here leaves the trust boundary (a page that the host sees, a log): every write is
    /// checked as a crossing.
    std::optional<Sink> sink{};
};

/// A ciphertext in a store: which key opens it, and whose the plaintext is.
struct SealedLink {
    std::uint64_t key = 0;
    Label plain;
    bool operator==(const SealedLink&) const = default;
};

/// Data and label change in one step; there is no way to write data without a label. Registers itself, and
/// takes itself out again when it dies. Ranges outside the capacity are bugs of the caller
/// (std::out_of_range), and so are writes into a range that was taken out of use (std::logic_error).
///
///     labels::Registry registry{random};
///     labels::LabelledStore kv{registry, {"gpu.hbm.kv", labels::StoreKind::hbm, 64 << 10}};
///     const auto subject = *registry.admit();
///     kv.write(0, tokens, registry.label(subject, labels::DataClass::prompt));
///     kv.produce({4096, 256}, kv.label({0, tokens.size()}), [&](std::span<std::uint8_t> out) { ... });
///     ...
///     if (const auto done = kv.scrub(kv.all(), labels::ScrubMethod::overwrite_zero); !done) ...
class LabelledStore {
public:
    LabelledStore(Registry& registry, StoreSpec spec);
    LabelledStore(const LabelledStore&) = delete;
    LabelledStore& operator=(const LabelledStore&) = delete;
    /// What is still labelled is a finding of the registry, and is wiped.
    ~LabelledStore();

    const StoreSpec& spec() const { return spec_; }
    const std::string& name() const { return spec_.name; }
    std::size_t capacity() const { return spec_.capacity; }
    Range all() const { return {0, spec_.capacity}; }
    Registry& registry() const { return registry_; }

    /// Each is false, and changes nothing, when the store is a sink, the bytes may not cross it, and the
    /// registry is strict: the crossing is a finding either way.
    bool write(std::size_t at, ByteView data, const Label& label);
    /// Labels by runs that cover `data`, ascending.
    bool write(std::size_t at, ByteView data, std::span<const Run> runs);
    /// The bytes become UNKNOWN, which counts as residue.
    bool write_unlabelled(std::size_t at, ByteView data) { return write(at, data, unknown); }
    /// Bytes and labels; `from` may be this store, and the ranges may overlap.
    bool copy(const LabelledStore& from, Range source, std::size_t at);
    /// `fill` writes the range through the span it gets, which is dead afterwards. Not for sinks
    /// (std::logic_error). The range has the label when `fill` begins, so that a throw leaves nothing bare.
    template <class F>
    void produce(Range range, const Label& label, F&& fill) {
        begin_produce(range, label);
        try {
            std::forward<F>(fill)(std::span{data_.get() + range.at, range.size});
        } catch (...) {
            end_produce(range);
            throw;
        }
        end_produce(range);
    }
    /// The same for `count` objects of T from `at`, which is aligned for T.
    template <class T, class F>
    void produce_as(std::size_t at, std::size_t count, const Label& label, F&& fill) {
        check_alignment(at, alignof(T));
        produce({at, count * sizeof(T)}, label, [&](std::span<std::uint8_t> raw) {
            std::forward<F>(fill)(std::span<T>{reinterpret_cast<T*>(raw.data()), count});
        });
    }

    /// Whoever reads takes the label along.
    ByteView bytes(Range range) const;
    template <class T>
    std::span<const T> values(std::size_t at, std::size_t count) const {
        check_alignment(at, alignof(T));
        return {reinterpret_cast<const T*>(bytes({at, count * sizeof(T)}).data()), count};
    }
    /// The join of all labels of the range.
    Label label(Range range) const;
    std::vector<Run> runs(Range range) const;
    /// Label bytes alone, for buses; where one is MIXED the sets come from runs().
    void read_labels(std::size_t at, std::span<LabelByte> out) const;

    /// Overwrites the range, reads back, and clears the labels of what reads back right. E_SCRUB_VERIFY: the
    /// part that does not is out of use from now on, and keeps its label.
    Result<Nothing, Refusal> scrub(Range range, ScrubMethod method);
    /// A volatile store comes up empty; others keep what they have.
    void power_cycle();
    /// Nobody knows any more whose the labelled bytes are: they are UNKNOWN.
    void orphan();
    bool usable(Range range) const;

    /// Ciphertexts that seal() put here, cut to `range`.
    template <class F>
    void each_link(Range range, const F& f) const {
        links_.each(range, f);
    }

    /// What came here sealed over a bus: says which key opens it. It only ever adds to what oracles report.
    void add_link(Range range, const SealedLink& link) {
        check(range);
        links_.set(range, link);
    }

    /// Runs of the wanted label bytes in the whole store: `f(Range, Label)`, ascending.
    template <class F>
    void find(const std::bitset<256>& wanted, const F& f) {
        shadow_.find(wanted, [&](Range range, LabelByte byte) { each_label(range, byte, f); });
    }
    std::size_t materialised_pages() const { return shadow_.materialised(); }

    /// A fault of the memory: writes to these bytes are lost from now on.
    void stick(Range range);

private:
    friend class Plant;
    friend Result<Nothing, Refusal> seal(Registry&, const KeyRef&, ByteView, ByteView, const LabelledStore&,
                                         Range, LabelledStore&, std::size_t, Sink);
    friend Result<Nothing, Refusal> open(Registry&, const KeyRef&, ByteView, ByteView, const LabelledStore&,
                                         Range, LabelledStore&, std::size_t, const Label&);
    struct Free {
        void operator()(std::uint8_t* p) const { std::free(p); }
    };

    void check(Range range) const;
    static void check_alignment(std::size_t at, std::size_t alignment);
    void check_usable(Range range) const;
    bool may_cross(Range range, std::span<const Run> runs);
    void begin_produce(Range range, const Label& label);
    void end_produce(Range range);
    void set_label(Range range, const Label& label);
    /// Bytes, except where a fault holds the old ones.
    void put(std::size_t at, ByteView data);
    template <class F>
    void each_label(Range range, LabelByte byte, const F& f) const {
        if (byte == mixed_byte)
            sets_.each(range, [&](Range piece, SetId set) { f(piece, Label{mixed_byte, set}); });
        else
            f(range, Label{byte, 0});
    }

    Registry& registry_;
    StoreSpec spec_;
    std::unique_ptr<std::uint8_t[], Free> data_;
    Shadow shadow_;
    IntervalMap<SetId> sets_;
    IntervalMap<SealedLink> links_;
    std::vector<Range> retired_;
    struct Stuck {
        Range range;
        Bytes held;
    };
    std::vector<Stuck> stuck_;
};

}  // namespace assay::labels
