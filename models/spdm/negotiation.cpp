#include "models/spdm/negotiation.hpp"

#include "sim/base/reader.hpp"

namespace assay::spdm {

std::size_t hash_size(std::uint32_t base_hash_sel) {
    switch (base_hash_sel) {
        case alg::sha256: return 32;
        case alg::sha384: return 48;
        default: return 0;
    }
}

std::size_t signature_size(std::uint32_t base_asym_sel) {
    switch (base_asym_sel) {
        case alg::ecdsa_p256: return 64;
        case alg::ecdsa_p384: return 96;
        default: return 0;
    }
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

std::size_t response_size(ByteView request, ByteView response, Sizes sizes) {
    const auto measured = [&]() -> std::size_t {
        Reader in{response, byte_order};
        Header header;
        if (!in.get(header)) return response.size();
        const auto after = [&](auto message) {
            Reader reader{response, byte_order};
            return reader.get(message) ? reader.offset() : response.size();
        };
        switch (header.code) {
            case Code::version: return after(VersionResponse{});
            case Code::capabilities: return after(Capabilities{});
            case Code::algorithms: {
                std::uint16_t length = 0;
                return in.get(length) ? length : response.size();
            }
            case Code::digests:
                return header_size + sizes.hash * static_cast<unsigned>(std::popcount(header.param2));
            case Code::certificate: return after(CertificateResponse{});
            case Code::measurements: {
                const bool is_signed = request.size() > 2 && (request[2] & 1) != 0;
                return after(Measurements{}) + (is_signed ? sizes.signature : 0);
            }
            case Code::error:
                return header_size +
                       (header.param1 == static_cast<std::uint8_t>(ErrorCode::response_not_ready) ? 4 : 0);
            default: return response.size();
        }
    };
    return std::min(measured(), response.size());
}

}  // namespace assay::spdm
