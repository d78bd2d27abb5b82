#include "conformance/suites/disk/volume.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/crypto/hash.hpp"

namespace assay::conformance::guest_disk {
namespace {

crypto::Hash hash_of(std::string_view name) {
    if (name == "sha1") return crypto::Hash::sha1;
    if (name == "sha384") return crypto::Hash::sha384;
    return name == "sha512" ? crypto::Hash::sha512 : crypto::Hash::sha256;
}

Bytes superblock(const BlockMapping::Parameters& p) {
    Bytes out(512);
    const auto put = [&](std::size_t at, ByteView bytes) {
        std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const auto little = std::endian::little;
    put(0x000, as_bytes("verity"));
    put(0x008, store(std::uint32_t{1}, little));
    put(0x00C, store(std::uint32_t{p.hash_type}, little));
    put(0x010, Bytes(16, 0x77));
    put(0x020, as_bytes(p.algorithm));
    put(0x040, store(p.data_block_size, little));
    put(0x044, store(p.hash_block_size, little));
    put(0x048, store(p.data_blocks, little));
    put(0x050, store(static_cast<std::uint16_t>(p.salt.size()), little));
    put(0x058, p.salt);
    return out;
}

/// Unit i of 4096 bytes is SHA-256 of the decimal text of i, 128 times.
Bytes recipe(std::size_t bytes) {
    Bytes out;
    for (std::size_t i = 0; out.size() < bytes; ++i) {
        const Bytes digest = crypto::digest(crypto::Hash::sha256, {as_bytes(std::to_string(i))});
        for (int repeat = 0; repeat < 128; ++repeat) append(out, digest);
    }
    out.resize(bytes);
    return out;
}

}  // namespace

Volume make_volume(const BlockMapping::Parameters& p) {
    Volume out;
    out.parameters = p;
    out.medium.data = recipe(p.data_blocks * p.data_block_size);
    const auto hash = hash_of(p.algorithm);
    const std::size_t size = crypto::digest_size(hash);
    const std::size_t slot = p.hash_type == 1 ? std::bit_ceil(size) : size;
    const std::size_t per_block = std::bit_floor(p.hash_block_size / slot);
    const auto digest = [&](ByteView block) {
        return p.hash_type == 1 ? crypto::digest(hash, {p.salt, block})
                                : crypto::digest(hash, {block, p.salt});
    };
    // Level by level: what is below becomes rows of digests, `per_block` to a hash block.
    std::vector<Bytes> levels;
    Bytes below = out.medium.data;
    std::size_t unit = p.data_block_size;
    while (below.size() > unit) {
        Bytes level;
        std::size_t in_block = 0;
        for (std::size_t at = 0; at < below.size(); at += unit) {
            Bytes row = digest(ByteView{below}.subspan(at, unit));
            row.resize(slot);
            append(level, row);
            if (++in_block == per_block) {
                level.resize((level.size() + p.hash_block_size - 1) / p.hash_block_size * p.hash_block_size);
                in_block = 0;
            }
        }
        level.resize((level.size() + p.hash_block_size - 1) / p.hash_block_size * p.hash_block_size);
        levels.push_back(level);
        below = std::move(level);
        unit = p.hash_block_size;
    }
    out.root_hash = digest(below);
    out.medium.hashes = superblock(p);
    out.medium.hashes.resize(std::max<std::size_t>(512, p.hash_block_size));
    out.level_offsets.resize(levels.size());
    for (std::size_t k = levels.size(); k-- > 0;) {  // the top stands first
        out.level_offsets[k] = out.medium.hashes.size();
        append(out.medium.hashes, levels[k]);
    }
    return out;
}

Volume standard_volume() { return make_volume({.data_blocks = 300, .salt = Bytes(32, 0xAA)}); }

void Reader::open(const Volume& volume, const BlockMapping& mapping) {
    const auto answer = trial_.need(port().open(volume.medium, mapping), "a volume");
    trial_.expect(answer.code.empty(), "valid-volume-refused", "A volume in which everything is right opens",
                  "it is refused with " + answer.code);
}

void Reader::expect_refused(const Volume& volume, const BlockMapping& mapping,
                            std::initializer_list<std::string_view> codes) {
    const auto answer = trial_.need(port().open(volume.medium, mapping), "a volume");
    trial_.expect(std::find(codes.begin(), codes.end(), answer.code) != codes.end(),
                  answer.code.empty() ? "bad-volume-opened" : "wrong-code",
                  fmt::format("The volume is refused with {}", fmt::join(codes, " or ")),
                  answer.code.empty() ? "it opens" : "it is refused with " + answer.code);
}

void Reader::expect_block(const Volume& volume, std::uint64_t index) {
    const auto answer = trial_.need(port().read(index), "a read");
    trial_.expect(answer.code.empty(), "valid-block-lost", fmt::format("Block {} can be read", index),
                  "the read fails with " + answer.code);
    trial_.expect(equal(answer.data, volume.block(index)), "wrong-bytes",
                  fmt::format("Block {} reads as it was measured", index), "the bytes are others");
}

void Reader::expect_lost(std::uint64_t index) {
    const auto answer = trial_.need(port().read(index), "a read");
    trial_.expect(answer.code == "EIO", "corrupt-block-read",
                  fmt::format("A read of block {} fails with EIO", index),
                  answer.code.empty() ? "it succeeds" : "it fails with " + answer.code);
    trial_.expect(answer.block == index, "wrong-block", fmt::format("The failure names block {}", index),
                  answer.block ? fmt::format("it names {}", *answer.block) : "it names none");
    trial_.expect(std::ranges::all_of(answer.data, [](auto byte) { return byte == 0 || byte == 0xEE; }),
                  "unverified-bytes", "A failed read hands nothing of the medium out",
                  "the buffer holds other bytes");
}

void Reader::flip(BlockPort::Area area, std::uint64_t offset, std::uint8_t mask) {
    (void)trial_.need(port().flip(area, offset, mask), "a change of the medium");
}

}  // namespace assay::conformance::guest_disk
