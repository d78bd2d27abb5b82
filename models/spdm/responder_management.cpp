// Certificates that are asked for and installed (DSP0274): GET_CSR, SET_CERTIFICATE.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/der.hpp"

namespace assay::spdm {
namespace {

namespace der = crypto::der;

/// CertificationRequestInfo (RFC 2986, 4.1): version 0, subject, subjectPKInfo, attributes [0].
bool is_request_info(ByteView info) {
    const auto whole = der::parse(info);
    if (!whole || whole->tag != der::sequence) return false;
    der::Cursor in{whole->contents};
    const auto version = in.next(der::integer);
    if (!version || version->contents.size() != 1 || version->contents[0] != 0) return false;
    return in.next(der::sequence) && in.next(der::sequence) && in.next(der::context(0, true)) && in.at_end();
}

constexpr std::uint8_t model_of(std::uint8_t bits) { return bits & 0x07; }
constexpr std::uint8_t generic_model = 3;

}  // namespace

bool Responder::legal_key_pair(std::uint8_t key_pair_id, std::uint8_t model) const {
    if (connection_.multi_key_responder) return key_pair_id != 0 && model != 0 && model <= generic_model;
    return key_pair_id == 0 && model == 0;
}

Answer Responder::get_csr(const Request& in) {
    const auto request = decode<GetCsr>(in.message, byte_order);
    if (!request || request->opaque_length > max_opaque) return ErrorCode::invalid_request;
    if (request->opaque_length != 0 && connection_.opaque_format == 0) return ErrorCode::invalid_request;
    if (!request->info.empty() && !is_request_info(request->info)) return ErrorCode::invalid_request;
    if (connection_.version >= Version::v1_3) {
        const bool needs_reset = (connection_.responder_flags & cap::cert_install_reset) != 0;
        const unsigned tag = request->header.param2 >> 3 & 7U;
        const bool overwrite = (request->header.param2 & 0x80) != 0;
        if (tag != 0 && (overwrite || !needs_reset)) return ErrorCode::invalid_request;
        if (!legal_key_pair(request->header.param1, model_of(request->header.param2)))
            return ErrorCode::invalid_request;
    }
    auto csr = device_.certificate_request(*request, connection_);
    if (!csr) return csr;
    CsrResponse out{.header = header(Code::csr), .csr = *std::move(csr)};
    out.length = static_cast<std::uint16_t>(out.csr.size());
    return encode(out, byte_order);
}

Answer Responder::set_certificate(const Request& in) {
    const bool is_1_3 = connection_.version >= Version::v1_3;
    const std::uint8_t slot = in.message[2] & 0x0F;
    const bool erases = is_1_3 && (in.message[2] & erase_certificate) != 0;
    const ByteView whole = in.message.subspan(header_size);
    const std::size_t least = 4 + hash_size(connection_.base_hash);
    if (!erases && (whole.size() < least || load<std::uint16_t>(whole, byte_order) < least ||
                    load<std::uint16_t>(whole, byte_order) > whole.size()))
        return ErrorCode::invalid_request;
    if (slot >= slots) return ErrorCode::invalid_request;
    const std::uint8_t model = model_of(static_cast<std::uint8_t>(in.message[2] >> 4));
    if (is_1_3 && (!legal_key_pair(in.message[3], model) && !(erases && model == 0)))
        return ErrorCode::invalid_request;
    // Slot 0 is provisioned where the device is made; the others there, or by who is in a session.
    const bool trusted = device_.profile().trusted_environment || (slot != 0 && in.session != nullptr);
    if (!trusted) return ErrorCode::unexpected_request;

    const ByteView structure = erases ? ByteView{} : whole.first(load<std::uint16_t>(whole, byte_order));
    const auto done =
        device_.set_certificate(slot, is_1_3 ? in.message[3] : std::uint8_t{0}, structure, connection_);
    if (!done) return done.error();
    return encode(header(Code::set_certificate_rsp, slot), byte_order);
}

}  // namespace assay::spdm
