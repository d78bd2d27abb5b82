#include "models/spdm/sample_identity.hpp"

namespace assay::spdm {
namespace {

crypto::Hash issuing_hash(std::uint32_t base_asym) {
    return base_asym == alg::ecdsa_p384 ? crypto::Hash::sha384 : crypto::Hash::sha256;
}

crypto::PrivateKey key_for(const crypto::Context& context, std::uint32_t base_asym) {
    return crypto::PrivateKey::generate(context, key_type_of(base_asym).value(),
                                        signature_size(base_asym) * 8);
}

crypto::Certificate sample_certificate(const std::string& subject, bool ca, const crypto::PublicKey& key,
                                       const crypto::Certificate* issuer, const crypto::PrivateKey& by,
                                       crypto::Hash hash) {
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", subject}};
    spec.serial = {static_cast<std::uint8_t>(issuer == nullptr ? 1 : 2)};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = ca;
    spec.key_usage = {ca ? "keyCertSign" : "digitalSignature"};
    return crypto::issue(spec, key, issuer, by, hash);
}

}  // namespace

SampleIdentity::SampleIdentity(std::uint64_t seed, const std::string& owner, std::uint32_t base_asym,
                               bool alias)
    : random_(store(seed, std::endian::big), "spdm sample " + owner + '/' + std::to_string(base_asym)),
      owner_(owner),
      base_asym_(base_asym),
      root_(key_for(context_, base_asym)),
      leaf_(key_for(context_, base_asym)) {
    const crypto::Hash hash = issuing_hash(base_asym);
    if (alias) device_ = key_for(context_, base_asym);
    const auto root =
        sample_certificate("sample root of " + owner, true, root_.public_key(), nullptr, root_, hash);
    const auto own =
        sample_certificate("sample " + owner, alias, certified().public_key(), &root, root_, hash);
    certificates_ = {root.der(), own.der()};
    if (const auto leaf = alias_under(own)) certificates_.push_back(leaf->der());
}

std::optional<crypto::Certificate> SampleIdentity::alias_under(const crypto::Certificate& device) const {
    if (!device_) return std::nullopt;
    return sample_certificate("sample alias of " + owner_, false, leaf_.public_key(), &device, *device_,
                              issuing_hash(base_asym_));
}

const Bytes& SampleIdentity::chain(std::uint32_t base_hash) const {
    const auto [at, is_new] = chains_.try_emplace(base_hash);
    if (is_new) at->second = chain_structure(base_hash, certificates_);
    return at->second;
}

Bytes SampleIdentity::sign(std::uint32_t base_hash, ByteView message) const {
    return leaf_.sign(scheme_of(base_asym_), hash_of(base_hash).value(), message);
}

Bytes chain_structure(std::uint32_t base_hash, const std::vector<Bytes>& certificates) {
    Bytes out = concat({Bytes(4), crypto::digest(hash_of(base_hash).value(), {certificates.front()})});
    for (const Bytes& one : certificates) append(out, one);
    std::ranges::copy(store(static_cast<std::uint16_t>(out.size()), byte_order), out.begin());
    return out;
}

const SampleIdentity& SampleIdentities::of(std::uint64_t seed, const std::string& owner,
                                           std::uint32_t base_asym, bool alias) {
    const std::tuple key{seed, owner, base_asym, alias};
    if (const auto found = made_.find(key); found != made_.end()) return found->second;
    return made_.emplace(std::piecewise_construct, std::tuple{key}, key).first->second;
}

ByteView SampleRequester::certificate_chain(std::uint8_t slot, const Connection& connection) const {
    if (slot != 0 || !key_type_of(connection.req_base_asym)) return {};
    return identity(connection.req_base_asym).chain(connection.base_hash);
}

Bytes SampleRequester::sign(std::uint8_t, const Connection& connection, std::string_view,
                            ByteView message) const {
    return identity(connection.req_base_asym).sign(connection.base_hash, message);
}

}  // namespace assay::spdm
