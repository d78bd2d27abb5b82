#include <nlohmann/json.hpp>

#include "sim/labels/deletion.hpp"

namespace assay::labels {

std::string DeletionRecord::to_json() const {
    nlohmann::ordered_json out;
    out["record"] = to_hex(id);
    out["generation"] = generation;
    out["end"] = name(end);
    out["t_end_ps"] = ended_ps;
    out["t_deleted_ps"] = deleted_ps;
    out["stores"] = nlohmann::ordered_json::array();
    for (const StoreEntry& store : stores)
        out["stores"].push_back({{"name", store.name},
                                 {"scrubbed", store.scrubbed},
                                 {"method", name(store.method)},
                                 {"read_back", store.verified}});
    out["keys"] = nlohmann::ordered_json::array();
    for (const KeyEntry& key : keys)
        out["keys"].push_back({{"key", key.key}, {"copies_scrubbed", key.copies_scrubbed}});
    out["declassified"] = nlohmann::ordered_json::object();
    for (const auto& [sink, size] : declassified) out["declassified"][std::string{rule(sink).name}] = size;
    out["oracles"] = {{"label", name(label)},
                      {"content", name(content)},
                      {"process", name(OracleResult::skipped)},
                      {"device", name(OracleResult::skipped)}};
    out["reasons"] = nlohmann::ordered_json::array();
    for (const Refusal& refusal : refusals) out["reasons"].push_back(refusal.code);
    out["status"] = complete ? "complete" : "failed";
    return out.dump();
}

}  // namespace assay::labels
