// Diffie-Hellman in the finite fields of RFC 7919: ffdhe2048, ffdhe3072.
#pragma once
#include <memory>
#include <optional>

#include "sim/base/secret.hpp"
#include "sim/crypto/context.hpp"

namespace assay::crypto {

enum class Ffdhe : std::uint8_t { ffdhe2048, ffdhe3072 };

/// Bytes of the prime, of a public value and of the secret: 256 or 384.
std::size_t field_size(Ffdhe group);

/// A key pair for one agreement. Lives in a Context.
class FfdheKey {
public:
    static FfdheKey generate(const Context& context, Ffdhe group);
    FfdheKey(FfdheKey&&) noexcept;
    FfdheKey& operator=(FfdheKey&&) noexcept;
    ~FfdheKey();

    /// Big-endian, with leading zeros.
    Bytes public_value() const;
    /// The secret, big-endian, leading zeros kept. Nothing where the peer's value has another size or is not
    /// of the group (SP 800-56A, 5.6.2.3.1).
    std::optional<Secret> agree(ByteView peer_value) const;

private:
    struct Native;
    explicit FfdheKey(std::unique_ptr<Native> native);
    std::unique_ptr<Native> native_;
};

}  // namespace assay::crypto
