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
std::uint32_t select(const std::vector<std::uint32_t>& preferred, std::uint32_t offered) {
    const auto found = std::ranges::find_if(preferred, [&](std::uint32_t a) { return (a & offered) != 0; });
    return found == preferred.end() ? 0 : *found;
}

}  // namespace

Result<Bytes, ErrorCode> Responder::negotiate_algorithms(ByteView message) {
    const auto offer = read_offer(message, version_);
    if (!offer) return ErrorCode::invalid_request;
    const Profile& profile = device_.profile();
    const auto has = [&](std::uint32_t any) {
        return (profile.flags & any) != 0;
    };
    const bool dmtf = (offer->fixed.measurement_specification & alg::measurement_specification_dmtf) != 0;
    if (has(cap::meas) && offer->fixed.measurement_specification != 0 && !dmtf)
        return ErrorCode::invalid_request;

    const bool needs_hash = has(cap::cert | cap::chal | cap::meas_sig | cap::key_ex | cap::psk);
    const bool needs_asym = has(cap::cert | cap::chal | cap::meas_sig | cap::key_ex);
    const std::uint32_t hash = select(profile.base_hash, offer->fixed.base_hash_algo);
    const std::uint32_t asym = select(profile.base_asym, offer->fixed.base_asym_algo);
    if ((needs_hash && hash == 0) || (needs_asym && asym == 0)) return ErrorCode::invalid_request;

    base_hash_ = needs_hash ? hash : 0;
    base_asym_ = needs_asym ? asym : 0;
    state_ = State::negotiated;

    Algorithms out{.header = header(Code::algorithms, static_cast<std::uint8_t>(offer->structs.size()))};
    if (has(cap::meas) && dmtf) {
        out.measurement_specification_sel = alg::measurement_specification_dmtf;
        out.measurement_hash_algo = profile.measurement_hash;
    }
    out.base_asym_sel = base_asym_;
    out.base_hash_sel = base_hash_;
    // No sessions and no mutual authentication: every structure is answered, and selects nothing.
    Bytes structs;
    Writer writer{structs, byte_order};
    for (const AlgStruct& one : offer->structs) writer.put(AlgStruct{.alg_type = one.alg_type});
    out.length = static_cast<std::uint16_t>(encode(out, byte_order).size() + structs.size());
    return concat({encode(out, byte_order), structs});
}

}  // namespace assay::spdm
