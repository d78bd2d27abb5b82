// How the sample device is given certificates (GET_CSR, SET_CERTIFICATE), and what more it tells of itself.
#include "models/spdm/sample_device.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/der.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint8_t key_pairs = 8, last_tag = 7;
constexpr std::uint8_t informational = 9, is_raw = 0x80;  // DMTFSpecMeasurementValueType

/// AsymAlgoCapabilities of KEY_PAIR_INFO.
std::uint32_t key_pair_algorithm(std::uint32_t base_asym) {
    switch (base_asym) {
        case alg::rsassa_2048:
        case alg::rsapss_2048: return 0x01;
        case alg::rsassa_3072:
        case alg::rsapss_3072: return 0x02;
        case alg::ecdsa_p256: return 0x08;
        case alg::ecdsa_p384: return 0x10;
        default: return 0;
    }
}

/// The AlgorithmIdentifier that begins a SubjectPublicKeyInfo.
Bytes algorithm_of(const crypto::PublicKey& key) {
    const Bytes spki = key.spki();
    const auto whole = crypto::der::parse(spki);
    const auto algorithm = crypto::der::Cursor{whole->contents}.next();
    return {algorithm->whole.begin(), algorithm->whole.end()};
}

}  // namespace

const SampleDevice::Installed* SampleDevice::installed(std::uint8_t slot, std::uint32_t base_asym) const {
    const auto found = installed_.find({slot, base_asym});
    return found == installed_.end() || !found->second.shown ? nullptr : &found->second;
}

std::uint8_t SampleDevice::key_of(std::uint8_t slot, std::uint32_t base_asym) const {
    const Installed* own = installed(slot, base_asym);
    return own == nullptr ? slot : own->key;
}

SlotFacts SampleDevice::slot_facts(std::uint8_t slot, const Connection& connection) const {
    return {.key_pair_id = static_cast<std::uint8_t>(key_of(slot, connection.base_asym) + 1),
            .model = static_cast<std::uint8_t>((profile_.flags & cap::alias_cert) != 0 ? 2 : 1)};
}

Answer SampleDevice::certificate_request(const GetCsr& request, const Connection& connection) {
    const bool is_1_3 = connection.version >= Version::v1_3;
    const std::uint8_t id = is_1_3 ? request.header.param1 : std::uint8_t{0};
    if (id > key_pairs) return ErrorCode::invalid_request;
    if (needs_reset()) {
        // Before 1.3 there is one request at a time, which needs no tag.
        std::uint8_t tag = is_1_3 ? request.header.param2 >> 3 & 7 : 0;
        if (is_1_3 && (request.header.param2 & 0x80) != 0) csr_tags_.clear();
        const auto asked = csr_tags_.find(tag);
        if (is_1_3 && tag != 0 && asked == csr_tags_.end()) return ErrorCode::unexpected_request;
        if (asked == csr_tags_.end()) {
            if (is_1_3)
                while (tag <= last_tag && (tag == 0 || csr_tags_.contains(tag))) ++tag;
            if (tag > last_tag) return ErrorCode::busy;
            csr_tags_.emplace(tag, false);
            return Refusal{ErrorCode::reset_required, tag};
        }
        if (!asked->second) return Refusal{ErrorCode::reset_required, tag};
        csr_tags_.erase(asked);
    }
    const auto number = static_cast<std::uint8_t>(id == 0 ? 0 : id - 1);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "sample device " + std::to_string(number)}};
    return crypto::make_request(spec, identity(number, connection.base_asym).certified(),
                                hash_of(connection.base_hash).value());
}

Result<Nothing, Refusal> SampleDevice::set_certificate(std::uint8_t slot, std::uint8_t key_pair_id,
                                                       ByteView chain, const Connection& connection) {
    if (key_pair_id > key_pairs) return ErrorCode::invalid_request;
    Installed next{{}, static_cast<std::uint8_t>(key_pair_id == 0 ? 0 : key_pair_id - 1), !needs_reset()};
    if (!chain.empty()) {
        const auto read = read_chain(chain, connection, connection.base_asym);
        const SampleIdentity& own = identity(next.key, connection.base_asym);
        if (!read || !(read->certificates.back().public_key() == own.certified().public_key()))
            return ErrorCode::unspecified;
        const crypto::Certificate& last = read->certificates.back();
        const bool alias = (profile_.flags & cap::alias_cert) != 0;
        if (last.is_ca() != alias || (!alias && !last.may_sign_data())) return ErrorCode::unspecified;
        for (const auto& one : read->certificates) next.certificates.push_back(one.der());
        if (const auto leaf = own.alias_under(last)) next.certificates.push_back(leaf->der());
    }
    installed_.insert_or_assign(Place{slot, connection.base_asym}, std::move(next));
    if (needs_reset()) return ErrorCode::reset_required;
    return Nothing{};
}

void SampleDevice::reset() {
    for (auto& [place, one] : installed_) one.shown = true;
    for (auto& [tag, ready] : csr_tags_) ready = true;
}

Bytes SampleDevice::measurement_log(const Connection&) const {
    MeasurementLogHead head;
    Bytes entries;
    for (const std::string_view text : {"immutable ROM", "mutable firmware", "hardware configuration"}) {
        MeasurementLogEntry one{.mel_index = ++head.entries,
                                .measurement_index = static_cast<std::uint8_t>(head.entries),
                                .value_type = informational | is_raw,
                                .value_size = static_cast<std::uint16_t>(text.size()),
                                .value = concat({as_bytes(text)})};
        append(entries, encode(one, byte_order));
    }
    head.length = static_cast<std::uint32_t>(entries.size());
    return concat({encode(head, byte_order), entries});
}

std::optional<KeyPairInfo> SampleDevice::key_pair(std::uint8_t id, const Connection& connection) const {
    if (id == 0 || id > key_pairs) return std::nullopt;
    const auto number = static_cast<std::uint8_t>(id - 1);
    KeyPairInfo out{.total_key_pairs = key_pairs,
                    .usage_capabilities = key_usage::all,
                    .current_usage = key_usage::all,
                    .asym_capabilities = key_pair_algorithm(connection.base_asym),
                    .current_asym = key_pair_algorithm(connection.base_asym)};
    for (std::uint8_t slot = 0; slot < 8; ++slot)
        if (!certificate_chain(slot, connection).empty() && key_of(slot, connection.base_asym) == number)
            out.slot_mask = static_cast<std::uint8_t>(out.slot_mask | 1U << slot);
    out.public_key_info = algorithm_of(identity(number, connection.base_asym).certified().public_key());
    return out;
}

Bytes SampleDevice::endpoint_info(std::uint8_t) const {
    // Device class identifiers: one, of a PCI-SIG vendor, without sub ids.
    constexpr std::uint8_t element = 5;
    return concat({{{1, 0, 0, 0, element, vendor_standard, 2}}, store(vendor_id, byte_order), {{0}}});
}

}  // namespace assay::spdm
