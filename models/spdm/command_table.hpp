// One row per request of SPDM (DSP0274). Dispatch, transcripts, names in reports, fuzz dictionaries and
// coverage come from these rows.
#pragma once
#include <span>

#include "models/spdm/responder.hpp"

namespace assay::spdm {

/// Connection states, as a set of bits.
using States = std::uint8_t;
constexpr States bit(State state) { return static_cast<States>(1U << static_cast<unsigned>(state)); }

/// Where a request may travel, as a set of bits.
namespace place {
inline constexpr std::uint8_t clear = 1, handshake = 2, established = 4,
                              clear_handshake = 8,  // in the clear, of the session in its handshake (FINISH)
    psk_handshake = 16;                             // the handshake of a session by a pre-shared key
}

/// What a connection is in the middle of, as a set of bits.
namespace flow {
inline constexpr std::uint8_t encapsulation = 1,  // mutual authentication waits for the requester's answers
    sending = 2, getting = 4;                     // chunks of a request, of an answer
}

struct Command {
    using Handler = Answer (Responder::*)(const Request& request);
    Code code;
    std::string_view name;
    std::string_view response;  // name of the successful answer, code & 0x7F
    std::string_view clause;    // title in DSP0274
    Version since;
    States legal;
    std::uint8_t places;
    std::uint32_t capability;            // any of these flags of the responder; 0 where none is needed
    std::uint32_t requester_capability;  // and any of these of the requester
    ErrorCode lacking;                   // the answer where one of them is missing
    bool state_first;                    // a wrong state is told before a wrong version
    std::uint8_t flows;                  // taken in these as well; else RequestInFlight, or UnexpectedRequest
    TranscriptRule transcript;
    /// The whole answer, or why there is none. Null: this responder does not have the request, and refuses it
    /// like one whose capability it lacks.
    Handler run;
};

/// In order of `code`, each code once.
std::span<const Command> commands();

/// Null when there is no such request.
const Command* find_command(Code code);

/// The name of any message: "GET_VERSION", "VERSION", "ERROR". Empty for an unknown code.
std::string_view message_name(Code code);

/// "GET_VERSION", or "ERROR(UnexpectedRequest)", or the code in hexadecimal.
std::string message_title(ByteView message);

}  // namespace assay::spdm
