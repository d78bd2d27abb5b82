// Where random bytes come from. Whoever needs some is handed a Random.
#pragma once
#include <cstdint>
#include <span>

namespace assay {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;
};

/// The operating system's: for real keys and nonces, never inside a simulation. Throws std::system_error.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace assay
