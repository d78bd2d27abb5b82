// The port of integrity-protected volumes (dm-verity): a medium that the suite can change at any time, and
// reads.
#pragma once
#include <optional>
#include <string>

#include "conformance/targets/message_port.hpp"

namespace assay::conformance {

struct BlockMedium {
    Bytes data;
    Bytes hashes;  // superblock and tree
};
/// What is measured, and so not the medium's to say.
struct BlockMapping {
    Bytes root_hash;
    bool superblock = true;
    /// Measured parameters; without them the superblock's count.
    struct Parameters {
        std::string algorithm = "sha256";
        unsigned hash_type = 1;
        std::uint32_t data_block_size = 4096, hash_block_size = 4096;
        std::uint64_t data_blocks = 0;
        Bytes salt{};
    };
    std::optional<Parameters> parameters{};
    bool panic = false;  // one corrupt block ends the volume
};
/// `code` is empty where all is well.
struct BlockAnswer {
    std::string code;
    std::optional<std::uint64_t> block{};  // that a failed read names
    Bytes data;                            // what a read put into the reader's buffer, filled with EE before
};

class BlockPort {
public:
    virtual ~BlockPort() = default;
    virtual Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) = 0;
    /// Reads one data block of the open volume.
    virtual Result<BlockAnswer, PortError> read(std::uint64_t block) = 0;
    /// Changes the medium under the open volume: one byte is XORed with `mask`.
    enum class Area : std::uint8_t { data, hashes };
    virtual Result<Nothing, PortError> flip(Area area, std::uint64_t offset, std::uint8_t mask) = 0;
};

}  // namespace assay::conformance
