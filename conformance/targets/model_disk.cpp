#include "conformance/targets/model_disk.hpp"

#include "models/cvm/verity_device.hpp"

namespace assay::conformance {
namespace {

class ModelDiskPort final : public BlockPort {
public:
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        disk_.reset();
        medium_ = medium;
        cvm::VerityMapping wanted;
        wanted.root_hash = mapping.root_hash;
        wanted.superblock = mapping.superblock;
        wanted.on_corruption =
            mapping.panic ? cvm::VerityMapping::OnCorruption::panic : cvm::VerityMapping::OnCorruption::eio;
        if (mapping.parameters) {
            const auto hash = cvm::verity_hash(mapping.parameters->algorithm);
            if (!hash) return PortError{PortError::Kind::not_supported, "this algorithm"};
            const auto& p = *mapping.parameters;
            wanted.parameters = cvm::VerityParameters{
                *hash, p.hash_type, p.data_block_size, p.hash_block_size, p.data_blocks, p.salt};
        }
        auto opened = cvm::VerityDevice::open(data_, hashes_, std::move(wanted));
        if (!opened) return BlockAnswer{std::string{opened.error().code}, {}, {}};
        disk_ = *std::move(opened);
        return BlockAnswer{};
    }
    Result<BlockAnswer, PortError> read(std::uint64_t block) override {
        if (!disk_) return PortError{PortError::Kind::refused, "no volume is open"};
        BlockAnswer out;
        out.data.assign(disk_->block_size(), 0xEE);
        const auto read = disk_->read(block, out.data);
        if (!read) {
            out.code = read.error().code;
            out.block = read.error().block;
        }
        return out;
    }
    Result<Nothing, PortError> flip(Area area, std::uint64_t offset, std::uint8_t mask) override {
        Bytes& bytes = area == Area::data ? medium_.data : medium_.hashes;
        if (offset >= bytes.size()) return PortError{PortError::Kind::refused, "beyond the medium"};
        bytes[offset] ^= mask;
        return Nothing{};
    }

private:
    BlockMedium medium_;
    cvm::ByteSource data_{medium_.data}, hashes_{medium_.hashes};
    std::optional<cvm::VerityDevice> disk_;
};

}  // namespace

std::unique_ptr<BlockPort> make_model_disk() { return std::make_unique<ModelDiskPort>(); }

}  // namespace assay::conformance
