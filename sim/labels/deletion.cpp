#include "sim/labels/deletion.hpp"

#include <algorithm>

#include "sim/labels/label_oracle.hpp"

namespace assay::labels {
namespace {

/// Collects refusals; work goes on after each.
class Attempt {
public:
    explicit Attempt(std::vector<Refusal>& refusals) : refusals_(refusals) {}
    void operator()(Result<Nothing, Refusal> outcome) {
        if (!outcome) refusals_.push_back(outcome.error());
    }

private:
    std::vector<Refusal>& refusals_;
};

void verify(Registry& registry, const Subject& subject, const ContentOracle* content,
            DeletionRecord& record) {
    record.residue = sweep(registry, subject);
    record.label = record.residue.empty() ? OracleResult::nothing_found : OracleResult::residue;
    if (content != nullptr && !content->empty()) {
        std::vector<Finding> hits = content->scan(registry);
        record.content = hits.empty() ? OracleResult::nothing_found : OracleResult::residue;
        // A byte that one oracle sees and the other does not is a defect of its own. The content oracle does
        // not see what has no form (keys, numbers); the label oracle sees everything that has an owner.
        for (const Finding& hit : hits) {
            const bool labelled = std::ranges::any_of(record.residue, [&](const Finding& one) {
                return one.store == hit.store && one.range.at < hit.range.end() &&
                       hit.range.at < one.range.end();
            });
            if (labelled) continue;
            Finding finding = hit;
            finding.code = "E_ORACLE_DISAGREE";
            finding.detail = "content without a label";
            record.refusals.push_back({"E_ORACLE_DISAGREE", finding.detail,
                                       hit.store + " at " + std::to_string(hit.range.at), "a label, too"});
            registry.add(std::move(finding));
        }
        for (Finding& hit : hits) record.residue.push_back(std::move(hit));
    }
    for (Finding& finding : record.residue) {
        finding.generation = subject.generation;
        registry.add(finding);
    }
    if (!record.residue.empty())
        record.refusals.push_back(
            {"E_RESIDUE", std::to_string(record.residue.size()) + " findings",
             record.residue.front().store + " at " + std::to_string(record.residue.front().range.at),
             "no byte of the subject"});
}

/// The entries that came after the journal had this total.
template <class Entry, class F>
void each_since(const Journal<Entry>& journal, std::size_t before, const F& f) {
    const std::size_t fresh = std::min(journal.total() - before, journal.entries().size());
    const auto end = journal.entries().end();
    std::for_each(end - static_cast<std::ptrdiff_t>(fresh), end, f);
}

void collect(Registry& registry, std::size_t scrubs_before, std::size_t keys_before, DeletionRecord& record) {
    std::map<std::pair<std::string, ScrubMethod>, std::pair<std::size_t, bool>> sums;
    each_since(registry.scrubs(), scrubs_before, [&](const ScrubRecord& scrub) {
        auto& [size, verified] = sums.try_emplace({scrub.store, scrub.method}, 0, true).first->second;
        size += scrub.range.size;
        verified &= scrub.verified;
    });
    for (const auto& [key, sum] : sums)
        record.stores.push_back({key.first, bucket(sum.first), key.second, sum.second});
    std::map<std::uint64_t, std::size_t> copies;
    each_since(registry.key_ends(), keys_before, [&](const KeyEnd& end) { ++copies[end.key]; });
    for (const auto& [key, count] : copies) record.keys.push_back({key, count});
}

}  // namespace

std::string_view name(EndKind kind) {
    constexpr std::array<std::string_view, 7> names{"completed", "rejected", "aborted",   "exception",
                                                    "timeout",   "killed",   "power_loss"};
    return names.at(static_cast<std::size_t>(kind));
}
std::string_view name(OracleResult result) {
    constexpr std::array<std::string_view, 4> names{"clean", "residue", "not_observable", "skipped"};
    return names.at(static_cast<std::size_t>(result));
}

DeletionRecord delete_subject(Registry& registry, OrderMonitor& monitor,
                              std::span<Participant* const> participants, const Subject& subject, EndKind end,
                              const ContentOracle* content) {
    DeletionRecord record;
    registry.random().fill(record.id);
    record.generation = subject.generation;
    record.end = end;
    record.ended_ps = registry.now_ps();
    const std::size_t scrubs_before = registry.scrubs().total(), keys_before = registry.key_ends().total();
    Attempt attempt{record.refusals};
    const auto all = [&](Step step, const auto& act) {
        for (Participant* one : participants) {
            attempt(monitor.saw(subject, step, one->name()));
            act(*one);
        }
    };
    for (Participant* one : participants) monitor.takes_part(subject, one->name());
    all(Step::stop, [&](Participant& p) { p.stop(subject); });
    all(Step::response, [&](Participant& p) { p.drop_response(subject); });
    for (Participant* one : participants) {
        attempt(one->drain(subject));
        attempt(monitor.saw(subject, Step::quiesce, one->name()));
        if (!one->fence(subject))
            attempt(Refusal{"E_ORDER", "not idle when it was fenced", std::string{one->name()}, "idle"});
        attempt(monitor.saw(subject, Step::fence, one->name()));
    }
    all(Step::write_back, [&](Participant& p) { attempt(p.write_back(subject)); });
    all(Step::scrub, [&](Participant& p) { attempt(p.scrub(subject)); });
    all(Step::zeroise, [&](Participant& p) { attempt(p.zeroise(subject)); });
    all(Step::end_process, [&](Participant& p) { p.end_process(subject); });
    attempt(monitor.saw(subject, Step::verify));
    verify(registry, subject, content, record);
    collect(registry, scrubs_before, keys_before, record);
    for (const auto& [sink, size] : registry.declassified(subject)) record.declassified[sink] = bucket(size);
    attempt(monitor.saw(subject, Step::record));
    record.deleted_ps = registry.now_ps();
    if (!record.refusals.empty()) return record;
    attempt(monitor.saw(subject, Step::release));
    attempt(registry.release(subject));
    if (!record.refusals.empty()) return record;
    for (Participant* one : participants) one->release(subject);
    record.complete = true;
    return record;
}

}  // namespace assay::labels
