// Token buckets: so many requests at once, so many per minute.
#pragma once
#include <map>
#include <string>

#include "sim/base/clock.hpp"

namespace assay::kms {

struct RateLimit {
    unsigned burst = 600;
    unsigned per_minute = 600;
};

/// One bucket per name. Names must come from a bounded set: a bucket is never dropped.
class RateLimiter {
public:
    explicit RateLimiter(RateLimit limit) : limit_(limit) {}

    /// Takes one; false when the bucket is empty. `now` never goes back.
    [[nodiscard]] bool take(const std::string& name, Instant now);

private:
    struct Bucket {
        std::uint64_t sixtieths;  // of a request
        Instant filled;
    };
    RateLimit limit_;
    std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace assay::kms
