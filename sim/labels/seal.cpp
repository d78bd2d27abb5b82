#include "sim/labels/seal.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

#include "sim/base/secret.hpp"
#include "sim/crypto/aead.hpp"

namespace assay::labels {
namespace {

Refusal stale_key(const LabelledStore& where) {
    return {"E_KEY_UNKNOWN", "the key is not live", where.name(), "a live key of 32 bytes"};
}

ByteView aead_key(const KeyRef& key) {
    const ByteView bytes = key.store == nullptr ? ByteView{} : key.store->bytes(key);
    return bytes.size() == crypto::key_size(crypto::Aead::aes_256_gcm) ? bytes : ByteView{};
}

}  // namespace

Result<Nothing, Refusal> seal(Registry& registry, const KeyRef& key, ByteView nonce, ByteView aad,
                              const LabelledStore& from, Range plain, LabelledStore& to, std::size_t at,
                              Sink sink) {
    const ByteView secret = aead_key(key);
    if (secret.empty()) return stale_key(to);
    const Range sealed{at, plain.size + crypto::aead_tag_size};
    const Label owner = from.label(plain);
    to.check(sealed);
    to.check_usable(sealed);
    const Label label = registry.sealed_label(key, sink, owner, plain.size);
    const Run whole{{0, sealed.size}, label};
    if (!to.may_cross(sealed, std::span{&whole, 1}))
        return Refusal{rule(*to.spec().sink).data_code, "the key seals for no such sink", to.name(),
                       "a key that is permitted for " + std::string{rule(*to.spec().sink).name}};
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, secret};
    cipher.seal(nonce, aad, from.bytes(plain), {to.data_.get() + at, sealed.size});
    to.end_produce(sealed);
    to.set_label(sealed, label);
    to.links_.set(sealed, {key.id, owner});
    return Nothing{};
}

Result<Nothing, Refusal> open(Registry&, const KeyRef& key, ByteView nonce, ByteView aad,
                              const LabelledStore& from, Range sealed, LabelledStore& to, std::size_t at,
                              const Label& plaintext) {
    const ByteView secret = aead_key(key);
    if (secret.empty()) return stale_key(to);
    if (sealed.size < crypto::aead_tag_size)
        return Refusal{"E_TAG_LEN", std::to_string(sealed.size) + " bytes", from.name(), "a tag of 16 bytes"};
    const Range plain{at, sealed.size - crypto::aead_tag_size};
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, secret};
    bool authentic = false;
    to.produce(plain, plaintext, [&](std::span<std::uint8_t> out) {
        authentic = cipher.open(nonce, aad, from.bytes(sealed), out);
    });
    if (authentic) return Nothing{};
    to.set_label(plain, clean);  // zeros: open() leaves nothing of a plaintext that is not authentic
    return Refusal{"E_TAG", "the tag is wrong", from.name(), "a ciphertext of this key, nonce and context"};
}

Result<KeyErase, Refusal> crypto_erase(Registry& registry, std::uint64_t id) {
    std::vector<KeyRef> copies;
    for (KeyStore* keys : registry.key_stores())
        for (const KeyRef& one : keys->copies(id)) copies.push_back(one);
    if (copies.empty())
        return Refusal{"E_KEY_UNKNOWN", "no slot holds the key", "key slots", "a key that is live"};

    KeyErase out{id, 0, 0};
    bool elsewhere = false;
    const ByteView wanted = copies.front().store->bytes(copies.front());
    const std::boyer_moore_horspool_searcher search{wanted.begin(), wanted.end()};
    for (const auto& [name, store] : registry.stores()) {
        store->each_link(store->all(), [&](Range range, const SealedLink& link) {
            if (link.key == id) out.ciphertext_bytes += range.size;
        });
        const ByteView all = store->bytes(store->all());
        for (auto it = std::search(all.begin(), all.end(), search); it != all.end();
             it = std::search(it + 1, all.end(), search)) {
            const auto at = static_cast<std::size_t>(it - all.begin());
            const bool known = std::ranges::any_of(copies, [&, in = store](const KeyRef& one) {
                return &one.store->store() == in && one.store->bytes(one).data() == &*it;
            });
            if (known) continue;
            elsewhere = true;
            registry.add(Finding{"E_CE_KEY_COPY",
                                 "label",
                                 name,
                                 {at, wanted.size()},
                                 "key",
                                 0,
                                 "another copy of a key that is being erased"});
        }
    }
    if (elsewhere)
        return Refusal{"E_CE_KEY_COPY", "the key also stands outside its slots",
                       registry.findings().entries().back().store, "no copy outside key slots"};
    for (const KeyRef& one : copies) {
        if (auto gone = one.store->zeroise(one); !gone) return gone.error();
        ++out.copies_scrubbed;
    }
    return out;
}

}  // namespace assay::labels
