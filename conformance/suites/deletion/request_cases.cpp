// A request with a canary, from its first byte to its last: everywhere while it runs, nowhere afterwards.
#include <algorithm>
#include <set>

#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance::deletion {
namespace request_topic {

void is_seen_while_it_runs(Trial& trial) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::answered);
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    std::set<std::string> stores;
    for (const StoreFinding& finding : labels) stores.insert(finding.store);
    trial.expect(stores.size() >= 5, "no-sensitivity", "while it runs labels are in five stores or more",
                 listed(labels));
    const auto content = trial.need(node(trial).sweep_content(), "a sweep");
    trial.expect(!content.empty(), "no-sensitivity", "and its canary is found by content", listed(content));
    for (const StoreFinding& finding : content) {
        const bool labelled = std::ranges::any_of(labels, [&](const StoreFinding& one) {
            return one.store == finding.store && one.at <= finding.at &&
                   finding.at + finding.size <= one.at + one.size;
        });
        trial.expect(labelled, "oracles-disagree", "where content finds it, it is labelled",
                     listed({finding}));
    }
}
void raw_bytes_agree_with_labels(Trial& trial) {
    const std::string text = canary(trial);
    (void)run_request(trial, text, RequestStage::answered);
    const std::string place = raw_place(trial, as_bytes(text));
    trial.expect(!place.empty(), "no-sensitivity", "the suite finds the canary itself while the request runs",
                 "in no store");
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(any(labels, "E_RESIDUE", place.substr(0, place.find(' '))), "unlabelled",
                 "and its store is one of those with labels", place);
}
void nothing_is_left(Trial& trial) {
    const std::string text = canary(trial);
    const DeletionRequest request = run_request(trial, text, RequestStage::answered);
    trial.expect(!raw_place(trial, as_bytes(text)).empty(), "no-sensitivity",
                 "while it runs the suite finds the canary", "it does not");
    expect_complete(trial, end(trial));
    expect_nothing_left(trial, text, request);
}
void no_label_is_left(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::answered);
    trial.expect(!trial.need(node(trial).sweep_labels(), "a sweep").empty(), "no-sensitivity",
                 "while it runs bytes are labelled", "none is");
    expect_complete(trial, end(trial));
    const auto labels = trial.need(node(trial).sweep_labels(), "a sweep");
    trial.expect(labels.empty(), "residue", "afterwards no byte is labelled", listed(labels));
}
void keys_and_values_are_gone(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::computed);
    // What the cache holds now is nowhere afterwards: 16 bytes at a time.
    std::vector<Bytes> rows;
    for (const StoreInfo& store : node(trial).stores()) {
        if (store.kind != "hbm" && store.kind != "sram") continue;
        if (store.name.ends_with("weights")) continue;
        const Bytes raw = trial.need(node(trial).raw_read(store.name), "reading " + store.name);
        for (std::size_t at = 0; at + 16 <= raw.size() && rows.size() < 4000; at += 16) {
            const ByteView row = ByteView{raw}.subspan(at, 16);
            if (std::ranges::count(row, std::uint8_t{0}) < 4) rows.emplace_back(row.begin(), row.end());
        }
    }
    trial.expect(rows.size() >= 100, "no-sensitivity",
                 "a request leaves numbers in device memory while it runs",
                 std::to_string(rows.size()) + " rows");
    expect_complete(trial, end(trial));
    for (const StoreInfo& store : node(trial).stores()) {
        if (store.name.ends_with("weights")) continue;
        const Bytes raw = trial.need(node(trial).raw_read(store.name), "reading " + store.name);
        if (std::ranges::all_of(raw, [](std::uint8_t byte) { return byte == 0; })) continue;
        for (const Bytes& row : rows) {
            std::size_t at = 0;
            trial.expect(!stands_in(raw, row, at), "residue", "none of these numbers is left",
                         store.name + " at " + std::to_string(at));
        }
    }
}
/// Bytes that are not zero in the memories of a request on the device, and where one is.
struct Left {
    std::size_t memories = 0, bytes = 0;
    std::string where;
};
Left left_on_device(Trial& trial) {
    Left out;
    for (const StoreInfo& store : node(trial).stores()) {
        const bool user =
            store.kind == "hbm" || store.kind == "sram" || store.kind == "fifo" || store.kind == "ring";
        if (!user || store.name.ends_with("weights")) continue;
        const Bytes raw = trial.need(node(trial).raw_read(store.name), "reading " + store.name);
        ++out.memories;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == 0) continue;
            if (out.bytes++ == 0) out.where = store.name + " at " + std::to_string(i);
        }
    }
    return out;
}
void device_memory_is_zero(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::answered);
    const Left before = left_on_device(trial);
    trial.expect(before.memories >= 4 && before.bytes > 0, "no-sensitivity",
                 "while it runs a request stands in the memories of the device",
                 std::to_string(before.bytes) + " bytes in " + std::to_string(before.memories) + " memories");
    expect_complete(trial, end(trial));
    const Left after = left_on_device(trial);
    trial.expect(after.bytes == 0, "not-scrubbed", "the whole capacity is zeros after a request",
                 after.where);
}
void requests_follow_each_other(Trial& trial) {
    std::vector<std::string> canaries;
    for (int round = 0; round < 4; ++round) {
        canaries.push_back(canary(trial));
        (void)run_request(trial, canaries.back(), RequestStage::answered);
        trial.expect(!raw_place(trial, as_bytes(canaries.back())).empty(), "no-sensitivity",
                     "while it runs its canary is found", "it is not");
        expect_complete(trial, end(trial));
    }
    for (const std::string& one : canaries) {
        const std::string place = raw_place(trial, as_bytes(one));
        trial.expect(place.empty(), "residue", "no request of several is left", place);
    }
}
void record_names_nobody(Trial& trial) {
    const std::string text = canary(trial);
    (void)run_request(trial, text, RequestStage::answered);
    trial.expect(!raw_place(trial, as_bytes(text)).empty(), "no-sensitivity", "there is a canary to be told",
                 "it is in no store");
    const RecordFacts record = end(trial);
    expect_complete(trial, record);
    trial.expect(!record.has(text) && !record.has(text.substr(0, 16)), "content",
                 "the record holds no content", record.text);
    for (const std::string_view member :
         {"\"record\"", "\"end\"", "\"t_end_ps\"", "\"t_deleted_ps\"", "\"stores\"", "\"keys\"",
          "\"declassified\"", "\"oracles\"", "\"status\""})
        trial.expect(record.has(member), "member", "the record has its members",
                     std::string{member} + " is absent");
    for (const std::string_view member : {"request", "client", "prompt\"", "subject"})
        trial.expect(!record.has("\"" + std::string{member}), "identity",
                     "and none that names a request or a client", std::string{member});
}
void record_sizes_are_buckets(Trial& trial) {
    (void)run_request(trial, canary(trial), RequestStage::answered);
    const RecordFacts record = end(trial);
    expect_complete(trial, record);
    std::size_t seen = 0;
    for (std::size_t at = record.text.find("\"scrubbed\":"); at != std::string::npos;
         at = record.text.find("\"scrubbed\":", at + 1)) {
        const auto size = static_cast<std::size_t>(std::stoull(record.text.substr(at + 11)));
        trial.expect((size & (size - 1)) == 0, "size", "sizes in a record are powers of two",
                     std::to_string(size));
        ++seen;
    }
    trial.expect(seen >= 5, "stores", "a record names the stores that were scrubbed", std::to_string(seen));
}
void records_differ(Trial& trial) {
    std::set<std::string> ids;
    for (int round = 0; round < 3; ++round) {
        (void)run_request(trial, canary(trial), RequestStage::answered);
        const RecordFacts record = end(trial);
        expect_complete(trial, record);
        const std::size_t at = record.text.find("\"record\":\"");
        trial.expect(at != std::string::npos, "member", "a record has an id", record.text);
        ids.insert(record.text.substr(at + 10, 32));
    }
    trial.expect(ids.size() == 3, "same-id", "each record has a fresh id",
                 std::to_string(ids.size()) + " ids");
}
void subjects_are_limited(Trial& trial) {
    const std::size_t first = trial.need(node(trial).admit(300), "admitting subjects");
    trial.expect(first >= 16 && first < 300, "no-limit", "there are as many subjects as labels, and no more",
                 std::to_string(first));
    const std::size_t again = trial.need(node(trial).admit(300), "admitting subjects");
    trial.expect(again == first, "leak", "as many again once those have ended",
                 std::to_string(again) + " after " + std::to_string(first));
}

