#include "conformance/suites/gpu_appraisal/mint.hpp"

namespace assay::conformance::gpu_appraisal {

Mint& Mint::shared() {
    static Mint mint;
    return mint;
}

const crypto::PrivateKey& Mint::key(const std::string& role, crypto::KeyType type) {
    if (const auto known = keys_.find({role, type}); known != keys_.end()) return known->second;
    const Bytes seed = concat({store(static_cast<std::uint32_t>(type), std::endian::big), as_bytes(role)});
    source_.begin(seed);
    crypto::PrivateKey key = crypto::PrivateKey::generate(context_, type);
    key.remember_signatures([this, seed](ByteView digest) { source_.begin(concat({seed, digest})); });
    return keys_.emplace(std::pair{role, type}, std::move(key)).first->second;
}

}  // namespace assay::conformance::gpu_appraisal
