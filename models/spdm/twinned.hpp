// What does not copy in passing, inside a class that is copied member by member.
#pragma once
#include <utility>

namespace assay::spdm {

/// Copies by T::twin(). A class that holds its secrets in these has a defaulted copy, which forgets no
/// member.
template <class T>
class Twinned {
public:
    Twinned() = default;
    Twinned(T&& value) : value_(std::move(value)) {}
    Twinned(const Twinned& from) : value_(from.value_.twin()) {}
    Twinned(Twinned&&) = default;
    Twinned& operator=(const Twinned&) = delete;
    Twinned& operator=(Twinned&&) = default;
    ~Twinned() = default;

    T& operator*() { return value_; }
    const T& operator*() const { return value_; }
    T* operator->() { return &value_; }
    const T* operator->() const { return &value_; }

private:
    T value_;
};

}  // namespace assay::spdm