std::vector<Case> all() {
    return {
        make_case("request.seen", "While a request runs both oracles see it in the same places",
                  {"DEL-ORC-001"}, nullptr, is_seen_while_it_runs),
        make_case("request.raw", "What the suite reads itself agrees with the labels", {"DEL-ORC-001"},
                  nullptr, raw_bytes_agree_with_labels),
        make_case("request.content", "After a request no store holds a form of its canary or its tokens",
                  {"DEL-RES-001"}, nullptr, nothing_is_left),
        make_case("request.labels", "After a request no byte is labelled", {"DEL-RES-002"}, nullptr,
                  no_label_is_left),
        make_case("request.rows", "Activations, keys and values are gone after a request", {"DEL-RES-003"},
                  nullptr, keys_and_values_are_gone),
        make_case("request.capacity", "Device memory is scrubbed in its whole capacity", {"DEL-SCR-001"},
                  nullptr, device_memory_is_zero),
        make_case("request.several", "Of several requests none is left", {"DEL-RES-001"}, nullptr,
                  requests_follow_each_other),
        make_case("record.nobody", "A deletion record names neither content nor client", {"DEL-REC-001"},
                  nullptr, record_names_nobody),
        make_case("record.buckets", "Sizes in a deletion record are buckets", {"DEL-REC-001"}, nullptr,
                  record_sizes_are_buckets),
        make_case("record.fresh", "Every deletion record has an id of its own", {"DEL-REC-002"}, nullptr,
                  records_differ),
        make_case("subject.limit", "A subject beyond the number of labels is not admitted", {"DEL-SUB-001"},
                  nullptr, subjects_are_limited),
    };
}

}  // namespace request_topic

std::vector<Case> request_cases() { return request_topic::all(); }

}  // namespace assay::conformance::deletion
