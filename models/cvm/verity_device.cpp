#include "models/cvm/verity_device.hpp"

#include <algorithm>

namespace assay::cvm {
namespace {

VerityFault refused(std::string_view code, std::string what) { return {code, std::nullopt, std::move(what)}; }

/// The parameters of this volume: measured, from the superblock, or both and equal.
Result<VerityParameters, VerityFault> parameters_of(const BlockSource& hashes, const VerityMapping& mapping) {
    if (!mapping.superblock) {
        if (!mapping.parameters)
            return refused("E_VERITY_PARAMS", "no superblock, and no measured parameters");
        if (const auto checked = check_parameters(*mapping.parameters); !checked) return checked.error();
        return *mapping.parameters;
    }
    Bytes raw(verity_superblock_size);
    if (!hashes.read(mapping.hash_offset, raw))
        return refused("E_VERITY_PARAMS", "no superblock can be read");
    auto parsed = parse_verity_superblock(raw);
    if (parsed && mapping.parameters && *parsed != *mapping.parameters)
        return refused("E_VERITY_PARAMS", "the superblock's parameters are not the measured ones");
    return parsed;
}

std::optional<VerityFault> unaccepted(const VerityParameters& p, const VerityMapping& mapping) {
    if (!mapping.hash_types.contains(p.hash_type))
        return refused("E_VERITY_PARAMS", "hash type " + std::to_string(p.hash_type) + " is not accepted");
    if (!mapping.algorithms.contains(p.hash))
        return refused("E_VERITY_PARAMS", std::string{verity_name(p.hash)} + " is not accepted");
    for (const std::uint32_t size : {p.data_block_size, p.hash_block_size})
        if (!mapping.block_sizes.contains(size))
            return refused("E_VERITY_PARAMS",
                           "blocks of " + std::to_string(size) + " bytes are not accepted");
    if (mapping.root_hash.size() != crypto::digest_size(p.hash))
        return refused("E_ROOT_HASH", "a root hash of " + std::to_string(mapping.root_hash.size()) +
                                          " bytes, expected " + std::to_string(crypto::digest_size(p.hash)));
    if (mapping.hash_offset % p.hash_block_size != 0)
        return refused("E_VERITY_PARAMS", "the hash offset is no multiple of the hash block size");
    return std::nullopt;
}

}  // namespace

Result<VerityDevice, VerityFault> VerityDevice::open(const BlockSource& data, const BlockSource& hashes,
                                                     VerityMapping mapping) {
    const auto parameters = parameters_of(hashes, mapping);
    if (!parameters) return parameters.error();
    const VerityParameters& p = *parameters;
    if (auto fault = unaccepted(p, mapping)) return *std::move(fault);
    if (data.size() != p.data_blocks * p.data_block_size)
        return refused("E_VERITY_SIZE", std::to_string(data.size()) + " bytes of data, expected " +
                                            std::to_string(p.data_blocks * p.data_block_size));
    const std::uint64_t begin = mapping.hash_offset + (mapping.superblock ? verity_tree_begin(p) : 0);
    auto layout = VerityLayout::of(p, begin);
    if (layout.tree_end > hashes.size())
        return refused("E_VERITY_TREE", "the tree ends at " + std::to_string(layout.tree_end) + " of " +
                                            std::to_string(hashes.size()) + " bytes");
    VerityDevice device{data, hashes, std::move(mapping), p, std::move(layout)};
    Bytes top(device.layout_.levels.empty() ? p.data_block_size : p.hash_block_size);
    const bool there = device.layout_.levels.empty() ? data.read(0, top)
                                                     : hashes.read(device.layout_.levels.back().offset, top);
    if (!there || !equal(verity_digest(p, top), device.mapping_.root_hash))
        return refused("E_ROOT_HASH", "the top of the tree does not have the measured root hash");
    return device;
}

std::optional<Bytes> VerityDevice::proven_digest(std::uint64_t block) const {
    Bytes expected = mapping_.root_hash;
    Bytes hash_block(parameters_.hash_block_size);
    for (std::size_t k = layout_.levels.size(); k-- > 0;) {
        // Which digest of level k leads to the block: level 0 has one per data block.
        std::uint64_t index = block;
        for (std::size_t below = 0; below < k; ++below) index /= layout_.per_block;
        const std::uint64_t at =
            layout_.levels[k].offset + index / layout_.per_block * parameters_.hash_block_size;
        if (!hashes_->read(at, hash_block)) return std::nullopt;
        if (!equal(verity_digest(parameters_, hash_block), expected)) return std::nullopt;
        const auto digest =
            ByteView{hash_block}.subspan(index % layout_.per_block * layout_.slot, layout_.digest_size);
        expected.assign(digest.begin(), digest.end());
    }
    return expected;
}

Result<Nothing, VerityFault> VerityDevice::read(std::uint64_t block, std::span<std::uint8_t> out) {
    const auto fail = [&](std::string what) {
        std::ranges::fill(out, std::uint8_t{0});
        return VerityFault{"EIO", block, std::move(what)};
    };
    if (stopped()) return fail("the volume has stopped after a corrupt block");
    if (block >= blocks() || out.size() != block_size()) return fail("not a block of the volume");
    // One copy is read, hashed and handed out: what is judged is what the reader gets. It reads as zeros
    // until then.
    Bytes copy(block_size());
    const auto expected = proven_digest(block);
    if (!expected || !data_->read(block * block_size(), copy) ||
        !equal(verity_digest(parameters_, copy), *expected)) {
        ++corruptions_;
        return fail(expected ? "the block does not have its digest" : "the tree does not lead to the block");
    }
    std::ranges::copy(copy, out.begin());
    return Nothing{};
}

}  // namespace assay::cvm
