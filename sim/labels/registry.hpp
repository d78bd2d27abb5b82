// Every store of a platform, every subject in it, and what happened to their bytes.
#pragma once
#include <functional>
#include <map>

#include "sim/labels/journal.hpp"
#include "sim/labels/key_store.hpp"
#include "sim/labels/slots.hpp"
#include "sim/labels/store.hpp"

namespace assay::labels {

/// Something that must not be. Holds no user data.
struct Finding {
    std::string_view code;    // E_RESIDUE, E_PLAINTEXT_EGRESS, ...
    std::string_view oracle;  // "label", "content", "sink", "order", "store"
    std::string store;
    Range range{};
    std::string form{};            // "data", "secret", "unknown", "base64 phase 1", ...
    std::uint32_t generation = 0;  // of the slot, where one is known
    std::string detail{};
    std::string text() const;
};

/// Every time that bytes lost their label by being sealed.
struct Declassification {
    std::uint64_t t_ps = 0;
    std::uint64_t key = 0;
    KeyKind kind{};
    Sink sink{};
    std::size_t size = 0;
    LabelByte slot = clean_byte;
    std::uint32_t generation = 0;
};
struct ScrubRecord {
    std::uint64_t t_ps = 0;
    std::string store;
    Range range;
    ScrubMethod method{};
    bool verified = false;
};
/// A key slot that was zeroised and read back.
struct KeyEnd {
    std::uint64_t t_ps = 0;
    std::uint64_t key = 0;
    std::string store;
};
struct Exemption {
    std::string name;
    std::size_t size = 0;  // bytes
    std::string reason;
};

class Registry {
public:
    /// `random` names subjects and outlives the registry; `now_ps` is the time of what is recorded.
    explicit Registry(Random& random, std::function<std::uint64_t()> now_ps = {});
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // Subjects.
    /// E_QUOTA when 126 are alive.
    Result<Subject, Refusal> admit() { return slots_.admit(random_, now_ps()); }
    /// Its slots may be used again. E_RESIDUE while any store holds a byte of it, or an UNKNOWN one; each
    /// such byte range is then a finding.
    Result<Nothing, Refusal> release(const Subject& subject);
    /// std::logic_error for a subject that was released.
    Label label(const Subject& subject, DataClass data_class) { return slots_.label(subject, data_class); }
    Label join(const Label& a, const Label& b) { return slots_.join(a, b); }
    /// E_CROSS_SUBJECT, and a finding, when `label` holds data of another subject (or UNKNOWN bytes).
    Result<Nothing, Refusal> require_owner(const Label& label, const Subject& subject,
                                           std::string_view where);
    const SlotTable& slots() const { return slots_; }

    /// A scenario begins: volatile stores come up empty, nobody is alive, nothing is recorded. In a store
    /// that keeps its bytes, the labelled ones are UNKNOWN until somebody says again whose they are.
    void power_cycle();
    /// How many there were: a subject of before is nobody's.
    std::uint64_t power_cycles() const { return power_cycles_; }

    // Stores, in order of name.
    const std::map<std::string, LabelledStore*, std::less<>>& stores() const { return stores_; }
    /// Null when there is none of this name.
    LabelledStore* find(std::string_view name) const;
    std::size_t state_bytes() const;
    /// Storage that no store stands for, and why (std::logic_error without a reason). One of a name that is
    /// there already takes its place.
    void exempt(Exemption exemption);
    const std::vector<Exemption>& exemptions() const { return exemptions_; }
    const std::vector<KeyStore*>& key_stores() const { return key_stores_; }

    // Crossings and records.
    /// Strict: what may not cross is blocked; else it is only a finding. Strict from the start.
    bool strict = true;
    /// The one gate of the trust boundary. `size` bytes of this label cross at `where`.
    Result<Nothing, Refusal> cross(Sink sink, const Label& label, std::size_t size, std::string_view where,
                                   Range range = {});
    Result<Nothing, Refusal> cross(Sink sink, const LabelledStore& from, Range range);
    /// The label of what `key` has just sealed: clean where its kind declassifies at `sink` (recorded), else
    /// `plain` as it was. For code that seals by itself, as HPKE does. A stale key declassifies nothing.
    Label sealed_label(const KeyRef& key, Sink sink, const Label& plain, std::size_t size);

    void add(Finding finding) { findings_.add(std::move(finding)); }
    void add(ScrubRecord record) { scrubs_.add(std::move(record)); }
    void add(KeyEnd end) { key_ends_.add(std::move(end)); }
    Journal<Finding>& findings() { return findings_; }
    Journal<ScrubRecord>& scrubs() { return scrubs_; }
    Journal<KeyEnd>& key_ends() { return key_ends_; }
    Journal<Declassification>& declassifications() { return declassifications_; }
    /// Bytes that crossed sealed, of everything and of one live subject.
    const std::map<std::pair<KeyKind, Sink>, std::size_t>& declassified() const { return declassified_; }
    std::map<Sink, std::size_t> declassified(const Subject& subject) const;

    std::uint64_t now_ps() const { return now_ps_ ? now_ps_() : 0; }
    Random& random() { return random_; }

private:
    friend class LabelledStore;
    friend class KeyStore;
    void enter(LabelledStore& store);
    void leave(LabelledStore& store);

    Random& random_;
    std::function<std::uint64_t()> now_ps_;
    std::uint64_t power_cycles_ = 0;
    SlotTable slots_;
    std::map<std::string, LabelledStore*, std::less<>> stores_;
    std::vector<KeyStore*> key_stores_;
    std::vector<Exemption> exemptions_;
    Journal<Finding> findings_;
    Journal<ScrubRecord> scrubs_;
    Journal<KeyEnd> key_ends_;
    Journal<Declassification> declassifications_;
    std::map<std::pair<KeyKind, Sink>, std::size_t> declassified_;
    std::map<LabelByte, std::map<Sink, std::size_t>> declassified_by_slot_;
};

}  // namespace assay::labels
