#include "models/cvm/verity_tree.hpp"

#include <algorithm>

namespace assay::cvm {
namespace {

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

bool ByteSource::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return false;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
}

bool WindowSource::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    if (offset > size_ || out.size() > size_ - offset) return false;
    return whole_.read(offset_ + offset, out);
}

std::uint64_t verity_tree_begin(const VerityParameters& p) {
    return rounded_up(verity_superblock_size, p.hash_block_size);
}

VerityLayout VerityLayout::of(const VerityParameters& p, std::uint64_t tree_begin) {
    VerityLayout out;
    out.digest_size = crypto::digest_size(p.hash);
    out.slot = p.hash_type == 1 ? std::bit_ceil(out.digest_size) : out.digest_size;
    out.per_block = std::bit_floor(p.hash_block_size / out.digest_size);
    if (p.hash_type == 1) out.per_block = p.hash_block_size / out.slot;
    std::uint64_t below = p.data_blocks;
    while (below > 1) {
        below = (below + out.per_block - 1) / out.per_block;
        out.levels.push_back({below, 0});
    }
    out.tree_begin = out.tree_end = tree_begin;
    for (auto level = out.levels.rbegin(); level != out.levels.rend(); ++level) {  // the top stands first
        level->offset = out.tree_end;
        out.tree_end += level->blocks * p.hash_block_size;
    }
    return out;
}

Bytes verity_digest(const VerityParameters& p, ByteView block) {
    return p.hash_type == 1 ? crypto::digest(p.hash, {p.salt, block})
                            : crypto::digest(p.hash, {block, p.salt});
}

Result<VerityImage, VerityFault> build_verity(const VerityParameters& p, const BlockSource& data,
                                              const std::optional<std::array<std::uint8_t, 16>>& uuid) {
    if (const auto checked = check_parameters(p); !checked) return checked.error();
    if (data.size() / p.data_block_size < p.data_blocks)
        return VerityFault{"E_VERITY_SIZE", std::nullopt, "the data is shorter than its blocks"};
    const auto layout = VerityLayout::of(p, uuid ? verity_tree_begin(p) : 0);
    VerityImage out;
    out.hash_area.resize(layout.tree_end);
    if (uuid) std::ranges::copy(encode_verity_superblock(p, *uuid), out.hash_area.begin());

    const auto put = [&](const VerityLayout::Level& level, std::uint64_t index, ByteView digest) {
        const std::uint64_t at = level.offset + index / layout.per_block * p.hash_block_size +
                                 index % layout.per_block * layout.slot;
        std::ranges::copy(digest, out.hash_area.begin() + static_cast<std::ptrdiff_t>(at));
    };
    Bytes block(p.data_block_size);
    for (std::uint64_t i = 0; i < p.data_blocks; ++i) {
        if (!data.read(i * p.data_block_size, block))
            return VerityFault{"E_VERITY_SIZE", std::nullopt, "the data cannot be read"};
        out.root_hash = verity_digest(p, block);
        if (!layout.levels.empty()) put(layout.levels.front(), i, out.root_hash);
    }
    for (std::size_t k = 0; k < layout.levels.size(); ++k) {
        const auto& level = layout.levels[k];
        for (std::uint64_t i = 0; i < level.blocks; ++i) {
            const auto hash_block =
                ByteView{out.hash_area}.subspan(level.offset + i * p.hash_block_size, p.hash_block_size);
            out.root_hash = verity_digest(p, hash_block);
            if (k + 1 < layout.levels.size()) put(layout.levels[k + 1], i, out.root_hash);
        }
    }
    return out;
}

std::string VerityFinding::text() const {
    const std::string at = " at position " + std::to_string(position);
    switch (kind) {
        case Kind::short_read: return "Verification of data area failed.";
        case Kind::mismatch: return "Verification failed" + at;
        case Kind::spare_area: return "Spare area is not zeroed" + at;
        case Kind::root_hash: return "Verification of root hash failed.";
    }
    return {};
}

std::optional<VerityFinding> check_verity(const VerityParameters& p, const BlockSource& data,
                                          const BlockSource& hashes, std::uint64_t tree_begin,
                                          ByteView root_hash) {
    using Kind = VerityFinding::Kind;
    const auto layout = VerityLayout::of(p, tree_begin);
    Bytes above(p.hash_block_size);  // the hash block that holds the digests of what is read
    Bytes last;                      // digest of the block read last: in the end that of the top
    // Compares `count` blocks of `source` from `offset` on with the digests of `level`; no level: only
    // hashes.
    const auto compare = [&](const BlockSource& source, std::uint64_t offset, std::uint64_t size,
                             std::uint64_t count,
                             const VerityLayout::Level* level) -> std::optional<VerityFinding> {
        Bytes block(size);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!source.read(offset + i * size, block))
                return VerityFinding{Kind::short_read, offset + i * size};
            last = verity_digest(p, block);
            if (level == nullptr) continue;
            const std::uint64_t at = level->offset + i / layout.per_block * p.hash_block_size;
            if (i % layout.per_block == 0 && !hashes.read(at, above))
                return VerityFinding{Kind::short_read, at};
            const std::size_t slot = i % layout.per_block * layout.slot;
            if (!equal(ByteView{above}.subspan(slot, layout.digest_size), last))
                return VerityFinding{Kind::mismatch, offset + i * size};
            // Padding of the slot, and behind the last digest of a block all that is left.
            const bool ends = i + 1 == count || (i + 1) % layout.per_block == 0;
            const std::size_t end = ends ? p.hash_block_size : slot + layout.slot;
            const auto spare =
                ByteView{above}.subspan(slot + layout.digest_size, end - slot - layout.digest_size);
            if (std::ranges::any_of(spare, [](auto byte) { return byte != 0; }))
                return VerityFinding{Kind::spare_area, at + slot + layout.digest_size};
        }
        return std::nullopt;
    };
    const auto* first = layout.levels.empty() ? nullptr : &layout.levels.front();
    if (auto finding = compare(data, 0, p.data_block_size, p.data_blocks, first)) return finding;
    for (std::size_t k = 0; k < layout.levels.size(); ++k) {
        const auto* next = k + 1 < layout.levels.size() ? &layout.levels[k + 1] : nullptr;
        if (auto finding =
                compare(hashes, layout.levels[k].offset, p.hash_block_size, layout.levels[k].blocks, next))
            return finding;
    }
    if (!equal(last, root_hash)) return VerityFinding{Kind::root_hash, 0};
    return std::nullopt;
}

}  // namespace assay::cvm
