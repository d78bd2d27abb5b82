#include "models/kms/ledger.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace assay::kms {
namespace {

constexpr const char *node_key = "ledger/node-key", *service_key = "ledger/service-key",
                     *node_certificate = "ledger/node-certificate",
                     *service_certificate = "ledger/service-certificate";
constexpr std::string_view view = "2.";  // views begin with 2 in CCF

crypto::CertificateSpec named(std::string common_name, Instant now, Random& random) {
    constexpr std::chrono::days lifetime{3650};
    constexpr std::size_t serial_size = 8;
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", std::move(common_name)}};
    spec.serial.resize(serial_size);
    random.fill(spec.serial);
    spec.serial.front() = (spec.serial.front() & 0x3F) | 0x40;  // positive, and of full length
    spec.not_before = now;
    spec.not_after = now + lifetime;
    return spec;
}

/// Keys and certificates of a new store.
void found(Store& store, const Sealer& sealer, const crypto::Context& context, Instant now) {
    const auto service = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    const auto node = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    auto service_spec = named("assay key management service", now, context.random());
    service_spec.ca = true;
    service_spec.key_usage = {"keyCertSign"};
    const auto root =
        crypto::issue(service_spec, service.public_key(), nullptr, service, crypto::Hash::sha384);
    auto node_spec = named("assay key management node", now, context.random());
    node_spec.key_usage = {"digitalSignature"};
    const auto leaf = crypto::issue(node_spec, node.public_key(), &root, service, crypto::Hash::sha384);
    Transaction all{store.database()};
    store.put(service_key, sealer.seal(service_key, service.pkcs8().bytes()));
    store.put(node_key, sealer.seal(node_key, node.pkcs8().bytes()));
    store.put(service_certificate, root.der());
    store.put(node_certificate, leaf.der());
    all.commit();
}

crypto::PrivateKey open_key(Store& store, const Sealer& sealer, const crypto::Context& context, Instant now) {
    if (!store.find(node_key)) found(store, sealer, context, now);
    const auto pkcs8 = sealer.open(node_key, *store.find(node_key));
    if (!pkcs8) throw std::runtime_error("the store was sealed under another root key");
    auto key = crypto::PrivateKey::from_pkcs8(context, pkcs8->bytes());
    if (!key) throw std::runtime_error("the store holds no key of the ledger's node");
    return *std::move(key);
}

crypto::Certificate stored_certificate(Store& store, const char* name) {
    const auto der = store.find(name);
    auto read = crypto::Certificate::from_der(der ? ByteView{*der} : ByteView{});
    if (!read) throw std::runtime_error("the store holds no certificate of the ledger");
    return *std::move(read);
}

Bytes inner(ByteView left, ByteView right) { return crypto::digest(crypto::Hash::sha256, {left, right}); }

/// The largest power of two below `n` (RFC 6962, 2.1), for n > 1.
std::size_t split(std::size_t n) {
    std::size_t out = 1;
    while (out * 2 < n) out *= 2;
    return out;
}

Bytes root_of(std::span<const Bytes> leaves) {
    if (leaves.size() == 1) return leaves[0];
    const std::size_t k = split(leaves.size());
    return inner(root_of(leaves.first(k)), root_of(leaves.subspan(k)));
}

/// From the leaf up.
std::vector<ProofElement> path_of(std::span<const Bytes> leaves, std::size_t index) {
    if (leaves.size() == 1) return {};
    const std::size_t k = split(leaves.size());
    const bool is_left = index < k;
    auto out = is_left ? path_of(leaves.first(k), index) : path_of(leaves.subspan(k), index - k);
    out.push_back({!is_left, root_of(is_left ? leaves.subspan(k) : leaves.first(k))});
    return out;
}

std::string write_set(const StoredKey& key) {
    return "create\n" + key.kid + '\n' + std::to_string(key.version) + '\n' +
           std::to_string(static_cast<unsigned>(key.kind)) + '\n' + to_hex(key.policy_digest) + '\n' +
           to_hex(key.published) + '\n';
}

}  // namespace

Ledger::Ledger(Store& store, const Sealer& sealer, const crypto::Context& context, Instant now)
    : store_(&store),
      context_(&context),
      node_(open_key(store, sealer, context, now)),
      service_(stored_certificate(store, service_certificate)),
      certificate_(stored_certificate(store, node_certificate)) {}

std::int64_t Ledger::append(const StoredKey& key) {
    constexpr std::size_t evidence_size = 32;
    Bytes evidence(evidence_size);
    context_->random().fill(evidence);
    const auto next = static_cast<std::int64_t>(store_->leaves().size()) + 1;
    return store_->append(Leaf{0, crypto::digest(crypto::Hash::sha256, {as_bytes(write_set(key))}),
                               "ce:" + receipt_id(next) + ':' + to_hex(evidence),
                               crypto::digest(crypto::Hash::sha256, {key.published})});
}

bool Ledger::commit() {
    const std::vector<Leaf> all = store_->leaves();
    std::vector<std::size_t> waiting;
    std::vector<Bytes> hashes;
    std::vector<Receipt> receipts;
    for (const Leaf& leaf : all) {
        Receipt& receipt = receipts.emplace_back();
        receipt.certificate_pem = certificate_.pem();
        receipt.write_set_digest = leaf.write_set_digest;
        receipt.commit_evidence = leaf.commit_evidence;
        receipt.claims_digest = leaf.claims_digest;
        if (!store_->receipt(leaf.sequence)) waiting.push_back(hashes.size());
        hashes.push_back(receipt_leaf(receipt));
    }
    if (waiting.empty()) return false;
    const Bytes signature =
        node_.sign_digest(crypto::SignatureScheme::ecdsa_der, crypto::Hash::sha256, root_of(hashes));
    for (const std::size_t i : waiting) {
        receipts[i].proof = path_of(hashes, i);
        receipts[i].signature = signature;
        store_->put_receipt(all[i].sequence, to_json(receipts[i]));
    }
    return true;
}

std::string receipt_id(std::int64_t leaf) { return std::string{view} + std::to_string(leaf); }

std::optional<std::int64_t> leaf_of(std::string_view id) {
    if (!id.starts_with(view)) return {};
    id.remove_prefix(view.size());
    std::int64_t leaf = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), leaf);
    if (error != std::errc{} || end != id.data() + id.size() || leaf < 1) return {};
    return leaf;
}

}  // namespace assay::kms
