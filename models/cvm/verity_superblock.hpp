// dm-verity on disk: the superblock (512 bytes, little endian) and the parameters that it carries.
#pragma once
#include <array>
#include <optional>

#include "sim/base/result.hpp"
#include "sim/base/wire.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cvm {

inline constexpr auto verity_byte_order = std::endian::little;
inline constexpr std::size_t verity_superblock_size = 512;
inline constexpr std::array<std::uint8_t, 8> verity_signature{'v', 'e', 'r', 'i', 't', 'y', 0, 0};
inline constexpr std::size_t verity_max_salt = 256;  // bytes

/// As it stands at the hash offset. UUID and paddings influence no digest: nothing protects them.
struct VeritySuperblock {
    std::array<std::uint8_t, 8> signature = verity_signature;
    std::uint32_t version = 1;
    std::uint32_t hash_type = 1;  // 1 normal, 0 Chrome OS
    std::array<std::uint8_t, 16> uuid{};
    std::array<std::uint8_t, 32> algorithm{};  // name, zero padded
    std::uint32_t data_block_size = 0, hash_block_size = 0;
    std::uint64_t data_blocks = 0;
    std::uint16_t salt_size = 0;
    std::array<std::uint8_t, 6> pad1{};
    std::array<std::uint8_t, verity_max_salt> salt{};
    std::array<std::uint8_t, 168> pad2{};

    static constexpr auto wire() {
        using S = VeritySuperblock;
        return std::tuple{field("signature", &S::signature),
                          field("version", &S::version),
                          field("hash_type", &S::hash_type),
                          field("uuid", &S::uuid),
                          field("algorithm", &S::algorithm),
                          field("data_block_size", &S::data_block_size),
                          field("hash_block_size", &S::hash_block_size),
                          field("data_blocks", &S::data_blocks),
                          field("salt_size", &S::salt_size),
                          field("pad1", &S::pad1),
                          field("salt", &S::salt),
                          field("pad2", &S::pad2)};
    }
};

/// Everything that decides a tree, and so its root hash.
struct VerityParameters {
    crypto::Hash hash = crypto::Hash::sha256;
    unsigned hash_type = 1;
    std::uint32_t data_block_size = 4096, hash_block_size = 4096;  // bytes, powers of two from 512 to 65,536
    std::uint64_t data_blocks = 0;
    Bytes salt;
    bool operator==(const VerityParameters&) const = default;
};

/// What a disk is refused for, or a read fails with.
struct VerityFault {
    std::string_view code;                 // EIO, E_VERITY_PARAMS, E_VERITY_SIZE, E_VERITY_TREE, E_ROOT_HASH
    std::optional<std::uint64_t> block{};  // EIO: data block that cannot be read
    std::string what{};                    // one line: found and expected
};

/// The name as veritysetup spells it: "sha256".
std::string_view verity_name(crypto::Hash hash);
std::optional<crypto::Hash> verity_hash(std::string_view name);

/// E_VERITY_PARAMS: not a power of two from 512 to 65,536, no data block, a salt above 256 bytes, a type
/// above 1, more than 2^40 data blocks.
Result<Nothing, VerityFault> check_parameters(const VerityParameters& parameters);

/// The parameters of the superblock in the first 512 bytes of `raw`. Unknown signature, version, type and
/// algorithm are refused.
Result<VerityParameters, VerityFault> parse_verity_superblock(ByteView raw);
/// 512 bytes.
Bytes encode_verity_superblock(const VerityParameters& parameters, const std::array<std::uint8_t, 16>& uuid);

/// The root hash that a measured kernel command line names: `roothash=` and hexadecimal digits, exactly once.
std::optional<Bytes> root_hash_named_by(std::string_view command_line);

}  // namespace assay::cvm
