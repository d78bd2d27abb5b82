#include "models/tpm/kdf.hpp"

#include <algorithm>

#include "models/tpm/digests.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

constexpr std::array<std::uint8_t, 1> zero_byte{};

/// Block by block from 1 on, each made by `block(i)`.
template <class Block>
Secret blocks(std::size_t bits, Block block) {
    Secret out{(bits + 7) / 8};
    std::span<std::uint8_t> rest = out.bytes();
    for (std::uint32_t i = 1; !rest.empty(); ++i) {
        Bytes one = block(store(i, byte_order));
        const std::size_t size = std::min(one.size(), rest.size());
        std::copy_n(one.begin(), size, rest.begin());
        ::explicit_bzero(one.data(), one.size());
        rest = rest.subspan(size);
    }
    if (bits % 8 != 0) out.bytes()[0] = static_cast<std::uint8_t>(out.bytes()[0] & ((1U << bits % 8) - 1));
    return out;
}

}  // namespace

Secret kdfa(Alg hash, ByteView key, std::string_view label, ByteView context_u, ByteView context_v,
            std::size_t bits) {
    const auto size = store(static_cast<std::uint32_t>(bits), byte_order);
    return blocks(bits, [&](const auto& counter) {
        return crypto::hmac(hash_of(hash), key,
                            {counter, as_bytes(label), zero_byte, context_u, context_v, size});
    });
}

Secret kdfe(Alg hash, ByteView z, std::string_view label, ByteView party_u, ByteView party_v,
            std::size_t bits) {
    return blocks(bits, [&](const auto& counter) {
        return digest(hash, {counter, z, as_bytes(label), zero_byte, party_u, party_v});
    });
}

void xor_obfuscate(Alg hash, ByteView key, ByteView nonce_newer, ByteView nonce_older,
                   std::span<std::uint8_t> data) {
    const Secret mask = kdfa(hash, key, "XOR", nonce_newer, nonce_older, 8 * data.size());
    std::ranges::transform(data, mask.bytes(), data.begin(),
                           [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
}

ByteView without_trailing_zeros(ByteView auth) {
    while (!auth.empty() && auth.back() == 0) auth = auth.first(auth.size() - 1);
    return auth;
}

}  // namespace assay::tpm
