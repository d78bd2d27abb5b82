// Nonces that a verifier gives out, and takes back once each.
#pragma once
#include <map>

#include "models/verifier/gpu_appraisal.hpp"
#include "sim/base/random.hpp"

namespace assay::verifier {

class Challenges {
public:
    /// `random` must outlive it.
    explicit Challenges(Random& random, std::chrono::seconds lifetime = std::chrono::seconds{300},
                        std::size_t most = 4096)
        : random_(random), lifetime_(lifetime), most_(most) {}

    /// 32 bytes. Refused (E_RATE_LIMIT) while `most` are outstanding.
    Result<Bytes, Finding> issue(Instant now);

    /// Burns it, whatever follows. E_CHALLENGE_CONSUMED for one that was burnt in its lifetime,
    /// E_STALE_EVIDENCE for one that is over or was never given out.
    Result<Nothing, Finding> take(ByteView nonce, Instant now);

    /// When a nonce that is issued now is over.
    Instant expiry(Instant now) const { return now + lifetime_; }

private:
    struct Issued {
        Instant at;
        bool taken = false;
    };
    void forget(Instant now);

    Random& random_;
    std::chrono::seconds lifetime_;
    std::size_t most_;
    std::map<Bytes, Issued> issued_;
};

}  // namespace assay::verifier
