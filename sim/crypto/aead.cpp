// Authenticated encryption over OpenSSL; per message only the nonce is set.
#include "sim/crypto/aead.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

struct AeadFacts {
    std::size_t key_size;
    const char* openssl_name;
};
const AeadFacts& aead_facts(Aead aead) {
    static constexpr std::array<AeadFacts, 3> table{
        {{16, "AES-128-GCM"}, {32, "AES-256-GCM"}, {32, "ChaCha20-Poly1305"}}};
    return table.at(static_cast<std::size_t>(aead));
}

const EVP_CIPHER* fetched(Aead aead) {
    static const auto all = [] {
        std::array<const EVP_CIPHER*, 3> made{};
        for (std::size_t i = 0; i < made.size(); ++i)
            made[i] = check(
                EVP_CIPHER_fetch(pure_library(), aead_facts(static_cast<Aead>(i)).openssl_name, nullptr),
                "EVP_CIPHER_fetch");
        return made;
    }();
    return all.at(static_cast<std::size_t>(aead));
}

}  // namespace

std::size_t key_size(Aead aead) { return aead_facts(aead).key_size; }

struct AeadKey::Impl {
    // A direction of a key, and the nonce size that it is set to.
    struct Direction {
        CipherContext context;
        std::size_t nonce_size = aead_nonce_size;
        bool sealing;

        Direction(Aead aead, ByteView key, bool seal)
            : context(check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")), sealing(seal) {
            check(EVP_CipherInit_ex2(context.get(), fetched(aead), key.data(), nullptr, sealing ? 1 : 0,
                                     nullptr),
                  "EVP_CipherInit_ex2");
        }

        void start(ByteView nonce, ByteView aad) {
            if (nonce.size() != nonce_size) {
                check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, int_size(nonce.size()),
                                          nullptr),
                      "EVP_CTRL_AEAD_SET_IVLEN");
                nonce_size = nonce.size();
            }
            check(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, nonce.data(), -1, nullptr),
                  "EVP_CipherInit_ex2");
            int size = 0;
            if (!aad.empty())
                check(EVP_CipherUpdate(context.get(), nullptr, &size, aad.data(), int_size(aad.size())),
                      "EVP_CipherUpdate");
        }
        void update(ByteView in, std::uint8_t* out) {
            int size = 0;
            if (!in.empty())
                check(EVP_CipherUpdate(context.get(), out, &size, in.data(), int_size(in.size())),
                      "EVP_CipherUpdate");
        }
    };

    Aead aead;
    Direction sealer;
    Direction opener;

    void check_nonce(ByteView nonce) const {
        const bool fits = aead == Aead::chacha20_poly1305 ? nonce.size() == aead_nonce_size : !nonce.empty();
        if (!fits) throw std::logic_error("AeadKey: a nonce of this size does not fit");
    }
};

AeadKey::AeadKey(Aead aead, ByteView key) {
    if (key.size() != key_size(aead)) throw std::logic_error("AeadKey: the key has the wrong size");
    impl_ = std::make_unique<Impl>(Impl{aead, {aead, key, true}, {aead, key, false}});
}
AeadKey::AeadKey(AeadKey&&) noexcept = default;
AeadKey& AeadKey::operator=(AeadKey&&) noexcept = default;
AeadKey::~AeadKey() = default;

void AeadKey::seal(ByteView nonce, ByteView aad, ByteView plaintext, std::span<std::uint8_t> out) const {
    seal(nonce, aad, {plaintext}, out);
}

void AeadKey::seal(ByteView nonce, ByteView aad, std::initializer_list<ByteView> plaintext,
                   std::span<std::uint8_t> out) const {
    impl_->check_nonce(nonce);
    std::size_t whole = 0;
    for (const ByteView part : plaintext) whole += part.size();
    if (out.size() != whole + aead_tag_size) throw std::logic_error("AeadKey::seal: size of out");
    Impl::Direction& sealer = impl_->sealer;
    sealer.start(nonce, aad);
    std::uint8_t* at = out.data();
    for (const ByteView part : plaintext) {
        sealer.update(part, at);
        at += part.size();
    }
    std::uint8_t* const tag = out.data() + whole;
    int size = 0;
    check(EVP_CipherFinal_ex(sealer.context.get(), tag, &size), "EVP_CipherFinal_ex");
    check(EVP_CIPHER_CTX_ctrl(sealer.context.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_size, tag),
          "EVP_CTRL_AEAD_GET_TAG");
}

bool AeadKey::open(ByteView nonce, ByteView aad, ByteView sealed, std::span<std::uint8_t> out) const {
    impl_->check_nonce(nonce);
    if (sealed.size() < aead_tag_size) {
        std::ranges::fill(out, std::uint8_t{0});
        return false;
    }
    const ByteView ciphertext = sealed.first(sealed.size() - aead_tag_size);
    if (out.size() != ciphertext.size()) throw std::logic_error("AeadKey::open: size of out");
    std::array<std::uint8_t, aead_tag_size> tag{};
    std::ranges::copy(sealed.last(aead_tag_size), tag.begin());
    Impl::Direction& opener = impl_->opener;
    opener.start(nonce, aad);
    opener.update(ciphertext, out.data());
    check(EVP_CIPHER_CTX_ctrl(opener.context.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_size, tag.data()),
          "EVP_CTRL_AEAD_SET_TAG");
    std::array<std::uint8_t, aead_tag_size> nothing{};
    int size = 0;
    if (succeeded(EVP_CipherFinal_ex(opener.context.get(), nothing.data(), &size))) return true;
    std::ranges::fill(out, std::uint8_t{0});
    return false;
}

}  // namespace assay::crypto
