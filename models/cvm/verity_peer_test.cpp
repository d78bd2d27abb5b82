// Our trees and veritysetup of cryptsetup: each reads what the other wrote.
#include <cstdlib>
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>

#include "models/cvm/verity_samples.hpp"
#include "sim/base/file.hpp"

namespace assay::cvm {
namespace verity_peer {

bool peer_there() {
    if (std::system("veritysetup --version >/dev/null 2>&1") == 0) return true;
    std::puts("skipped: veritysetup (package cryptsetup-bin)");
    return false;
}

/// Exit code of a command line.
int run(const std::string& command) {
    const int status = std::system((command + " >/dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Folder : TemporaryFolder {
    std::string file(const std::string& name) const { return path / name; }
};

const std::vector<VerityParameters>& parameter_sets() {
    using crypto::Hash;
    static const std::vector<VerityParameters> all{
        {Hash::sha256, 1, 4096, 4096, 37, Bytes(32, 0x5A)},
        {Hash::sha512, 1, 512, 1024, 300, Bytes(7, 1)},
        {Hash::sha384, 1, 1024, 4096, 130, {}},
        {Hash::sha1, 0, 4096, 4096, 129, Bytes(20, 9)},
        {Hash::sha256, 0, 1024, 512, 1, Bytes(1, 7)},
    };
    return all;
}

Bytes some_data(const VerityParameters& p) {
    Bytes out = samples::recipe((p.data_blocks * p.data_block_size + 4095) / 4096);
    out.resize(p.data_blocks * p.data_block_size);
    return out;
}

BOOST_AUTO_TEST_CASE(veritysetup_accepts_our_trees_and_refuses_them_after_a_flip) {
    if (!peer_there()) return;
    for (const VerityParameters& p : parameter_sets()) {
        const Folder folder;
        Bytes data = some_data(p);
        const ByteSource source{data};
        const auto built = build_verity(p, source, samples::sample_uuid);
        BOOST_REQUIRE(built);
        write_file(folder.file("data"), data);
        write_file(folder.file("hash"), built->hash_area);
        const std::string verify = "veritysetup verify " + folder.file("data") + " " + folder.file("hash") +
                                   " " + to_hex(built->root_hash);
        BOOST_TEST(run(verify) == 0);
        data[data.size() / 2] ^= 1;
        write_file(folder.file("data"), data);
        BOOST_TEST(run(verify) != 0);
    }
}

BOOST_AUTO_TEST_CASE(we_read_the_trees_of_veritysetup) {
    if (!peer_there()) return;
    for (const VerityParameters& p : parameter_sets()) {
        const Folder folder;
        const Bytes data = some_data(p);
        write_file(folder.file("data"), data);
        const std::string format = "veritysetup format --hash=" + std::string{verity_name(p.hash)} +
                                   " --format=" + std::to_string(p.hash_type) +
                                   " --data-block-size=" + std::to_string(p.data_block_size) +
                                   " --hash-block-size=" + std::to_string(p.hash_block_size) +
                                   " --salt=" + (p.salt.empty() ? "-" : to_hex(p.salt)) +
                                   " --root-hash-file=" + folder.file("root") + " " + folder.file("data") +
                                   " " + folder.file("hash");
        BOOST_REQUIRE(run(format) == 0);
        const Bytes hashes = *read_file(folder.file("hash"), 1 << 24);
        const Bytes root = from_hex(as_text(*read_file(folder.file("root"), 1024))).value();
        const ByteSource data_source{data}, hash_source{hashes};
        VerityMapping mapping;
        mapping.root_hash = root;
        mapping.parameters = p;
        mapping.hash_types = {0, 1};
        mapping.algorithms.insert(crypto::Hash::sha1);
        mapping.block_sizes = {512, 1024, 4096};
        auto disk = VerityDevice::open(data_source, hash_source, mapping);
        BOOST_REQUIRE(disk);
        Bytes block(disk->block_size());
        for (std::uint64_t i = 0; i < disk->blocks(); ++i) BOOST_REQUIRE(disk->read(i, block));
    }
}

}  // namespace verity_peer
}  // namespace assay::cvm
