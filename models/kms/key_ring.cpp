#include "models/kms/key_ring.hpp"

#include <algorithm>
#include <array>

#include "models/kms/cbor_key.hpp"
#include "models/kms/key_config.hpp"

namespace assay::kms {
namespace {

constexpr std::size_t x25519_size = 32, p384_size = 48;
constexpr std::int64_t key_ids = 90, first_key_id = 10;
constexpr std::size_t min_material = 16, max_material = 4096, max_name = 64;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name && text.front() != '.' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '_' || c == '-';
           });
}

std::string sealed_name(const StoredKey& key) { return "key/" + key.kid + '/' + std::to_string(key.version); }

struct MadeKey {
    Secret scalar;
    crypto::PublicKey public_key;
};
MadeKey make_key(const crypto::Context& context, KeyKind kind) {
    const bool x25519 = kind == KeyKind::hpke_x25519;
    Secret scalar{x25519 ? x25519_size : p384_size};
    for (;;) {  // SP 800-56A, 5.6.1.2.2: candidates until one is below the group order
        context.random().fill(scalar.bytes());
        const auto key = crypto::PrivateKey::from_scalar(
            context, x25519 ? crypto::KeyType::x25519 : crypto::KeyType::p384, scalar.bytes());
        if (key) return {std::move(scalar), key->public_key()};
    }
}

/// What a receipt ties an `oct` key to.
Bytes statement_of(const StoredKey& key) {
    const std::string text =
        "assay-key/v1 " + key.kid + ' ' + std::to_string(key.version) + ' ' + to_hex(key.policy_digest);
    const ByteView bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

std::optional<Refused> check_terms(const ReleaseTerms& terms, Bytes& digest) {
    const auto policy = ReleasePolicy::parse(as_bytes(terms.policy), terms.profile);
    if (policy) {
        digest = policy->digest();
        return {};
    }
    const PolicyError& error = policy.error();
    if (error.reason == "E_POLICY_EMPTY") return Refused{reason("E_POLICY_EMPTY"), error.pointer};
    if (error.reason == "E_JSON_DUPLICATE_KEY") return Refused{reason("E_POLICY_DUPLICATE"), error.pointer};
    return Refused{reason("E_POLICY_SYNTAX"), error.pointer};
}

bool same_terms(const ReleaseTerms& a, const ReleaseTerms& b) {
    return a.policy == b.policy && a.profile == b.profile && a.immutable == b.immutable;
}

}  // namespace

std::string_view name(KeyState state) {
    constexpr std::array<std::string_view, 5> names{"pending", "active", "grace", "expired", "revoked"};
    return names.at(static_cast<std::size_t>(state));
}

KeyState state_of(const StoredKey& key, Instant now) {
    if (key.revoked) return KeyState::revoked;
    // Grace before expiry: a key whose interval is over is not yet a key whose grace is over.
    if (key.sealed.empty() || (key.erase_at && now >= *key.erase_at)) return KeyState::expired;
    if (!key.receipted) return KeyState::pending;
    if (key.active_until && now >= *key.active_until) return KeyState::grace;
    return KeyState::active;
}

std::string_view payload_format(KeyKind kind) { return kind == KeyKind::hpke_p384 ? "cbor-key" : "raw"; }

std::size_t payload_size(const StoredKey& key) {
    constexpr std::size_t overhead = crypto::aead_nonce_size + crypto::aead_tag_size, small = 24;
    const std::size_t material = key.sealed.size() < overhead ? 0 : key.sealed.size() - overhead;
    if (key.kind != KeyKind::hpke_p384) return material;
    constexpr std::size_t head = 8;
    return head + (key.key_id.value_or(0) >= small ? 1 : 0) + material;
}

KeyRing::KeyRing(Store& store, Ledger& ledger, const Sealer& sealer, const crypto::Context& context,
                 Rules rules)
    : store_(&store), ledger_(&ledger), sealer_(&sealer), context_(&context), rules_(rules) {}

Result<StoredKey, Refused> KeyRing::create_group(const KeyGroup& group, Instant now) {
    constexpr std::size_t id_digits = 3;  // "-10" follows
    if (!is_name(group.name) || group.name.size() + id_digits > max_name || group.kind == KeyKind::oct)
        return Refused{reason("E_BAD_ID")};
    if (store_->find_group(group.name)) return Refused{reason("E_ID_COLLISION")};
    Bytes digest;
    if (auto refused = check_terms(group.terms, digest)) return *std::move(refused);
    store_->put_group({group.name, group.kind, group.terms, group.rotation, 0});
    return rotate(group.name, now);
}

bool KeyRing::may_use_id(std::string_view group, std::uint8_t id, Instant now) {
    const std::vector<StoredKey> keys = store_->keys_of(group);
    return std::ranges::none_of(keys, [&](const StoredKey& key) {
        return key.key_id == id &&
               (!key.sealed.empty() || !key.erase_at || now < *key.erase_at + rules_.id_reuse_window);
    });
}

