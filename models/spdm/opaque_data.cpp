// Opaque data of KEY_EXCHANGE and KEY_EXCHANGE_RSP (DSP0277, secured message general opaque data format):
// tables of elements, one of which is the DMTF's and selects the version of secured messages.
#include "models/spdm/session_messages.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint32_t dmtf_spec_id = 0x444D'5446;
constexpr std::uint8_t data_version = 1, id_selected = 0, id_supported = 1;
constexpr std::size_t alignment = 4;

/// What begins the table: up to 1.1 the general opaque data of DSP0277, from 1.2 on OpaqueDataFmt1.
struct OldTable {
    std::uint32_t spec_id = dmtf_spec_id;
    std::uint8_t opaque_version = 1;
    std::uint8_t elements = 1;
    std::uint16_t reserved = 0;
    static constexpr auto wire() {
        using T = OldTable;
        return std::tuple{field("SpecID", &T::spec_id), field("OpaqueVersion", &T::opaque_version),
                          field("TotalElements", &T::elements), field("Reserved", &T::reserved)};
    }
};
struct Table {
    std::uint8_t elements = 1;
    std::array<std::uint8_t, 3> reserved{};
    static constexpr auto wire() {
        return std::tuple{field("TotalElements", &Table::elements), field("Reserved", &Table::reserved)};
    }
};

struct Element {
    std::uint8_t id = 0;  // 0: DMTF
    Blob<std::uint8_t, 255> vendor{};
    Blob<std::uint16_t, max_opaque> data{};
    static constexpr auto wire() {
        return std::tuple{field("ID", &Element::id), field("VendorID", &Element::vendor),
                          field("OpaqueElementData", &Element::data)};
    }
};

struct SupportedVersions {
    std::uint8_t version = data_version;
    std::uint8_t id = id_supported;
    List<std::uint16_t, std::uint8_t, 255> versions{};
    static constexpr auto wire() {
        using S = SupportedVersions;
        return std::tuple{field("SMDataVersion", &S::version), field("SMDataID", &S::id),
                          field("VersionNumberEntry", &S::versions)};
    }
};
struct SelectedVersion {
    std::uint8_t version = data_version;
    std::uint8_t id = id_selected;
    std::uint16_t selected = 0;
    static constexpr auto wire() {
        using S = SelectedVersion;
        return std::tuple{field("SMDataVersion", &S::version), field("SMDataID", &S::id),
                          field("SelectedVersion", &S::selected)};
    }
};

void pad(Bytes& out) { out.resize((out.size() + alignment - 1) / alignment * alignment); }

Bytes table_of(Version version, Bytes data) {
    Bytes out = version < Version::v1_2 ? encode(OldTable{}, byte_order) : encode(Table{}, byte_order);
    Writer{out, byte_order}.put(Element{.id = 0, .vendor = {}, .data = {std::move(data)}});
    pad(out);
    return out;
}

/// The data of the DMTF's element whose SMDataID is `id`. Elements of others are passed over; nothing where
/// the table is not well formed, or where there is not exactly one.
std::optional<Bytes> data_of(Version version, ByteView opaque, std::uint8_t id) {
    Reader in{opaque, byte_order};
    std::size_t elements = 0;
    if (version < Version::v1_2) {
        OldTable table;
        if (!in.get(table) || table.spec_id != dmtf_spec_id || table.opaque_version != 1) return std::nullopt;
        elements = table.elements;
    } else {
        Table table;
        if (!in.get(table)) return std::nullopt;
        elements = table.elements;
    }
    std::optional<Bytes> found;
    for (; elements > 0; --elements) {
        Element element;
        if (!in.get(element)) return std::nullopt;
        Bytes padding;
        const std::size_t over = in.offset() % alignment;
        if (over != 0 && !in.get_bytes(padding, alignment - over)) return std::nullopt;
        const Bytes& data = element.data.value;
        if (element.id != 0 || !element.vendor.value.empty() || data.size() < 2 || data[0] != data_version ||
            data[1] != id)
            continue;
        if (found) return std::nullopt;
        found = data;
    }
    if (!in.finish()) return std::nullopt;
    return found;
}

}  // namespace

Bytes supported_versions(Version version, const std::vector<std::uint16_t>& versions) {
    return table_of(version, encode(SupportedVersions{.versions = {versions}}, byte_order));
}

std::optional<std::vector<std::uint16_t>> read_supported_versions(Version version, ByteView opaque) {
    const auto data = data_of(version, opaque, id_supported);
    if (!data) return std::nullopt;
    auto out = decode<SupportedVersions>(*data, byte_order);
    if (!out || out->versions.items.empty()) return std::nullopt;
    return std::move(out->versions.items);
}

Bytes selected_version(Version version, std::uint16_t selected) {
    return table_of(version, encode(SelectedVersion{.selected = selected}, byte_order));
}

std::optional<std::uint16_t> read_selected_version(Version version, ByteView opaque) {
    const auto data = data_of(version, opaque, id_selected);
    if (!data) return std::nullopt;
    const auto out = decode<SelectedVersion>(*data, byte_order);
    if (!out) return std::nullopt;
    return out->selected;
}

std::optional<std::uint16_t> select_version(Version version, ByteView opaque) {
    const auto offered = read_supported_versions(version, opaque);
    if (!offered) return std::nullopt;
    for (const std::uint16_t own : {secured_1_2, secured_1_1, secured_1_0})
        if (std::ranges::find(*offered, own) != offered->end()) return own;
    return std::nullopt;
}

}  // namespace assay::spdm
