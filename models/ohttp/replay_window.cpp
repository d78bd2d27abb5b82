#include "models/ohttp/replay_window.hpp"

#include <algorithm>

#include "sim/crypto/hash.hpp"

namespace assay::ohttp {

void ReplayWindow::forget() {
    if (!keep_) return;
    while (!order_.empty() && order_.front().first + *keep_ < clock_.now()) {
        seen_.erase(order_.front().second);
        order_.pop_front();
    }
}

ReplayWindow::Outcome ReplayWindow::admit(ByteView enc) {
    forget();
    Digest digest{};
    std::ranges::copy(crypto::digest(crypto::Hash::sha256, {enc}), digest.begin());
    if (seen_.contains(digest)) return Outcome::repeated;
    if (seen_.size() >= capacity_) return Outcome::full;
    seen_.insert(digest);
    if (keep_) order_.emplace_back(clock_.now(), digest);
    return Outcome::fresh;
}

}  // namespace assay::ohttp
