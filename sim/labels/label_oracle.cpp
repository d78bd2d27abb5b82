#include "sim/labels/label_oracle.hpp"

#include <algorithm>

namespace assay::labels {
namespace {

bool key_is_live(const Registry& registry, std::uint64_t key) {
    return std::ranges::any_of(registry.key_stores(),
                               [&](KeyStore* keys) { return !keys->copies(key).empty(); });
}

std::string form_of(const Registry& registry, const Label& label) {
    if (label == unknown) return "unknown";
    std::string out = label.byte == mixed_byte ? "mixed" : "";
    for (const LabelByte slot : registry.slots().members(label)) {
        out += out.empty() ? "" : " ";
        out += slot == planted_byte                                 ? "planted"
               : registry.slots().slot(slot).group == Group::secret ? "secret"
                                                                    : "data";
    }
    return out;
}

/// `relevant(Label)` says whether bytes so labelled, or plaintext so labelled under a live key, are residue.
template <class Relevant>
std::vector<Finding> sweep_labels(const Registry& registry, const std::bitset<256>& wanted,
                                  const Relevant& relevant) {
    std::vector<Finding> out;
    for (const auto& [name, store] : registry.stores()) {
        const auto found = [&, &in = name](Range range, const Label& label, std::string form) {
            Finding finding{"E_RESIDUE", "label", in, range, std::move(form), 0, {}};
            if (const auto members = registry.slots().members(label); !members.empty())
                finding.generation = registry.slots().slot(members.front()).generation;
            out.push_back(std::move(finding));
        };
        store->find(wanted, [&](Range range, const Label& label) {
            if (relevant(label)) found(range, label, form_of(registry, label));
        });
        store->each_link(store->all(), [&](Range range, const SealedLink& link) {
            if (link.plain != clean && relevant(link.plain) && key_is_live(registry, link.key))
                found(range, link.plain, "sealed under a live key");
        });
    }
    return out;
}

}  // namespace

std::vector<Finding> sweep(const Registry& registry, const Subject& subject) {
    std::bitset<256> wanted;
    for (const LabelByte byte : {subject.data, subject.secret, mixed_byte, unknown_byte}) wanted.set(byte);
    return sweep_labels(registry, wanted, [&](const Label& label) {
        return label == unknown || registry.slots().contains(label, subject.data) ||
               registry.slots().contains(label, subject.secret);
    });
}

std::vector<Finding> sweep_all(const Registry& registry) {
    std::bitset<256> wanted;
    wanted.set();
    wanted.reset(clean_byte);
    return sweep_labels(registry, wanted, [](const Label&) { return true; });
}

std::vector<Finding> sweep_slot(const Registry& registry, LabelByte slot) {
    std::bitset<256> wanted;
    for (const LabelByte byte : {slot, mixed_byte}) wanted.set(byte);
    return sweep_labels(registry, wanted,
                        [&](const Label& label) { return registry.slots().contains(label, slot); });
}

}  // namespace assay::labels
