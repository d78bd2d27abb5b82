// The requester's set-up (DSP0274): GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS.
#include <bit>

#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

bool one_bit_of_offer(std::uint32_t selection, std::uint32_t offer) {
    return std::popcount(selection) <= 1 && (selection & ~offer) == 0;
}

}  // namespace

Bytes Requester::get_version() {
    connection_ = {};
    session_.reset();
    challenged_back_ = false;
    return encode(header(Code::get_version), byte_order);
}

Requester::Outcome Requester::version(ByteView response) {
    const auto in = decode<VersionResponse>(response, byte_order);
    if (!in || in->entries.items.empty()) return refuse("VERSION without entries, or cut off");
    for (auto own = plan_.versions.rbegin(); own != plan_.versions.rend(); ++own)
        for (const std::uint16_t entry : in->entries.items)
            if (entry >> 8 == static_cast<unsigned>(*own)) {
                connection_.version = *own;
                return Nothing{};
            }
    return refuse("no common version");
}

Bytes Requester::get_capabilities() {
    if (connection_.version < Version::v1_1) return encode(header(Code::get_capabilities), byte_order);
    connection_.requester_flags = flags_of(connection_.version, plan_.flags);
    Bytes out =
        encode(Capabilities{.header = header(Code::get_capabilities), .flags = connection_.requester_flags},
               byte_order);
    if (connection_.version >= Version::v1_2) {
        const bool chunks = (connection_.requester_flags & cap::chunk) != 0;
        connection_.requester_sizes = {
            plan_.transfer_size,
            std::max(plan_.transfer_size, chunks ? plan_.max_message_size : std::uint32_t{0})};
        append(out, encode(connection_.requester_sizes, byte_order));
    }
    return out;
}

Requester::Outcome Requester::capabilities(ByteView response) {
    Reader reader{response, byte_order};
    Capabilities in;
    if (!reader.get(in)) return refuse("CAPABILITIES is cut off");
    if (connection_.version >= Version::v1_2) {
        if (!reader.get(connection_.responder_sizes)) return refuse("CAPABILITIES is cut off");
        if (!legal_sizes(in.flags, connection_.responder_sizes))
            return refuse("DataTransferSize and MaxSPDMmsgSize contradict each other or the flags");
    }
    if ((in.header.param1 & 1) != 0 && connection_.version >= Version::v1_3)
        return refuse("algorithms, which were not asked for");
    if (!reader.finish()) return refuse("CAPABILITIES is too long");
    if (in.ct_exponent > 31) return refuse("CTExponent above 31");
    if (!legal_responder_flags(connection_.version, in.flags)) return refuse("Flags contradict each other");
    connection_.responder_flags = flags_of(connection_.version, in.flags);
    return Nothing{};
}

std::vector<Requester::Offered> Requester::offered() const {
    const auto has = [&](std::uint32_t any) {
        return (connection_.requester_flags & any) != 0;
    };
    std::vector<Offered> out;
    if (has(cap::key_ex)) out.push_back({alg::dhe, plan_.dhe, &Connection::dhe});
    if (has(cap::key_ex | cap::psk)) out.push_back({alg::aead, plan_.aead, &Connection::aead});
    if (has(cap::mut_auth))
        out.push_back({alg::req_base_asym, plan_.req_base_asym, &Connection::req_base_asym});
    if (has(cap::key_ex | cap::psk))
        out.push_back({alg::key_schedule, alg::schedule_spdm, &Connection::key_schedule});
    return out;
}

Bytes Requester::negotiate_algorithms() {
    NegotiateAlgorithms out{.header = header(Code::negotiate_algorithms)};
    out.measurement_specification = alg::measurement_specification_dmtf;
    if (connection_.version >= Version::v1_2) out.other_params_support = alg::opaque_format_1;
    if (connection_.version >= Version::v1_3) {
        const std::uint32_t way = connection_.responder_flags & cap::multi_key;
        connection_.multi_key_responder =
            way == cap::multi_key_only || (way == cap::multi_key_negotiable && plan_.multi_key);
        if (connection_.multi_key_responder) out.other_params_support |= alg::multi_key_connection;
        if ((connection_.responder_flags & cap::mel) != 0)
            out.mel_specification = alg::mel_specification_dmtf;
    }
    out.base_asym_algo = plan_.base_asym;
    out.base_hash_algo = plan_.base_hash;
    Bytes structs;
    for (const Offered& one : offered()) {
        append(structs, encode(AlgStruct{.alg_type = one.type, .alg_supported = one.bits}, byte_order));
        ++out.header.param1;
    }
    out.length = static_cast<std::uint16_t>(encode(out, byte_order).size() + structs.size());
    return concat({encode(out, byte_order), structs});
}

Requester::Outcome Requester::algorithms(ByteView response) {
    Reader reader{response, byte_order};
    Algorithms in;
    if (!reader.get(in) || in.length != response.size()) return refuse("Length does not fit");
    if (in.ext_asym_sel_count != 0 || in.ext_hash_sel_count != 0)
        return refuse("external algorithms selected");
    if (!one_bit_of_offer(in.base_asym_sel, plan_.base_asym) ||
        !one_bit_of_offer(in.base_hash_sel, plan_.base_hash) ||
        !one_bit_of_offer(in.measurement_hash_algo, 0xFF))
        return refuse("a selection that was not offered, or more than one");
    if (in.base_hash_sel == 0 ||
        ((connection_.responder_flags & cap::meas_sig) != 0 && in.base_asym_sel == 0))
        return refuse("an algorithm that is needed was not selected");
    if (connection_.version >= Version::v1_2) {
        std::uint8_t allowed = alg::opaque_format_1;
        if ((connection_.requester_flags & cap::multi_key) != 0) allowed |= alg::multi_key_connection;
        if ((in.other_params_selection & ~allowed) != 0)
            return refuse("a format of opaque data, or a kind of connection, that was not offered");
        connection_.opaque_format = in.other_params_selection & alg::opaque_format_1;
        connection_.multi_key_requester = (in.other_params_selection & alg::multi_key_connection) != 0;
        if ((connection_.requester_flags & cap::multi_key) == cap::multi_key_only &&
            !connection_.multi_key_requester)
            return refuse("a requester with several keys is taken for one with one key");
    }
    connection_.base_asym = in.base_asym_sel;
    connection_.base_hash = in.base_hash_sel;
    connection_.measurement_hash = in.measurement_hash_algo;
    if ((in.mel_specification_sel &
         ~((connection_.responder_flags & cap::mel) != 0 ? alg::mel_specification_dmtf : std::uint8_t{0})) !=
        0)
        return refuse("a specification of the measurement extension log that was not offered");
    connection_.mel_specification = in.mel_specification_sel;

    const auto offers = offered();
    if (in.header.param1 != offers.size())
        return refuse("algorithm structures that were not offered, or not all that were");
    for (std::size_t i = 0; i < in.header.param1; ++i) {
        AlgStruct one;
        if (!reader.get(one) || one.alg_type != offers[i].type || one.alg_count != 0x20 ||
            !one_bit_of_offer(one.alg_supported, offers[i].bits))
            return refuse("algorithm structure " + std::to_string(i) +
                          " is not an answer to the one offered");
        connection_.*offers[i].selected = one.alg_supported;
    }
    if (!reader.finish()) return refuse("bytes after the algorithm structures");
    return Nothing{};
}

}  // namespace assay::spdm
