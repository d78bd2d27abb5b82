#include "models/spdm/doe.hpp"

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm::doe {

Bytes wrap(Type type, ByteView body) {
    const std::size_t size = (header_size + body.size() + dword - 1) / dword;
    if (size > max_dwords) throw std::logic_error("doe: a body of more than 2^18 DWORDs");
    Bytes out = encode(Header{.type = type, .length = static_cast<std::uint32_t>(size & (max_dwords - 1))},
                       byte_order);
    append(out, body);
    out.resize(size * dword);
    return out;
}

Result<DataObject, Fault> unwrap(ByteView object) {
    Reader in{object, byte_order};
    DataObject out;
    if (!in.get(out.header)) return Fault::shorter_than_header;
    if (dwords(out.header.length) * dword != object.size()) return Fault::length;
    out.body.assign(in.rest().begin(), in.rest().end());
    return out;
}

std::optional<Bytes> discover(std::span<const Feature> features, ByteView body) {
    const auto in = decode<DiscoveryRequest>(body, byte_order);
    if (!in || in->index >= features.size()) return std::nullopt;
    const Feature& feature = features[in->index];
    const std::size_t next = in->index + 1U;
    return encode(DiscoveryResponse{feature.vendor_id, feature.type,
                                    static_cast<std::uint8_t>(next < features.size() ? next : 0)},
                  byte_order);
}

}  // namespace assay::spdm::doe
