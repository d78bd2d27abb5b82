// SPDM messages (DSP0274) whose layout depends on what was negotiated: CHALLENGE, KEY_EXCHANGE, FINISH;
// vendor defined messages; and the opaque data that selects a version of secured messages (DSP0277).
#pragma once
#include <optional>

#include "models/spdm/messages.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/result.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

/// What the bytes of a message do not tell about its layout.
struct Layout {
    std::size_t hash = 0;                 // of the base hash
    std::size_t signature = 0;            // of the responder's algorithm
    std::size_t requester_signature = 0;  // of ReqBaseAsymAlg
    std::size_t exchange = 0;             // of the DHE group
    bool summary = false;                 // the request asked for MeasurementSummaryHash
    bool verify_data = false;             // ResponderVerifyData is in this message
    bool multi_key = false;               // of the requester
};

/// One `T` of that layout: nothing missing, nothing after it.
template <WireStruct T>
Result<T, WireError> decode_as(ByteView message, const Layout& layout) {
    Reader reader{message, byte_order};
    T out{};
    out.layout = layout;
    if (!reader.get(out) || !reader.finish()) return reader.error();
    return out;
}

inline constexpr std::size_t max_opaque = 1024;
using OpaqueData = Blob<std::uint16_t, max_opaque>;

struct Challenge {
    Header header{};  // Param1: slot; Param2: type of the measurement summary hash, 0, 1 (TCB) or 0xFF
    Nonce nonce{};
    Bytes context{};
    static constexpr auto wire() {
        using C = Challenge;
        return std::tuple{
            field("header", &C::header), field("Nonce", &C::nonce),
            field("RequesterContext", &C::context, [](const C& c) { return context_size(c.header); })};
    }
};

/// Param1 of CHALLENGE_AUTH, from 1.1 on (BasicMutAuthReq): the requester is to be challenged, too.
inline constexpr std::uint8_t basic_mut_auth = 0x80;
struct ChallengeAuth {
    Layout layout{};
    Header header{};  // Param1: slot, and basic_mut_auth; Param2: mask of the provisioned slots
    Bytes cert_chain_hash{};
    Nonce nonce{};
    Bytes summary{};
    OpaqueData opaque{};
    Bytes context{};
    Bytes signature{};
    static constexpr auto wire() {
        using C = ChallengeAuth;
        return std::tuple{
            field("header", &C::header),
            field("CertChainHash", &C::cert_chain_hash, [](const C& c) { return c.layout.hash; }),
            field("Nonce", &C::nonce),
            field("MeasurementSummaryHash", &C::summary,
                  [](const C& c) { return c.layout.summary ? c.layout.hash : 0; }),
            field("OpaqueData", &C::opaque),
            field("RequesterContext", &C::context, [](const C& c) { return context_size(c.header); }),
            field("Signature", &C::signature, [](const C& c) { return c.layout.signature; })};
    }
};

inline constexpr std::size_t random_size = 32;

struct KeyExchange {
    Layout layout{};
    Header header{};  // Param1: type of the measurement summary hash; Param2: slot
    std::uint16_t req_session_id = 0;
    std::uint8_t session_policy = 0;
    std::uint8_t reserved = 0;
    std::array<std::uint8_t, random_size> random{};
    Bytes exchange{};  // X || Y, big endian
    OpaqueData opaque{};
    static constexpr auto wire() {
        using K = KeyExchange;
        return std::tuple{field("header", &K::header),
                          field("ReqSessionID", &K::req_session_id),
                          field("SessionPolicy", &K::session_policy),
                          field("Reserved", &K::reserved),
                          field("RandomData", &K::random),
                          field("ExchangeData", &K::exchange, [](const K& k) { return k.layout.exchange; }),
                          field("OpaqueData", &K::opaque)};
    }
};

struct KeyExchangeResponse {
    Layout layout{};
    Header header{};  // Param1: HeartbeatPeriod in seconds
    std::uint16_t rsp_session_id = 0;
    std::uint8_t mut_auth_requested = 0;
    std::uint8_t req_slot_id_param = 0;
    std::array<std::uint8_t, random_size> random{};
    Bytes exchange{};
    Bytes summary{};
    OpaqueData opaque{};
    Bytes signature{};
    Bytes verify_data{};
    static constexpr auto wire() {
        using K = KeyExchangeResponse;
        return std::tuple{field("header", &K::header),
                          field("RspSessionID", &K::rsp_session_id),
                          field("MutAuthRequested", &K::mut_auth_requested),
                          field("ReqSlotIDParam", &K::req_slot_id_param),
                          field("RandomData", &K::random),
                          field("ExchangeData", &K::exchange, [](const K& k) { return k.layout.exchange; }),
                          field("MeasurementSummaryHash", &K::summary,
                                [](const K& k) { return k.layout.summary ? k.layout.hash : 0; }),
                          field("OpaqueData", &K::opaque),
                          field("Signature", &K::signature, [](const K& k) { return k.layout.signature; }),
                          field("ResponderVerifyData", &K::verify_data,
                                [](const K& k) { return k.layout.verify_data ? k.layout.hash : 0; })};
    }
};

struct Finish {
    Layout layout{};
    Header header{};  // Param1 bit 0: Signature is there; Param2: ReqSlotID
    Bytes signature{};
    Bytes verify_data{};
    static constexpr auto wire() {
        using F = Finish;
        return std::tuple{
            field("header", &F::header),
            field("Signature", &F::signature,
                  [](const F& f) {
                      return (f.header.param1 & 1) != 0 ? f.layout.requester_signature : std::size_t{0};
                  }),
            field("RequesterVerifyData", &F::verify_data, [](const F& f) { return f.layout.hash; })};
    }
};

