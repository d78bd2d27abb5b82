// An OpenSSL library context whose only source of randomness is the one handed in, and a seeded generator.
#pragma once
#include <memory>

#include "sim/base/bytes.hpp"
#include "sim/base/random.hpp"

namespace assay::crypto {

/// Keys are made in a Context and draw from it for as long as they live: key generation, ECDSA nonces, PSS
/// salts, OAEP seeds, blinding. With a seeded Random a whole simulation repeats itself, byte for byte. One
/// thread at a time. Must outlive its keys; `random` must outlive the Context.
class Context {
public:
    explicit Context(Random& random);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context();

    Random& random() const;

    /// For sim/crypto alone.
    struct Native;
    Native& native() const { return *native_; }

private:
    std::unique_ptr<Native> native_;
};

/// HMAC_DRBG with SHA-256 (SP 800-90A, 10.1.2), instantiated with `seed` as entropy input and `label` as
/// personalization string. Equal seeds and labels give equal bytes. `seed` has any length.
class Drbg final : public Random {
public:
    explicit Drbg(ByteView seed, std::string_view label = {});
    Drbg(Drbg&&) noexcept;
    Drbg& operator=(Drbg&&) noexcept;
    ~Drbg() override;

    void fill(std::span<std::uint8_t> out) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::crypto
