// From a request to its handler: one table of routes; time, records, and whatever fails.
#include "models/kms/key_service.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "models/kms/key_service_parts.hpp"

namespace assay::kms {
namespace {

using Parts = KeyService::Parts;

constexpr std::string_view highest_time = "time/highest";

enum class Who : std::uint8_t {
    anyone,
    caller,
    administrator,
    release,  // the rows of the release ask themselves, in their order
};

struct Route {
    std::string_view method, path;
    Who who;
    std::string_view action;  // in the audit trail
    std::string_view meaning;
    HttpResponse (Parts::*handler)(Exchange&);
};

// clang-format off
constexpr std::array route_table{
    Route{"GET",  "/v1/keys",                 Who::anyone,        "list",      "key configurations with receipts",           &Parts::list_keys},
    Route{"GET",  "/v1/ohttp-keys",           Who::anyone,        "list",      "key configurations, application/ohttp-keys", &Parts::list_configs},
    Route{"GET",  "/v1/receipts/{id}",        Who::anyone,        "receipt",   "one receipt",                                &Parts::get_receipt},
    Route{"GET",  "/v1/service",              Who::anyone,        "service",   "service certificate and policy digests",     &Parts::get_service},
    Route{"POST", "/v1/challenge",            Who::caller,        "challenge", "a nonce for one release",                    &Parts::challenge},
    Route{"POST", "/v1/keys/{kid}/release",   Who::release,       "release",   "a key, wrapped to the attested key",         &Parts::release},
    Route{"GET",  "/v1/import-key",           Who::administrator, "import",    "the key under which imports are wrapped",    &Parts::get_import_key},
    Route{"PUT",  "/keys/{name}",             Who::administrator, "import",    "a wrapped key with its release policy",      &Parts::import_wrapped},
    Route{"POST", "/v1/groups/{name}/rotate", Who::administrator, "rotate",    "the next key of a group",                    &Parts::rotate_group},
    Route{"POST", "/v1/keys/{kid}/revoke",    Who::administrator, "revoke",    "revocation, for good",                       &Parts::revoke_key},
    Route{"GET",  "/v1/audit",                Who::administrator, "audit",     "the audit trail",                            &Parts::get_audit},
};
// clang-format on

constexpr std::string_view name(Who who) {
    constexpr std::array<std::string_view, 4> names{"anyone", "callers", "administrators", "gateways"};
    return names.at(static_cast<std::size_t>(who));
}

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);  // the slash
    const std::string_view out = path.substr(0, path.find('/'));
    path.remove_prefix(out.size());
    return out;
}

/// Whether the path is of that form; then `names` holds what stands for the braces.
bool matches(std::string_view form, std::string_view path, std::vector<std::string_view>& names) {
    names.clear();
    while (form.starts_with('/') && path.starts_with('/')) {
        const std::string_view wanted = next_segment(form), found = next_segment(path);
        if (wanted.starts_with('{'))
            names.push_back(found);
        else if (wanted != found)
            return false;
    }
    return form.empty() && path.empty();
}

}  // namespace

Parts::Parts(Deployment given, Store& kept, const crypto::Context& crypto, const Clock& time,
             const Secret& root_key)
    : deployment(std::move(given)),
      store(kept),
      context(crypto),
      clock(time),
      highest(clock.now()),
      sealer(root_key, context.random()),
      ledger(store, sealer, context, highest),
      keys(store, ledger, sealer, context, deployment.keys),
      per_caller(deployment.per_caller),
      per_key(deployment.per_key),
      releaser(deployment, store, keys, ledger, context, per_caller, per_key) {
    if (const auto seen = store.find(highest_time); seen && seen->size() == sizeof(std::uint64_t)) {
        const auto seconds = static_cast<std::int64_t>(load<std::uint64_t>(*seen, std::endian::big));
        highest = std::max(highest, Instant{std::chrono::seconds{seconds}});
    }
}

Instant Parts::step() {
    const Instant seen = clock.now();
    if (seen <= highest) return highest;
    constexpr std::chrono::hours kept{1};  // to tell a late nonce from one that never was
    Transaction all{store.database()};
    store.put(highest_time,
              assay::store(static_cast<std::uint64_t>(seen.time_since_epoch().count()), std::endian::big));
    keys.maintain(seen);
    store.forget_nonces(seen - kept);
    all.commit();
    highest = seen;
    return highest;
}

void Parts::record(AuditRecord record) {
    Transaction all{store.database()};
    store.append(record);
    all.commit();
}

Result<StoredKey, Refused> Parts::change(std::string_view action, std::string_view caller,
                                         std::string_view kid,
                                         const std::function<Result<StoredKey, Refused>(Instant)>& make) {
    AuditRecord entry;
    entry.at = step();
    entry.action = action;
    entry.caller = caller;
    Refused refused;
    {
        Transaction all{store.database()};
        auto made = make(entry.at);
        if (made) {
            entry.kid = made->kid;
            entry.version = made->version;
            entry.policy_digest = made->policy_digest;
            entry.verdict = "done";
            entry.status = 200;
            entry.receipt = receipt_id(made->leaf);
            store.append(entry);
            all.commit();
            return made;
        }
        refused = made.error();
    }  // what was tried is undone before the refusal is written
    entry.kid = store.find_key(kid) || store.find_group(kid) ? kid : "";
    entry.verdict = "refused";
    entry.status = refused.why->status;
    entry.code = refused.why->code;
    entry.reason = refused.why->name;
    entry.pointer = refused.pointer;
    record(std::move(entry));
    return refused;
}

