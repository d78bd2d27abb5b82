// The label bytes of a store: one per page where a page is labelled alike, one per byte where it is not.
#pragma once
#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/labels/label.hpp"

namespace assay::labels {

/// Ranges lie within the size, which the owner checks.
class Shadow {
public:
    static constexpr std::size_t page_size = 4096;

    explicit Shadow(std::size_t size) : size_(size), pages_((size + page_size - 1) / page_size) {}

    void fill(Range range, LabelByte label);
    /// As memmove: `from` may be this shadow, and the ranges may overlap.
    void copy(const Shadow& from, Range source, std::size_t at);
    void write(std::size_t at, std::span<const LabelByte> labels);

    LabelByte at(std::size_t i) const {
        const Page& page = pages_[i / page_size];
        return page.bytes ? (*page.bytes)[i % page_size] : page.uniform;
    }
    void read(std::size_t at, std::span<LabelByte> out) const;
    /// The one label of the whole range; nothing when there are several. An empty range is clean.
    std::optional<LabelByte> uniform(Range range) const;

    /// `f(Range, LabelByte)` for each longest run of equal labels, ascending.
    template <class F>
    void each_run(Range range, const F& f) const {
        std::size_t start = range.at;
        LabelByte label = clean_byte;
        const auto step = [&](std::size_t i, LabelByte next) {
            if (i > start && next != label) {
                f(Range{start, i - start}, label);
                start = i;
            }
            label = next;
        };
        for (std::size_t i = range.at; i < range.end();) {
            const Page& page = pages_[i / page_size];
            const std::size_t end = std::min(range.end(), (i / page_size + 1) * page_size);
            if (!page.bytes) {
                step(i, page.uniform);
                i = end;
            } else {
                for (; i < end; ++i) step(i, (*page.bytes)[i % page_size]);
            }
        }
        if (range.end() > start) f(Range{start, range.end() - start}, label);
    }
    /// `f(Range, LabelByte)` for each longest run of a wanted label in the whole store, ascending.
    template <class F>
    void find(const std::bitset<256>& wanted, const F& f) {
        Range open{};
        LabelByte label = clean_byte;
        const auto close = [&] {
            if (open.size > 0) f(open, label);
            open = {};
        };
        for (std::size_t p = 0; p < pages_.size(); ++p) {
            const Range page{p * page_size, std::min(page_size, size_ - p * page_size)};
            collapse(pages_[p]);
            if (!pages_[p].bytes && !wanted[pages_[p].uniform]) {
                close();
                continue;
            }
            if (pages_[p].bytes && !holds_any(pages_[p], wanted)) {
                close();
                continue;
            }
            each_run(page, [&](Range run, LabelByte found) {
                if (!wanted[found]) return close();
                if (open.size > 0 && (found != label || open.end() != run.at)) close();
                open = open.size > 0 ? Range{open.at, open.size + run.size} : run;
                label = found;
            });
        }
        close();
    }
    /// Pages that have a label for each byte.
    std::size_t materialised() const;

private:
    using PageBytes = std::array<LabelByte, page_size>;
    struct Page {
        LabelByte uniform = clean_byte;
        std::unique_ptr<PageBytes> bytes;
    };

    static PageBytes& materialise(Page& page);
    /// A page whose bytes have become alike needs no bytes any more.
    static void collapse(Page& page);
    static bool holds_any(const Page& page, const std::bitset<256>& wanted);

    std::size_t size_;
    std::vector<Page> pages_;
};

}  // namespace assay::labels
