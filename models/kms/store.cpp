// The tables of the store.
#include "models/kms/store.hpp"

#include "sim/crypto/hash.hpp"

namespace assay::kms {
namespace {

constexpr std::int64_t layout_version = 1;

constexpr const char* layout = R"sql(
CREATE TABLE IF NOT EXISTS keys (
    kid TEXT NOT NULL, version INTEGER NOT NULL, in_group TEXT NOT NULL, kind INTEGER NOT NULL, key_id INTEGER,
    sealed BLOB NOT NULL, published BLOB NOT NULL, policy TEXT NOT NULL, profile INTEGER NOT NULL,
    immutable INTEGER NOT NULL, policy_digest BLOB NOT NULL, created INTEGER NOT NULL, active_until INTEGER,
    erase_at INTEGER, revoked INTEGER NOT NULL, leaf INTEGER NOT NULL, receipted INTEGER NOT NULL,
    PRIMARY KEY (kid, version)) STRICT;
CREATE TABLE IF NOT EXISTS key_groups (
    name TEXT PRIMARY KEY, kind INTEGER NOT NULL, policy TEXT NOT NULL, profile INTEGER NOT NULL,
    immutable INTEGER NOT NULL, interval_s INTEGER, grace_s INTEGER, made INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS nonces (
    nonce BLOB PRIMARY KEY, caller TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, action TEXT NOT NULL, caller TEXT NOT NULL,
    kid TEXT NOT NULL, version INTEGER NOT NULL, policy_digest BLOB NOT NULL, evidence_digest BLOB NOT NULL,
    verdict TEXT NOT NULL, status INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
    pointer TEXT NOT NULL, receipt TEXT NOT NULL, chain BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS leaves (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, write_set_digest BLOB NOT NULL, commit_evidence TEXT NOT NULL,
    claims_digest BLOB NOT NULL, receipt TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
)sql";

constexpr const char* key_columns =
    "SELECT kid, version, in_group, kind, key_id, sealed, published, policy, profile, immutable, "
    "policy_digest, "
    "created, active_until, erase_at, revoked, leaf, receipted FROM keys ";

std::int64_t seconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }

std::optional<std::int64_t> seconds(const std::optional<Instant>& at) {
    return at ? std::optional{seconds(*at)} : std::nullopt;
}
std::optional<Instant> instant(const std::optional<std::int64_t>& at) {
    return at ? std::optional{instant(*at)} : std::nullopt;
}

StoredKey key_of(const Statement& row) {
    StoredKey out;
    int c = 0;
    out.kid = row.text(c++);
    out.version = row.integer(c++);
    out.group = row.text(c++);
    out.kind = static_cast<KeyKind>(row.integer(c++));
    if (const auto id = row.maybe_integer(c++)) out.key_id = static_cast<std::uint8_t>(*id);
    out.sealed = row.blob(c++);
    out.published = row.blob(c++);
    out.terms.policy = row.text(c++);
    out.terms.profile = static_cast<PolicyProfile>(row.integer(c++));
    out.terms.immutable = row.integer(c++) != 0;
    out.policy_digest = row.blob(c++);
    out.created = instant(row.integer(c++));
    out.active_until = instant(row.maybe_integer(c++));
    out.erase_at = instant(row.maybe_integer(c++));
    out.revoked = row.integer(c++) != 0;
    out.leaf = row.integer(c++);
    out.receipted = row.integer(c++) != 0;
    return out;
}

StoredGroup group_of(const Statement& row) {
    StoredGroup out;
    out.name = row.text(0);
    out.kind = static_cast<KeyKind>(row.integer(1));
    out.terms = {row.text(2), static_cast<PolicyProfile>(row.integer(3)), row.integer(4) != 0};
    const auto interval = row.maybe_integer(5), grace = row.maybe_integer(6);
    if (interval && grace)
        out.rotation = RotationPolicy{std::chrono::seconds{*interval}, std::chrono::seconds{*grace}};
    out.made = row.integer(7);
    return out;
}

constexpr const char* group_columns =
    "SELECT name, kind, policy, profile, immutable, interval_s, grace_s, made FROM key_groups ";

}  // namespace

Store::Store(const std::optional<std::filesystem::path>& file) : database_(file) {
    Transaction all{database_};
    std::int64_t found = 0;
    {
        Statement version = database_.prepare("PRAGMA user_version");
        if (version.step()) found = version.integer(0);
    }
    if (found != 0 && found != layout_version) throw StoreError{"the store has another layout"};
    database_.execute(layout);
    database_.execute("PRAGMA user_version = 1");
    all.commit();
}

void Store::put_key(const StoredKey& key) {
    database_
        .prepare("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(key.kid)
        .bind(key.version)
        .bind(key.group)
        .bind(static_cast<std::int64_t>(key.kind))
        .bind(key.key_id ? std::optional<std::int64_t>{*key.key_id} : std::nullopt)
        .bind(ByteView{key.sealed})
        .bind(ByteView{key.published})
        .bind(key.terms.policy)
        .bind(static_cast<std::int64_t>(key.terms.profile))
        .bind(std::int64_t{key.terms.immutable})
        .bind(ByteView{key.policy_digest})
        .bind(seconds(key.created))
        .bind(seconds(key.active_until))
        .bind(seconds(key.erase_at))
        .bind(std::int64_t{key.revoked})
        .bind(key.leaf)
        .bind(std::int64_t{key.receipted})
        .run();
}

std::optional<StoredKey> Store::find_key(std::string_view kid) {
    const std::string sql = std::string{key_columns} + "WHERE kid = ? ORDER BY version DESC LIMIT 1";
    Statement found = database_.prepare(sql.c_str());
    found.bind(kid);
    if (!found.step()) return {};
    return key_of(found);
}

std::vector<StoredKey> Store::keys() {
    const std::string sql = std::string{key_columns} + "ORDER BY kid, version";
    Statement found = database_.prepare(sql.c_str());
    std::vector<StoredKey> out;
    while (found.step()) out.push_back(key_of(found));
    return out;
}

std::vector<StoredKey> Store::keys_of(std::string_view group) {
    const std::string sql = std::string{key_columns} + "WHERE in_group = ? ORDER BY kid, version";
    Statement found = database_.prepare(sql.c_str());
    found.bind(group);
    std::vector<StoredKey> out;
    while (found.step()) out.push_back(key_of(found));
    return out;
}

void Store::put_group(const StoredGroup& group) {
    const auto interval =
        group.rotation ? std::optional<std::int64_t>{group.rotation->interval.count()} : std::nullopt;
    const auto grace =
        group.rotation ? std::optional<std::int64_t>{group.rotation->grace.count()} : std::nullopt;
    database_.prepare("INSERT OR REPLACE INTO key_groups VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(group.name)
        .bind(static_cast<std::int64_t>(group.kind))
        .bind(group.terms.policy)
        .bind(static_cast<std::int64_t>(group.terms.profile))
        .bind(std::int64_t{group.terms.immutable})
        .bind(interval)
        .bind(grace)
        .bind(group.made)
        .run();
}

std::optional<StoredGroup> Store::find_group(std::string_view name) {
    const std::string sql = std::string{group_columns} + "WHERE name = ?";
    Statement found = database_.prepare(sql.c_str());
    found.bind(name);
    if (!found.step()) return {};
    return group_of(found);
}

std::vector<StoredGroup> Store::groups() {
    const std::string sql = std::string{group_columns} + "ORDER BY name";
    Statement found = database_.prepare(sql.c_str());
    std::vector<StoredGroup> out;
    while (found.step()) out.push_back(group_of(found));
    return out;
}

void Store::add_nonce(ByteView nonce, std::string_view caller, Instant expires) {
    database_.prepare("INSERT INTO nonces VALUES (?, ?, ?, 0)")
        .bind(nonce)
        .bind(caller)
        .bind(seconds(expires))
        .run();
}

Store::Nonce Store::burn_nonce(ByteView nonce, std::string_view caller, Instant now) {
    // One statement decides: of two requests with one nonce, whoever runs it second changes nothing.
    database_
        .prepare("UPDATE nonces SET used = 1 WHERE nonce = ? AND caller = ? AND used = 0 AND expires > ?")
        .bind(nonce)
        .bind(caller)
        .bind(seconds(now))
        .run();
    if (database_.changes() == 1) return Nonce::burnt_now;
    Statement found = database_.prepare("SELECT used FROM nonces WHERE nonce = ? AND caller = ?");
    found.bind(nonce).bind(caller);
    if (!found.step()) return Nonce::unknown;
    return found.integer(0) != 0 ? Nonce::consumed : Nonce::expired;
}

std::int64_t Store::open_nonces(std::string_view caller, Instant now) {
    Statement count =
        database_.prepare("SELECT count(*) FROM nonces WHERE caller = ? AND used = 0 AND expires > ?");
    count.bind(caller).bind(seconds(now));
    return count.step() ? count.integer(0) : 0;
}

void Store::forget_nonces(Instant expired_before) {
    database_.prepare("DELETE FROM nonces WHERE expires < ?").bind(seconds(expired_before)).run();
}

void Store::append(AuditRecord& record) {
    Bytes before;
    record.sequence = 1;
    {
        Statement last =
            database_.prepare("SELECT sequence, chain FROM audit ORDER BY sequence DESC LIMIT 1");
        if (last.step()) {
            record.sequence = last.integer(0) + 1;
            before = last.blob(1);
        }
    }
    record.chain = audit_chain(before, record);
    database_.prepare("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(record.sequence)
        .bind(seconds(record.at))
        .bind(record.action)
        .bind(record.caller)
        .bind(record.kid)
        .bind(record.version)
        .bind(ByteView{record.policy_digest})
        .bind(ByteView{record.evidence_digest})
        .bind(record.verdict)
        .bind(std::int64_t{record.status})
        .bind(record.code)
        .bind(record.reason)
        .bind(record.pointer)
        .bind(record.receipt)
        .bind(ByteView{record.chain})
        .run();
}

std::int64_t Store::audit_size() {
    Statement last = database_.prepare("SELECT ifnull(max(sequence), 0) FROM audit");
    return last.step() ? last.integer(0) : 0;
}

std::vector<AuditRecord> Store::audit(std::int64_t from) {
    Statement row = database_.prepare("SELECT * FROM audit WHERE sequence >= ? ORDER BY sequence");
    row.bind(from);
    std::vector<AuditRecord> out;
    while (row.step()) {
        AuditRecord& r = out.emplace_back();
        int c = 0;
        r.sequence = row.integer(c++);
        r.at = instant(row.integer(c++));
        r.action = row.text(c++);
        r.caller = row.text(c++);
        r.kid = row.text(c++);
        r.version = row.integer(c++);
        r.policy_digest = row.blob(c++);
        r.evidence_digest = row.blob(c++);
        r.verdict = row.text(c++);
        r.status = static_cast<unsigned>(row.integer(c++));
        r.code = row.text(c++);
        r.reason = row.text(c++);
        r.pointer = row.text(c++);
        r.receipt = row.text(c++);
        r.chain = row.blob(c++);
    }
    return out;
}

std::int64_t Store::append(const Leaf& leaf) {
    Statement added = database_.prepare(
        "INSERT INTO leaves (write_set_digest, commit_evidence, claims_digest) VALUES (?, ?, ?) "
        "RETURNING sequence");
    added.bind(ByteView{leaf.write_set_digest}).bind(leaf.commit_evidence).bind(ByteView{leaf.claims_digest});
    const std::int64_t sequence = added.step() ? added.integer(0) : 0;
    added.run();
    return sequence;
}

std::vector<Leaf> Store::leaves() {
    Statement row = database_.prepare(
        "SELECT sequence, write_set_digest, commit_evidence, claims_digest FROM leaves ORDER BY sequence");
    std::vector<Leaf> out;
    while (row.step()) out.push_back({row.integer(0), row.blob(1), row.text(2), row.blob(3)});
    return out;
}

void Store::put_receipt(std::int64_t leaf, std::string_view receipt_json) {
    database_.prepare("UPDATE leaves SET receipt = ? WHERE sequence = ?").bind(receipt_json).bind(leaf).run();
}

std::optional<std::string> Store::receipt(std::int64_t leaf) {
    Statement found = database_.prepare("SELECT receipt FROM leaves WHERE sequence = ?");
    found.bind(leaf);
    if (!found.step()) return {};
    std::string text = found.text(0);
    if (text.empty()) return {};
    return text;
}

std::optional<Bytes> Store::find(std::string_view name) {
    Statement found = database_.prepare("SELECT value FROM things WHERE name = ?");
    found.bind(name);
    if (!found.step()) return {};
    return found.blob(0);
}

void Store::put(std::string_view name, ByteView value) {
    database_.prepare("INSERT OR REPLACE INTO things VALUES (?, ?)").bind(name).bind(value).run();
}

Bytes audit_chain(ByteView before, const AuditRecord& r) {
    crypto::Hasher hasher{crypto::Hash::sha256};
    const auto add = [&](ByteView part) {
        hasher.update(store(std::uint64_t{part.size()}, std::endian::big));
        hasher.update(part);
    };
    const auto number = [&](std::int64_t value) {
        add(store(static_cast<std::uint64_t>(value), std::endian::big));
    };
    add(before);
    number(r.sequence);
    number(seconds(r.at));
    for (const std::string* const text : {&r.action, &r.caller, &r.kid}) add(as_bytes(*text));
    number(r.version);
    add(r.policy_digest);
    add(r.evidence_digest);
    add(as_bytes(r.verdict));
    number(r.status);
    for (const std::string* const text : {&r.code, &r.reason, &r.pointer, &r.receipt}) add(as_bytes(*text));
    return hasher.finish();
}

}  // namespace assay::kms