KeyService::KeyService(Deployment deployment, Store& store, const crypto::Context& context,
                       const Clock& clock, const Secret& root_key)
    : parts_(std::make_unique<Parts>(std::move(deployment), store, context, clock, root_key)) {
    parts_->step();
}

KeyService::~KeyService() = default;

HttpResponse KeyService::handle(const HttpRequest& request) {
    try {
        return parts_->answer(request);
    } catch (const StoreError&) {
        return problem(reason("E_STORE"));
    } catch (const std::exception&) {  // out of memory, OpenSSL, a bug: nothing leaves
        return problem(reason("E_INTERNAL"));
    }
}

HttpResponse Parts::answer(const HttpRequest& request) {
    Exchange exchange{request};
    const std::string_view target = request.target;
    const std::string_view path = target.substr(0, target.find('?'));
    exchange.query = path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view{};
    std::string allowed;
    for (const Route& route : route_table) {
        if (!matches(route.path, path, exchange.names)) continue;
        if (route.method != request.method) {
            allowed += (allowed.empty() ? "" : ", ") + std::string{route.method};
            continue;
        }
        exchange.now = step();
        if (route.who == Who::caller || route.who == Who::administrator) {
            exchange.caller = authenticate(deployment.callers, request.fields);
            const Reason* why = nullptr;
            if (exchange.caller == nullptr)
                why = reason("E_CALLER");
            else if (route.who == Who::administrator && !exchange.caller->administrator)
                why = reason("E_NOT_ADMINISTRATOR");
            else if (!per_caller.take(exchange.caller->id, exchange.now))
                why = reason("E_RATE_LIMIT");
            if (why != nullptr) {
                AuditRecord entry;
                entry.at = exchange.now;
                entry.action = route.action;
                if (exchange.caller != nullptr) entry.caller = exchange.caller->id;
                entry.verdict = "refused";
                entry.status = why->status;
                entry.code = why->code;
                entry.reason = why->name;
                record(std::move(entry));
                return problem(why);
            }
        }
        return (this->*route.handler)(exchange);
    }
    if (allowed.empty()) return problem(reason("E_PATH"));
    HttpResponse out = problem(reason("E_METHOD"));
    set_field(out.fields, "allow", allowed);
    return out;
}

Instant KeyService::now() { return parts_->step(); }

Result<StoredKey, Refused> KeyService::create_group(const KeyGroup& group) {
    return parts_->change("create", "", group.name,
                          [&](Instant now) { return parts_->keys.create_group(group, now); });
}
Result<StoredKey, Refused> KeyService::rotate(std::string_view group,
                                              const std::optional<ReleaseTerms>& terms) {
    return parts_->change("rotate", "", group,
                          [&](Instant now) { return parts_->keys.rotate(group, now, terms); });
}
Result<StoredKey, Refused> KeyService::import_key(std::string_view name, const Secret& material,
                                                  const ReleaseTerms& terms) {
    return parts_->change("import", "", name,
                          [&](Instant now) { return parts_->keys.import_key(name, material, terms, now); });
}
Result<StoredKey, Refused> KeyService::revoke(std::string_view kid) {
    return parts_->change("revoke", "", kid, [&](Instant now) { return parts_->keys.revoke(kid, now); });
}

void KeyService::hold_receipts(bool held) { parts_->keys.hold_receipts(held); }

void KeyService::commit_receipts() {
    const Instant now = parts_->step();
    Transaction all{parts_->store.database()};
    parts_->ledger.commit();
    parts_->keys.settle(now);
    all.commit();
}

void KeyService::trust(TrustedIssuer issuer) { parts_->deployment.issuers.push_back(std::move(issuer)); }
void KeyService::admit(Caller caller) { parts_->deployment.callers.push_back(std::move(caller)); }
const crypto::Certificate& KeyService::certificate() const { return parts_->ledger.service(); }
std::int64_t KeyService::audit_size() { return parts_->store.audit_size(); }
AuditRecord KeyService::last_decision() {
    auto last = parts_->store.audit(audit_size());
    if (last.empty()) throw std::logic_error("last_decision: there is none");
    return std::move(last.back());
}
std::vector<AuditRecord> KeyService::audit() { return parts_->store.audit(); }

std::span<const RouteInfo> routes() {
    static constexpr auto shown = [] {
        std::array<RouteInfo, route_table.size()> out{};
        for (std::size_t i = 0; i < route_table.size(); ++i)
            out[i] = {route_table[i].method, route_table[i].path, name(route_table[i].who),
                      route_table[i].meaning};
        return out;
    }();
    return shown;
}

std::span<const ReleaseCheckInfo> release_checks() {
    static const std::vector<ReleaseCheckInfo> shown = [] {
        std::vector<ReleaseCheckInfo> out;
        for (const Releaser::Row& row : Releaser::rows()) out.push_back({row.row, row.name});
        return out;
    }();
    return shown;
}

}  // namespace assay::kms
