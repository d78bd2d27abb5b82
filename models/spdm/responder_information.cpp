// What a device tells of itself from 1.3 on (DSP0274): GET_MEASUREMENT_EXTENSION_LOG, GET_KEY_PAIR_INFO,
// GET_ENDPOINT_INFO.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

Answer Responder::get_measurement_extension_log(const Request& in) {
    if (connection_.mel_specification == 0 || connection_.measurement_hash == 0)
        return ErrorCode::unexpected_request;
    const auto request = decode<GetMeasurementLog>(in.message, byte_order);
    if (!request) return ErrorCode::invalid_request;
    const Bytes log = device_.measurement_log(connection_);
    if (request->offset >= log.size()) return ErrorCode::invalid_request;
    const ByteView rest = ByteView{log}.subspan(request->offset);
    const std::size_t space = largest_answer() - header_size - 8;
    const std::size_t portion = std::min({std::size_t{request->length}, rest.size(), space});
    MeasurementLog out{.header = header(Code::measurement_extension_log)};
    out.portion_length = static_cast<std::uint32_t>(portion);
    out.remainder_length = static_cast<std::uint32_t>(rest.size() - portion);
    out.portion.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(portion));
    return encode(out, byte_order);
}

Answer Responder::get_key_pair_info(const Request& in) {
    const auto request = decode<GetKeyPairInfo>(in.message, byte_order);
    if (!request) return ErrorCode::invalid_request;
    auto out = device_.key_pair(request->key_pair_id, connection_);
    if (!out) return ErrorCode::invalid_request;
    out->header = header(Code::key_pair_info);
    out->key_pair_id = request->key_pair_id;
    if ((connection_.responder_flags & cap::set_key_pair_info) == 0) out->capabilities = 0;
    out->public_key_length = static_cast<std::uint16_t>(out->public_key_info.size());
    return encode(*out, byte_order);
}

Answer Responder::get_endpoint_info(const Request& in) {
    const auto request = decode<GetEndpointInfo>(in.message, byte_order);
    if (!request || request->header.param1 != device_class_identifier) return ErrorCode::invalid_request;
    EndpointInfo out{.is_signed = (request->attributes & 1) != 0, .header = header(Code::endpoint_info)};
    const auto slot = static_cast<std::uint8_t>(request->header.param2 & 0x0F);
    if (out.is_signed) {
        if ((connection_.responder_flags & cap::ep_info) != cap::ep_info_sig)
            return Refusal{ErrorCode::unsupported_request, in.message[1]};
        if (chain(slot).empty() || !may_sign(slot, key_usage::endpoint_info))
            return ErrorCode::invalid_request;
        out.header.param2 = slot;
        out.nonce.resize(nonce_size);
        device_.random().fill(out.nonce);
    }
    out.info = device_.endpoint_info(request->header.param1);
    out.info_length = static_cast<std::uint32_t>(out.info.size());
    Bytes bytes = encode(out, byte_order);
    if (out.is_signed)  // IL1/IL2: A, and these two
        append(bytes, sign(slot, signing::endpoint_info, concat({transcript_.vca(), in.message, bytes})));
    return bytes;
}

}  // namespace assay::spdm
