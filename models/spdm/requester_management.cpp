// What a requester asks of a device beside attestation (DSP0274): GET_CSR, SET_CERTIFICATE,
// GET_MEASUREMENT_EXTENSION_LOG, GET_KEY_PAIR_INFO, GET_ENDPOINT_INFO.
#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

/// Certificate model, which has to be told in a multi-key connection alone: the device's.
std::uint8_t Requester::own_model() const { return connection_.multi_key_responder ? 1 : 0; }

Bytes Requester::get_csr() {
    const bool is_1_3 = connection_.version >= Version::v1_3;
    GetCsr out{.header = header(Code::get_csr)};
    if (is_1_3) {
        out.header.param1 = plan_.key_pair_id;
        out.header.param2 = static_cast<std::uint8_t>(own_model() | (plan_.csr_tag & 7U) << 3);
    }
    out.info = plan_.csr_info;
    out.info_length = static_cast<std::uint16_t>(out.info.size());
    return encode(out, byte_order);
}

Requester::Outcome Requester::csr_made(ByteView response) {
    auto in = decode<CsrResponse>(response, byte_order);
    if (!in) return refuse("CSR: " + in.error().text());
    const auto request = crypto::verify_request(in->csr);
    if (!request) return refuse("the request is not signed by its own key: " + request.error().what);
    if (connection_.base_asym != 0 && request->key.type() != key_type_of(connection_.base_asym))
        return refuse("the key is not of the selected algorithm");
    csr_ = std::move(in->csr);
    return Nothing{};
}

Bytes Requester::set_certificate() {
    const bool is_1_3 = connection_.version >= Version::v1_3, erases = plan_.new_chain.empty();
    Header out = header(Code::set_certificate, plan_.new_slot & 0x0F);
    if (is_1_3) {
        out.param1 = static_cast<std::uint8_t>(out.param1 | (erases ? erase_certificate : own_model() << 4));
        out.param2 = plan_.key_pair_id;
    }
    return concat({encode(out, byte_order), plan_.new_chain});
}

Requester::Outcome Requester::certificate_set(ByteView response) {
    if (response.size() != header_size) return refuse("SET_CERTIFICATE_RSP has 4 bytes");
    if ((response[2] & 0x0F) != (plan_.new_slot & 0x0F)) return refuse("another slot");
    return Nothing{};
}

Bytes Requester::get_measurement_log() {
    if (!more_log()) {  // from the beginning
        log_.clear();
        log_size_ = 0;
    }
    return encode(GetMeasurementLog{header(Code::get_measurement_extension_log),
                                    static_cast<std::uint32_t>(log_.size()), plan_.portion},
                  byte_order);
}

Requester::Outcome Requester::log_portion(ByteView response) {
    const auto in = decode<MeasurementLog>(response, byte_order);
    if (!in) return refuse("MEASUREMENT_EXTENSION_LOG: " + in.error().text());
    if (in->portion_length == 0 || in->portion_length > plan_.portion)
        return refuse("PortionLength " + std::to_string(in->portion_length));
    const std::size_t total = log_.size() + in->portion_length + in->remainder_length;
    constexpr std::size_t most = 1 << 20;  // no log that a device keeps is longer
    if (total > most || (log_size_ != 0 && total != log_size_))
        return refuse("portions and remainders do not add up");
    log_size_ = total;
    append(log_, in->portion);
    return Nothing{};
}

Bytes Requester::get_key_pair_info() {
    return encode(GetKeyPairInfo{header(Code::get_key_pair_info), plan_.key_pair_id}, byte_order);
}

Requester::Outcome Requester::key_pair_told(ByteView response) {
    auto in = decode<KeyPairInfo>(response, byte_order);
    if (!in) return refuse("KEY_PAIR_INFO: " + in.error().text());
    if (in->key_pair_id != plan_.key_pair_id || in->key_pair_id > in->total_key_pairs)
        return refuse("KeyPairID " + std::to_string(in->key_pair_id));
    if ((in->current_usage & ~in->usage_capabilities) != 0 ||
        (in->current_asym & ~in->asym_capabilities) != 0)
        return refuse("a key is used for what it is not capable of");
    key_pair_ = *std::move(in);
    return Nothing{};
}

Bytes Requester::get_endpoint_info() {
    const bool is_signed = (connection_.responder_flags & cap::ep_info) == cap::ep_info_sig;
    GetEndpointInfo out{.header = header(Code::get_endpoint_info, device_class_identifier, plan_.slot),
                        .attributes = static_cast<std::uint8_t>(is_signed ? 1 : 0)};
    if (is_signed) out.nonce.assign(plan_.nonce.begin(), plan_.nonce.end());
    return encode(out, byte_order);
}

Requester::Outcome Requester::endpoint_told(ByteView response) {
    EndpointInfo in{.is_signed = (request_[header_size] & 1) != 0};
    const std::size_t signature = in.is_signed ? spdm::signature_size(connection_.base_asym) : 0;
    if (response.size() < signature) return refuse("ENDPOINT_INFO is cut off");
    const ByteView unsigned_part = response.first(response.size() - signature);
    Reader reader{unsigned_part, byte_order};
    if (!reader.get(in) || !reader.finish()) return refuse("ENDPOINT_INFO: " + reader.error().text());
    if (in.is_signed &&
        ((in.header.param2 & 0x0F) != plan_.slot ||
         !signed_by_leaf(signing::endpoint_info, concat({transcript_.vca(), request_, unsigned_part}),
                         response.last(signature))))
        return refuse("the signature is not by the leaf key of the slot");
    endpoint_info_ = std::move(in.info);
    return Nothing{};
}

}  // namespace assay::spdm
