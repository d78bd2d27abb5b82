#include "conformance/suites/gpu_evidence/report_facts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace assay::conformance::gpu_evidence {
namespace {

constexpr std::size_t record_offset = 37 + 8;

unsigned u16_at(ByteView bytes, std::size_t at) {
    return static_cast<unsigned>(bytes[at]) | static_cast<unsigned>(bytes[at + 1]) << 8;
}

void read_blocks(ReportFacts& facts) {
    const ByteView all{facts.bytes};
    const std::size_t end = record_offset + facts.record_length;
    std::size_t at = record_offset;
    while (at < end) {
        if (end - at < 4) {
            facts.faults.push_back({"block-framing", at, "a block header of 4 bytes",
                                    fmt::format("{} bytes are left in the measurement record", end - at)});
            return;
        }
        BlockFacts block;
        block.offset = at;
        block.index = all[at];
        block.specification = all[at + 1];
        block.size = u16_at(all, at + 2);
        if (block.size > end - at - 4) {
            facts.faults.push_back(
                {"block-framing", at + 2,
                 fmt::format("a MeasurementSize of at most {}, what is left of the record", end - at - 4),
                 fmt::format("the block at offset {} has MeasurementSize {}", at, block.size)});
            return;
        }
        if (block.size >= 3) {
            block.value_type = all[at + 4];
            block.value_size = u16_at(all, at + 5);
            const ByteView value = all.subspan(at + 7, block.size - 3);
            block.value.assign(value.begin(), value.end());
        }
        at += 4 + block.size;
        facts.blocks.push_back(std::move(block));
    }
    if (facts.blocks.size() != facts.number_of_blocks)
        facts.faults.push_back(
            {"block-count", 41,
             fmt::format("NumberOfBlocks {}, as many as the record holds", facts.blocks.size()),
             fmt::format("NumberOfBlocks is {}", facts.number_of_blocks)});
}

void read_opaque(ReportFacts& facts) {
    const ByteView all{facts.bytes};
    std::size_t at = facts.opaque_offset;
    while (at < facts.signature_offset) {
        const std::size_t left = facts.signature_offset - at;
        if (left < 4 || u16_at(all, at + 2) > left - 4) {
            facts.faults.push_back(
                {"opaque-framing", at, "fields of type, size and data that fill the opaque data to the byte",
                 left < 4 ? fmt::format("{} bytes are left over at offset {}", left, at)
                          : fmt::format("the field at offset {} says {} bytes, and {} are left", at,
                                        u16_at(all, at + 2), left - 4)});
            return;
        }
        OpaqueFacts field{at, u16_at(all, at), u16_at(all, at + 2), {}};
        const ByteView data = all.subspan(at + 4, field.size);
        field.data.assign(data.begin(), data.end());
        at += 4 + field.size;
        facts.opaque.push_back(std::move(field));
    }
}

}  // namespace

const OpaqueFacts* ReportFacts::field(unsigned type) const {
    const auto found = std::ranges::find(opaque, type, &OpaqueFacts::type);
    return found == opaque.end() ? nullptr : &*found;
}

const BlockFacts* ReportFacts::block(unsigned index) const {
    const auto found = std::ranges::find(blocks, index, &BlockFacts::index);
    return found == blocks.end() ? nullptr : &*found;
}

ReportFacts read_report(ByteView bytes) {
    ReportFacts facts;
    facts.bytes.assign(bytes.begin(), bytes.end());
    constexpr std::size_t fixed = record_offset + 32 + 2 + 96;
    if (bytes.size() < fixed) {
        facts.faults.push_back({"report-short", 0, fmt::format("at least {} bytes", fixed),
                                fmt::format("the report has {} bytes", bytes.size())});
        return facts;
    }
    facts.number_of_blocks = bytes[41];
    facts.record_length = u16_at(bytes, 42) | static_cast<std::size_t>(bytes[44]) << 16;
    if (facts.record_length > bytes.size() - fixed) {
        facts.faults.push_back({"record-length", 42,
                                fmt::format("a MeasurementRecordLength of at most {}", bytes.size() - fixed),
                                fmt::format("MeasurementRecordLength is {}", facts.record_length)});
        return facts;
    }
    read_blocks(facts);
    facts.nonce_offset = record_offset + facts.record_length;
    facts.opaque_length = u16_at(bytes, facts.nonce_offset + 32);
    facts.opaque_offset = facts.nonce_offset + 34;
    const std::size_t room = bytes.size() - fixed - facts.record_length;
    if (facts.opaque_length > room) {
        facts.faults.push_back({"opaque-length", facts.nonce_offset + 32,
                                fmt::format("an OpaqueLength of at most {}", room),
                                fmt::format("OpaqueLength is {}", facts.opaque_length)});
        return facts;
    }
    facts.signature_offset = facts.opaque_offset + facts.opaque_length;
    read_opaque(facts);
    if (const std::size_t rest = bytes.size() - facts.signature_offset; rest != 96)
        facts.faults.push_back({"trailing-bytes", facts.signature_offset + 96,
                                "a report that ends with its signature of 96 bytes",
                                fmt::format("{} bytes follow the opaque data", rest)});
    return facts;
}

std::string opaque_name(unsigned type) {
    switch (type) {
        case 3: return "DRIVER_VERSION";
        case 4: return "GPU_INFO";
        case 6: return "VBIOS_VERSION";
        case 11: return "NVDEC0_STATUS";
        case 12: return "MSRSCNT";
        case 13: return "CPRINFO";
        case 14: return "BOARD_ID";
        case 15: return "CHIP_SKU";
        case 16: return "CHIP_SKU_MOD";
        case 17: return "PROJECT";
        case 18: return "PROJECT_SKU";
        case 19: return "PROJECT_SKU_MOD";
        case 20: return "FWID";
        case 21: return "PROTECTED_PCIE_STATUS";
        case 22: return "SWITCH_PDI";
        case 23: return "FLOORSWEPT_PORTS";
        case 24: return "POSITION_ID";
        case 25: return "LOCK_SWITCH_STATUS";
        case 26: return "SWITCH_GPU_PDIS";
        case 33: return "SYS_ENABLE_STATUS";
        case 34: return "OPAQUE_DATA_VERSION";
        case 35: return "CHIP_INFO";
        case 36: return "FEATURE_FLAG";
        default: return fmt::format("field {}", type);
    }
}

std::optional<std::string> opaque_text(const OpaqueFacts& field) {
    const auto end = std::ranges::find(field.data, std::uint8_t{0});
    if (std::any_of(end, field.data.end(), [](std::uint8_t byte) { return byte != 0; })) return std::nullopt;
    if (std::any_of(field.data.begin(), end, [](std::uint8_t byte) { return byte < 0x20 || byte > 0x7E; }))
        return std::nullopt;
    return std::string(field.data.begin(), end);
}

std::optional<std::string> vbios_text(const OpaqueFacts& field, bool is_switch) {
    if (is_switch) {
        auto text = opaque_text(field);
        if (!text || text->size() != 14) return std::nullopt;
        for (std::size_t i = 0; i < 14; ++i) {
            const char c = (*text)[i];
            const bool digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
            if (i % 3 == 2 ? c != '.' : !digit) return std::nullopt;
        }
        return text;
    }
    const Bytes& b = field.data;
    if (b.size() != 8 || b[5] != 0 || b[6] != 0 || b[7] != 0) return std::nullopt;
    return fmt::format("{:02X}.{:02X}.{:02X}.{:02X}.{:02X}", b[3], b[2], b[1], b[0], b[4]);
}

}  // namespace assay::conformance::gpu_evidence