struct FinishResponse {
    Layout layout{};
    Header header{};
    Bytes verify_data{};
    static constexpr auto wire() {
        using F = FinishResponse;
        return std::tuple{field("header", &F::header),
                          field("ResponderVerifyData", &F::verify_data,
                                [](const F& f) { return f.layout.verify_data ? f.layout.hash : 0; })};
    }
};

/// The lengths of the three stand together, before them.
struct PskExchange {
    Header header{};  // Param1: type of the measurement summary hash
    std::uint16_t req_session_id = 0;
    std::uint16_t hint_length = 0;
    std::uint16_t context_length = 0;
    std::uint16_t opaque_length = 0;
    Bytes hint{};     // which key
    Bytes context{};  // of the requester; as long as a digest or longer
    Bytes opaque{};
    static constexpr auto wire() {
        using P = PskExchange;
        return std::tuple{
            field("header", &P::header),
            field("ReqSessionID", &P::req_session_id),
            field("PSKHintLength", &P::hint_length),
            field("RequesterContextLength", &P::context_length),
            field("OpaqueDataLength", &P::opaque_length),
            field("PSKHint", &P::hint, [](const P& p) { return std::size_t{p.hint_length}; }),
            field("RequesterContext", &P::context, [](const P& p) { return std::size_t{p.context_length}; }),
            field("OpaqueData", &P::opaque, [](const P& p) { return std::size_t{p.opaque_length}; })};
    }
};

struct PskExchangeResponse {
    Layout layout{};
    Header header{};  // Param1: HeartbeatPeriod in seconds
    std::uint16_t rsp_session_id = 0;
    std::uint16_t reserved = 0;
    std::uint16_t context_length = 0;
    std::uint16_t opaque_length = 0;
    Bytes summary{};
    Bytes context{};  // of the responder; without it there is no PSK_FINISH
    Bytes opaque{};
    Bytes verify_data{};
    static constexpr auto wire() {
        using P = PskExchangeResponse;
        return std::tuple{
            field("header", &P::header),
            field("RspSessionID", &P::rsp_session_id),
            field("Reserved", &P::reserved),
            field("ResponderContextLength", &P::context_length),
            field("OpaqueDataLength", &P::opaque_length),
            field("MeasurementSummaryHash", &P::summary,
                  [](const P& p) { return p.layout.summary ? p.layout.hash : 0; }),
            field("ResponderContext", &P::context, [](const P& p) { return std::size_t{p.context_length}; }),
            field("OpaqueData", &P::opaque, [](const P& p) { return std::size_t{p.opaque_length}; }),
            field("ResponderVerifyData", &P::verify_data,
                  [](const P& p) { return p.layout.verify_data ? p.layout.hash : 0; })};
    }
};

struct PskFinish {
    Layout layout{};
    Header header{};
    Bytes verify_data{};
    static constexpr auto wire() {
        using P = PskFinish;
        return std::tuple{field("header", &P::header), field("RequesterVerifyData", &P::verify_data,
                                                             [](const P& p) { return p.layout.hash; })};
    }
};

/// KEY_EXCHANGE_RSP, MutAuthRequested.
namespace mut_auth {
inline constexpr std::uint8_t none = 0, known = 1,  // the requester's chain is known already
    encapsulated = 2, with_digests = 4;             // the second begins with an implicit GET_DIGESTS
}

/// What begins ENCAPSULATED_RESPONSE_ACK; from 1.2 on AckRequestID and three reserved bytes follow. Then
/// comes the payload.
namespace payload {
inline constexpr std::uint8_t absent = 0, request = 1, slot = 2;  // Param2
}
/// Bytes of ENCAPSULATED_RESPONSE_ACK before its payload.
constexpr std::size_t ack_size(Version version) { return header_size + (version >= Version::v1_2 ? 4 : 0); }

/// KEY_UPDATE, Param1.
enum class KeyOperation : std::uint8_t { update_key = 1, update_all_keys = 2, verify_new_key = 3 };

/// VENDOR_DEFINED_REQUEST and VENDOR_DEFINED_RESPONSE.
struct VendorDefined {
    Header header{};
    std::uint16_t standard_id = 0;  // 3: PCI-SIG, with a vendor id of two bytes
    Blob<std::uint8_t, 255> vendor_id{};
    Blob<std::uint16_t, 0xFFFF> payload{};
    static constexpr auto wire() {
        using V = VendorDefined;
        return std::tuple{field("header", &V::header), field("StandardID", &V::standard_id),
                          field("VendorID", &V::vendor_id), field("Payload", &V::payload)};
    }
};

/// Versions of secured messages (DSP0277), as the wire has them.
inline constexpr std::uint16_t secured_1_0 = 0x1000, secured_1_1 = 0x1100, secured_1_2 = 0x1200;

/// OpaqueData of KEY_EXCHANGE: the versions that the requester has.
Bytes supported_versions(Version version, const std::vector<std::uint16_t>& versions);
/// Nothing where it is not of that form, or lists none.
std::optional<std::vector<std::uint16_t>> read_supported_versions(Version version, ByteView opaque);
/// OpaqueData of KEY_EXCHANGE_RSP: the version that the responder selected.
Bytes selected_version(Version version, std::uint16_t selected);
std::optional<std::uint16_t> read_selected_version(Version version, ByteView opaque);
/// The highest version that the requester lists in OpaqueData and that is spoken here; nothing where there is
/// none.
std::optional<std::uint16_t> select_version(Version version, ByteView opaque);

}  // namespace assay::spdm
