// HKDF (RFC 5869) over HMAC: EVP_KDF refuses empty keys and long infos, which the RFC allows.
#include "sim/crypto/kdf.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/native.hpp"

namespace assay::crypto {

Secret hkdf_extract(Hash hash, ByteView salt, ByteView input_key) {
    Secret out{digest_size(hash)};
    hmac_into(hash, salt, {input_key}, out.bytes());
    return out;
}

Secret hkdf_expand(Hash hash, ByteView pseudorandom_key, ByteView info, std::size_t size) {
    const std::size_t step = digest_size(hash);
    if (size > 255 * step) throw std::logic_error("HKDF: more than 255 blocks");
    Secret out{size};
    Secret block{step};
    ByteView previous;
    std::uint8_t counter = 0;
    for (std::span<std::uint8_t> rest = out.bytes(); !rest.empty();) {
        ++counter;
        hmac_into(hash, pseudorandom_key, {previous, info, {&counter, 1}}, block.bytes());
        const std::size_t part = std::min(step, rest.size());
        std::copy_n(block.bytes().begin(), part, rest.begin());
        rest = rest.subspan(part);
        previous = std::as_const(block).bytes();
    }
    return out;
}

Secret hkdf(Hash hash, ByteView salt, ByteView input_key, ByteView info, std::size_t size) {
    return hkdf_expand(hash, hkdf_extract(hash, salt, input_key).bytes(), info, size);
}

}  // namespace assay::crypto
