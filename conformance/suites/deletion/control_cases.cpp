// Whether the node's oracles see: plants of every form in every store, and nothing where nothing is.
#include <algorithm>

#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace control_topic {

struct Place {
    std::string store;
    std::size_t at;
};
/// First, across a page boundary, and last, in every store that is long enough.
std::vector<Place> places(Trial& trial, std::size_t size) {
    std::vector<Place> out;
    for (const StoreInfo& store : node(trial).stores()) {
        if (store.capacity < size) continue;
        out.push_back({store.name, 0});
        if (store.capacity > 4096 + size) out.push_back({store.name, 4096 - size / 2});
        if (store.capacity >= 2 * size) out.push_back({store.name, store.capacity - size});
    }
    trial.expect(out.size() >= 10, "no-stores", "the node has stores to plant in",
                 std::to_string(out.size()) + " places");
    return out;
}
bool overlaps(const StoreFinding& finding, const Place& place, std::size_t size) {
    return finding.store == place.store && finding.at < place.at + size &&
           place.at < finding.at + finding.size;
}

void find_content(Trial& trial, const CanaryForm& form) {
    trial.need(node(trial).pull(), "pulling plants");
    for (const Place& place : places(trial, form.bytes.size())) {
        trial.need(node(trial).plant(place.store, place.at, form.bytes, false), "planting");
        const auto found = trial.need(node(trial).sweep_content(), "a sweep");
        trial.expect(found.size() == 1 && overlaps(found[0], place, form.bytes.size()), "missed",
                     form.name + " in " + place.store + " at " + std::to_string(place.at) +
                         " is found, and nothing else",
                     listed(found));
        trial.need(node(trial).pull(), "pulling plants");
    }
    const auto after = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(after.empty(), "false-alarm", "once they are pulled nothing is found", listed(after));
}

void labels_are_seen(Trial& trial) {
    for (const Place& place : places(trial, 1)) {
        trial.need(node(trial).plant(place.store, place.at, Bytes(1, 0), true), "planting");
        const auto found = trial.need(node(trial).sweep_plants(), "a sweep");
        trial.expect(found.size() == 1 && found[0].store == place.store && found[0].at == place.at &&
                         found[0].size == 1,
                     "missed",
                     "one labelled byte in " + place.store + " at " + std::to_string(place.at) + " is found",
                     listed(found));
        trial.need(node(trial).pull(), "pulling plants");
    }
    const auto after = trial.need(node(trial).sweep_plants(), "a sweep");
    trial.expect(after.empty(), "false-alarm", "once they are pulled nothing is found", listed(after));
}
void ranges_are_exact(Trial& trial) {
    for (const std::size_t size : {std::size_t{2}, std::size_t{63}, std::size_t{4096}, std::size_t{5000}}) {
        for (const Place& place : places(trial, size)) {
            trial.need(node(trial).plant(place.store, place.at, Bytes(size, 0xEE), true), "planting");
            const auto found = trial.need(node(trial).sweep_plants(), "a sweep");
            trial.expect(found.size() == 1 && found[0].at == place.at && found[0].size == size, "inexact",
                         std::to_string(size) + " bytes in " + place.store + " at " +
                             std::to_string(place.at) + " are found to the byte",
                         listed(found));
            trial.need(node(trial).pull(), "pulling plants");
        }
    }
}
void plants_leave_no_trace(Trial& trial) {
    const auto stores = node(trial).stores();
    std::vector<Bytes> before;
    for (const StoreInfo& store : stores)
        before.push_back(trial.need(node(trial).raw_read(store.name), "reading"));
    const Bytes planted(24, 0x5A);
    for (const Place& place : places(trial, planted.size()))
        trial.need(node(trial).plant(place.store, place.at, planted, true), "planting");
    trial.expect(!raw_place(trial, planted).empty(), "no-sensitivity", "a plant stands in its store",
                 "it is in none");
    trial.need(node(trial).pull(), "pulling plants");
    for (std::size_t i = 0; i < stores.size(); ++i)
        trial.expect(trial.need(node(trial).raw_read(stores[i].name), "reading") == before[i], "changed",
                     "a store is after its controls as it was before", stores[i].name);
}
void nothing_without_a_request(Trial& trial) {
    const std::string text = canary(trial);
    trial.need(node(trial).look_for(as_bytes(text), {}), "watching for a canary");
    const auto stores = node(trial).stores();
    trial.expect(stores.size() >= 10, "no-stores", "there is something to look at",
                 std::to_string(stores.size()));
    trial.need(node(trial).plant(stores.front().name, 0, as_bytes(text), true), "planting");
    trial.expect(!trial.need(node(trial).sweep_labels(), "a sweep").empty() &&
                     !trial.need(node(trial).sweep_content(), "a sweep").empty(),
                 "no-sensitivity", "a plant is seen by both oracles", "it is not");
    trial.need(node(trial).pull(), "pulling plants");
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(labels.empty(), "false-alarm", "without a request nothing is labelled", listed(labels));
    const auto content = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(content.empty(), "false-alarm", "and no canary is found", listed(content));
}
void fifteen_characters_are_not_a_hit(Trial& trial) {
    const std::string text = canary(trial);
    trial.need(node(trial).look_for(as_bytes(text), {}), "watching");
    const std::string store = node(trial).stores().at(0).name;
    const std::string part = text.substr(3, 15), whole = text.substr(3, 16);
    trial.need(node(trial).plant(store, 8, as_bytes(part), false), "planting");
    const auto few = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(few.empty(), "false-alarm", "15 characters are too few to be told from chance", listed(few));
    trial.need(node(trial).pull(), "pulling plants");
    trial.need(node(trial).plant(store, 8, as_bytes(whole), false), "planting");
    const auto enough = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(enough.size() == 1, "missed", "16 are found", listed(enough));
    trial.need(node(trial).pull(), "pulling plants");
}

