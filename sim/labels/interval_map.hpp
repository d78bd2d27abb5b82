// Values of ranges that do not overlap. Setting a range replaces what was there.
#pragma once
#include <iterator>
#include <map>

#include "sim/labels/label.hpp"

namespace assay::labels {

template <class Value>
class IntervalMap {
public:
    bool empty() const { return map_.empty(); }

    void erase(Range range) {
        if (map_.empty() || range.size == 0) return;
        auto it = map_.upper_bound(range.at);
        if (it != map_.begin() && std::prev(it)->second.end > range.at) --it;
        while (it != map_.end() && it->first < range.end()) {
            const std::size_t start = it->first;
            const Piece piece = it->second;
            it = map_.erase(it);
            if (start < range.at) map_.emplace(start, Piece{range.at, piece.value});
            if (piece.end > range.end()) it = map_.emplace(range.end(), piece).first;
        }
    }
    void set(Range range, const Value& value) {
        erase(range);
        if (range.size > 0) map_.emplace(range.at, Piece{range.end(), value});
    }
    /// `f(Range, value)` for each piece of `range` that has a value, cut to `range`, ascending.
    template <class F>
    void each(Range range, const F& f) const {
        auto it = map_.upper_bound(range.at);
        if (it != map_.begin() && std::prev(it)->second.end > range.at) --it;
        for (; it != map_.end() && it->first < range.end(); ++it) {
            const std::size_t from = it->first > range.at ? it->first : range.at;
            const std::size_t to = it->second.end < range.end() ? it->second.end : range.end();
            f(Range{from, to - from}, it->second.value);
        }
    }

private:
    struct Piece {
        std::size_t end;
        Value value;
    };
    std::map<std::size_t, Piece> map_;
};

}  // namespace assay::labels
