// GET_VERSION and GET_CAPABILITIES (DSP0274); NEGOTIATE_ALGORITHMS stands in responder_algorithms.cpp.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

Answer Responder::get_version(const Request&) {
    state_ = State::after_version;
    connection_ = {};
    sessions_.clear();
    asking_.reset();
    requester_.reset();
    sending_.reset();
    getting_.reset();
    VersionResponse out{.header = header(Code::version)};
    for (const Version version : device_.profile().versions)
        out.entries.items.push_back(static_cast<std::uint16_t>(static_cast<unsigned>(version) << 8));
    return encode(out, byte_order);
}

Answer Responder::get_capabilities(const Request& in) {
    const auto version = static_cast<Version>(in.message[0]);
    Connection next{.version = version};
    if (version >= Version::v1_1) {
        Reader reader{in.message, byte_order};
        Capabilities request;
        if (!reader.get(request) || request.ct_exponent > 31) return ErrorCode::invalid_request;
        if (version >= Version::v1_2 &&
            (!reader.get(next.requester_sizes) || !legal_sizes(request.flags, next.requester_sizes)))
            return ErrorCode::invalid_request;
        next.requester_flags = flags_of(version, request.flags);
        if (!legal_requester_flags(version, next.requester_flags)) return ErrorCode::invalid_request;
    }
    const Profile& profile = device_.profile();
    next.responder_flags = flags_of(version, profile.flags);
    const bool chunks = (next.responder_flags & cap::chunk) != 0;
    next.responder_sizes = {
        profile.data_transfer_size,
        std::max(profile.data_transfer_size, chunks ? profile.max_message_size : std::uint32_t{0})};
    connection_ = next;
    state_ = State::after_capabilities;
    // The algorithms behind it may be long: only who takes chunks may ask for them.
    const bool tells_algorithms =
        version >= Version::v1_3 && (in.message[2] & 1) != 0 && (next.requester_flags & cap::chunk) != 0;
    Bytes out = encode(Capabilities{.header = header(Code::capabilities, tells_algorithms ? 1 : 0),
                                    .ct_exponent = profile.ct_exponent,
                                    .flags = next.responder_flags},
                       byte_order);
    if (version >= Version::v1_2) append(out, encode(next.responder_sizes, byte_order));
    if (tells_algorithms) append(out, supported_algorithms());
    return out;
}

}  // namespace assay::spdm
