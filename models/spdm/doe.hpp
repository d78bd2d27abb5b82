// PCIe Data Object Exchange (PCIe 6.0, 6.30): data objects as they cross the mailbox, and DOE Discovery.
#pragma once
#include <optional>
#include <span>

#include "sim/base/result.hpp"
#include "sim/base/wire.hpp"

namespace assay::spdm::doe {

inline constexpr auto byte_order = std::endian::little;
inline constexpr std::uint16_t vendor_pci_sig = 0x0001;

/// Data object types of the PCI-SIG.
enum class Type : std::uint8_t { discovery = 0, cma_spdm = 1, secured_cma_spdm = 2 };

/// The two DWORDs that begin every data object. Length counts DWORDs, these two included; 0 means 2^18.
struct Header {
    std::uint16_t vendor_id = vendor_pci_sig;
    Type type{};
    std::uint8_t reserved = 0;
    std::uint32_t length = 0;  // bits 0 to 17
    static constexpr auto wire() {
        return std::tuple{field("VendorID", &Header::vendor_id), field("DataObjectType", &Header::type),
                          field("Reserved", &Header::reserved), field("Length", &Header::length)};
    }
};
inline constexpr std::size_t header_size = 8;
inline constexpr std::size_t dword = 4;
inline constexpr std::size_t max_dwords = 1 << 18;

/// The number of DWORDs that Length means.
constexpr std::size_t dwords(std::uint32_t length) {
    return (length & (max_dwords - 1)) == 0 ? max_dwords : length & (max_dwords - 1);
}

/// A data object around `body`, which is padded with zeros to whole DWORDs.
Bytes wrap(Type type, ByteView body);

struct DataObject {
    Header header;
    Bytes body;  // padding included: what is in it knows its own length
};
/// Why bytes are not one data object.
enum class Fault : std::uint8_t { shorter_than_header, length };
Result<DataObject, Fault> unwrap(ByteView object);

/// A protocol that a DOE instance speaks.
struct Feature {
    std::uint16_t vendor_id;
    Type type;
};

struct DiscoveryRequest {
    std::uint8_t index = 0;
    std::uint8_t version = 0;
    std::uint16_t reserved = 0;
    static constexpr auto wire() {
        using D = DiscoveryRequest;
        return std::tuple{field("Index", &D::index), field("Version", &D::version),
                          field("Reserved", &D::reserved)};
    }
};
struct DiscoveryResponse {
    std::uint16_t vendor_id = 0;
    Type type{};
    std::uint8_t next_index = 0;  // 0: this was the last
    static constexpr auto wire() {
        using D = DiscoveryResponse;
        return std::tuple{field("VendorID", &D::vendor_id), field("DataObjectType", &D::type),
                          field("NextIndex", &D::next_index)};
    }
};
/// The body of the answer. Nothing for an index past the last feature and for another length.
std::optional<Bytes> discover(std::span<const Feature> features, ByteView body);

}  // namespace assay::spdm::doe
