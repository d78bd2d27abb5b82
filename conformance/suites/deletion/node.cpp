#include "conformance/suites/deletion/node.hpp"

#include <algorithm>

namespace assay::conformance::deletion {

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               Body prepare, Body run, std::vector<std::string> needs) {
    Case out;
    out.id = "deletion." + std::string{id};
    out.title = title;
    out.requirements = std::move(requirements);
    out.needs = std::move(needs);
    out.tags = {out.id.substr(9, out.id.find('.', 9) - 9)};
    out.prepare = std::move(prepare);
    out.run = std::move(run);
    return out;
}

std::string canary(Trial& trial) {
    std::array<std::uint8_t, 8> raw{};
    trial.random().fill(raw);
    return canary_text(load<std::uint64_t>(raw, std::endian::big));
}

DeletionRequest request_with(const std::string& canary) {
    DeletionRequest out;
    const std::string text =
        "Summarise: " + canary + "; once more " + canary + std::string(200, '.') + " end " + canary + ".";
    out.prompt.assign(text.begin(), text.end());
    // Bytes as tokens: 3 and the value of the byte, as tokenizers with byte fallback do.
    out.tokens.push_back(1);
    for (const char c : canary) out.tokens.push_back(3U + static_cast<std::uint8_t>(c));
    return out;
}

DeletionRequest run_request(Trial& trial, const std::string& canary, RequestStage stage) {
    const DeletionRequest request = request_with(canary);
    trial.need(node(trial).look_for(as_bytes(canary), request.tokens), "watching for a canary");
    trial.need(node(trial).ask(request, stage), "a request");
    return request;
}

RecordFacts end(Trial& trial, std::string_view kind) {
    RecordFacts out{trial.need(node(trial).end(kind), "ending the request"), false};
    trial.attach({.id = "deletion-record",
                  .kind = "residue-scan",
                  .file_name = "deletion-record.json",
                  .media_type = "application/json",
                  .content = {out.text.begin(), out.text.end()},
                  .fields = {}});
    out.complete = out.has("\"status\":\"complete\"");
    return out;
}

void expect_complete(Trial& trial, const RecordFacts& record) {
    trial.expect(record.complete, "record-failed", "the deletion record says complete", record.text);
    trial.expect(record.has("\"label\":\"clean\""), "label-oracle", "the label oracle saw nothing",
                 record.text);
    trial.expect(record.has("\"content\":\"clean\""), "content-oracle", "the content oracle saw nothing",
                 record.text);
}

std::string raw_place(Trial& trial, ByteView needle) {
    const auto stores = node(trial).stores();
    trial.expect(stores.size() >= 3, "no-stores", "the node names its stores",
                 "it names " + std::to_string(stores.size()));
    for (const StoreInfo& store : stores) {
        const Bytes raw = trial.need(node(trial).raw_read(store.name), "reading " + store.name);
        trial.expect(raw.size() == store.capacity, "store-size", "a store is read as a whole", store.name);
        std::size_t at = 0;
        if (stands_in(raw, needle, at)) return store.name + " at " + std::to_string(at);
    }
    return {};
}

void expect_nothing_left(Trial& trial, const std::string& canary, const DeletionRequest& request) {
    std::vector<CanaryForm> all = canary_forms(canary);
    for (std::size_t at = 0; at + 8 <= request.tokens.size(); ++at)
        for (CanaryForm& form : token_forms(request.tokens, at)) all.push_back(std::move(form));
    for (const StoreInfo& store : node(trial).stores()) {
        const Bytes raw = trial.need(node(trial).raw_read(store.name), "reading " + store.name);
        trial.expect(raw.size() == store.capacity, "store-size", "a store is read as a whole", store.name);
        std::size_t at = 0;
        const CanaryForm* const found = first_of(all, raw, at);
        trial.expect(found == nullptr, "residue", "no form of canary or tokens is left in any store",
                     (found == nullptr ? std::string{} : found->name) + " in " + store.name + " at " +
                         std::to_string(at));
    }
}

bool any(const std::vector<StoreFinding>& findings, std::string_view code, std::string_view store) {
    return std::ranges::any_of(findings, [&](const StoreFinding& one) {
        return one.code == code && (store.empty() || one.store == store);
    });
}

std::string listed(const std::vector<StoreFinding>& findings) {
    std::string out;
    for (const StoreFinding& one : findings)
        out += (out.empty() ? "" : ", ") + one.code + " " + one.store + " at " + std::to_string(one.at) +
               " (" + std::to_string(one.size) + " bytes, " + one.form + ")";
    return out.empty() ? "nothing" : out;
}

}  // namespace assay::conformance::deletion
