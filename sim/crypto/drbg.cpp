// HMAC_DRBG with SHA-256 (SP 800-90A Rev. 1, 10.1.2).
#include <algorithm>

#include "sim/base/secret.hpp"
#include "sim/crypto/context.hpp"
#include "sim/crypto/native.hpp"

namespace assay::crypto {

struct Drbg::State {
    static constexpr std::size_t size = 32;
    Secret key{size};
    Secret value{size};

    void next_value() { hmac_into(Hash::sha256, key.bytes(), {value.bytes()}, value.bytes()); }
    // HMAC_DRBG_Update (10.1.2.2); `material` is the provided data in parts.
    void update(ByteView first = {}, ByteView second = {}) {
        for (const std::uint8_t round : {std::uint8_t{0}, std::uint8_t{1}}) {
            hmac_into(Hash::sha256, key.bytes(), {value.bytes(), {&round, 1}, first, second}, key.bytes());
            next_value();
            if (first.empty() && second.empty()) return;
        }
    }
};

Drbg::Drbg(ByteView seed, std::string_view label) : state_(std::make_unique<State>()) {
    std::ranges::fill(state_->value.bytes(), std::uint8_t{1});
    state_->update(seed, as_bytes(label));
}
Drbg::Drbg(Drbg&&) noexcept = default;
Drbg& Drbg::operator=(Drbg&&) noexcept = default;
Drbg::~Drbg() = default;

void Drbg::fill(std::span<std::uint8_t> out) {
    constexpr std::size_t max_request = 1 << 16;  // 2^19 bits (table 2)
    do {
        std::span<std::uint8_t> request = out.first(std::min(out.size(), max_request));
        out = out.subspan(request.size());
        while (!request.empty()) {
            state_->next_value();
            const std::size_t size = std::min(request.size(), State::size);
            std::copy_n(state_->value.bytes().begin(), size, request.begin());
            request = request.subspan(size);
        }
        state_->update();
    } while (!out.empty());
}

}  // namespace assay::crypto
