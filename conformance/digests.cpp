#include "conformance/digests.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/crypto/hash.hpp"

namespace assay::conformance {

std::string sha256_digest(ByteView content) {
    return "sha256:" + to_hex(crypto::digest(crypto::Hash::sha256, {content}));
}

std::string digest_without(const nlohmann::json& document, std::string_view member) {
    nlohmann::json rest = document;
    rest.erase(std::string{member});
    return sha256_digest(as_bytes(rest.dump()));
}

std::string seed_text(std::uint64_t seed) { return fmt::format("0x{:016x}", seed); }

}  // namespace assay::conformance
