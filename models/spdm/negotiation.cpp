#include "models/spdm/negotiation.hpp"

#include <bit>

#include "sim/base/reader.hpp"

namespace assay::spdm {

std::optional<crypto::Hash> hash_of(std::uint32_t base_hash_sel) {
    switch (base_hash_sel) {
        case alg::sha256: return crypto::Hash::sha256;
        case alg::sha384: return crypto::Hash::sha384;
        default: return std::nullopt;
    }
}

std::optional<crypto::KeyType> key_type_of(std::uint32_t base_asym_sel) {
    switch (base_asym_sel) {
        case alg::ecdsa_p256: return crypto::KeyType::p256;
        case alg::ecdsa_p384: return crypto::KeyType::p384;
        default: return std::nullopt;
    }
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
    const auto type = key_type_of(base_asym_sel);
    if (!type) return 0;
    return *type == crypto::KeyType::p256 ? 64 : 96;
}

std::size_t exchange_size(std::uint16_t dhe_sel) {
    const auto group = group_of(dhe_sel);
    if (!group) return 0;
    return *group == crypto::KeyType::p256 ? 64 : 96;
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
    if ((flags & cap::psk) > 0x400) return false;
    if (sessions && !has(cap::encrypt | cap::mac)) return false;
    if (!sessions && has(cap::encrypt | cap::mac | cap::handshake_in_the_clear | cap::hbeat | cap::key_upd))
        return false;
    if (has(cap::psk) && !has(cap::key_ex) && has(cap::handshake_in_the_clear)) return false;
    if (has(cap::cert) && has(cap::pub_key_id)) return false;
    if (has(cap::cert | cap::pub_key_id) && !has(cap::chal | cap::key_ex)) return false;
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
            .verify_data = verify_data};
}

namespace {

/// Where a whole `message` ends in `response`; the end where it does not fit.
template <class T>
std::size_t end_of(T message, ByteView response) {
    Reader in{response, byte_order};
    return in.get(message) ? in.offset() : response.size();
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
            case Code::end_session: return header_size;
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
            case Code::capabilities:
                return end_of(Capabilities{}, response) + (header.version >= 0x12 ? 8 : 0);
            case Code::algorithms: {
                std::uint16_t length = 0;
                return in.get(length) ? length : response.size();
            }
            case Code::digests:
                return header_size + sizes.hash * static_cast<unsigned>(std::popcount(header.param2));
            case Code::certificate: return end_of(CertificateResponse{}, response);
            case Code::challenge_auth: {
                layout.summary = param2 != 0;
                return end_of(ChallengeAuth{.layout = layout}, response);
            }
            case Code::measurements: {
                const bool is_signed = (param1 & 1) != 0;
                return end_of(Measurements{}, response) + context_size(header) +
                       (is_signed ? sizes.signature : 0);
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
            case Code::psk_finish_rsp: return header_size;
            case Code::finish_rsp: return with_verify_data(header_size, response, sizes);
            case Code::heartbeat_ack:
            case Code::key_update_ack:
            case Code::end_session_ack: return header_size;
            case Code::vendor_defined_response: return end_of(VendorDefined{}, response);
            case Code::error: {
                const auto code = static_cast<ErrorCode>(header.param1);
                const bool extended =
                    code == ErrorCode::response_not_ready || code == ErrorCode::response_too_large;
                return header_size + (extended ? 4 : 0);
            }
            default: return response.size();
        }
    };
    return std::min(measured(), response.size());
}

}  // namespace assay::spdm
