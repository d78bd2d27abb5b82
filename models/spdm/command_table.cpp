#include "models/spdm/command_table.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"

namespace assay::spdm {
namespace rows {  // the columns' words, for the rows alone

constexpr States any_state = bit(State::not_started) | bit(State::after_version) |
                             bit(State::after_capabilities) | bit(State::negotiated);
constexpr States after_version = bit(State::after_version);
constexpr States after_capabilities = bit(State::after_capabilities);
constexpr States negotiated = bit(State::negotiated);
constexpr States with_sizes = bit(State::after_capabilities) | bit(State::negotiated);
constexpr auto v1_0 = Version::v1_0, v1_1 = Version::v1_1, v1_2 = Version::v1_2, v1_3 = Version::v1_3;
constexpr Command::Handler none = nullptr;
using R = Responder;

constexpr std::uint8_t in_clear = place::clear, in_session = place::established,
                       in_any = place::clear | place::established,
                       in_handshake = place::handshake | place::clear_handshake,
                       in_psk = place::psk_handshake,
                       everywhere =
                           place::clear | place::handshake | place::psk_handshake | place::established;
constexpr std::uint32_t sessions = cap::key_ex | cap::psk;
constexpr auto UR = ErrorCode::unsupported_request, UX = ErrorCode::unexpected_request;

// What is taken while something longer is open: requests of the responder, a message in chunks either way.
constexpr std::uint8_t no_flow = 0, any_flow = flow::encapsulation | flow::sending | flow::getting,
                       in_encapsulation = flow::encapsulation,
                       in_sending = flow::sending | flow::encapsulation,
                       in_getting = flow::getting | flow::encapsulation;

// What enters the transcripts, what clears them (DSP0274, transcripts of M1/M2 and L1/L2).
constexpr TranscriptRule no_rule{}, rule_version{piece::vca, piece::vca, false},
    rule_vca{piece::vca, piece::none, false}, rule_digests{piece::certificates, piece::certificates, false},
    rule_certificate{piece::certificates, piece::none, false},
    rule_measure{piece::measurements, piece::none, true}, rule_session{piece::none, piece::none, true},
    rule_chunk{piece::none, piece::none, false, true};

// Clause titles: their numbers differ between versions of DSP0274.
constexpr std::string_view clause_negotiation = "Capability discovery and negotiation",
                           clause_identity = "Responder identity authentication",
                           clause_measurements = "Firmware and other measurements",
                           clause_own = "request and response of that name";

// clang-format off
constexpr std::array table{
    //      code                                 name                             response                     clause               since legal               places        capability              of the requester  lacking state first flows             transcript        handler
    Command{Code::get_digests,                   "GET_DIGESTS",                   "DIGESTS",                   clause_identity,     v1_0, negotiated,         in_any,       cap::cert,              0,                UR,     false,      no_flow,          rule_digests,     &R::get_digests},
    Command{Code::get_certificate,               "GET_CERTIFICATE",               "CERTIFICATE",               clause_identity,     v1_0, negotiated,         in_any,       cap::cert,              0,                UR,     false,      no_flow,          rule_certificate, &R::get_certificate},
    Command{Code::challenge,                     "CHALLENGE",                     "CHALLENGE_AUTH",            clause_identity,     v1_0, negotiated,         in_clear,     cap::chal,              0,                UR,     false,      no_flow,          no_rule,          &R::challenge},
    Command{Code::get_version,                   "GET_VERSION",                   "VERSION",                   clause_negotiation,  v1_0, any_state,          in_clear,     0,                      0,                UR,     false,      any_flow,         rule_version,     &R::get_version},
    Command{Code::chunk_send,                    "CHUNK_SEND",                    "CHUNK_SEND_ACK",            clause_own,          v1_2, with_sizes,         everywhere,   cap::chunk,             cap::chunk,       UX,     false,      in_sending,       rule_chunk,       &R::chunk_send},
    Command{Code::chunk_get,                     "CHUNK_GET",                     "CHUNK_RESPONSE",            clause_own,          v1_2, with_sizes,         everywhere,   cap::chunk,             cap::chunk,       UX,     false,      in_getting,       rule_chunk,       &R::chunk_get},
    Command{Code::get_endpoint_info,             "GET_ENDPOINT_INFO",             "ENDPOINT_INFO",             clause_own,          v1_3, negotiated,         in_any,       cap::ep_info,           0,                UR,     false,      no_flow,          no_rule,          &R::get_endpoint_info},
    Command{Code::get_measurements,              "GET_MEASUREMENTS",              "MEASUREMENTS",              clause_measurements, v1_0, negotiated,         in_any,       cap::meas,              0,                UR,     false,      no_flow,          rule_measure,     &R::get_measurements},
    Command{Code::get_capabilities,              "GET_CAPABILITIES",              "CAPABILITIES",              clause_negotiation,  v1_0, after_version,      in_clear,     0,                      0,                UR,     true,       no_flow,          rule_vca,         &R::get_capabilities},
    Command{Code{0xE2},                          "GET_SUPPORTED_EVENT_TYPES",     "SUPPORTED_EVENT_TYPES",     clause_own,          v1_3, negotiated,         in_session,   0,                      0,                UR,     false,      no_flow,          no_rule,          none},
    Command{Code::negotiate_algorithms,          "NEGOTIATE_ALGORITHMS",          "ALGORITHMS",                clause_negotiation,  v1_0, after_capabilities, in_clear,     0,                      0,                UR,     true,       no_flow,          rule_vca,         &R::negotiate_algorithms},
    Command{Code::key_exchange,                  "KEY_EXCHANGE",                  "KEY_EXCHANGE_RSP",          clause_own,          v1_1, negotiated,         in_clear,     cap::key_ex,            cap::key_ex,      UR,     false,      no_flow,          rule_session,     &R::key_exchange},
    Command{Code::finish,                        "FINISH",                        "FINISH_RSP",                clause_own,          v1_1, negotiated,         in_handshake, cap::key_ex,            cap::key_ex,      UR,     false,      no_flow,          rule_session,     &R::finish},
    Command{Code::psk_exchange,                  "PSK_EXCHANGE",                  "PSK_EXCHANGE_RSP",          clause_own,          v1_1, negotiated,         in_clear,     cap::psk,               cap::psk,         UR,     false,      no_flow,          rule_session,     &R::psk_exchange},
    Command{Code::psk_finish,                    "PSK_FINISH",                    "PSK_FINISH_RSP",            clause_own,          v1_1, negotiated,         in_psk,       cap::psk,               cap::psk,         UR,     false,      no_flow,          rule_session,     &R::psk_finish},
    Command{Code::heartbeat,                     "HEARTBEAT",                     "HEARTBEAT_ACK",             clause_own,          v1_1, negotiated,         in_session,   cap::hbeat,             cap::hbeat,       UR,     false,      no_flow,          rule_session,     &R::heartbeat},
    Command{Code::key_update,                    "KEY_UPDATE",                    "KEY_UPDATE_ACK",            clause_own,          v1_1, negotiated,         in_session,   cap::key_upd,           cap::key_upd,     UR,     false,      no_flow,          rule_session,     &R::key_update},
    Command{Code::get_encapsulated_request,      "GET_ENCAPSULATED_REQUEST",      "ENCAPSULATED_REQUEST",      clause_own,          v1_1, negotiated,         everywhere,   cap::encap,             cap::encap,       UR,     false,      in_encapsulation, rule_session,     &R::get_encapsulated_request},
    Command{Code::deliver_encapsulated_response, "DELIVER_ENCAPSULATED_RESPONSE", "ENCAPSULATED_RESPONSE_ACK", clause_own,          v1_1, negotiated,         everywhere,   cap::encap,             cap::encap,       UR,     false,      in_encapsulation, rule_session,     &R::deliver_encapsulated_response},
    Command{Code::end_session,                   "END_SESSION",                   "END_SESSION_ACK",           clause_own,          v1_1, negotiated,         in_session,   sessions,               sessions,         UR,     false,      no_flow,          rule_session,     &R::end_session},
    Command{Code::get_csr,                       "GET_CSR",                       "CSR",                       clause_own,          v1_2, negotiated,         in_any,       cap::csr,               0,                UR,     false,      no_flow,          no_rule,          &R::get_csr},
    Command{Code::set_certificate,               "SET_CERTIFICATE",               "SET_CERTIFICATE_RSP",       clause_own,          v1_2, negotiated,         in_any,       cap::set_cert,          0,                UR,     false,      no_flow,          no_rule,          &R::set_certificate},
    Command{Code::get_measurement_extension_log, "GET_MEASUREMENT_EXTENSION_LOG", "MEASUREMENT_EXTENSION_LOG", clause_own,          v1_3, negotiated,         in_any,       cap::mel,               0,                UR,     false,      no_flow,          rule_session,     &R::get_measurement_extension_log},
    Command{Code{0xF0},                          "SUBSCRIBE_EVENT_TYPES",         "SUBSCRIBE_EVENT_TYPES_ACK", clause_own,          v1_3, negotiated,         in_session,   0,                      0,                UR,     false,      no_flow,          no_rule,          none},
    Command{Code{0xF1},                          "SEND_EVENT",                    "EVENT_ACK",                 clause_own,          v1_3, negotiated,         in_session,   0,                      0,                UR,     false,      no_flow,          no_rule,          none},
    Command{Code::get_key_pair_info,             "GET_KEY_PAIR_INFO",             "KEY_PAIR_INFO",             clause_own,          v1_3, negotiated,         in_any,       cap::get_key_pair_info, 0,                UR,     false,      no_flow,          no_rule,          &R::get_key_pair_info},
    Command{Code{0xFD},                          "SET_KEY_PAIR_INFO",             "SET_KEY_PAIR_INFO_ACK",     clause_own,          v1_3, negotiated,         in_any,       0,                      0,                UR,     false,      no_flow,          no_rule,          none},
    Command{Code::vendor_defined_request,        "VENDOR_DEFINED_REQUEST",        "VENDOR_DEFINED_RESPONSE",   clause_own,          v1_0, any_state,          in_any,       0,                      0,                UR,     false,      no_flow,          no_rule,          &R::vendor_defined},
    Command{Code::respond_if_ready,              "RESPOND_IF_READY",              "",                          clause_own,          v1_0, any_state,          everywhere,   0,                      0,                UR,     false,      no_flow,          no_rule,          &R::respond_if_ready},
};
// clang-format on
static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &Command::code) == table.end());

}  // namespace rows

std::span<const Command> commands() { return rows::table; }

const Command* find_command(Code code) {
    const auto found = std::ranges::lower_bound(rows::table, code, {}, &Command::code);
    return found != rows::table.end() && found->code == code ? &*found : nullptr;
}

std::string_view message_name(Code code) {
    if (code == Code::error) return "ERROR";
    const auto raw = static_cast<std::uint8_t>(code);
    const Command* row = find_command(Code{static_cast<std::uint8_t>(raw | 0x80U)});
    if (row == nullptr) return {};
    return (raw & 0x80U) != 0 ? row->name : row->response;
}

std::string message_title(ByteView message) {
    Reader in{message, byte_order};
    Header header;
    if (!in.get(header)) return "(no SPDM header)";
    if (header.code == Code::error) {
        const auto reason = name(static_cast<ErrorCode>(header.param1));
        return "ERROR(" + (reason.empty() ? to_hex(message.subspan(2, 1)) : std::string{reason}) + ")";
    }
    const auto known = message_name(header.code);
    return known.empty() ? "code " + to_hex(message.subspan(1, 1)) : std::string{known};
}

}  // namespace assay::spdm
