// See team.hpp.
#include "reference_gpu/team.hpp"

#include <algorithm>

namespace assay::reference_gpu {
namespace {

constexpr int patience = 4'000;  // spins, some tens of microseconds

inline void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

}  // namespace

Team::Team(unsigned threads) : size_(std::max(threads, 1U)) {
    for (unsigned member = 1; member < size_; ++member)
        others_.emplace_back([this, member] { serve(member); });
}

Team::~Team() {
    ending_ = true;
    round_.fetch_add(1);
    round_.notify_all();
    for (std::thread& other : others_) other.join();
}

void Team::do_part(unsigned member) const {
    const std::size_t fours = (count_ + 3) / 4;
    const auto edge = [&](unsigned m) {
        return std::min(fours * m / size_ * 4, count_);
    };
    if (edge(member) < edge(member + 1)) (*part_)(edge(member), edge(member + 1));
}

void Team::run(std::size_t count, const std::function<void(std::size_t, std::size_t)>& part) {
    part_ = &part;
    count_ = count;
    finished_.store(0, std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    if (size_ > 1) round_.notify_all();
    do_part(0);
    for (int spins = 0; finished_.load(std::memory_order_acquire) != size_ - 1; ++spins)
        spins < patience ? pause() : std::this_thread::yield();
}

void Team::serve(unsigned member) {
    std::uint32_t seen = 0;
    while (true) {
        int spins = 0;
        while (round_.load(std::memory_order_acquire) == seen)
            if (++spins < patience)
                pause();
            else
                round_.wait(seen, std::memory_order_acquire);
        ++seen;  // run() waits for all before it begins another round
        if (ending_) return;
        do_part(member);
        finished_.fetch_add(1, std::memory_order_release);
    }
}

}  // namespace assay::reference_gpu
