// Memory of the reference path: aligned for vector loads, and wiped before it goes back to the heap.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include <string.h>

namespace assay::reference_gpu {

/// Weights, activations and tokens of a user's prompt leave no copy behind when their vector dies or grows.
template <class T>
struct WipingAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    WipingAllocator() = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) noexcept {}

    T* allocate(std::size_t count) {
        if (count > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length{};
        return static_cast<T*>(::operator new(count * sizeof(T), alignment));
    }
    void deallocate(T* at, std::size_t count) noexcept {
        ::explicit_bzero(at, count * sizeof(T));
        ::operator delete(at, alignment);
    }
    bool operator==(const WipingAllocator&) const = default;
};

template <class T>
using Wiped = std::vector<T, WipingAllocator<T>>;

using Floats = std::span<float>;
using FloatView = std::span<const float>;
using Token = std::uint32_t;

}  // namespace assay::reference_gpu
