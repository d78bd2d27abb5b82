// The read path of a dm-verity volume inside the guest: no byte leaves it that the root hash does not vouch
// for.
//
//     ByteSource data{data_image}, hashes{hash_image};
//     auto disk = VerityDevice::open(data, hashes, {.root_hash =
//     *root_hash_named_by(measured_command_line)}); if (!disk) ...disk.error().code...        //
//     E_VERITY_PARAMS, E_VERITY_SIZE, E_VERITY_TREE, E_ROOT_HASH Bytes block(disk->block_size()); if
//     (!disk->read(7, block)) ...            // EIO, .block = 7, `block` is all zero
#pragma once
#include <set>

#include "models/cvm/verity_tree.hpp"

namespace assay::cvm {

/// What a volume is opened with. All of it comes from measured configuration, nothing from the disk.
struct VerityMapping {
    Bytes root_hash;
    /// Where the tree begins, or the superblock before it: bytes, a multiple of the hash block size.
    std::uint64_t hash_offset = 0;
    /// Given: the superblock, if there is one, must say the same, or there is none.
    std::optional<VerityParameters> parameters{};
    bool superblock = true;
    /// What this guest accepts at all.
    std::set<unsigned> hash_types{1};
    std::set<crypto::Hash> algorithms{crypto::Hash::sha256, crypto::Hash::sha384, crypto::Hash::sha512};
    std::set<std::uint32_t> block_sizes{4096};
    /// After a block that does not fit: fail that read only, or every later one too (the node stops serving).
    enum class OnCorruption : std::uint8_t { eio, panic } on_corruption = OnCorruption::panic;
};

/// Every read goes from the root hash down to the block, each time anew: what the host changes after the
/// volume was opened is met by the next read. Nothing is cached, no block is skipped.
class VerityDevice {
public:
    /// Checks parameters, sizes, and the top of the tree against the root hash. Data beyond the mapped blocks
    /// makes the volume invalid: nothing would cover it. The sources outlive the device.
    static Result<VerityDevice, VerityFault> open(const BlockSource& data, const BlockSource& hashes,
                                                  VerityMapping mapping);

    /// Data block `block` into `out`, which is block_size() bytes. On a fault `out` is all zero. EIO also
    /// beyond the end, and after a corruption in panic mode.
    Result<Nothing, VerityFault> read(std::uint64_t block, std::span<std::uint8_t> out);

    std::size_t block_size() const { return parameters_.data_block_size; }
    std::uint64_t blocks() const { return parameters_.data_blocks; }
    const VerityParameters& parameters() const { return parameters_; }
    ByteView root_hash() const { return mapping_.root_hash; }
    std::uint64_t corruptions() const { return corruptions_; }
    bool stopped() const {
        return corruptions_ != 0 && mapping_.on_corruption == VerityMapping::OnCorruption::panic;
    }

private:
    VerityDevice(const BlockSource& data, const BlockSource& hashes, VerityMapping mapping,
                 VerityParameters parameters, VerityLayout layout)
        : data_(&data),
          hashes_(&hashes),
          mapping_(std::move(mapping)),
          parameters_(std::move(parameters)),
          layout_(std::move(layout)) {}

    /// The digest that data block `block` must have, proven from the root down. Nothing: some hash block
    /// differs.
    std::optional<Bytes> proven_digest(std::uint64_t block) const;

    const BlockSource* data_;
    const BlockSource* hashes_;
    VerityMapping mapping_;
    VerityParameters parameters_;
    VerityLayout layout_;
    std::uint64_t corruptions_ = 0;
};

}  // namespace assay::cvm
