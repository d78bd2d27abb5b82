#include "sim/labels/registry.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/labels/label_oracle.hpp"

namespace assay::labels {

std::string Finding::text() const {
    std::string out = std::string{code} + " by " + std::string{oracle} + " in " + store + " at " +
                      std::to_string(range.at) + ", " + std::to_string(range.size) + " bytes";
    if (!form.empty()) out += ", " + form;
    if (generation != 0) out += ", generation " + std::to_string(generation);
    if (!detail.empty()) out += ": " + detail;
    return out;
}

Registry::Registry(Random& random, std::function<std::uint64_t()> now_ps)
    : random_(random), now_ps_(std::move(now_ps)) {}

void Registry::enter(LabelledStore& store) {
    if (store.name().empty() || !stores_.emplace(store.name(), &store).second)
        throw std::logic_error("labels: a second store named '" + store.name() + "'");
}

void Registry::leave(LabelledStore& store) {
    std::bitset<256> anything;
    anything.set();
    anything.reset(clean_byte);
    store.find(anything, [&](Range range, const Label& label) {
        Finding finding{
            "E_RESIDUE", "store", store.name(), range, {}, 0, "the store ends with labelled bytes"};
        if (const auto members = slots_.members(label); !members.empty())
            finding.generation = slots_.slot(members.front()).generation;
        add(std::move(finding));
    });
    stores_.erase(store.name());
}

LabelledStore* Registry::find(std::string_view name) const {
    const auto found = stores_.find(name);
    return found == stores_.end() ? nullptr : found->second;
}

void Registry::power_cycle() {
    ++power_cycles_;
    for (const auto& [name, store] : stores_) {
        store->power_cycle();
        store->orphan();
    }
    for (KeyStore* keys : key_stores_) keys->power_cycle();
    slots_ = {};
    strict = true;
    findings_ = {};
    scrubs_ = {};
    key_ends_ = {};
    declassifications_ = {};
    declassified_.clear();
    declassified_by_slot_.clear();
}

std::size_t Registry::state_bytes() const {
    std::size_t out = 0;
    for (const auto& [name, store] : stores_) out += store->capacity();
    return out;
}

void Registry::exempt(Exemption exemption) {
    if (exemption.reason.empty()) throw std::logic_error("labels: an exemption needs a reason");
    std::erase_if(exemptions_, [&](const Exemption& known) { return known.name == exemption.name; });
    exemptions_.push_back(std::move(exemption));
}

Result<Nothing, Refusal> Registry::release(const Subject& subject) {
    std::vector<Finding> residue = sweep(*this, subject);
    if (residue.empty()) {
        slots_.release(subject);
        declassified_by_slot_.erase(subject.data);
        declassified_by_slot_.erase(subject.secret);
        return Nothing{};
    }
    Refusal refusal{"E_RESIDUE", std::to_string(residue.size()) + " ranges are still labelled",
                    residue.front().store + " at " + std::to_string(residue.front().range.at),
                    "no byte of the subject in any store"};
    for (Finding& finding : residue) add(std::move(finding));
    return refusal;
}

Result<Nothing, Refusal> Registry::require_owner(const Label& label, const Subject& subject,
                                                 std::string_view where) {
    if (label == clean) return Nothing{};
    const auto members = slots_.members(label);
    const bool own = !members.empty() && std::ranges::all_of(members, [&](LabelByte slot) {
        return slot == subject.data || slot == subject.secret;
    });
    if (own) return Nothing{};
    Finding finding{"E_CROSS_SUBJECT", "label", std::string{where}, {}, {}, subject.generation, {}};
    finding.detail = "bytes of another subject, or of an unknown one, are read";
    Refusal refusal{"E_CROSS_SUBJECT", finding.detail, finding.store, "bytes of the subject itself"};
    add(std::move(finding));
    return refusal;
}

Result<Nothing, Refusal> Registry::cross(Sink sink, const Label& label, std::size_t size,
                                         std::string_view where, Range range) {
    if (label == clean || size == 0) return Nothing{};
    const SinkRule& row = rule(sink);
    bool secret = false;
    Finding finding{row.data_code, "sink", std::string{where}, {range.at, bucket(size)}, {}, 0, {}};
    for (const LabelByte slot : slots_.members(label)) {
        secret |= slots_.slot(slot).group == Group::secret;
        finding.generation = slots_.slot(slot).generation;
    }
    if (secret) finding.code = row.secret_code;
    finding.form = label == unknown ? "unknown" : secret ? "secret" : "data";
    finding.detail = "labelled bytes cross " + std::string{row.name};
    Refusal refusal{finding.code, finding.detail, finding.store,
                    "clean bytes, or bytes sealed for this sink"};
    add(std::move(finding));
    return refusal;
}

Result<Nothing, Refusal> Registry::cross(Sink sink, const LabelledStore& from, Range range) {
    Result<Nothing, Refusal> out = Nothing{};
    for (const Run& run : from.runs(range)) {
        auto one =
            cross(sink, run.label, run.range.size, from.name(), {range.at + run.range.at, run.range.size});
        if (!one && out) out = std::move(one);
    }
    return out;
}

Label Registry::sealed_label(const KeyRef& key, Sink sink, const Label& plain, std::size_t size) {
    if (plain == clean) return clean;
    if (key.store == nullptr || !key.store->live(key) || !declassifies(key.store->kind(key), sink))
        return plain;
    const KeyKind kind = key.store->kind(key);
    Declassification entry{now_ps(), key.id, kind, sink, size, plain.byte, 0};
    const auto members = slots_.members(plain);
    if (!members.empty()) entry.generation = slots_.slot(members.front()).generation;
    for (const LabelByte slot : members) declassified_by_slot_[slot][sink] += size;
    declassified_[{kind, sink}] += size;
    declassifications_.add(entry);
    return clean;
}

std::map<Sink, std::size_t> Registry::declassified(const Subject& subject) const {
    std::map<Sink, std::size_t> out;
    for (const LabelByte slot : {subject.data, subject.secret})
        if (const auto found = declassified_by_slot_.find(slot); found != declassified_by_slot_.end())
            for (const auto& [sink, size] : found->second) out[sink] += size;
    return out;
}

}  // namespace assay::labels
