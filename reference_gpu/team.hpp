// A few threads that share the rows of a matrix, again and again.
#pragma once
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace assay::reference_gpu {

/// Work is split by rows alone, so that the number of threads changes no result. The threads live as long as
/// the team, and spin for a while between two pieces of work, which follow each other within microseconds.
class Team {
public:
    /// `threads` counts the caller: 1 starts none.
    explicit Team(unsigned threads);
    Team(const Team&) = delete;
    ~Team();

    /// Calls `part(first, end)` for parts that cover 0 .. count, one of them in the calling thread; returns
    /// when all are done. Parts begin at multiples of 4. `part` must not throw.
    void run(std::size_t count, const std::function<void(std::size_t, std::size_t)>& part);

private:
    void serve(unsigned member);
    void do_part(unsigned member) const;

    unsigned size_;
    const std::function<void(std::size_t, std::size_t)>* part_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<std::uint32_t> round_{0};     // a new value is new work
    std::atomic<std::uint32_t> finished_{0};  // of the others, in this round
    std::atomic<bool> ending_{false};
    std::vector<std::thread> others_;
};

}  // namespace assay::reference_gpu
