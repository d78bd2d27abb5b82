// What must be readable: trees of every form.
#include <algorithm>

#include "conformance/suites/disk/row.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance::guest_disk {
namespace tree_table {

using Area = BlockPort::Area;

void pinned_root(Trial& trial) {
    // Computed with veritysetup 2.6.1 over the same data.
    const Volume volume = standard_volume();
    Reader reader{trial};
    BlockMapping mapping = volume.mapping();
    mapping.root_hash = *from_hex("02bffb899a506071a48037c3612d998dbd6cf225748c3c4f7564e594711443fb");
    reader.open(volume, mapping);
    for (const std::uint64_t block : {0, 1, 127, 128, 255, 256, 299}) reader.expect_block(volume, block);
}
void every_block(Trial& trial) {
    const Volume volume = standard_volume();
    Reader reader{trial};
    reader.open(volume);
    for (std::uint64_t i = 0; i < 300; ++i) reader.expect_block(volume, i);
}
template <std::uint64_t blocks>
void edge(Trial& trial) {
    const Volume volume = make_volume({.data_blocks = blocks, .salt = Bytes(32, 0xAA)});
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 0);
    reader.expect_block(volume, blocks - 1);
    reader.flip(Area::data, (blocks - 1) * 4096 + 5);
    reader.expect_lost(blocks - 1);
}
void sha384(Trial& trial) {
    const Volume volume = make_volume({.algorithm = "sha384", .data_blocks = 130});
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 129);
    reader.flip(Area::hashes, volume.level_offsets[0] + 64);  // digest of block 1
    reader.expect_lost(1);
}
void sha512(Trial& trial) {
    const Volume volume = make_volume({.algorithm = "sha512", .data_blocks = 130, .salt = Bytes(1, 7)});
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 129);
    reader.flip(Area::data, 129 * 4096);
    reader.expect_lost(129);
}
template <std::size_t size>
void salt(Trial& trial) {
    const Volume volume = make_volume({.data_blocks = 3, .salt = Bytes(size, 0x5C)});
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 2);
    if constexpr (size > 0) {
        Volume other = volume;
        other.medium.hashes[0x58 + size - 1] ^= 1;
        reader.expect_refused(other, volume.mapping(), {"E_ROOT_HASH", "E_VERITY_PARAMS"});
    } else {
        Volume other = volume;
        other.medium.hashes[0x50] = 1;  // a salt of one zero byte is another salt
        reader.expect_refused(other, volume.mapping(), {"E_ROOT_HASH", "E_VERITY_PARAMS"});
    }
}
void without_superblock(Trial& trial) {
    Volume volume = standard_volume();
    volume.medium.hashes.erase(volume.medium.hashes.begin(), volume.medium.hashes.begin() + 4096);
    BlockMapping mapping = volume.mapping();
    mapping.superblock = false;
    mapping.parameters = volume.parameters;
    Reader reader{trial};
    reader.open(volume, mapping);
    reader.expect_block(volume, 299);
    mapping.parameters.reset();
    reader.expect_refused(volume, mapping, {"E_VERITY_PARAMS"});
}

constexpr std::array rows{
    Row{"tree.pinned", "A volume with a root hash computed elsewhere opens and reads", "DSK-TREE-001",
        pinned_root},
    Row{"tree.every-block", "Every block of a valid volume reads as it is", "DSK-TREE-001", every_block},
    Row{"tree.one-block", "A volume of one block has its digest as root hash", "DSK-TREE-002", edge<1>},
    Row{"tree.two-blocks", "A volume of two blocks has one hash block", "DSK-TREE-002", edge<2>},
    Row{"tree.128-blocks", "A hash block holds 128 digests of SHA-256", "DSK-TREE-002", edge<128>},
    Row{"tree.129-blocks", "The 129th block begins a second hash block", "DSK-TREE-002", edge<129>},
    Row{"tree.sha384", "Digests of 48 bytes stand in slots of 64", "DSK-TREE-003", sha384},
    Row{"tree.sha512", "SHA-512 makes trees of 64 digests a block", "DSK-TREE-003", sha512},
    Row{"tree.no-salt", "A salt may be empty, and an empty one is no zero byte", "DSK-TREE-004", salt<0>},
    Row{"tree.long-salt", "A salt of 256 bytes counts to its last byte", "DSK-TREE-004", salt<256>},
    Row{"tree.no-superblock", "A volume without superblock opens with measured parameters and not without",
        "DSK-PARM-004", without_superblock},
};

}  // namespace tree_table

std::span<const Row> tree_rows() { return tree_table::rows; }

}  // namespace assay::conformance::guest_disk
