// Reports put together by offset.
#include <algorithm>

#include "conformance/suites/gpu_appraisal/forge.hpp"

namespace assay::conformance::gpu_appraisal {
namespace {

void put_u16(Bytes& out, std::size_t value) {
    append(out, store(static_cast<std::uint16_t>(value), std::endian::little));
}

}  // namespace

Block& ReportPlan::block(unsigned golden_index) {
    const auto found =
        std::ranges::find_if(blocks, [&](const Block& b) { return b.index == golden_index + 1; });
    if (found == blocks.end()) throw std::logic_error("forge: no such block");
    return *found;
}

Field& ReportPlan::field(unsigned type) {
    const auto found = std::ranges::find_if(opaque, [&](const Field& f) { return f.type == type; });
    if (found == opaque.end()) throw std::logic_error("forge: no such field");
    return *found;
}

void ReportPlan::drop_field(unsigned type) {
    std::erase_if(opaque, [&](const Field& f) { return f.type == type; });
}

Bytes ReportPlan::body() const {
    Bytes record;
    for (const Block& b : blocks) {
        record.push_back(b.index);
        record.push_back(b.specification);
        put_u16(record, b.size.value_or(static_cast<std::uint16_t>(b.value.size() + 3)));
        record.push_back(b.value_type);
        put_u16(record, b.value_size.value_or(static_cast<std::uint16_t>(b.value.size())));
        append(record, b.value);
    }
    Bytes fields;
    for (const Field& f : opaque) {
        put_u16(fields, f.type);
        put_u16(fields, f.size.value_or(static_cast<std::uint16_t>(f.data.size())));
        append(fields, f.data);
    }
    Bytes out = concat({request_head, nonce, ByteView{&slot, 1}, response_head});
    out.push_back(number_of_blocks.value_or(static_cast<std::uint8_t>(blocks.size())));
    const std::uint32_t length = record_length.value_or(static_cast<std::uint32_t>(record.size()));
    append(out, ByteView{store(length, std::endian::little)}.first(3));
    append(out, record);
    append(out, responder_nonce);
    put_u16(out, opaque_length.value_or(static_cast<std::uint16_t>(fields.size())));
    append(out, fields);
    return out;
}

}  // namespace assay::conformance::gpu_appraisal
