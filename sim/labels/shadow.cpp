#include "sim/labels/shadow.hpp"

#include <algorithm>
#include <cstring>

namespace assay::labels {

Shadow::PageBytes& Shadow::materialise(Page& page) {
    if (!page.bytes) {
        page.bytes = std::make_unique<PageBytes>();
        page.bytes->fill(page.uniform);
    }
    return *page.bytes;
}

void Shadow::collapse(Page& page) {
    if (!page.bytes) return;
    const PageBytes& bytes = *page.bytes;
    if (std::memcmp(bytes.data(), bytes.data() + 1, page_size - 1) != 0) return;
    page.uniform = bytes[0];
    page.bytes.reset();
}

bool Shadow::holds_any(const Page& page, const std::bitset<256>& wanted) {
    for (std::size_t label = 0; label < wanted.size(); ++label)
        if (wanted[label] && std::memchr(page.bytes->data(), static_cast<int>(label), page_size) != nullptr)
            return true;
    return false;
}

void Shadow::fill(Range range, LabelByte label) {
    for (std::size_t i = range.at; i < range.end();) {
        Page& page = pages_[i / page_size];
        const std::size_t offset = i % page_size;
        const std::size_t size = std::min(range.end() - i, page_size - offset);
        // The last page of a store may be shorter than a page: all that it has counts as the whole.
        const bool whole = offset == 0 && (size == page_size || i + size == size_);
        if (whole) {
            page.bytes.reset();
            page.uniform = label;
        } else if (page.bytes || page.uniform != label) {
            std::memset(materialise(page).data() + offset, label, size);
        }
        i += size;
    }
}

void Shadow::copy(const Shadow& from, Range source, std::size_t at) {
    const auto chunk = [&](std::size_t s, std::size_t d, std::size_t size) {
        const Page& page = from.pages_[s / page_size];
        if (!page.bytes) return fill({d, size}, page.uniform);
        Page& out = pages_[d / page_size];
        std::memmove(materialise(out).data() + d % page_size, page.bytes->data() + s % page_size, size);
    };
    if (&from == this && at > source.at) {  // from the end, so that nothing is read after it was written
        for (std::size_t left = source.size; left > 0;) {
            const std::size_t s = source.at + left, d = at + left;
            const std::size_t size = std::min({left, (s - 1) % page_size + 1, (d - 1) % page_size + 1});
            chunk(s - size, d - size, size);
            left -= size;
        }
        return;
    }
    for (std::size_t done = 0; done < source.size;) {
        const std::size_t s = source.at + done, d = at + done;
        const std::size_t size =
            std::min({source.size - done, page_size - s % page_size, page_size - d % page_size});
        chunk(s, d, size);
        done += size;
    }
}

void Shadow::write(std::size_t at, std::span<const LabelByte> labels) {
    for (std::size_t i = 0; i < labels.size();) {
        std::size_t end = i + 1;
        while (end < labels.size() && labels[end] == labels[i]) ++end;
        fill({at + i, end - i}, labels[i]);
        i = end;
    }
}

void Shadow::read(std::size_t at, std::span<LabelByte> out) const {
    for (std::size_t i = 0; i < out.size();) {
        const Page& page = pages_[(at + i) / page_size];
        const std::size_t offset = (at + i) % page_size;
        const std::size_t size = std::min(out.size() - i, page_size - offset);
        if (page.bytes)
            std::memcpy(out.data() + i, page.bytes->data() + offset, size);
        else
            std::memset(out.data() + i, page.uniform, size);
        i += size;
    }
}

std::optional<LabelByte> Shadow::uniform(Range range) const {
    if (range.size == 0) return clean_byte;
    const LabelByte first = at(range.at);
    for (std::size_t i = range.at; i < range.end();) {
        const Page& page = pages_[i / page_size];
        const std::size_t offset = i % page_size;
        const std::size_t size = std::min(range.end() - i, page_size - offset);
        if (!page.bytes) {
            if (page.uniform != first) return std::nullopt;
        } else {
            const LabelByte* bytes = page.bytes->data() + offset;
            if (bytes[0] != first || std::memcmp(bytes, bytes + 1, size - 1) != 0) return std::nullopt;
        }
        i += size;
    }
    return first;
}

std::size_t Shadow::materialised() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(pages_, [](const Page& page) { return page.bytes != nullptr; }));
}

}  // namespace assay::labels
