#include "sim/labels/slots.hpp"

#include <algorithm>
#include <stdexcept>

namespace assay::labels {
namespace {

constexpr std::array<LabelByte, 256> identity = [] {
    std::array<LabelByte, 256> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<LabelByte>(i);
    return out;
}();

std::uint64_t packed(const Label& label) { return std::uint64_t{label.set} << 8 | label.byte; }

}  // namespace

Result<Subject, Refusal> SlotTable::admit(Random& random, std::uint64_t now_ps) {
    for (std::size_t pair = 0; pair < max_subjects; ++pair) {
        const auto data = static_cast<LabelByte>(1 + 2 * pair), secret = static_cast<LabelByte>(2 + 2 * pair);
        if (slots_[data].live) continue;
        const std::uint32_t generation = slots_[data].generation + 1;
        SubjectId id{};
        random.fill(id);
        slots_[data] = {true, generation, id, Group::data, 0, now_ps};
        slots_[secret] = {true, generation, id, Group::secret, 0, now_ps};
        ++live_count_;
        return Subject{data, secret, generation};
    }
    return Refusal{"E_QUOTA", "all slots are taken", "slot table", "at most 126 live subjects"};
}

bool SlotTable::live(const Subject& subject) const {
    const Slot& slot = slots_[subject.data];
    return slot.live && slot.generation == subject.generation && subject.secret == subject.data + 1;
}

void SlotTable::release(const Subject& subject) {
    if (!live(subject)) throw std::logic_error("SlotTable::release: the subject is not live");
    slots_[subject.data].live = slots_[subject.secret].live = false;
    --live_count_;
}

std::optional<Subject> SlotTable::owner(LabelByte slot) const {
    if (slot == clean_byte || slot >= planted_byte || !slots_[slot].live) return std::nullopt;
    const auto data = static_cast<LabelByte>(slot % 2 == 1 ? slot : slot - 1);
    return Subject{data, static_cast<LabelByte>(data + 1), slots_[slot].generation};
}

Label SlotTable::label(const Subject& subject, DataClass data_class) {
    if (!live(subject)) throw std::logic_error("SlotTable::label: the subject is not live");
    const LabelByte slot = group_of(data_class) == Group::data ? subject.data : subject.secret;
    slots_[slot].classes =
        static_cast<std::uint8_t>(slots_[slot].classes | static_cast<unsigned>(data_class));
    return {slot, 0};
}

Label SlotTable::join(Label a, Label b) {
    if (a == b || b == clean) return a;
    if (a == clean) return b;
    if (a == unknown || b == unknown) return unknown;
    if (packed(b) < packed(a)) std::swap(a, b);
    const std::pair key{packed(a), packed(b)};
    if (const auto known = joined_.find(key); known != joined_.end()) return known->second;
    std::vector<LabelByte> both;
    std::ranges::set_union(members(a), members(b), std::back_inserter(both));
    const auto [entry, fresh] = ids_.try_emplace(both, static_cast<SetId>(sets_.size()));
    if (fresh) sets_.push_back(both);
    return joined_[key] = {mixed_byte, entry->second};
}

std::span<const LabelByte> SlotTable::members(const Label& label) const {
    if (label.byte == mixed_byte && label.set < sets_.size()) return sets_[label.set];
    if (label.byte == clean_byte || label.byte >= mixed_byte) return {};
    return std::span{identity}.subspan(label.byte, 1);
}

bool SlotTable::contains(const Label& label, LabelByte slot) const {
    return std::ranges::binary_search(members(label), slot);
}

}  // namespace assay::labels
