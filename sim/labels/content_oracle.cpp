#include "sim/labels/content_oracle.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace assay::labels {
namespace {

constexpr std::size_t shortest_form = 16, anchor_size = 4;

std::uint32_t word_at(const std::uint8_t* at) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}
std::uint16_t anchor_hash(std::uint32_t word) { return static_cast<std::uint16_t>(word * 2654435761U >> 16); }

struct Hit {
    Range range;
    std::size_t pattern;
};

}  // namespace

ContentOracle::ContentOracle(Random& random) { random.fill(mask_); }

void ContentOracle::add(std::vector<Form> forms) {
    for (const Form& form : forms) {
        const ByteView bytes = form.bytes.bytes();
        if (bytes.size() < shortest_form) throw std::logic_error("ContentOracle: a form is too short");
        Pattern pattern{form.name, {bytes.begin(), bytes.end()}, 0, form.part};
        // Memory is full of zeros: the anchor is not.
        while (pattern.anchor + anchor_size < bytes.size() && word_at(bytes.data() + pattern.anchor) == 0)
            ++pattern.anchor;
        const std::uint16_t hash = anchor_hash(word_at(bytes.data() + pattern.anchor));
        for (std::size_t i = 0; i < pattern.masked.size(); ++i)
            pattern.masked[i] = static_cast<std::uint8_t>(pattern.masked[i] ^ mask_[i % mask_.size()]);
        filter_.set(hash);
        by_anchor_.emplace_back(hash, patterns_.size());
        patterns_.push_back(std::move(pattern));
    }
    std::ranges::sort(by_anchor_);
}

std::size_t ContentOracle::longest() const {
    std::size_t out = 0;
    for (const Pattern& pattern : patterns_) out = std::max(out, pattern.masked.size());
    return out;
}

bool ContentOracle::matches(const Pattern& pattern, ByteView at) const {
    for (std::size_t i = 0; i < pattern.masked.size(); ++i)
        if ((at[i] ^ mask_[i % mask_.size()]) != pattern.masked[i]) return false;
    return true;
}

std::vector<Finding> ContentOracle::scan(ByteView bytes, std::string_view where) const {
    std::vector<Hit> hits;
    for (std::size_t i = 0; i + anchor_size <= bytes.size(); ++i) {
        if (i + 8 <= bytes.size()) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, bytes.data() + i, sizeof eight);
            if (eight == 0) {
                i += 4;  // no anchor is zero, so none begins in the first five of eight zeros
                continue;
            }
        }
        const std::uint16_t hash = anchor_hash(word_at(bytes.data() + i));
        if (!filter_[hash]) continue;
        for (auto it = std::ranges::lower_bound(by_anchor_, std::pair{hash, std::size_t{0}});
             it != by_anchor_.end() && it->first == hash; ++it) {
            const Pattern& pattern = patterns_[it->second];
            if (i < pattern.anchor || i - pattern.anchor + pattern.masked.size() > bytes.size()) continue;
            const std::size_t start = i - pattern.anchor;
            if (matches(pattern, bytes.subspan(start)))
                hits.push_back({{start, pattern.masked.size()}, it->second});
        }
    }
    std::ranges::sort(hits, [](const Hit& a, const Hit& b) {
        return a.range.at != b.range.at ? a.range.at < b.range.at : a.range.size > b.range.size;
    });
    std::vector<Finding> out;
    for (const Hit& hit : hits) {
        const Pattern& pattern = patterns_[hit.pattern];
        if (!out.empty() && hit.range.end() <= out.back().range.end()) continue;
        if (!out.empty() && pattern.part && out.back().form == pattern.form &&
            hit.range.at <= out.back().range.end()) {
            out.back().range.size = hit.range.end() - out.back().range.at;
            continue;
        }
        out.push_back({"E_RESIDUE", "content", std::string{where}, hit.range, pattern.form, 0, {}});
    }
    return out;
}

std::vector<Finding> ContentOracle::scan(const Registry& registry) const {
    std::vector<Finding> out;
    for (const auto& [name, store] : registry.stores())
        for (Finding& finding : scan(store->bytes(store->all()), name)) out.push_back(std::move(finding));
    return out;
}

}  // namespace assay::labels
