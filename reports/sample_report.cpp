#include "reports/sample_run.hpp"
#include <fmt/format.h>

#include "sim/crypto/hash.hpp"

namespace assay::reports::sample {

Bytes labelled_report(nlohmann::json& fields) {
    Bytes out;
    fields = nlohmann::json::array();
    const auto put = [&](const std::string& name, const Bytes& bytes, const std::string& value = {}) {
        nlohmann::json field{{"name", name}, {"offset", out.size()}, {"length", bytes.size()}};
        if (!value.empty()) field["value"] = value;
        fields.push_back(field);
        append(out, bytes);
    };
    const auto noise = [](std::size_t size, std::size_t seed) {
        Bytes bytes;
        for (std::size_t i = 0; bytes.size() < size; ++i)
            append(bytes, crypto::digest(crypto::Hash::sha256,
                                         {store(std::uint64_t{seed * 64 + i}, std::endian::big)}));
        bytes.resize(size);
        return bytes;
    };
    put("GET_MEASUREMENTS.SPDMVersion", {0x11}, "1.1");
    put("GET_MEASUREMENTS.RequestResponseCode", {0xE0}, "GET_MEASUREMENTS");
    put("GET_MEASUREMENTS.Param1", {0x01}, "signature requested");
    put("GET_MEASUREMENTS.Param2", {0xFF}, "all");
    put("GET_MEASUREMENTS.Nonce", noise(32, 1));
    put("GET_MEASUREMENTS.SlotIDParam", {0x00}, "0");
    put("MEASUREMENTS.SPDMVersion", {0x11}, "1.1");
    put("MEASUREMENTS.RequestResponseCode", {0x60}, "MEASUREMENTS");
    put("MEASUREMENTS.Param1", {0x00});
    put("MEASUREMENTS.Param2", {0x00}, "slot 0");
    put("MEASUREMENTS.NumberOfBlocks", {64}, "64");
    put("MEASUREMENTS.MeasurementRecordLength", {0xC0, 0x0D, 0x00}, "3520");
    for (std::uint8_t i = 1; i <= 64; ++i) {
        const std::string block = fmt::format("MEASUREMENTS.MeasurementRecord[{}].", i - 1);
        put(block + "Index", {i}, std::to_string(i));
        put(block + "MeasurementSpecification", {0x01}, "DMTF");
        put(block + "MeasurementSize", {0x33, 0x00}, "51");
        put(block + "DMTFSpecMeasurementValueType", {0x01}, i == 1 ? "mutable firmware" : "");
        put(block + "DMTFSpecMeasurementValueSize", {0x30, 0x00}, "48");
        put(block + "DMTFSpecMeasurementValue", i == 60 ? Bytes(48, 0) : noise(48, i));
    }
    put("MEASUREMENTS.Nonce", noise(32, 99));
    put("MEASUREMENTS.OpaqueLength", {0x40, 0x01}, "320");
    Bytes opaque = noise(320, 100);
    constexpr std::string_view version = "96.00.9F.00.01";
    std::fill_n(opaque.begin(), 16, std::uint8_t{0});
    std::copy(version.begin(), version.end(), opaque.begin());
    put("MEASUREMENTS.OpaqueData[0].DriverVersion", Bytes(opaque.begin(), opaque.begin() + 16));
    append(out, ByteView{opaque}.subspan(16, 64));  // bytes without a name
    put("MEASUREMENTS.OpaqueData[1].Data", Bytes(opaque.begin() + 80, opaque.end()));
    put("MEASUREMENTS.Signature", noise(96, 101));
    return out;
}

}  // namespace assay::reports::sample
