#include "models/spdm/peer_identity.hpp"

#include <bit>

#include "models/spdm/transcript.hpp"

namespace assay::spdm {

bool PeerIdentity::has_signed(const Connection& connection, std::string_view context, ByteView transcript,
                              ByteView signature) const {
    const crypto::Hash hash = hash_of(connection.base_hash).value();
    return !certificates.empty() &&
           certificates.back().public_key().verify(
               scheme_of(base_asym), hash, signed_message(connection.version, hash, context, transcript),
               signature);
}

Result<PeerIdentity, std::string> read_chain(ByteView chain, const Connection& connection,
                                             std::uint32_t base_asym) {
    const crypto::Hash hash = hash_of(connection.base_hash).value();
    const std::size_t prefix = 4 + crypto::digest_size(hash);
    if (chain.size() <= prefix || load<std::uint16_t>(chain, byte_order) != chain.size())
        return "the chain's Length does not fit";
    auto certificates = crypto::certificates_from_der(chain.subspan(prefix));
    if (!certificates) return "certificates: " + certificates.error().what;
    if (certificates->empty()) return "no certificates";
    const auto& root = certificates->front();
    if (root.self_issued() && !equal(crypto::digest(hash, {root.der()}), chain.subspan(4, prefix - 4)))
        return "RootHash is not of the first certificate";
    const std::vector<crypto::Certificate> leaf_first{certificates->rbegin(), certificates->rend()};
    const auto linked =
        crypto::verify_chain(leaf_first, {.at = {}, .length = {}, .roots = {root}, .known_critical = {}});
    if (!linked) return "certificates: " + linked.error().what;
    const crypto::PublicKey leaf = certificates->back().public_key();
    if (base_asym != 0 &&
        (leaf.type() != key_type_of(base_asym) ||
         (leaf.type() == crypto::KeyType::rsa && leaf.bits() / 8 != signature_size(base_asym))))
        return "the leaf key is not of the selected algorithm";
    return PeerIdentity{crypto::digest(hash, {chain}), *std::move(certificates), base_asym};
}

CertificateResponse portion_of(ByteView chain, const GetCertificate& request, std::size_t space) {
    CertificateResponse out;
    const ByteView rest = chain.subspan(request.offset);
    const std::size_t portion = std::min({std::size_t{request.length}, rest.size(), space});
    out.portion_length = static_cast<std::uint16_t>(portion);
    out.remainder_length = static_cast<std::uint16_t>(rest.size() - portion);
    out.cert_chain.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(portion));
    return out;
}

std::string ChainReader::take(const CertificateResponse& portion, std::uint8_t slot, std::size_t asked) {
    if ((portion.header.param1 & 0x0F) != slot) return "another slot";
    if (portion.portion_length == 0 || portion.portion_length > asked)
        return "PortionLength " + std::to_string(portion.portion_length);
    const std::size_t total = chain_.size() + portion.portion_length + portion.remainder_length;
    if (total > 0xFFFF || (size_ != 0 && total != size_)) return "portions and remainders do not add up";
    size_ = total;
    append(chain_, portion.cert_chain);
    return {};
}

std::optional<Bytes> digest_in(ByteView digests, std::uint8_t slot, std::size_t hash_size,
                               std::size_t more_per_slot) {
    if (digests.size() < header_size) return std::nullopt;
    const unsigned mask = digests[3];
    if ((mask >> slot & 1U) == 0) return std::nullopt;
    const auto count = static_cast<std::size_t>(std::popcount(mask));
    if (digests.size() != header_size + (hash_size + more_per_slot) * count) return std::nullopt;
    const auto before = static_cast<std::size_t>(std::popcount(mask & ((1U << slot) - 1U)));
    const ByteView out = digests.subspan(header_size + hash_size * before, hash_size);
    return Bytes{out.begin(), out.end()};
}

}  // namespace assay::spdm
