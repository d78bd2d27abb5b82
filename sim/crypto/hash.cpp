// Digests (FIPS 180-4) over OpenSSL.
#include "sim/crypto/hash.hpp"

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

struct HashFacts {
    std::size_t size;
    std::string_view name;
    const char* openssl_name;
};
const HashFacts& facts(Hash hash) {
    static constexpr std::array<HashFacts, 4> table{{
        {20, "SHA-1", "SHA1"},
        {32, "SHA-256", "SHA2-256"},
        {48, "SHA-384", "SHA2-384"},
        {64, "SHA-512", "SHA2-512"},
    }};
    return table.at(static_cast<std::size_t>(hash));
}

DigestContext new_digest_context(Hash hash) {
    DigestContext context{check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")};
    check(EVP_DigestInit_ex2(context.get(), fetched(hash), nullptr), "EVP_DigestInit_ex2");
    return context;
}

}  // namespace

std::size_t digest_size(Hash hash) { return facts(hash).size; }
std::string_view name(Hash hash) { return facts(hash).name; }

const EVP_MD* fetched(Hash hash) {
    static const auto all = [] {
        std::array<const EVP_MD*, 4> made{};
        for (std::size_t i = 0; i < made.size(); ++i)
            made[i] = check(EVP_MD_fetch(pure_library(), facts(static_cast<Hash>(i)).openssl_name, nullptr),
                            "EVP_MD_fetch");
        return made;
    }();
    return all.at(static_cast<std::size_t>(hash));
}

// A context per call: OpenSSL wipes it when it is freed, and one that is kept would keep the last block of
// what it has hashed.
void digest_into(Hash hash, std::initializer_list<ByteView> parts, std::span<std::uint8_t> out) {
    const DigestContext context = new_digest_context(hash);
    for (const ByteView part : parts)
        check(EVP_DigestUpdate(context.get(), part.data(), part.size()), "EVP_DigestUpdate");
    check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr), "EVP_DigestFinal_ex");
}

Bytes digest(Hash hash, std::initializer_list<ByteView> parts) {
    Bytes out(digest_size(hash));
    digest_into(hash, parts, out);
    return out;
}

struct Hasher::Impl {
    Hash hash;
    DigestContext context;
};

Hasher::Hasher(Hash hash) : impl_(std::make_unique<Impl>(Impl{hash, new_digest_context(hash)})) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(ByteView data) {
    check(EVP_DigestUpdate(impl_->context.get(), data.data(), data.size()), "EVP_DigestUpdate");
}

Bytes Hasher::finish() {
    Bytes out(digest_size(impl_->hash));
    check(EVP_DigestFinal_ex(impl_->context.get(), out.data(), nullptr), "EVP_DigestFinal_ex");
    impl_->context = new_digest_context(impl_->hash);
    return out;
}

}  // namespace assay::crypto
