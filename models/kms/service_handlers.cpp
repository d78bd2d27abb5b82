// What clients and gateways get.
#include <nlohmann/json.hpp>

#include "models/kms/key_config.hpp"
#include "models/kms/key_service_parts.hpp"

namespace assay::kms {

using nlohmann::json;

HttpResponse KeyService::Parts::list_keys(Exchange& exchange) {
    json list = json::array();
    for (const StoredKey& key : keys.published(exchange.now))
        list.push_back({{"kid", key.kid},
                        {"keyId", *key.key_id},
                        {"publicKey", to_hex(key.published)},
                        {"receipt", ledger.receipt(key.leaf).value_or("")}});
    // Groups whose first key waits for its receipt: nothing to encrypt to yet.
    if (list.empty() && !store.groups().empty()) return later();
    return json_answer(200, list);
}

HttpResponse KeyService::Parts::list_configs(Exchange& exchange) {
    std::vector<Bytes> configs;
    for (const StoredKey& key : keys.published(exchange.now)) configs.push_back(key.published);
    if (configs.empty() && !store.groups().empty()) return later();
    return text_answer(200, "application/ohttp-keys", as_text(encode_key_config_list(configs)));
}

HttpResponse KeyService::Parts::get_receipt(Exchange& exchange) {
    const auto leaf = leaf_of(exchange.names.at(0));
    if (!leaf) return problem(reason("E_PATH"));
    if (const auto receipt = ledger.receipt(*leaf)) return text_answer(200, "application/json", *receipt);
    const auto leaves = store.leaves();
    return std::ranges::find(leaves, *leaf, &Leaf::sequence) == leaves.end() ? problem(reason("E_PATH"))
                                                                             : later();
}

HttpResponse KeyService::Parts::get_service(Exchange& exchange) {
    // Digests alone, in order: which of them belongs to which name is nobody's business.
    std::vector<std::string> policies;
    for (const StoredKey& key : store.keys()) {
        const KeyState state = state_of(key, exchange.now);
        if (state == KeyState::active || state == KeyState::grace)
            policies.push_back(to_hex(key.policy_digest));
    }
    std::ranges::sort(policies);
    policies.erase(std::unique(policies.begin(), policies.end()), policies.end());
    return json_answer(200, {{"certificate", ledger.service().pem()}, {"policies", policies}});
}

HttpResponse KeyService::Parts::challenge(Exchange& exchange) {
    constexpr std::size_t nonce_size = 32;
    constexpr std::int64_t max_open = 1024;
    const Reason* why = nullptr;
    if (!exchange.request.body.empty() && as_text(exchange.request.body) != "{}")
        why = reason("E_SCHEMA");
    else if (store.open_nonces(exchange.caller->id, exchange.now) >= max_open)
        why = reason("E_QUOTA");
    if (why != nullptr) return problem(why);
    Bytes nonce(nonce_size);
    context.random().fill(nonce);
    const Instant expires = exchange.now + deployment.nonce_life;
    Transaction all{store.database()};
    store.add_nonce(nonce, exchange.caller->id, expires);
    all.commit();
    return json_answer(200, {{"nonce", to_base64url(nonce)}, {"expires", to_rfc3339(expires)}});
}

HttpResponse KeyService::Parts::release(Exchange& exchange) {
    ReleaseAttempt attempt{exchange.request, std::string{exchange.names.at(0)}, exchange.now};
    const Reason* const why = releaser.run(attempt);

    AuditRecord entry;
    entry.at = exchange.now;
    entry.action = "release";
    if (attempt.caller != nullptr) entry.caller = attempt.caller->id;
    entry.kid = attempt.kid;
    if (attempt.key) {
        entry.version = attempt.key->version;
        entry.policy_digest = attempt.key->policy_digest;
        entry.receipt = attempt.receipt.empty() ? "" : receipt_id(attempt.key->leaf);
    }
    if (attempt.evidence) entry.evidence_digest = attempt.evidence->digest;
    entry.pointer = attempt.pointer;
    entry.verdict = why == nullptr ? "released" : why->status == 202 ? "pending" : "refused";
    entry.status = why == nullptr ? 200 : why->status;
    if (why != nullptr) {
        entry.code = why->code;
        entry.reason = why->name;
    }
    try {
        record(std::move(entry));
    } catch (const StoreError&) {
        return problem(reason("E_AUDIT"));
    }
    if (why != nullptr) return why->status == 202 ? later() : problem(why);
    return json_answer(200, {{"kid", attempt.key->kid},
                             {"version", attempt.key->version},
                             {"format", payload_format(attempt.key->kind)},
                             {"enc", name(attempt.wrapping)},
                             {"wrapped", to_base64url(attempt.wrapped)},
                             {"receipt", attempt.receipt}});
}

}  // namespace assay::kms
