// NEGOTIATE_ALGORITHMS / ALGORITHMS (DSP0274): the checks of the request, and the selection.
#include <array>

#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

/// What the request is allowed to be as a whole, by version.
struct Limits {
    std::size_t length;
    std::size_t external;
};
constexpr Limits limits(Version version) {
    return version < Version::v1_1 ? Limits{0x40, 8} : Limits{0x80, 20};
}

/// The request and its AlgStructs, when it keeps every rule of its layout.
struct Offer {
    NegotiateAlgorithms fixed;
    std::vector<AlgStruct> structs;
};
std::optional<Offer> read_offer(ByteView message, Version version) {
    Reader in{message, byte_order};
    Offer offer;
    if (!in.get(offer.fixed)) return std::nullopt;
    std::size_t external = std::size_t{offer.fixed.ext_asym_count} + offer.fixed.ext_hash_count;
    unsigned last_type = alg::dhe - 1;
    const unsigned count = version < Version::v1_1 ? 0 : offer.fixed.header.param1;
    for (unsigned i = 0; i < count; ++i) {
        AlgStruct& one = offer.structs.emplace_back();
        if (!in.get(one)) return std::nullopt;
        if (one.alg_type <= last_type || one.alg_type > alg::key_schedule) return std::nullopt;
        if (one.alg_count >> 4 != 2 || one.alg_supported == 0) return std::nullopt;
        last_type = one.alg_type;
        external += one.alg_count & 0x0FU;
    }
    const Limits limit = limits(version);
    if (offer.fixed.length != in.offset() || in.offset() > limit.length || external > limit.external)
        return std::nullopt;
    return offer;
}

/// The first of `preferred` that is offered; 0 where none is.
template <class T>
T select(const std::vector<T>& preferred, std::uint32_t offered) {
    const auto found = std::ranges::find_if(preferred, [&](T a) { return (a & offered) != 0; });
    return found == preferred.end() ? T{0} : *found;
}

}  // namespace

Bytes Responder::supported_algorithms() const {
    const Profile& profile = device_.profile();
    const auto all = [](const auto& list) {
        std::uint32_t bits = 0;
        for (const auto one : list) bits |= one;
        return bits;
    };
    NegotiateAlgorithms fixed{.measurement_specification = alg::measurement_specification_dmtf,
                              .other_params_support = alg::opaque_format_1,
                              .base_asym_algo = all(profile.base_asym),
                              .base_hash_algo = all(profile.base_hash)};
    if ((profile.flags & cap::multi_key) != 0) fixed.other_params_support |= alg::multi_key_connection;
    if ((profile.flags & cap::mel) != 0) fixed.mel_specification = alg::mel_specification_dmtf;
    struct Kind {
        std::uint8_t type;
        std::uint32_t bits;
    };
    Bytes structs;
    for (const Kind& kind : {Kind{alg::dhe, all(profile.dhe)}, Kind{alg::aead, all(profile.aead)},
                             Kind{alg::req_base_asym, all(profile.req_base_asym)},
                             Kind{alg::key_schedule, alg::schedule_spdm}}) {
        append(structs, encode(AlgStruct{.alg_type = kind.type,
                                         .alg_supported = static_cast<std::uint16_t>(kind.bits)},
                               byte_order));
        ++fixed.header.param1;
    }
    // The coding of NEGOTIATE_ALGORITHMS without SPDMVersion and code, which begin the message alone.
    constexpr std::size_t outer = 2;
    fixed.length = static_cast<std::uint16_t>(encode(fixed, byte_order).size() + structs.size() - outer);
    const Bytes whole = concat({encode(fixed, byte_order), structs});
    return {whole.begin() + outer, whole.end()};
}

Answer Responder::negotiate_algorithms(const Request& in) {
    const auto offer = read_offer(in.message, connection_.version);
    if (!offer) return ErrorCode::invalid_request;
    const Profile& profile = device_.profile();
    const auto has = [&](std::uint32_t any) {
        return (connection_.responder_flags & any) != 0;
    };
    const bool dmtf = (offer->fixed.measurement_specification & alg::measurement_specification_dmtf) != 0;
    if (has(cap::meas) && offer->fixed.measurement_specification != 0 && !dmtf)
        return ErrorCode::invalid_request;

    const bool needs_hash = has(cap::cert | cap::chal | cap::meas_sig | cap::key_ex | cap::psk);
    const bool needs_asym = has(cap::cert | cap::chal | cap::meas_sig | cap::key_ex);
    const std::uint32_t hash = select(profile.base_hash, offer->fixed.base_hash_algo);
    const std::uint32_t asym = select(profile.base_asym, offer->fixed.base_asym_algo);
    if ((needs_hash && hash == 0) || (needs_asym && asym == 0)) return ErrorCode::invalid_request;

    Connection next = connection_;
    next.base_hash = needs_hash ? hash : 0;
    next.base_asym = needs_asym ? asym : 0;
    next.measurement_hash = has(cap::meas) && dmtf ? profile.measurement_hash : 0;
    if (next.version >= Version::v1_2)
        next.opaque_format = offer->fixed.other_params_support & alg::opaque_format_1;
    if (next.version >= Version::v1_3) {
        // A responder that has only the one way is not to be asked for the other.
        const bool asked = (offer->fixed.other_params_support & alg::multi_key_connection) != 0;
        const std::uint32_t own = next.responder_flags & cap::multi_key;
        if ((own == 0 && asked) || (own == cap::multi_key_only && !asked)) return ErrorCode::invalid_request;
        next.multi_key_responder = asked;
        next.multi_key_requester = (next.requester_flags & cap::multi_key) != 0;
        if (has(cap::mel))
            next.mel_specification = offer->fixed.mel_specification & alg::mel_specification_dmtf;
    }

    // Every structure is answered in its place; what neither end can use selects nothing.
    std::vector<AlgStruct> structs;
    for (const AlgStruct& one : offer->structs) {
        AlgStruct& out = structs.emplace_back(AlgStruct{.alg_type = one.alg_type});
        const bool sessions = next.both(cap::key_ex) || next.both(cap::psk);
        if (one.alg_type == alg::dhe && next.both(cap::key_ex))
            out.alg_supported = next.dhe = select(profile.dhe, one.alg_supported);
        if (one.alg_type == alg::aead && sessions)
            out.alg_supported = next.aead = select(profile.aead, one.alg_supported);
        if (one.alg_type == alg::req_base_asym && next.both(cap::mut_auth))
            out.alg_supported = next.req_base_asym = select(profile.req_base_asym, one.alg_supported);
        if (one.alg_type == alg::key_schedule && sessions)
            out.alg_supported = next.key_schedule = one.alg_supported & alg::schedule_spdm;
    }
    connection_ = next;
    state_ = State::negotiated;

    Algorithms out{.header = header(Code::algorithms, static_cast<std::uint8_t>(structs.size()))};
    if (has(cap::meas) && dmtf) out.measurement_specification_sel = alg::measurement_specification_dmtf;
    out.other_params_selection = static_cast<std::uint8_t>(
        connection_.opaque_format | (connection_.multi_key_requester ? alg::multi_key_connection : 0));
    out.mel_specification_sel = connection_.mel_specification;
    out.measurement_hash_algo = connection_.measurement_hash;
    out.base_asym_sel = connection_.base_asym;
    out.base_hash_sel = connection_.base_hash;
    Bytes tail;
    for (const AlgStruct& one : structs) append(tail, encode(one, byte_order));
    out.length = static_cast<std::uint16_t>(encode(out, byte_order).size() + tail.size());
    return concat({encode(out, byte_order), tail});
}

}  // namespace assay::spdm
