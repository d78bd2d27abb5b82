// dm-verity hash trees: their layout on disk, building one, and checking a whole image.
#pragma once
#include "models/cvm/verity_superblock.hpp"

namespace assay::cvm {

/// A medium that somebody else can write at any time: two reads of one place may differ.
class BlockSource {
public:
    virtual ~BlockSource() = default;
    virtual std::uint64_t size() const = 0;  // bytes
    /// Fills `out`; false when the range is not all there.
    virtual bool read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
};

/// Bytes somewhere else in this process, changeable by their owner.
class ByteSource final : public BlockSource {
public:
    explicit ByteSource(const Bytes& bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    bool read(std::uint64_t offset, std::span<std::uint8_t> out) const override;

private:
    const Bytes& bytes_;
};

/// A part of another source: the data area of an image that holds its tree too.
class WindowSource final : public BlockSource {
public:
    WindowSource(const BlockSource& whole, std::uint64_t offset, std::uint64_t size)
        : whole_(whole), offset_(offset), size_(size) {}
    std::uint64_t size() const override { return size_; }
    bool read(std::uint64_t offset, std::span<std::uint8_t> out) const override;

private:
    const BlockSource& whole_;
    std::uint64_t offset_, size_;
};

/// Where the blocks of a tree stand. Level 0 is that of the leaves.
struct VerityLayout {
    std::size_t digest_size = 0;  // bytes
    std::size_t slot = 0;         // bytes from one digest to the next
    std::size_t per_block = 0;    // digests in a hash block: a power of two
    struct Level {
        std::uint64_t blocks = 0, offset = 0;  // offset in bytes from the beginning of the hash area
    };
    std::vector<Level> levels;  // none for one data block: the root hash is its digest
    std::uint64_t tree_begin = 0, tree_end = 0;

    /// `tree_begin`: 0 without superblock, else one hash block (or 512 bytes rounded up to hash blocks).
    static VerityLayout of(const VerityParameters& parameters, std::uint64_t tree_begin);
};
/// Where the tree begins behind a superblock.
std::uint64_t verity_tree_begin(const VerityParameters& parameters);

/// H(salt || block) for type 1, H(block || salt) for type 0.
Bytes verity_digest(const VerityParameters& parameters, ByteView block);

struct VerityImage {
    Bytes hash_area;  // superblock (if any) and tree
    Bytes root_hash;
};
/// The tree over the first data_blocks blocks of `data`. With a `uuid` a superblock stands before it.
/// E_VERITY_SIZE when `data` is shorter.
Result<VerityImage, VerityFault> build_verity(const VerityParameters& parameters, const BlockSource& data,
                                              const std::optional<std::array<std::uint8_t, 16>>& uuid);

/// The first thing wrong with an image, in the order in which veritysetup looks.
struct VerityFinding {
    enum class Kind : std::uint8_t { short_read, mismatch, spare_area, root_hash } kind{};
    std::uint64_t position = 0;  // bytes: of the block whose digest differs, or of the spare area
    std::string text() const;
};
/// Recomputes the whole tree from the data. Nothing: all of it is as it should be.
std::optional<VerityFinding> check_verity(const VerityParameters& parameters, const BlockSource& data,
                                          const BlockSource& hashes, std::uint64_t tree_begin,
                                          ByteView root_hash);

}  // namespace assay::cvm