/// All names of forms, of any canary.
std::vector<Case> form_cases() {
    std::vector<Case> out;
    const std::vector<std::uint32_t> ids{1, 70, 71, 72, 90, 88, 301, 45, 60, 61};
    const auto watch = [ids](Trial& trial) {
        trial.need(node(trial).look_for(as_bytes(canary_text(99)), ids), "watching for a canary");
    };
    std::vector<CanaryForm> all = canary_forms(canary_text(99));
    for (CanaryForm& form : token_forms(ids, 1)) all.push_back(std::move(form));
    for (const CanaryForm& form : all)
        out.push_back(make_case("form." + form.name, "A canary as " + form.name + " is found in every store",
                                {"DEL-CTL-001"}, watch, [form](Trial& trial) { find_content(trial, form); },
                                {"plant"}));
    return out;
}

std::vector<Case> all() {
    std::vector<Case> out = form_cases();
    out.push_back(make_case("control.labels", "One labelled byte is found in every store", {"DEL-CTL-002"},
                            nullptr, labels_are_seen, {"plant"}));
    out.push_back(make_case("control.ranges", "Labelled ranges are found to the byte", {"DEL-CTL-002"},
                            nullptr, ranges_are_exact, {"plant"}));
    out.push_back(make_case("control.restored", "Controls leave every store as it was", {"DEL-CTL-003"},
                            nullptr, plants_leave_no_trace, {"plant"}));
    out.push_back(make_case("control.negative", "Without a request no oracle finds anything", {"DEL-CTL-003"},
                            nullptr, nothing_without_a_request));
    out.push_back(make_case("control.chance", "A part that chance could make is no hit", {"DEL-CTL-003"},
                            nullptr, fifteen_characters_are_not_a_hit, {"plant"}));
    return out;
}

}  // namespace control_topic

std::vector<Case> control_cases() { return control_topic::all(); }

}  // namespace assay::conformance::deletion
