// OpenSSL's SHA functions of before 3.0: the only ones whose state is in the open. Deprecated there, not
// removed.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sim/crypto/hash_state.hpp"

#include <algorithm>
#include <variant>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

// SHA-384 is SHA-512 with other starting values: one state for both.
using AnyState = std::variant<SHA_CTX, SHA256_CTX, SHA512_CTX>;

AnyState started(Hash hash) {
    switch (hash) {
        case Hash::sha1: {
            SHA_CTX state;
            check(SHA1_Init(&state), "SHA1_Init");
            return state;
        }
        case Hash::sha256: {
            SHA256_CTX state;
            check(SHA256_Init(&state), "SHA256_Init");
            return state;
        }
        default: {
            SHA512_CTX state;
            check(hash == Hash::sha384 ? SHA384_Init(&state) : SHA512_Init(&state), "SHA512_Init");
            return state;
        }
    }
}

}  // namespace

struct HashState::Impl {
    Hash hash;
    AnyState state;

    Impl(Hash of, AnyState begun) : hash(of), state(begun) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { OPENSSL_cleanse(&state, sizeof state); }
};

HashState::HashState(Hash hash) : impl_(std::make_unique<Impl>(hash, started(hash))) {}
HashState::HashState(HashState&&) noexcept = default;
HashState& HashState::operator=(HashState&&) noexcept = default;
HashState::~HashState() = default;

Hash HashState::hash() const { return impl_->hash; }

void HashState::update(ByteView data) {
    if (auto* sha1 = std::get_if<SHA_CTX>(&impl_->state))
        check(SHA1_Update(sha1, data.data(), data.size()), "SHA1_Update");
    else if (auto* sha256 = std::get_if<SHA256_CTX>(&impl_->state))
        check(SHA256_Update(sha256, data.data(), data.size()), "SHA256_Update");
    else
        check(SHA512_Update(&std::get<SHA512_CTX>(impl_->state), data.data(), data.size()), "SHA512_Update");
}

Bytes HashState::finish() {
    Bytes out(digest_size(impl_->hash));
    if (auto* sha1 = std::get_if<SHA_CTX>(&impl_->state))
        check(SHA1_Final(out.data(), sha1), "SHA1_Final");
    else if (auto* sha256 = std::get_if<SHA256_CTX>(&impl_->state))
        check(SHA256_Final(out.data(), sha256), "SHA256_Final");
    else
        check(SHA512_Final(out.data(), &std::get<SHA512_CTX>(impl_->state)), "SHA512_Final");
    impl_->state = started(impl_->hash);
    return out;
}

Secret HashState::save() const {
    return std::visit(
        [](const auto& state) {
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(&state);
            Secret out{sizeof state};
            std::copy_n(bytes, sizeof state, out.bytes().begin());
            return out;
        },
        impl_->state);
}

std::optional<HashState> HashState::restore(Hash hash, ByteView saved) {
    if (hash > Hash::sha512) return {};
    HashState out{hash};
    const bool good = std::visit(
        [&](auto& state) {
            if (saved.size() != sizeof state) return false;
            std::ranges::copy(saved, reinterpret_cast<std::uint8_t*>(&state));
            constexpr bool wide = std::is_same_v<decltype(state), SHA512_CTX&>;
            if constexpr (!std::is_same_v<decltype(state), SHA_CTX&>)
                if (state.md_len != digest_size(hash)) return false;
            return state.num < (wide ? 128U : 64U);
        },
        out.impl_->state);
    if (!good) return {};
    return out;
}

}  // namespace assay::crypto
