// Subjects that are alive, and the label bytes that stand for them.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/base/result.hpp"
#include "sim/labels/label.hpp"

namespace assay::labels {

/// Random, never a client's identity.
using SubjectId = std::array<std::uint8_t, 16>;

/// One request, or one declared session: a slot for its data and one for its secrets. `generation` tells it
/// from an earlier subject with the same slots.
struct Subject {
    LabelByte data = clean_byte, secret = clean_byte;
    std::uint32_t generation = 0;
    bool operator==(const Subject&) const = default;
};

struct Slot {
    bool live = false;
    std::uint32_t generation = 0;
    SubjectId subject{};
    Group group{};
    std::uint8_t classes = 0;  // bits of DataClass that have been asked for
    std::uint64_t born_ps = 0;
};

/// Slots 1 to 252, two for each of 126 subjects; slot 253 is the controls'.
class SlotTable {
public:
    static constexpr std::size_t max_subjects = 126;

    /// E_QUOTA when all slots are taken: a slot is never shared.
    Result<Subject, Refusal> admit(Random& random, std::uint64_t now_ps);
    /// The slots may be used again, under a new generation. std::logic_error for a subject that is not live.
    void release(const Subject& subject);

    bool live(const Subject& subject) const;
    std::size_t live_count() const { return live_count_; }
    /// The subject that owns this slot now.
    std::optional<Subject> owner(LabelByte slot) const;
    const Slot& slot(LabelByte label) const { return slots_[label]; }
    /// std::logic_error for a subject that is not live: nobody may write for it any more.
    Label label(const Subject& subject, DataClass data_class);

    /// Clean is neutral, equal labels stay, unknown wins over everything, others mix.
    Label join(Label a, Label b);
    /// Of a label: its slot, or the slots of its set, ascending. Empty for clean and unknown.
    std::span<const LabelByte> members(const Label& label) const;
    bool contains(const Label& label, LabelByte slot) const;

private:
    std::array<Slot, 256> slots_{};
    std::size_t live_count_ = 0;
    std::vector<std::vector<LabelByte>> sets_{{}};  // [0] is no set
    std::map<std::vector<LabelByte>, SetId> ids_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, Label> joined_;
};

}  // namespace assay::labels
