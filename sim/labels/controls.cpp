#include "sim/labels/controls.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "sim/labels/label_oracle.hpp"

namespace assay::labels {
namespace {

std::size_t below(Random& random, std::size_t limit) {
    std::array<std::uint8_t, 8> raw{};
    random.fill(raw);
    return static_cast<std::size_t>(load<std::uint64_t>(raw, std::endian::little) % limit);
}

/// Offsets at which `size` bytes are planted, ascending, not overlapping.
std::vector<std::size_t> places(std::size_t capacity, std::size_t size) {
    std::vector<std::size_t> out{0};
    const auto add = [&](std::size_t at) {
        if (at >= out.back() + size && at + size <= capacity) out.push_back(at);
    };
    if (capacity > Shadow::page_size + size) add(Shadow::page_size - size / 2);
    if (capacity >= size) add(capacity - size);
    return out;
}

using Seen = std::set<std::pair<std::string, std::pair<std::size_t, std::size_t>>>;
Seen seen(const std::vector<Finding>& findings) {
    Seen out;
    for (const Finding& one : findings) out.insert({one.store, {one.range.at, one.range.size}});
    return out;
}
std::size_t common(const Seen& a, const Seen& b) {
    return static_cast<std::size_t>(
        std::ranges::count_if(a, [&](const auto& one) { return b.contains(one); }));
}

void control_labels(Registry& registry, LabelledStore& store, Random& random, Control& control) {
    std::set<std::size_t> offsets{0, store.capacity() - 1, below(random, store.capacity())};
    Seen planted_at;
    for (auto it = offsets.begin(); it != offsets.end();) {  // neighbours are one run
        const std::size_t first = *it;
        std::size_t end = first + 1;
        while (++it != offsets.end() && *it == end) ++end;
        planted_at.insert({store.name(), {first, end - first}});
    }
    std::vector<std::unique_ptr<Plant>> plants;
    for (const std::size_t at : offsets)
        plants.push_back(std::make_unique<Plant>(store, at, store.bytes({at, 1}), planted));
    const Seen found = seen(sweep_slot(registry, planted_byte));
    control.label_planted += planted_at.size();
    control.label_found += common(planted_at, found);
    control.false_alarm |= common(planted_at, found) != found.size();
}

void control_content(Registry& registry, LabelledStore& store, Random& random, std::size_t turn,
                     Control& control) {
    const Secret canary = make_canary(random);
    const std::vector<Form> forms = forms_of_canary(canary.bytes());
    const Form* form = nullptr;
    for (std::size_t i = 0; i < forms.size() && form == nullptr; ++i) {
        const Form& candidate = forms[(turn + i) % forms.size()];
        if (candidate.bytes.bytes().size() <= store.capacity()) form = &candidate;
    }
    if (form == nullptr) {
        control.not_covered = "shorter than the shortest form";
        return;
    }
    ContentOracle oracle{random};
    oracle.add(forms_of_canary(canary.bytes()));
    const ByteView bytes = form->bytes.bytes();
    Seen planted_at;
    std::vector<std::unique_ptr<Plant>> plants;
    for (const std::size_t at : places(store.capacity(), bytes.size())) {
        plants.push_back(std::make_unique<Plant>(store, at, bytes, planted));
        planted_at.insert({store.name(), {at, bytes.size()}});
    }
    // Both look at the same plants: the label oracle sees what it is labelled, the content oracle what it is.
    const Seen by_content = seen(oracle.scan(registry)), by_label = seen(sweep_slot(registry, planted_byte));
    control.content_planted += planted_at.size();
    control.content_found += common(planted_at, by_content);
    control.false_alarm |= common(planted_at, by_content) != by_content.size();
    for (auto& plant : plants) plant.reset();
    control.false_alarm |= !oracle.scan(registry).empty();
    std::size_t labelled = 0;
    for (const auto& one : by_label) labelled += one.second.second;
    control.label_planted += 1;
    control.label_found += labelled == planted_at.size() * bytes.size() ? 1 : 0;
}

}  // namespace

Plant::Plant(LabelledStore& store, std::size_t at, ByteView bytes, const Label& label)
    : store_(store), range_{at, bytes.size()}, bytes_(bytes.size()), runs_(store.runs(range_)) {
    std::ranges::copy(store.bytes(range_), bytes_.bytes().begin());
    store.links_.each(range_, [&](Range piece, const SealedLink& link) { links_.emplace_back(piece, link); });
    store.links_.erase(range_);
    std::memmove(store.data_.get() + at, bytes.data(), bytes.size());
    store.set_label(range_, label);
}

Plant::~Plant() {
    std::ranges::copy(bytes_.bytes(), store_.data_.get() + range_.at);
    for (const Run& run : runs_) store_.set_label({range_.at + run.range.at, run.range.size}, run.label);
    for (const auto& [piece, link] : links_) store_.links_.set(piece, link);
}

std::vector<Control> run_controls(Registry& registry, Random& random) {
    std::vector<Control> out;
    std::size_t turn = below(random, 1000);
    for (const auto& [name, store] : registry.stores()) {
        Control control{.store = name};
        if (store->capacity() > 0) {
            control_labels(registry, *store, random, control);
            control_content(registry, *store, random, turn++, control);
            control.false_alarm |= !sweep_slot(registry, planted_byte).empty();
        }
        out.push_back(std::move(control));
    }
    return out;
}

}  // namespace assay::labels
