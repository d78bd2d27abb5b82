// A medium that changes before, between and after reads.
#include <algorithm>

#include "conformance/suites/disk/row.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance::guest_disk {
namespace read_table {

using Area = BlockPort::Area;

/// A flip of one bit of `offset` after the volume was opened: `lost` fails, `kept` reads, and after the bit
/// is back so does `lost`.
void flip_between(Trial& trial, Area area, std::uint64_t offset, std::uint64_t lost,
                  std::optional<std::uint64_t> kept) {
    const Volume volume = standard_volume();
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, lost);
    reader.flip(area, offset);
    reader.expect_lost(lost);
    if (kept) reader.expect_block(volume, *kept);
    reader.flip(area, offset);
    reader.expect_block(volume, lost);
}
void data_flip(Trial& trial) { flip_between(trial, Area::data, 123456, 30, 31); }
void data_first_bit(Trial& trial) { flip_between(trial, Area::data, 0, 0, 1); }
void data_last_byte(Trial& trial) { flip_between(trial, Area::data, 1228799, 299, 298); }
void leaf_flip(Trial& trial) { flip_between(trial, Area::hashes, 2 * 4096 + 5 * 32, 5, 200); }
void leaf_spare(Trial& trial) { flip_between(trial, Area::hashes, 4 * 4096 + 4095, 299, 0); }
void top_flip(Trial& trial) { flip_between(trial, Area::hashes, 4096 + 5, 0, std::nullopt); }
void top_spare(Trial& trial) { flip_between(trial, Area::hashes, 4096 + 4000, 250, std::nullopt); }

void every_data_block(Trial& trial) {
    const Volume volume = standard_volume();
    Reader reader{trial};
    reader.open(volume);
    for (std::uint64_t i = 0; i < 300; i += 7) {
        const std::uint64_t at = i * 4096 + (i * 61) % 4096;
        reader.flip(Area::data, at, static_cast<std::uint8_t>(1U << i % 8));
        reader.expect_lost(i);
        reader.flip(Area::data, at, static_cast<std::uint8_t>(1U << i % 8));
        reader.expect_block(volume, i);
    }
}
void flip_before_open(Trial& trial) {
    Volume volume = standard_volume();
    volume.medium.data[77 * 4096] ^= 1;
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 76);
    reader.expect_lost(77);
}
void top_before_open(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    bad.medium.hashes[4096] ^= 1;
    Reader reader{trial};
    reader.expect_refused(bad, good.mapping(), {"E_ROOT_HASH", "EIO"});
    reader.open(good);
    reader.expect_block(good, 0);
}
void swapped(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    std::swap_ranges(bad.medium.data.begin() + 4 * 4096, bad.medium.data.begin() + 5 * 4096,
                     bad.medium.data.begin() + 90 * 4096);
    Reader reader{trial};
    reader.open(bad, good.mapping());
    reader.expect_lost(4);
    reader.expect_lost(90);
    reader.expect_block(good, 5);
}
void zeroed(Trial& trial) {
    const Volume good = standard_volume();
    Volume bad = good;
    std::fill_n(bad.medium.data.begin() + 8 * 4096, 4096, std::uint8_t{0});
    Reader reader{trial};
    reader.open(bad, good.mapping());
    reader.expect_lost(8);
    reader.expect_block(good, 9);
}
void replaced_with_tree(Trial& trial) {
    // The attacker's own data with a tree that fits it: only the root hash tells them apart.
    const Volume good = standard_volume();
    Volume bad = make_volume({.data_blocks = 300, .salt = Bytes(32, 0xAB)});
    Reader reader{trial};
    reader.expect_refused(bad, good.mapping(), {"E_ROOT_HASH"});
    reader.open(bad);
    reader.expect_block(bad, 0);
}
void other_leaf_block(Trial& trial) {
    // A block with the digest that fits it, in the leaf level alone: the level above does not know that
    // digest.
    Volume volume = standard_volume();
    const Volume good = volume;
    volume.medium.data[0] ^= 1;
    const Bytes digest = crypto::digest(crypto::Hash::sha256, {volume.parameters.salt, volume.block(0)});
    std::ranges::copy(digest,
                      volume.medium.hashes.begin() + static_cast<std::ptrdiff_t>(volume.level_offsets[0]));
    Reader reader{trial};
    reader.open(volume, good.mapping());
    reader.expect_lost(0);
    reader.expect_block(good, 299);
}
void panic(Trial& trial) {
    const Volume volume = standard_volume();
    BlockMapping mapping = volume.mapping();
    mapping.panic = true;
    Reader reader{trial};
    reader.open(volume, mapping);
    reader.expect_block(volume, 1);
    reader.flip(Area::data, 30 * 4096);
    reader.expect_block(volume, 1);
    reader.expect_lost(30);
    reader.flip(Area::data, 30 * 4096);
    reader.expect_lost(1);
    reader.expect_lost(30);
}

constexpr std::array rows{
    Row{"read.data-flip", "A bit flipped after the volume was opened is met by the next read", "DSK-READ-001",
        data_flip},
    Row{"read.first-bit", "A flip in the first byte is met", "DSK-READ-001", data_first_bit},
    Row{"read.last-byte", "A flip in the last byte is met", "DSK-READ-001", data_last_byte},
    Row{"read.every-block", "A flip is met wherever it is", "DSK-READ-001", every_data_block},
    Row{"read.leaf-flip", "A flip in a leaf of the tree is met", "DSK-READ-002", leaf_flip},
    Row{"read.leaf-spare", "A flip in the unused end of a leaf block is met", "DSK-READ-002", leaf_spare},
    Row{"read.top-flip", "A flip in the top of the tree is met by every read below", "DSK-READ-002",
        top_flip},
    Row{"read.top-spare", "A flip in the unused end of the top is met", "DSK-READ-002", top_spare},
    Row{"read.before-open", "A block that was corrupt before the volume was opened is lost alone",
        "DSK-READ-001", flip_before_open},
    Row{"read.swapped", "Two valid blocks that changed places are both lost", "DSK-READ-003", swapped},
    Row{"read.zeroed", "A block of zeros is not taken for one that was never written", "DSK-OPT-001", zeroed},
    Row{"read.leaf-replaced", "A block with a leaf digest that fits it is lost all the same", "DSK-READ-002",
        other_leaf_block},
    Row{"read.panic", "In panic mode one corrupt block ends the volume", "DSK-FAIL-001", panic},
    Row{"root.replaced", "Another image with a tree of its own is refused", "DSK-ROOT-001",
        replaced_with_tree},
    Row{"root.top-changed", "A top that does not have the root hash is refused", "DSK-ROOT-001",
        top_before_open},
};

}  // namespace read_table

std::span<const Row> read_rows() { return read_table::rows; }

}  // namespace assay::conformance::guest_disk