Result<StoredKey, Refused> KeyRing::rotate(std::string_view group_name, Instant now,
                                           const std::optional<ReleaseTerms>& terms) {
    auto group = store_->find_group(group_name);
    if (!group) return Refused{reason("E_KEY_NOT_FOUND")};
    if (terms && !same_terms(*terms, group->terms)) {
        if (group->terms.immutable) return Refused{reason("E_POLICY_IMMUTABLE")};
        group->terms = *terms;
    }
    StoredKey key;
    if (auto refused = check_terms(group->terms, key.policy_digest)) return *std::move(refused);
    const auto id = static_cast<std::uint8_t>(group->made % key_ids + first_key_id);
    if (!may_use_id(group->name, id, now)) return Refused{reason("E_ID_REUSE")};
    key.kid = group->name + '-' + std::to_string(id);
    const auto earlier = store_->find_key(key.kid);
    if (earlier && earlier->group != group->name) return Refused{reason("E_ID_COLLISION")};
    key.version = ++group->made;
    key.group = group->name;
    key.kind = group->kind;
    key.key_id = id;
    key.terms = group->terms;
    key.created = now;
    if (group->rotation) {
        key.active_until = now + group->rotation->interval;
        key.erase_at = *key.active_until + group->rotation->grace;
    }
    const MadeKey made = make_key(*context_, key.kind);
    key.published = encode_key_config(id, made.public_key);
    store_->put_group(*group);
    return admit(std::move(key), made.scalar, now);
}

Result<StoredKey, Refused> KeyRing::import_key(std::string_view name, const Secret& material,
                                               const ReleaseTerms& terms, Instant now) {
    if (!is_name(name)) return Refused{reason("E_BAD_ID")};
    if (material.bytes().size() < min_material || material.bytes().size() > max_material)
        return Refused{reason("E_KEY_INVALID")};
    const auto earlier = store_->find_key(name);
    if (earlier && !earlier->group.empty()) return Refused{reason("E_ID_COLLISION")};
    if (earlier && earlier->terms.immutable && !same_terms(terms, earlier->terms))
        return Refused{reason("E_POLICY_IMMUTABLE")};
    StoredKey key;
    if (auto refused = check_terms(terms, key.policy_digest)) return *std::move(refused);
    key.kid = name;
    key.version = earlier ? earlier->version + 1 : 1;
    key.kind = KeyKind::oct;
    key.terms = terms;
    key.created = now;
    key.published = statement_of(key);
    return admit(std::move(key), material, now);
}

Result<StoredKey, Refused> KeyRing::admit(StoredKey key, const Secret& material, Instant now) {
    key.sealed = sealer_->seal(sealed_name(key), material.bytes());
    key.leaf = ledger_->append(key);
    store_->put_key(key);
    if (rules_.receipts_at_once) {
        ledger_->commit();
        activate(key, now);
    }
    return key;
}

void KeyRing::activate(StoredKey& key, Instant now) {
    key.receipted = true;
    store_->put_key(key);
    if (key.group.empty()) return;
    const auto group = store_->find_group(key.group);
    for (StoredKey& other : store_->keys_of(key.group)) {
        if (other.version >= key.version || state_of(other, now) != KeyState::active) continue;
        other.active_until = now;
        if (group && group->rotation) other.erase_at = now + group->rotation->grace;
        store_->put_key(other);
    }
}

Result<StoredKey, Refused> KeyRing::revoke(std::string_view kid, Instant now) {
    std::optional<StoredKey> out;
    for (StoredKey& key : store_->keys()) {
        if (key.kid != kid) continue;
        key.revoked = true;
        key.sealed.clear();
        key.erase_at = std::min(now, key.erase_at.value_or(now));
        store_->put_key(key);
        out = key;
    }
    if (!out) return Refused{reason("E_KEY_NOT_FOUND")};
    maintain(now);  // clients get the next key at once
    return *std::move(out);
}

void KeyRing::maintain(Instant now) {
    for (StoredKey& key : store_->keys()) {
        if (key.sealed.empty() || !key.erase_at || now < *key.erase_at) continue;
        key.sealed.clear();
        store_->put_key(key);
    }
    for (const StoredGroup& group : store_->groups()) {
        if (!group.rotation) continue;
        const auto keys = store_->keys_of(group.name);
        const bool has_one = std::ranges::any_of(keys, [&](const StoredKey& key) {
            const KeyState state = state_of(key, now);
            return state == KeyState::active || state == KeyState::pending;
        });
        // A group whose next id is not free yet stays without an active key: clients get none.
        if (!has_one) (void)static_cast<bool>(rotate(group.name, now));
    }
}

void KeyRing::settle(Instant now) {
    std::vector<StoredKey> waiting;
    for (StoredKey& key : store_->keys())
        if (!key.receipted && ledger_->receipt(key.leaf)) waiting.push_back(std::move(key));
    std::ranges::sort(waiting, {}, &StoredKey::leaf);
    for (StoredKey& key : waiting) activate(key, now);
}

std::vector<StoredKey> KeyRing::published(Instant now) {
    std::vector<StoredKey> out;
    for (StoredKey& key : store_->keys())
        if (!key.group.empty() && state_of(key, now) == KeyState::active) out.push_back(std::move(key));
    return out;
}

std::optional<Secret> KeyRing::payload(const StoredKey& key) const {
    auto material = sealer_->open(sealed_name(key), key.sealed);
    if (!material || key.kind != KeyKind::hpke_p384) return material;
    return encode_cbor_key(*key.key_id, material->bytes());
}

}  // namespace assay::kms
