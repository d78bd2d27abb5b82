#include "models/spdm/command_table.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"

namespace assay::spdm {
namespace {

constexpr States any_state = bit(State::not_started) | bit(State::after_version) |
                             bit(State::after_capabilities) | bit(State::negotiated);
constexpr States after_version = bit(State::after_version);
constexpr States after_capabilities = bit(State::after_capabilities);
constexpr States negotiated = bit(State::negotiated);
constexpr auto v1_0 = Version::v1_0, v1_1 = Version::v1_1, v1_2 = Version::v1_2, v1_3 = Version::v1_3;
constexpr Command::Handler none = nullptr;
using R = Responder;

// Clause titles: their numbers differ between versions of DSP0274.
constexpr std::string_view clause_negotiation = "Capability discovery and negotiation",
                           clause_identity = "Responder identity authentication",
                           clause_measurements = "Firmware and other measurements",
                           clause_own = "request and response of that name";

// clang-format off
constexpr std::array table{
    //      code                        name                             response                      clause               since legal               capability  state first  handler
    Command{Code::get_digests,          "GET_DIGESTS",                   "DIGESTS",                    clause_identity,     v1_0, negotiated,         cap::cert,     false, &R::get_digests},
    Command{Code::get_certificate,      "GET_CERTIFICATE",               "CERTIFICATE",                clause_identity,     v1_0, negotiated,         cap::cert,     false, &R::get_certificate},
    Command{Code::challenge,            "CHALLENGE",                     "CHALLENGE_AUTH",             clause_identity,     v1_0, negotiated,         cap::chal,     false, none},
    Command{Code::get_version,          "GET_VERSION",                   "VERSION",                    clause_negotiation,  v1_0, any_state,          0,             false, &R::get_version},
    Command{Code{0x85},                 "CHUNK_SEND",                    "CHUNK_SEND_ACK",             clause_own,          v1_2, negotiated,        cap::chunk,    false, none},
    Command{Code{0x86},                 "CHUNK_GET",                     "CHUNK_RESPONSE",             clause_own,          v1_2, negotiated,        cap::chunk,    false, none},
    Command{Code{0x87},                 "GET_ENDPOINT_INFO",             "ENDPOINT_INFO",              clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code::get_measurements,     "GET_MEASUREMENTS",              "MEASUREMENTS",               clause_measurements, v1_0, negotiated,         cap::meas,     false, &R::get_measurements},
    Command{Code::get_capabilities,     "GET_CAPABILITIES",              "CAPABILITIES",               clause_negotiation,  v1_0, after_version,      0,             true,  &R::get_capabilities},
    Command{Code{0xE2},                 "GET_SUPPORTED_EVENT_TYPES",     "SUPPORTED_EVENT_TYPES",      clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code::negotiate_algorithms, "NEGOTIATE_ALGORITHMS",          "ALGORITHMS",                 clause_negotiation,  v1_0, after_capabilities, 0,             true,  &R::negotiate_algorithms},
    Command{Code{0xE4},                 "KEY_EXCHANGE",                  "KEY_EXCHANGE_RSP",           clause_own,          v1_1, negotiated,         cap::key_ex,   false, none},
    Command{Code{0xE5},                 "FINISH",                        "FINISH_RSP",                 clause_own,          v1_1, negotiated,         cap::key_ex,   false, none},
    Command{Code{0xE6},                 "PSK_EXCHANGE",                  "PSK_EXCHANGE_RSP",           clause_own,          v1_1, negotiated,         cap::psk,      false, none},
    Command{Code{0xE7},                 "PSK_FINISH",                    "PSK_FINISH_RSP",             clause_own,          v1_1, negotiated,         cap::psk,      false, none},
    Command{Code{0xE8},                 "HEARTBEAT",                     "HEARTBEAT_ACK",              clause_own,          v1_1, negotiated,         cap::hbeat,    false, none},
    Command{Code{0xE9},                 "KEY_UPDATE",                    "KEY_UPDATE_ACK",             clause_own,          v1_1, negotiated,         cap::key_upd,  false, none},
    Command{Code{0xEA},                 "GET_ENCAPSULATED_REQUEST",      "ENCAPSULATED_REQUEST",       clause_own,          v1_1, negotiated,         cap::encap,    false, none},
    Command{Code{0xEB},                 "DELIVER_ENCAPSULATED_RESPONSE", "ENCAPSULATED_RESPONSE_ACK",  clause_own,          v1_1, negotiated,         cap::encap,    false, none},
    Command{Code{0xEC},                 "END_SESSION",                   "END_SESSION_ACK",            clause_own,          v1_1, negotiated,         cap::key_ex | cap::psk, false, none},
    Command{Code{0xED},                 "GET_CSR",                       "CSR",                        clause_own,          v1_2, negotiated,         cap::csr,      false, none},
    Command{Code{0xEE},                 "SET_CERTIFICATE",               "SET_CERTIFICATE_RSP",        clause_own,          v1_2, negotiated,         cap::set_cert, false, none},
    Command{Code{0xEF},                 "GET_MEASUREMENT_EXTENSION_LOG", "MEASUREMENT_EXTENSION_LOG",  clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code{0xF0},                 "SUBSCRIBE_EVENT_TYPES",         "SUBSCRIBE_EVENT_TYPES_ACK",  clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code{0xF1},                 "SEND_EVENT",                    "EVENT_ACK",                  clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code{0xFC},                 "GET_KEY_PAIR_INFO",             "KEY_PAIR_INFO",              clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code{0xFD},                 "SET_KEY_PAIR_INFO",             "SET_KEY_PAIR_INFO_ACK",      clause_own,          v1_3, negotiated,         0,             false, none},
    Command{Code{0xFE},                 "VENDOR_DEFINED_REQUEST",        "VENDOR_DEFINED_RESPONSE",    clause_own,          v1_0, negotiated,         0,             false, none},
    Command{Code{0xFF},                 "RESPOND_IF_READY",              "",                           clause_own,          v1_0, any_state,          0,             false, &R::respond_if_ready},
};
// clang-format on
static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &Command::code) == table.end());

}  // namespace

std::span<const Command> commands() { return table; }

const Command* find_command(Code code) {
    const auto found = std::ranges::lower_bound(table, code, {}, &Command::code);
    return found != table.end() && found->code == code ? &*found : nullptr;
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
