#include "models/verifier/challenges.hpp"

namespace assay::verifier {
namespace {

constexpr std::size_t challenge_size = 32;

Finding challenge_finding(std::string_view reason, std::string what) {
    return {std::string{reason}, "challenge", "", {}, std::move(what)};
}

}  // namespace

void Challenges::forget(Instant now) {
    std::erase_if(issued_, [&](const auto& one) { return now >= one.second.at + lifetime_; });
}

Result<Bytes, Finding> Challenges::issue(Instant now) {
    forget(now);
    if (issued_.size() >= most_)
        return challenge_finding("E_RATE_LIMIT", std::to_string(most_) + " challenges are outstanding");
    Bytes nonce(challenge_size);
    random_.fill(nonce);
    issued_.emplace(nonce, Issued{now});
    return nonce;
}

Result<Nothing, Finding> Challenges::take(ByteView nonce, Instant now) {
    const auto found = issued_.find(Bytes{nonce.begin(), nonce.end()});
    if (found == issued_.end()) return challenge_finding("E_STALE_EVIDENCE", "not one of ours, or forgotten");
    if (found->second.taken) return challenge_finding("E_CHALLENGE_CONSUMED", "answered before");
    found->second.taken = true;
    if (now < found->second.at || now >= found->second.at + lifetime_)
        return challenge_finding("E_STALE_EVIDENCE", "given out at " + to_rfc3339(found->second.at));
    return Nothing{};
}

}  // namespace assay::verifier
