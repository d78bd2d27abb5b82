// Volumes that change under the reader, and parameters, superblocks and roots that are wrong.
#include <boost/test/unit_test.hpp>

#include "models/cvm/verity_samples.hpp"

namespace assay::cvm {
namespace verity_volume_tests {

using samples::Sample;
using Kind = VerityFinding::Kind;

BOOST_AUTO_TEST_CASE(a_flip_at_any_level_between_two_reads_is_met_by_the_next_read) {
    const auto sample = samples::verity_sample("sha512-1024");
    if (!sample) return;
    const auto layout = VerityLayout::of(sample->parameters, verity_tree_begin(sample->parameters));
    BOOST_REQUIRE(layout.levels.size() == 3U);
    for (std::size_t level = 0; level <= layout.levels.size(); ++level) {
        Sample changed = *sample;
        const ByteSource data{changed.data}, hashes{changed.hash_image};
        VerityMapping mapping = changed.mapping();
        mapping.on_corruption = VerityMapping::OnCorruption::eio;
        auto disk = VerityDevice::open(data, hashes, mapping);
        BOOST_REQUIRE(disk);
        Bytes block(1024);
        BOOST_TEST(bool{disk->read(5, block)});
        std::uint8_t& byte = level == layout.levels.size()
                                 ? changed.data[5 * 1024 + 77]
                                 : changed.hash_image[layout.levels[level].offset + 3];
        byte ^= 0x80;
        BOOST_TEST(!disk->read(5, block));
        byte ^= 0x80;
        BOOST_TEST(bool{disk->read(5, block)});
    }
}

BOOST_AUTO_TEST_CASE(after_a_corrupt_block_the_default_volume_reads_nothing_more) {
    auto sample = samples::verity_sample("n129");
    if (!sample) return;
    const ByteSource data{sample->data}, hashes{sample->hash_image};
    auto disk = VerityDevice::open(data, hashes, sample->mapping());
    BOOST_REQUIRE(disk);
    Bytes block(4096);
    sample->data[4096 * 40] ^= 1;
    BOOST_TEST(bool{disk->read(39, block)});
    BOOST_TEST(!disk->read(40, block));
    BOOST_TEST(disk->stopped());
    sample->data[4096 * 40] ^= 1;
    BOOST_TEST(!disk->read(39, block));
    BOOST_TEST(equal(block, Bytes(4096)));
}

BOOST_AUTO_TEST_CASE(two_valid_blocks_that_change_places_are_both_lost) {
    auto sample = samples::verity_sample("n128");
    if (!sample) return;
    std::swap_ranges(sample->data.begin(), sample->data.begin() + 4096, sample->data.begin() + 4096 * 100);
    const ByteSource data{sample->data}, hashes{sample->hash_image};
    VerityMapping mapping = sample->mapping();
    mapping.on_corruption = VerityMapping::OnCorruption::eio;
    auto disk = VerityDevice::open(data, hashes, mapping);
    BOOST_REQUIRE(disk);
    Bytes block(4096);
    BOOST_TEST(!disk->read(0, block));
    BOOST_TEST(!disk->read(100, block));
    BOOST_TEST(bool{disk->read(50, block)});
}

BOOST_AUTO_TEST_CASE(a_superblock_that_differs_from_the_measured_parameters_is_refused) {
    const auto sample = samples::verity_sample("n128");
    if (!sample) return;
    const ByteSource data{sample->data}, hashes{sample->hash_image};
    VerityMapping mapping = sample->mapping();
    mapping.parameters = sample->parameters;
    BOOST_TEST(bool{VerityDevice::open(data, hashes, mapping)});
    mapping.parameters->salt.push_back(0);
    const auto disk = VerityDevice::open(data, hashes, mapping);
    BOOST_REQUIRE(!disk);
    BOOST_TEST(disk.error().code == "E_VERITY_PARAMS");
}

BOOST_AUTO_TEST_CASE(data_and_tree_may_stand_in_one_image) {
    const auto sample = samples::verity_sample("sha256-4096-salt32");
    if (!sample) return;
    const Bytes image = concat({sample->data, sample->hash_image});
    const ByteSource whole{image};
    const WindowSource data{whole, 0, 1228800};
    VerityMapping mapping = sample->mapping();
    mapping.hash_offset = 1228800;
    auto disk = VerityDevice::open(data, whole, mapping);
    BOOST_REQUIRE(disk);
    Bytes block(4096);
    BOOST_TEST(bool{disk->read(299, block)});
    BOOST_TEST(!disk->read(300, block));
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_cut_off_is_refused) {
    auto sample = samples::verity_sample("hb512");
    if (!sample) return;
    sample->hash_image.pop_back();
    const ByteSource data{sample->data}, hashes{sample->hash_image};
    const auto disk = VerityDevice::open(data, hashes, sample->mapping());
    BOOST_REQUIRE(!disk);
    BOOST_TEST(disk.error().code == "E_VERITY_TREE");
}

BOOST_AUTO_TEST_CASE(parameters_outside_their_range_make_no_tree) {
    const Bytes image(8192);
    const ByteSource data{image};
    const VerityParameters good{crypto::Hash::sha256, 1, 4096, 4096, 2, {}};
    BOOST_TEST(bool{build_verity(good, data, std::nullopt)});
    const auto refused = [&](auto change) {
        VerityParameters bad = good;
        change(bad);
        return !build_verity(bad, data, std::nullopt);
    };
    BOOST_TEST(refused([](auto& p) { p.data_blocks = 0; }));
    BOOST_TEST(refused([](auto& p) { p.data_blocks = 3; }));
    BOOST_TEST(refused([](auto& p) { p.data_blocks = ~0ULL; }));
    BOOST_TEST(refused([](auto& p) { p.hash_type = 2; }));
    BOOST_TEST(refused([](auto& p) { p.data_block_size = 256; }));
    BOOST_TEST(refused([](auto& p) { p.hash_block_size = 5000; }));
    BOOST_TEST(refused([](auto& p) { p.hash_block_size = 131'072; }));
    BOOST_TEST(refused([](auto& p) { p.salt = Bytes(257); }));
}

BOOST_AUTO_TEST_CASE(any_superblock_bytes_get_an_answer) {
    Bytes raw = encode_verity_superblock({crypto::Hash::sha256, 1, 4096, 4096, 2, {}}, {});
    BOOST_TEST(raw.size() == verity_superblock_size);
    BOOST_TEST(bool{parse_verity_superblock(raw)});
    for (std::size_t length = 0; length < raw.size(); ++length)
        BOOST_TEST(!parse_verity_superblock(ByteView{raw}.first(length)));
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
        for (const std::uint8_t value : std::array<std::uint8_t, 4>{0x00, 0x01, 0x80, 0xFF}) {
            Bytes changed = raw;
            changed[i] = value;
            if (parse_verity_superblock(changed)) ++accepted;
        }
    BOOST_TEST(accepted > 0U);
}

BOOST_AUTO_TEST_CASE(the_root_hash_comes_from_one_word_of_the_command_line) {
    const std::string hash(64, 'a');
    BOOST_TEST(to_hex(root_hash_named_by("quiet roothash=" + hash + " ro").value()) == hash);
    BOOST_TEST(!root_hash_named_by("quiet ro"));
    BOOST_TEST(!root_hash_named_by("roothash=" + hash + " roothash=" + std::string(64, 'b')));
    BOOST_TEST(!root_hash_named_by("roothash=xyz"));
    BOOST_TEST(!root_hash_named_by("roothash="));
    BOOST_TEST(!root_hash_named_by("my-roothash=" + hash));
}

}  // namespace verity_volume_tests
}  // namespace assay::cvm
