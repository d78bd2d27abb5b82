// For tests: the images of vectors/verity, read in place, and their data by recipe.
#pragma once
#include <cstdio>

#include <nlohmann/json.hpp>

#include "models/cvm/verity_device.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::cvm::samples {

inline std::optional<Bytes> verity_file(const std::string& name) {
    const auto path = shared_data("vectors/verity/" + name);
    if (!path) {
        std::puts("skipped: shared data vectors/verity");
        return std::nullopt;
    }
    return *read_file(*path, 1 << 20);
}
inline std::optional<nlohmann::json> verity_cases() {
    const auto file = verity_file("cases.json");
    if (!file) return std::nullopt;
    return nlohmann::json::parse(*file);
}

/// Unit i of 4096 bytes is SHA-256 of the decimal text of i, 128 times.
inline Bytes recipe(std::size_t units) {
    Bytes out;
    for (std::size_t i = 0; i < units; ++i) {
        const Bytes digest = crypto::digest(crypto::Hash::sha256, {as_bytes(std::to_string(i))});
        for (int repeat = 0; repeat < 128; ++repeat) append(out, digest);
    }
    return out;
}

struct Sample {
    std::string name;
    VerityParameters parameters;
    Bytes data, hash_image, root_hash;
    bool superblock = true;

    VerityMapping mapping() const {
        VerityMapping out;
        out.root_hash = root_hash;
        out.superblock = superblock;
        if (!superblock) out.parameters = parameters;
        out.hash_types = {0, 1};
        out.algorithms.insert(crypto::Hash::sha1);
        out.block_sizes = {512, 1024, 4096};
        return out;
    }
};

/// Empty when the data is not there.
inline std::vector<Sample> verity_samples() {
    std::vector<Sample> out;
    const auto document = verity_cases();
    if (!document) return out;
    for (const auto& each : document->at("cases")) {
        Sample sample;
        sample.name = each.at("name").get<std::string>();
        sample.parameters = {*verity_hash(each.at("algorithm").get<std::string>()),
                             each.at("hash_type").get<unsigned>(),
                             each.at("data_block_size").get<std::uint32_t>(),
                             each.at("hash_block_size").get<std::uint32_t>(),
                             each.at("data_blocks").get<std::uint64_t>(),
                             *from_hex(each.at("salt").get<std::string>())};
        const auto size = each.at("data_bytes").get<std::size_t>();
        sample.data = each.at("data") == "zero bytes" ? Bytes(size) : recipe(size / 4096);
        sample.hash_image = *verity_file(each.at("hash_image").get<std::string>());
        sample.root_hash = *from_hex(each.at("root_hash").get<std::string>());
        sample.superblock = each.at("superblock").get<bool>();
        out.push_back(std::move(sample));
    }
    return out;
}
inline std::optional<Sample> verity_sample(const std::string& name) {
    for (Sample& sample : verity_samples())
        if (sample.name == name) return std::move(sample);
    return std::nullopt;
}

inline constexpr std::array<std::uint8_t, 16> sample_uuid{0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33,
                                                          0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55};

}  // namespace assay::cvm::samples
