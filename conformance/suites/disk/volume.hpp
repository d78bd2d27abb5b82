// Volumes as the suite makes them: data by recipe, the tree computed here, level by level.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance::guest_disk {

/// The volume that most cases are about: 300 blocks, SHA-256, a salt of 32 bytes; and its kin.
struct Volume {
    BlockMapping::Parameters parameters;
    BlockMedium medium;
    Bytes root_hash;
    std::vector<std::uint64_t> level_offsets;  // in `medium.hashes`, leaves first

    BlockMapping mapping() const { return {.root_hash = root_hash}; }
    ByteView block(std::uint64_t index) const {
        return ByteView{medium.data}.subspan(index * parameters.data_block_size, parameters.data_block_size);
    }
};
Volume make_volume(const BlockMapping::Parameters& parameters);
/// 300 blocks of 4096 bytes, type 1, SHA-256, salt AA x 32.
Volume standard_volume();

class Reader {
public:
    explicit Reader(Trial& trial) : trial_(trial) {}

    /// The volume opens.
    void open(const Volume& volume, const BlockMapping& mapping);
    void open(const Volume& volume) { open(volume, volume.mapping()); }
    /// Opening is refused with one of these codes.
    void expect_refused(const Volume& volume, const BlockMapping& mapping,
                        std::initializer_list<std::string_view> codes);
    /// The block reads as it is.
    void expect_block(const Volume& volume, std::uint64_t index);
    /// The read fails with EIO, names the block, and leaves nothing of the medium in the reader's buffer.
    void expect_lost(std::uint64_t index);
    void flip(BlockPort::Area area, std::uint64_t offset, std::uint8_t mask = 0x01);

private:
    BlockPort& port() { return trial_.port<BlockPort>(); }
    Trial& trial_;
};

}  // namespace assay::conformance::guest_disk
