// The last entries of something that happens often, and how many there were.
#pragma once
#include <deque>
#include <utility>

namespace assay::labels {

template <class Entry>
class Journal {
public:
    static constexpr std::size_t capacity = 4096;

    void add(Entry entry) {
        ++total_;
        if (entries_.size() == capacity) entries_.pop_front();
        entries_.push_back(std::move(entry));
    }
    /// The newest `capacity`, oldest first.
    const std::deque<Entry>& entries() const { return entries_; }
    std::size_t total() const { return total_; }
    std::deque<Entry> take() {
        total_ = 0;
        return std::exchange(entries_, {});
    }

private:
    std::deque<Entry> entries_;
    std::size_t total_ = 0;
};

}  // namespace assay::labels
