// Sizes, superblocks and root hashes that are not as measured.
#include <algorithm>

#include "conformance/suites/disk/row.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance::guest_disk {
namespace parameter_table {

using Area = BlockPort::Area;

void trailing(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    bad.medium.data.resize(301 * 4096);
    Reader reader{trial};
    reader.expect_refused(bad, good.mapping(), {"E_VERITY_SIZE"});
    reader.open(good);
    reader.expect_lost(300);
    reader.expect_block(good, 299);
}
void short_data(Trial& trial) {
    const Volume good = standard_volume();
    Reader reader{trial};
    for (const std::size_t size : {299U * 4096, 300U * 4096 - 1}) {
        Volume bad = good;
        bad.medium.data.resize(size);
        reader.expect_refused(bad, good.mapping(), {"E_VERITY_SIZE"});
    }
    reader.open(good);
    reader.expect_block(good, 299);
}
void short_tree(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    bad.medium.hashes.pop_back();
    Reader reader{trial};
    reader.expect_refused(bad, good.mapping(), {"E_VERITY_TREE"});
    reader.open(good);
    reader.expect_block(good, 0);
}
void fewer_blocks(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    bad.medium.hashes[0x48] = 299 & 0xFF;
    bad.medium.data.resize(299 * 4096);
    BlockMapping measured = good.mapping();
    measured.parameters = good.parameters;
    Reader reader{trial};
    reader.expect_refused(bad, measured, {"E_VERITY_PARAMS"});
    reader.open(good, measured);
    reader.expect_block(good, 299);
}

/// One byte of the superblock changed; which code may refuse it.
void superblock_byte(Trial& trial, std::size_t at, std::uint8_t value) {
    const Volume good = standard_volume();
    Volume bad = good;
    bad.medium.hashes[at] = value;
    Reader reader{trial};
    reader.expect_refused(bad, good.mapping(), {"E_VERITY_PARAMS"});
    reader.open(good);
    reader.expect_block(good, 0);
}
void signature(Trial& trial) { superblock_byte(trial, 0, 'V'); }
void version(Trial& trial) { superblock_byte(trial, 8, 2); }
void type_2(Trial& trial) { superblock_byte(trial, 12, 2); }
void algorithm(Trial& trial) { superblock_byte(trial, 0x20 + 6, '7'); }
void block_size_odd(Trial& trial) { superblock_byte(trial, 0x40, 1); }
void salt_size(Trial& trial) { superblock_byte(trial, 0x51, 2); }

void profile(Trial& trial, const BlockMapping::Parameters& parameters) {
    const Volume good = standard_volume();
    const Volume other = make_volume(parameters);
    Reader reader{trial};
    reader.expect_refused(other, other.mapping(), {"E_VERITY_PARAMS"});
    reader.open(good);
    reader.expect_block(good, 0);
}
void type_0(Trial& trial) { profile(trial, {.hash_type = 0, .data_blocks = 300, .salt = Bytes(32, 0xAA)}); }
void sha1(Trial& trial) { profile(trial, {.algorithm = "sha1", .data_blocks = 300}); }
void small_blocks(Trial& trial) {
    profile(trial, {.data_block_size = 1024, .hash_block_size = 1024, .data_blocks = 300});
}
void small_hash_blocks(Trial& trial) { profile(trial, {.hash_block_size = 512, .data_blocks = 300}); }

void uncovered(Trial& trial) {
    // Nothing of these influences a digest: a volume that refuses them would be wrong.
    const Volume good = standard_volume();
    Volume other = good;
    for (const std::size_t at : {0x10, 0x1F, 0x52, 0x57, 0x160, 0x1FF}) other.medium.hashes[at] ^= 1;
    Reader reader{trial};
    reader.open(other, good.mapping());
    reader.expect_block(good, 7);
    reader.flip(Area::data, 7 * 4096);
    reader.expect_lost(7);
}
void root_hash_forms(Trial& trial) {
    const Volume good = standard_volume();
    Reader reader{trial};
    BlockMapping mapping = good.mapping();
    mapping.root_hash.back() ^= 1;
    reader.expect_refused(good, mapping, {"E_ROOT_HASH"});
    mapping = good.mapping();
    mapping.root_hash.pop_back();
    reader.expect_refused(good, mapping, {"E_ROOT_HASH"});
    mapping.root_hash.clear();
    reader.expect_refused(good, mapping, {"E_ROOT_HASH"});
    mapping = good.mapping();
    mapping.root_hash.push_back(0);
    reader.expect_refused(good, mapping, {"E_ROOT_HASH"});
    reader.open(good);
    reader.expect_block(good, 0);
}

constexpr std::array rows{
    Row{"root.forms", "A root hash of another length or value is refused", "DSK-ROOT-001", root_hash_forms},
    Row{"size.trailing", "Data behind the mapped blocks makes a volume invalid", "DSK-PARM-003", trailing},
    Row{"size.short", "A volume that is shorter by a block or a byte is refused", "DSK-PARM-003", short_data},
    Row{"size.tree", "A tree that is cut off is refused", "DSK-PARM-003", short_tree},
    Row{"param.fewer-blocks", "A superblock that says something else than the measured parameters is refused",
        "DSK-PARM-004", fewer_blocks},
    Row{"param.signature", "A superblock without its signature is refused", "DSK-PARM-002", signature},
    Row{"param.version", "A superblock of version 2 is refused", "DSK-PARM-002", version},
    Row{"param.type-2", "Hash type 2 is refused", "DSK-PARM-002", type_2},
    Row{"param.algorithm", "An unknown algorithm is refused", "DSK-PARM-002", algorithm},
    Row{"param.block-size", "A block size that is no power of two is refused", "DSK-PARM-002",
        block_size_odd},
    Row{"param.salt-size", "A salt of more than 256 bytes is refused", "DSK-PARM-002", salt_size},
    Row{"param.type-0", "Hash type 0 is refused where it was not asked for", "DSK-PARM-001", type_0},
    Row{"param.sha1", "SHA-1 is refused", "DSK-PARM-001", sha1},
    Row{"param.small-blocks", "Blocks of 1024 bytes are refused where they were not asked for",
        "DSK-PARM-001", small_blocks},
    Row{"param.small-hash-blocks", "Hash blocks of 512 bytes are refused where they were not asked for",
        "DSK-PARM-001", small_hash_blocks},
    Row{"param.uncovered", "UUID and padding, which nothing protects, may change", "DSK-PARM-005", uncovered},
};

}  // namespace parameter_table

std::span<const Row> parameter_rows() { return parameter_table::rows; }

}  // namespace assay::conformance::guest_disk
