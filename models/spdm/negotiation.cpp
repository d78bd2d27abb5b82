#include "models/spdm/negotiation.hpp"

#include <bit>

#include "models/spdm/chunk_messages.hpp"
#include "models/spdm/management_messages.hpp"
#include "sim/base/reader.hpp"

namespace assay::spdm {

std::optional<crypto::Hash> hash_of(std::uint32_t base_hash_sel) {
    switch (base_hash_sel) {
        case alg::sha256: return crypto::Hash::sha256;
        case alg::sha384: return crypto::Hash::sha384;
        case alg::sha512: return crypto::Hash::sha512;
        default: return std::nullopt;
    }
}

namespace {

/// One row per algorithm of BaseAsymAlgo and ReqBaseAsymAlg.
struct Asymmetric {
    std::uint32_t bit;
    crypto::KeyType type;
    crypto::SignatureScheme scheme;
    std::size_t signature;
};
constexpr std::array asymmetric{
    Asymmetric{alg::rsassa_2048, crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pkcs1, 256},
    Asymmetric{alg::rsapss_2048, crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pss, 256},
    Asymmetric{alg::rsassa_3072, crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pkcs1, 384},
    Asymmetric{alg::rsapss_3072, crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pss, 384},
    Asymmetric{alg::ecdsa_p256, crypto::KeyType::p256, crypto::SignatureScheme::ecdsa_raw, 64},
    Asymmetric{alg::ecdsa_p384, crypto::KeyType::p384, crypto::SignatureScheme::ecdsa_raw, 96},
};
const Asymmetric* asymmetric_of(std::uint32_t base_asym_sel) {
    const auto found = std::ranges::find(asymmetric, base_asym_sel, &Asymmetric::bit);
    return found == asymmetric.end() ? nullptr : &*found;
}

}  // namespace

std::optional<crypto::KeyType> key_type_of(std::uint32_t base_asym_sel) {
    const Asymmetric* row = asymmetric_of(base_asym_sel);
    return row == nullptr ? std::nullopt : std::optional{row->type};
}

crypto::SignatureScheme scheme_of(std::uint32_t base_asym_sel) {
    const Asymmetric* row = asymmetric_of(base_asym_sel);
    return row == nullptr ? crypto::SignatureScheme::ecdsa_raw : row->scheme;
}

std::optional<crypto::KeyType> group_of(std::uint16_t dhe_sel) {
    switch (dhe_sel) {
        case alg::dhe_p256: return crypto::KeyType::p256;
        case alg::dhe_p384: return crypto::KeyType::p384;
        default: return std::nullopt;
    }
}

std::optional<crypto::Aead> aead_of(std::uint16_t aead_sel) {
    switch (aead_sel) {
        case alg::aes_128_gcm: return crypto::Aead::aes_128_gcm;
        case alg::aes_256_gcm: return crypto::Aead::aes_256_gcm;
        case alg::chacha20_poly1305: return crypto::Aead::chacha20_poly1305;
        default: return std::nullopt;
    }
}

std::size_t hash_size(std::uint32_t base_hash_sel) {
    const auto hash = hash_of(base_hash_sel);
    return hash ? crypto::digest_size(*hash) : 0;
}

std::size_t signature_size(std::uint32_t base_asym_sel) {
    const Asymmetric* row = asymmetric_of(base_asym_sel);
    return row == nullptr ? 0 : row->signature;
}

std::size_t exchange_size(std::uint16_t dhe_sel) {
    switch (dhe_sel) {
        case alg::ffdhe2048: return 256;
        case alg::ffdhe3072: return 384;
        case alg::dhe_p256: return 64;
        case alg::dhe_p384: return 96;
        default: return 0;
    }
}

std::uint32_t flags_of(Version version, std::uint32_t flags) {
    switch (version) {
        case Version::v1_0: return flags & 0x3F;
        case Version::v1_1: return flags & 0x1'FFFF;
        case Version::v1_2: return flags & 0x3F'FFFF;
        case Version::v1_3: return flags & 0x3FFF'FFFF;
    }
    return 0;
}

bool legal_requester_flags(Version version, std::uint32_t flags) {
    if (version < Version::v1_1) return true;  // GET_CAPABILITIES of 1.0 has none
    const auto has = [&](std::uint32_t any) {
        return (flags & any) != 0;
    };
    const bool sessions = has(cap::key_ex | cap::psk);
    const bool is_1_3 = version >= Version::v1_3;
    if ((flags & cap::psk) > cap::psk_plain) return false;
    if ((flags & cap::ep_info) == cap::ep_info || (flags & cap::multi_key) == cap::multi_key) return false;
    if (has(cap::multi_key) && (!has(cap::cert) || has(cap::pub_key_id))) return false;
    if (is_1_3 && !sessions && has(cap::event)) return false;
    if (sessions && !has(cap::encrypt | cap::mac)) return false;
    if (!sessions && has(cap::encrypt | cap::mac | cap::handshake_in_the_clear | cap::hbeat | cap::key_upd))
        return false;
    if (has(cap::psk) && !has(cap::key_ex) && has(cap::handshake_in_the_clear)) return false;
    if (has(cap::cert) && has(cap::pub_key_id)) return false;
    if (has(cap::cert | cap::pub_key_id) && !has(cap::chal | cap::key_ex | cap::ep_info_sig)) return false;
    if (has(cap::chal | cap::mut_auth) && !has(cap::cert | cap::pub_key_id)) return false;
    if (has(cap::mut_auth) && !has(cap::chal | cap::key_ex)) return false;
    return version != Version::v1_1 || !has(cap::mut_auth) || has(cap::encap);
}

bool legal_responder_flags(Version version, std::uint32_t flags) {
    const auto has = [&](std::uint32_t any) {
        return (flags & any) != 0;
    };
    if ((flags & cap::meas) == cap::meas) return false;
    if (version < Version::v1_1) return true;
    const bool sessions = has(cap::key_ex | cap::psk);
    if (has(cap::encrypt | cap::mac) != sessions) return false;
    if ((flags & cap::psk) == cap::psk) return false;
    if ((flags & cap::ep_info) == cap::ep_info || (flags & cap::multi_key) == cap::multi_key) return false;
    if (has(cap::multi_key) && !has(cap::cert)) return false;
    if (has(cap::mut_auth) && !has(cap::encap)) return false;
    if (has(cap::handshake_in_the_clear) && !has(cap::key_ex)) return false;
    if (has(cap::cert) && has(cap::pub_key_id)) return false;
    return !has(cap::chal | cap::meas_sig | cap::key_ex) || has(cap::cert | cap::pub_key_id);
}

bool legal_sizes(std::uint32_t flags, TransferSizes sizes) {
    if (sizes.data_transfer_size < min_data_transfer_size) return false;
    if (sizes.data_transfer_size > sizes.max_spdm_msg_size) return false;
    return (flags & cap::chunk) != 0 || sizes.data_transfer_size == sizes.max_spdm_msg_size;
}

Layout Connection::layout(std::uint8_t summary_type, bool verify_data) const {
    return {.hash = spdm::hash_size(base_hash),
            .signature = spdm::signature_size(base_asym),
            .requester_signature = spdm::signature_size(req_base_asym),
            .exchange = spdm::exchange_size(dhe),
            .summary = summary_type != 0,
            .verify_data = verify_data,
            .multi_key = multi_key_requester};
}

Sizes Connection::sizes() const {
    return {spdm::hash_size(base_hash), spdm::signature_size(base_asym), spdm::exchange_size(dhe),
            multi_key_responder};
}

namespace {

/// Where a whole `message` ends in `response`; the end where it does not fit.
template <class T>
std::size_t end_of(T message, ByteView response) {
    Reader in{response, byte_order};
    return in.get(message) ? in.offset() : response.size();
}

/// From 1.3 on the algorithms that the responder has may follow, by their own length.
std::size_t capabilities_size(const Header& header, ByteView response) {
    const std::size_t fixed = end_of(Capabilities{}, response) + (header.version >= 0x12 ? 8 : 0);
    constexpr std::size_t length_at = 2;
    if (header.version < 0x13 || (header.param1 & 1) == 0 || response.size() < fixed + length_at + 2)
        return fixed;
    return fixed + load<std::uint16_t>(response.subspan(fixed + length_at), byte_order);
}

/// HMACs whose presence depends on the handshake: more than padding behind the rest is one.
std::size_t with_verify_data(std::size_t size, ByteView response, Sizes sizes) {
    return size + (response.size() >= size + sizes.hash ? sizes.hash : 0);
}

}  // namespace

std::size_t request_size(ByteView request, const Layout& layout) {
    const auto measured = [&]() -> std::size_t {
        Reader in{request, byte_order};
        Header header;
        if (!in.get(header)) return request.size();
        switch (header.code) {
            case Code::get_version:
            case Code::get_digests:
            case Code::heartbeat:
            case Code::key_update:
            case Code::get_encapsulated_request:
            case Code::end_session: return header_size;
            case Code::deliver_encapsulated_response:
                return header_size + response_size({}, in.rest(),
                                                   {layout.hash, layout.requester_signature, layout.exchange,
                                                    layout.multi_key});
            case Code::get_csr: return end_of(GetCsr{}, request);
            case Code::set_certificate: {
                const bool erases = header.version >= 0x13 && (header.param1 & erase_certificate) != 0;
                std::uint16_t length = 0;
                if (erases || !in.get(length)) return header_size + (erases ? 0U : request.size());
                return header_size + std::size_t{length};
            }
            case Code::get_measurement_extension_log: return end_of(GetMeasurementLog{}, request);
            case Code::get_key_pair_info: return end_of(GetKeyPairInfo{}, request);
            case Code::get_endpoint_info: return end_of(GetEndpointInfo{}, request);
            case Code::get_capabilities:
                return header.version < 0x11 ? header_size : std::size_t{header.version < 0x12 ? 12U : 20U};
            case Code::negotiate_algorithms: {
                std::uint16_t length = 0;
                return in.get(length) ? length : request.size();
            }
            case Code::get_certificate: return header_size + 4;
            case Code::challenge: return header_size + nonce_size + context_size(header);
            case Code::get_measurements: {
                const std::size_t nonce = nonce_size + (header.version >= 0x11 ? 1 : 0);
                return header_size + ((header.param1 & 1) != 0 ? nonce : 0) + context_size(header);
            }
            case Code::key_exchange: return end_of(KeyExchange{.layout = layout}, request);
            case Code::finish: return end_of(Finish{.layout = layout}, request);
            case Code::psk_exchange: return end_of(PskExchange{}, request);
            case Code::psk_finish: return end_of(PskFinish{.layout = layout}, request);
            case Code::chunk_send: return end_of(Chunk{}, request);
            case Code::chunk_get: return end_of(ChunkNumber{}, request);
            case Code::vendor_defined_request: return end_of(VendorDefined{}, request);
            default: return request.size();
        }
    };
    return std::min(measured(), request.size());
}

std::size_t response_size(ByteView request, ByteView response, Sizes sizes) {
    const std::uint8_t param1 = request.size() > 2 ? request[2] : 0;
    const std::uint8_t param2 = request.size() > 3 ? request[3] : 0;
    Layout layout{.hash = sizes.hash, .signature = sizes.signature, .exchange = sizes.exchange};
    const auto measured = [&]() -> std::size_t {
        Reader in{response, byte_order};
        Header header;
        if (!in.get(header)) return response.size();
        switch (header.code) {
            case Code::version: return end_of(VersionResponse{}, response);
            case Code::capabilities: return capabilities_size(header, response);
            case Code::algorithms: {
                std::uint16_t length = 0;
                return in.get(length) ? length : response.size();
            }
            case Code::digests:
                return header_size + (sizes.hash + (sizes.multi_key ? key_facts_size : 0)) *
                                         static_cast<unsigned>(std::popcount(header.param2));
            case Code::certificate: return end_of(CertificateResponse{}, response);
            case Code::challenge_auth: {
                layout.summary = param2 != 0;
                return end_of(ChallengeAuth{.layout = layout}, response);
            }
            case Code::measurements: {
                const bool is_signed = (param1 & 1) != 0;
                return end_of(Measurements{}, response) + (is_signed ? sizes.signature : 0);
            }
            case Code::key_exchange_rsp: {
                layout.summary = param1 != 0;
                return with_verify_data(end_of(KeyExchangeResponse{.layout = layout}, response), response,
                                        sizes);
            }
            case Code::psk_exchange_rsp: {
                layout.summary = param1 != 0;
                layout.verify_data = true;
                return end_of(PskExchangeResponse{.layout = layout}, response);
            }
            case Code::psk_finish_rsp:
            case Code::set_certificate_rsp: return header_size;
            case Code::encapsulated_request:
                return header_size + request_size(in.rest(), {.hash = sizes.hash});
            case Code::encapsulated_response_ack: {
                const std::size_t head =
                    std::min(ack_size(static_cast<Version>(header.version)), response.size());
                if (header.param2 == payload::request)
                    return head + request_size(response.subspan(head), {.hash = sizes.hash});
                return head + (header.param2 == payload::slot ? 1 : 0);
            }
            case Code::csr: return end_of(CsrResponse{}, response);
            case Code::measurement_extension_log: return end_of(MeasurementLog{}, response);
            case Code::key_pair_info: return end_of(KeyPairInfo{}, response);
            case Code::endpoint_info: {
                const bool is_signed = request.size() > header_size && (request[header_size] & 1) != 0;
                return end_of(EndpointInfo{.is_signed = is_signed}, response) +
                       (is_signed ? sizes.signature : 0);
            }
            case Code::chunk_response: return end_of(Chunk{}, response);
            case Code::chunk_send_ack: {  // and the answer to the whole request, where it is there
                const ByteView inside = response.subspan(std::min(chunk_number_size, response.size()));
                const bool answered = inside.size() >= header_size && inside[0] == header.version;
                return chunk_number_size + (answered ? response_size(request, inside, sizes) : 0);
            }
            case Code::finish_rsp: return with_verify_data(header_size, response, sizes);
            case Code::heartbeat_ack:
            case Code::key_update_ack:
            case Code::end_session_ack: return header_size;
            case Code::vendor_defined_response: return end_of(VendorDefined{}, response);
            case Code::error: {
                const auto code = static_cast<ErrorCode>(header.param1);
                const bool extended =
                    code == ErrorCode::response_not_ready || code == ErrorCode::response_too_large;
                if (code == ErrorCode::large_response) return header_size + 1;
                return header_size + (extended ? 4 : 0);
            }
            default: return response.size();
        }
    };
    return std::min(measured(), response.size());
}

}  // namespace assay::spdm
