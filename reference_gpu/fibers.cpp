// See fibers.hpp. Boost.Context switches the fibers; their stacks are kept from launch to launch.
#include "reference_gpu/fibers.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/context/fiber.hpp>
#include <string.h>

#include "reference_gpu/memory.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define ASSAY_FIBER_ASAN 1
#endif

namespace assay::reference_gpu::fibers {
namespace {

constexpr std::size_t stack_bytes = 64 * 1024;
constexpr unsigned warp_size = 32;
constexpr std::size_t max_threads = 1024;

enum class At : std::uint8_t { run, block, warp, finished };

struct Lane {
    boost::context::fiber fiber;
    boost::context::stack_context stack;
    dim3 index;
    At at = At::finished;
    /// Two boxes in turn: between two uses of one lies a barrier, so that nobody overwrites what is still to
    /// be read.
    std::array<float, 2> mail{};
    std::uint64_t shuffles = 0;
};

struct Static {
    const void* key;
    Wiped<std::byte> bytes;
};

struct WipedFree {
    void operator()(std::byte* stack) const {
        ::explicit_bzero(stack, stack_bytes);
        delete[] stack;
    }
};
using Stack = std::unique_ptr<std::byte[], WipedFree>;
thread_local std::vector<Stack> stacks;

/// Hands a fiber a stack that it does not own.
struct StackSlot {
    boost::context::stack_context context;
    boost::context::stack_context allocate() const { return context; }
    void deallocate(boost::context::stack_context&) const noexcept {}
};

std::uint64_t next(std::uint64_t& state) {  // splitmix64
    std::uint64_t z = state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

void arrange(std::vector<std::uint32_t>& sequence, Order order, std::uint64_t& random) {
    std::iota(sequence.begin(), sequence.end(), 0U);
    if (order == Order::reversed) std::ranges::reverse(sequence);
    if (order == Order::shuffled)
        for (std::size_t i = sequence.size(); i > 1; --i)
            std::swap(sequence[i - 1], sequence[next(random) % i]);
}

class Launch;
thread_local Launch* running = nullptr;

class Launch {
public:
    Launch(const Schedule& schedule, dim3 grid, dim3 block, std::size_t shared_bytes,
           const std::function<void()>& kernel)
        : grid_(grid),
          block_(block),
          schedule_(schedule),
          random_(schedule.seed),
          kernel_(kernel),
          lanes_(std::size_t{block.x} * block.y * block.z),
          sequence_(lanes_.size()),
          shared_(shared_bytes) {
        if (lanes_.empty() || lanes_.size() > max_threads)
            throw std::logic_error("launch: size of the block");
        while (stacks.size() < lanes_.size()) stacks.emplace_back(new std::byte[stack_bytes]);
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            Lane& lane = lanes_[i];
            const auto id = static_cast<unsigned>(i);
            lane.index = {id % block.x, id / block.x % block.y, id / block.x / block.y};
            lane.stack.size = stack_bytes;
            lane.stack.sp = stacks[i].get() + stack_bytes;
            lane.fiber = boost::context::fiber{std::allocator_arg, StackSlot{lane.stack},
                                               [this](boost::context::fiber&& home) {
                                                   return live(std::move(home));
                                               }};
        }
    }

    void run() {
        std::vector<std::uint32_t> blocks(std::size_t{grid_.x} * grid_.y * grid_.z);
        arrange(blocks, schedule_.order, random_);
        Launch* const outer = std::exchange(running, this);
        try {
            for (const std::uint32_t b : blocks) {
                block_index_ = {b % grid_.x, b / grid_.x % grid_.y, b / grid_.x / grid_.y};
                run_block();
            }
            ending_ = true;
            for (std::size_t i = 0; i < lanes_.size(); ++i) enter(i);
        } catch (...) {
            running = outer;
            throw;
        }
        running = outer;
    }

    /// A fiber gives way until its barrier opens.
    void wait(At why) {
        lanes_[current_].at = why;
        leave();
    }

    float shuffle_xor(float value, unsigned mask) {
        const std::size_t me = current_;
        const std::uint64_t turn = ++lanes_[me].shuffles;
        lanes_[me].mail[turn % 2] = value;
        wait(At::warp);
        const std::size_t other = me ^ mask;
        // A partner that went on may be one turn ahead, and has then used the other box.
        if (mask >= warp_size || other >= lanes_.size() || lanes_[other].shuffles - turn > 1)
            throw std::logic_error("shuffle with a thread that takes no part in it");
        return lanes_[other].mail[turn % 2];
    }

    void* static_shared(const void* key, std::size_t bytes) {
        for (Static& s : statics_)
            if (s.key == key) return s.bytes.data();
        statics_.push_back({key, Wiped<std::byte>(bytes, std::byte{0xFF})});
        return statics_.back().bytes.data();
    }

    dim3 grid_, block_, block_index_;
    std::size_t current_ = 0;
    Wiped<Lane>& lanes() { return lanes_; }
    Wiped<std::byte>& shared() { return shared_; }

private:
    /// A fiber's whole life: the kernel once per block.
    boost::context::fiber live(boost::context::fiber&& home) {
        home_ = std::move(home);
        arrived();
        while (true) {
            try {
                kernel_();
            } catch (const boost::context::detail::forced_unwind&) {
                throw;
            } catch (...) {
                fault_ = std::current_exception();
            }
            wait(At::finished);
            if (!ending_) continue;
            ended();
            return std::move(home_);
        }
    }

    /// A warp after the other as far as each comes, or all threads one barrier at a time.
    void run_block() {
        if (!shared_.empty()) ::memset(shared_.data(), 0xFF, shared_.size());
        statics_.clear();
        arrange(sequence_, schedule_.order, random_);
        if (schedule_.warp_ahead) gather_warps();
        const std::size_t group = schedule_.warp_ahead ? warp_size : sequence_.size();
        for (Lane& lane : lanes_) lane.at = At::run;
        do
            for (std::span<const std::uint32_t> left{sequence_}; !left.empty();
                 left = left.subspan(std::min(group, left.size()))) {
                const auto together = left.first(std::min(group, left.size()));
                do run_lanes(together);
                while (open_warps());
            }
        while (open_block());
    }

    void run_lanes(std::span<const std::uint32_t> some) {
        for (const std::uint32_t i : some)
            if (lanes_[i].at == At::run) {
                enter(i);
                if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
            }
    }

    /// Lanes of a warp stand together, warps in the order of their first lanes. Only the grid's last warp may
    /// be short: it goes last, so that all groups begin at multiples of the warp's size.
    void gather_warps() {
        std::vector<std::size_t> place((lanes_.size() + warp_size - 1) / warp_size, lanes_.size());
        for (std::size_t i = sequence_.size(); i-- > 0;) place[sequence_[i] / warp_size] = i;
        if (lanes_.size() % warp_size != 0) place.back() = lanes_.size();
        std::ranges::stable_sort(sequence_, {}, [&](std::uint32_t lane) { return place[lane / warp_size]; });
    }

    /// Whether a warp's barrier has opened.
    bool open_warps() {
        bool opened = false;
        for (std::size_t first = 0; first < lanes_.size(); first += warp_size)
            opened |= open(std::span{lanes_}.subspan(first).first(
                               std::min<std::size_t>(warp_size, lanes_.size() - first)),
                           At::warp) == Barrier::opened;
        return opened;
    }

    /// False when all threads have finished.
    bool open_block() {
        const Barrier barrier = open(lanes_, At::block);
        if (barrier == Barrier::closed)
            throw std::logic_error("divergent barrier: not all threads of a block or warp reach it");
        return barrier == Barrier::opened;
    }

    enum class Barrier : std::uint8_t { opened, closed, nobody };
    /// Lets all go on that wait at a barrier which every living thread of `some` has reached.
    static Barrier open(std::span<Lane> some, At barrier) {
        std::size_t finished = 0;
        std::size_t waiting = 0;
        for (const Lane& lane : some) {
            finished += lane.at == At::finished;
            waiting += lane.at == barrier;
        }
        if (finished == some.size()) return Barrier::nobody;
        if (finished + waiting < some.size()) return Barrier::closed;
        for (Lane& lane : some)
            if (lane.at == barrier) lane.at = At::run;
        return Barrier::opened;
    }

#ifdef ASSAY_FIBER_ASAN
    void enter(std::size_t lane) {
        current_ = lane;
        void* fake = nullptr;
        const auto& stack = lanes_[lane].stack;
        __sanitizer_start_switch_fiber(&fake, static_cast<std::byte*>(stack.sp) - stack.size, stack.size);
        lanes_[lane].fiber = std::move(lanes_[lane].fiber).resume();
        __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
    }
    void leave() {
        const std::size_t me = current_;
        void* fake = nullptr;
        __sanitizer_start_switch_fiber(&fake, home_bottom_, home_size_);
        home_ = std::move(home_).resume();
        __sanitizer_finish_switch_fiber(fake, &home_bottom_, &home_size_);
        current_ = me;
    }
    void ended() { __sanitizer_start_switch_fiber(nullptr, home_bottom_, home_size_); }
    void arrived() { __sanitizer_finish_switch_fiber(nullptr, &home_bottom_, &home_size_); }
    const void* home_bottom_ = nullptr;
    std::size_t home_size_ = 0;
#else
    void enter(std::size_t lane) {
        current_ = lane;
        lanes_[lane].fiber = std::move(lanes_[lane].fiber).resume();
    }
    void leave() { home_ = std::move(home_).resume(); }
    void arrived() {}
    void ended() {}
#endif

    Schedule schedule_;
    std::uint64_t random_;
    const std::function<void()>& kernel_;
    boost::context::fiber home_;
    // What kernels have put into shared memory and mailboxes goes with the launch.
    Wiped<Lane> lanes_;  // after what their fibers use while they are unwound
    std::vector<std::uint32_t> sequence_;
    Wiped<std::byte> shared_;
    std::vector<Static> statics_;
    std::exception_ptr fault_;
    bool ending_ = false;
};

}  // namespace

void launch(const Schedule& schedule, dim3 grid, dim3 block, std::size_t shared_bytes,
            const std::function<void()>& kernel) {
    Launch{schedule, grid, block, shared_bytes, kernel}.run();
}

void forget() { stacks.clear(); }

const dim3& thread_index() { return running->lanes()[running->current_].index; }
const dim3& block_index() { return running->block_index_; }
const dim3& block_dim() { return running->block_; }
const dim3& grid_dim() { return running->grid_; }
void sync_threads() { running->wait(At::block); }
void sync_warp() { running->wait(At::warp); }
float shuffle_xor(float value, unsigned mask) { return running->shuffle_xor(value, mask); }
void* dynamic_shared() { return running->shared().data(); }
void* static_shared(const void* key, std::size_t bytes) { return running->static_shared(key, bytes); }

}  // namespace assay::reference_gpu::fibers
