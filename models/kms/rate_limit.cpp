#include "models/kms/rate_limit.hpp"

#include <algorithm>

namespace assay::kms {

bool RateLimiter::take(const std::string& name, Instant now) {
    constexpr std::uint64_t request = 60;  // sixtieths, so that a second adds a whole number
    const std::uint64_t full = request * limit_.burst;
    const auto [at, fresh] = buckets_.try_emplace(name, Bucket{full, now});
    Bucket& bucket = at->second;
    const auto passed = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - bucket.filled).count()));
    constexpr std::uint64_t enough_s = 1 << 24;  // no overflow after a long rest
    bucket.sixtieths = std::min(full, bucket.sixtieths + std::min(passed, enough_s) * limit_.per_minute);
    bucket.filled = std::max(bucket.filled, now);
    if (bucket.sixtieths < request) return false;
    bucket.sixtieths -= request;
    return true;
}

}  // namespace assay::kms
