// dm-verity against images made by veritysetup 2.6.1: every tree byte for byte, every flip met by a read.
#include <boost/test/unit_test.hpp>

#include "models/cvm/verity_samples.hpp"

namespace assay::cvm {
namespace verity_tests {

using samples::Sample;
using Kind = VerityFinding::Kind;

BOOST_AUTO_TEST_CASE(fifteen_trees_come_out_byte_for_byte) {
    const auto all = samples::verity_samples();
    for (const Sample& sample : all) BOOST_TEST_CONTEXT(sample.name) {
            const ByteSource data{sample.data};
            std::optional<std::array<std::uint8_t, 16>> uuid;
            if (sample.superblock) uuid = samples::sample_uuid;
            const auto built = build_verity(sample.parameters, data, uuid);
            BOOST_REQUIRE(built);
            BOOST_TEST(to_hex(built->root_hash) == to_hex(sample.root_hash));
            BOOST_TEST(built->hash_area.size() == sample.hash_image.size());
            BOOST_TEST(equal(built->hash_area, sample.hash_image));
            const ByteSource hashes{sample.hash_image};
            const std::uint64_t begin = sample.superblock ? verity_tree_begin(sample.parameters) : 0;
            BOOST_TEST(!check_verity(sample.parameters, data, hashes, begin, sample.root_hash));
        }
    BOOST_TEST((all.empty() || all.size() == 15U));
}

BOOST_AUTO_TEST_CASE(levels_are_the_published_ones) {
    const auto document = samples::verity_cases();
    if (!document) return;
    for (const auto& each : document->at("cases")) {
        const VerityParameters parameters{*verity_hash(each.at("algorithm").get<std::string>()),
                                          each.at("hash_type").get<unsigned>(),
                                          each.at("data_block_size").get<std::uint32_t>(),
                                          each.at("hash_block_size").get<std::uint32_t>(),
                                          each.at("data_blocks").get<std::uint64_t>(),
                                          {}};
        const auto expected = each.at("levels_leaf_first").get<std::vector<std::uint64_t>>();
        std::vector<std::uint64_t> found;
        for (const auto& level : VerityLayout::of(parameters, 0).levels) found.push_back(level.blocks);
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(every_block_of_every_image_reads_as_it_is) {
    for (const Sample& sample : samples::verity_samples()) BOOST_TEST_CONTEXT(sample.name) {
            const ByteSource data{sample.data}, hashes{sample.hash_image};
            auto disk = VerityDevice::open(data, hashes, sample.mapping());
            BOOST_REQUIRE(disk);
            Bytes block(disk->block_size());
            for (std::uint64_t i = 0; i < disk->blocks(); ++i) {
                BOOST_REQUIRE(disk->read(i, block));
                BOOST_REQUIRE(equal(block, ByteView{sample.data}.subspan(i * block.size(), block.size())));
            }
        }
}

BOOST_AUTO_TEST_CASE(the_default_profile_takes_type_1_with_4096_byte_blocks_and_no_sha1) {
    const std::set<std::string> accepted{"sha256-4096-salt32",
                                         "one-block",
                                         "two-blocks",
                                         "n128",
                                         "n129",
                                         "zeros8",
                                         "sha384",
                                         "salt1",
                                         "salt256",
                                         "nosalt-nosb"};
    for (const Sample& sample : samples::verity_samples()) BOOST_TEST_CONTEXT(sample.name) {
            const ByteSource data{sample.data}, hashes{sample.hash_image};
            VerityMapping mapping;
            mapping.root_hash = sample.root_hash;
            mapping.superblock = sample.superblock;
            if (!sample.superblock) mapping.parameters = sample.parameters;
            const auto disk = VerityDevice::open(data, hashes, mapping);
            BOOST_TEST(bool{disk} == accepted.contains(sample.name));
            if (!disk) BOOST_TEST(disk.error().code == "E_VERITY_PARAMS");
        }
}

/// One change of the first image, and where veritysetup says that it went wrong.
struct Fault {
    std::string change;
    std::function<void(Sample&)> apply;
    std::optional<VerityFinding> finding;
    std::string_view open_code;  // how opening the volume is refused; empty: it opens
    std::optional<std::uint64_t> lost_block{};
};

const std::vector<Fault>& faults() {
    static const std::vector<Fault> all{
        {"data byte 123456 ^= 1", [](Sample& s) { s.data[123456] ^= 1; },
         VerityFinding{Kind::mismatch, 122880}, "", 30},
        {"data bytes 0 and 1228799 ^= 1",
         [](Sample& s) {
             s.data.front() ^= 1;
             s.data.back() ^= 1;
         },
         VerityFinding{Kind::mismatch, 0}, "", 299},
        {"last data block removed", [](Sample& s) { s.data.resize(299 * 4096); },
         VerityFinding{Kind::short_read, 299 * 4096}, "E_VERITY_SIZE"},
        {"last data byte removed", [](Sample& s) { s.data.pop_back(); },
         VerityFinding{Kind::short_read, 299 * 4096}, "E_VERITY_SIZE"},
        // veritysetup passes it: what it does not cover must not be reachable.
        {"4096 zero bytes appended", [](Sample& s) { s.data.resize(301 * 4096); }, std::nullopt,
         "E_VERITY_SIZE"},
        {"root hash last digit 0", [](Sample& s) { s.root_hash.back() &= 0xF0; },
         VerityFinding{Kind::root_hash, 0}, "E_ROOT_HASH"},
        {"root hash one byte shorter", [](Sample& s) { s.root_hash.pop_back(); },
         VerityFinding{Kind::root_hash, 0}, "E_ROOT_HASH"},
        {"hash image byte 4101 ^= 1 (top level)", [](Sample& s) { s.hash_image[4101] ^= 1; },
         VerityFinding{Kind::mismatch, 8192}, "E_ROOT_HASH"},
        {"hash image byte 8197 ^= 1 (leaf level)", [](Sample& s) { s.hash_image[8197] ^= 1; },
         VerityFinding{Kind::mismatch, 0}, "", 127},
        {"hash image byte 4195 ^= 1 (unused part of the top block)",
         [](Sample& s) { s.hash_image[4195] ^= 1; }, VerityFinding{Kind::spare_area, 4192}, "E_ROOT_HASH"},
        {"superblock salt byte 0x58 ^= 1",
         [](Sample& s) {
             s.hash_image[0x58] ^= 1;
             s.parameters.salt[0] ^= 1;
         },
         VerityFinding{Kind::mismatch, 0}, "E_ROOT_HASH"},
        {"superblock data_blocks 299",
         [](Sample& s) {
             s.hash_image[0x48] = 299 - 256;
             s.parameters.data_blocks = 299;
         },
         VerityFinding{Kind::spare_area, 17760}, "E_VERITY_SIZE"},
        {"superblock byte 0 = 0", [](Sample& s) { s.hash_image[0] = 0; }, std::nullopt, "E_VERITY_PARAMS"},
        {"superblock version 2", [](Sample& s) { s.hash_image[8] = 2; }, std::nullopt, "E_VERITY_PARAMS"},
        {"superblock hash type 2", [](Sample& s) { s.hash_image[12] = 2; }, std::nullopt, "E_VERITY_PARAMS"},
        {"superblock uuid changed", [](Sample& s) { s.hash_image[0x10] ^= 1; }, std::nullopt, ""},
        {"superblock pad byte 0x52 changed", [](Sample& s) { s.hash_image[0x52] ^= 1; }, std::nullopt, ""},
        {"superblock tail byte 0x160 changed", [](Sample& s) { s.hash_image[0x160] ^= 1; }, std::nullopt, ""},
    };
    return all;
}

BOOST_AUTO_TEST_CASE(a_changed_image_is_judged_as_veritysetup_judges_it) {
    const auto document = samples::verity_cases();
    const auto sample = samples::verity_sample("sha256-4096-salt32");
    if (!document || !sample) return;
    for (const Fault& fault : faults()) BOOST_TEST_CONTEXT(fault.change) {
            Sample changed = *sample;
            fault.apply(changed);
            const ByteSource data{changed.data}, hashes{changed.hash_image};
            const auto found = check_verity(changed.parameters, data, hashes,
                                            verity_tree_begin(changed.parameters), changed.root_hash);
            BOOST_REQUIRE(found.has_value() == fault.finding.has_value());
            if (found) BOOST_TEST(found->text() == fault.finding->text());
            for (const auto& row : document->at("verify_results_on_sha256_4096_salt32")) {
                if (row.at("change") != fault.change || !found || changed.root_hash.size() != 32) continue;
                const auto said = row.at("stderr_contains").get<std::string>();
                BOOST_TEST(found->text().find(said) != std::string::npos);
            }
        }
}

BOOST_AUTO_TEST_CASE(a_changed_image_gives_no_unverified_byte) {
    const auto sample = samples::verity_sample("sha256-4096-salt32");
    if (!sample) return;
    for (const Fault& fault : faults()) BOOST_TEST_CONTEXT(fault.change) {
            Sample changed = *sample;
            fault.apply(changed);
            const ByteSource data{changed.data}, hashes{changed.hash_image};
            VerityMapping mapping = changed.mapping();
            mapping.on_corruption = VerityMapping::OnCorruption::eio;
            auto disk = VerityDevice::open(data, hashes, mapping);
            BOOST_REQUIRE(bool{disk} == fault.open_code.empty());
            if (!disk) {
                BOOST_TEST(disk.error().code == fault.open_code);
                continue;
            }
            Bytes block(4096);
            for (std::uint64_t i = 0; i < disk->blocks(); ++i) {
                std::ranges::fill(block, std::uint8_t{0xEE});
                const auto read = disk->read(i, block);
                const auto original = ByteView{sample->data}.subspan(i * 4096, 4096);
                if (read) {
                    BOOST_REQUIRE(equal(block, original));
                } else {
                    BOOST_TEST(read.error().code == "EIO");
                    BOOST_TEST(*read.error().block == i);
                    BOOST_REQUIRE(equal(block, Bytes(4096)));
                }
                if (fault.lost_block == i) BOOST_TEST(!read);
            }
            BOOST_TEST((disk->corruptions() > 0) == fault.lost_block.has_value());
        }
}

}  // namespace verity_tests
}  // namespace assay::cvm
