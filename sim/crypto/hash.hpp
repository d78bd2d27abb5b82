// Digests (FIPS 180-4) over OpenSSL.
#pragma once
#include <initializer_list>
#include <memory>

#include "sim/base/bytes.hpp"

namespace assay::crypto {

enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512 };

/// 20, 32, 48 or 64.
std::size_t digest_size(Hash hash);

/// `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`.
std::string_view name(Hash hash);

/// The digest of `parts`, one after the other. Throws std::runtime_error when OpenSSL fails.
Bytes digest(Hash hash, std::initializer_list<ByteView> parts);

/// The same, over data that comes piece by piece.
class Hasher {
public:
    explicit Hasher(Hash hash);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(ByteView data);
    /// The digest of all updates; the hasher starts anew.
    Bytes finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace assay::crypto
