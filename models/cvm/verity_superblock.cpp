#include "models/cvm/verity_superblock.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::cvm {
namespace {

struct NamedHash {
    std::string_view name;
    crypto::Hash hash;
};
constexpr std::array verity_hashes{
    NamedHash{"sha1", crypto::Hash::sha1}, NamedHash{"sha256", crypto::Hash::sha256},
    NamedHash{"sha384", crypto::Hash::sha384}, NamedHash{"sha512", crypto::Hash::sha512}};

VerityFault bad_parameters(std::string what) { return {"E_VERITY_PARAMS", std::nullopt, std::move(what)}; }

bool block_size(std::uint32_t size) { return std::has_single_bit(size) && size >= 512 && size <= 65'536; }

}  // namespace

std::string_view verity_name(crypto::Hash hash) {
    return std::ranges::find(verity_hashes, hash, &NamedHash::hash)->name;
}

std::optional<crypto::Hash> verity_hash(std::string_view name) {
    const auto found = std::ranges::find(verity_hashes, name, &NamedHash::name);
    if (found == verity_hashes.end()) return std::nullopt;
    return found->hash;
}

Result<Nothing, VerityFault> check_parameters(const VerityParameters& p) {
    if (p.hash_type > 1)
        return bad_parameters("hash type " + std::to_string(p.hash_type) + ", expected 0 or 1");
    if (!block_size(p.data_block_size) || !block_size(p.hash_block_size))
        return bad_parameters("block sizes " + std::to_string(p.data_block_size) + " and " +
                              std::to_string(p.hash_block_size) +
                              ", expected powers of two from 512 to 65536");
    if (p.data_blocks == 0 || p.data_blocks > 1ULL << 40)
        return bad_parameters(std::to_string(p.data_blocks) + " data blocks, expected 1 to 2^40");
    if (p.salt.size() > verity_max_salt)
        return bad_parameters("a salt of " + std::to_string(p.salt.size()) + " bytes, expected at most 256");
    return Nothing{};
}

Result<VerityParameters, VerityFault> parse_verity_superblock(ByteView raw) {
    if (raw.size() < verity_superblock_size) return bad_parameters("no superblock: shorter than 512 bytes");
    const auto in = decode<VeritySuperblock>(raw.first(verity_superblock_size), verity_byte_order);
    if (!in || in->signature != verity_signature)
        return bad_parameters("no superblock: the signature is not verity");
    if (in->version != 1) return bad_parameters("version " + std::to_string(in->version) + ", expected 1");
    const std::string_view padded = as_text(in->algorithm);
    const auto end = std::min(padded.find('\0'), padded.size());
    const auto hash = verity_hash(padded.substr(0, end));
    if (!hash || padded.find_first_not_of('\0', end) != std::string_view::npos)
        return bad_parameters("an unknown algorithm, expected sha1, sha256, sha384 or sha512");
    if (in->salt_size > verity_max_salt)
        return bad_parameters("a salt of " + std::to_string(in->salt_size) + " bytes, expected at most 256");
    VerityParameters out{*hash,
                         in->hash_type,
                         in->data_block_size,
                         in->hash_block_size,
                         in->data_blocks,
                         Bytes{in->salt.begin(), in->salt.begin() + in->salt_size}};
    if (const auto checked = check_parameters(out); !checked) return checked.error();
    return out;
}

Bytes encode_verity_superblock(const VerityParameters& p, const std::array<std::uint8_t, 16>& uuid) {
    VeritySuperblock out;
    out.hash_type = p.hash_type;
    out.uuid = uuid;
    std::ranges::copy(verity_name(p.hash), out.algorithm.begin());
    out.data_block_size = p.data_block_size;
    out.hash_block_size = p.hash_block_size;
    out.data_blocks = p.data_blocks;
    out.salt_size = static_cast<std::uint16_t>(p.salt.size());
    std::copy_n(p.salt.begin(), std::min(p.salt.size(), verity_max_salt), out.salt.begin());
    return encode(out, verity_byte_order);
}

std::optional<Bytes> root_hash_named_by(std::string_view command_line) {
    constexpr std::string_view key = "roothash=";
    std::optional<Bytes> out;
    while (!command_line.empty()) {
        const auto end = std::min(command_line.find(' '), command_line.size());
        const std::string_view word = command_line.substr(0, end);
        command_line.remove_prefix(std::min(end + 1, command_line.size()));
        if (!word.starts_with(key)) continue;
        if (out) return std::nullopt;  // which one counts would be the boot loader's choice
        out = from_hex(word.substr(key.size()));
        if (!out || out->empty()) return std::nullopt;
    }
    return out;
}

}  // namespace assay::cvm
