// GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS (DSP0274): forms, order, what is refused.
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace setup_topic {

using Version = std::uint8_t;

void lists_it(Trial& trial, Version version) {
    Client client{trial, version};
    const Bytes answer = client.get_version();
    trial.expect(answer[2] == 0 && answer[3] == 0 && answer[4] == 0, "version-reserved",
                 "parameters and the reserved byte of VERSION are 0", to_hex(answer));
}
void other_version_header(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    for (const unsigned other : {0x11U, 0x20U, 0x00U}) {
        const Bytes answer = client.refused(Bytes{static_cast<Version>(other), 0x84, 0, 0},
                                            {version_mismatch}, "GET_VERSION of another version than 1.0");
        trial.expect(answer[0] == 0x10, "error-version", "before a negotiation errors are of version 1.0",
                     in_words(answer));
    }
}

void capabilities_form(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    const Bytes answer = client.get_capabilities();
    trial.expect(answer[2] == 0 && answer[3] == 0 && answer[4] == 0 && u16(answer, 6) == 0,
                 "capabilities-reserved", "parameters and reserved bytes of CAPABILITIES are 0",
                 to_hex(answer));
    trial.expect(answer[5] <= 31, "ct-exponent", "CTExponent is at most 31",
                 fmt::format("it is {}", answer[5]));
    const std::uint32_t known = version == 0x10   ? 0x3F
                                : version == 0x11 ? 0x1'FFFF
                                : version == 0x12 ? 0x3F'FFFF
                                                  : 0x3FFF'FFFF;
    trial.expect((client.responder_flags & ~known) == 0, "flags-unknown",
                 fmt::format("no flag is set that SPDM 1.{} does not have", version & 0x0F),
                 fmt::format("Flags are {:08X}", client.responder_flags));
    if (version < 0x12) return;
    const std::uint32_t transfer = u32(answer, 12), message = u32(answer, 16);
    trial.expect(transfer >= 42 && transfer <= message, "transfer-size",
                 "DataTransferSize is at least 42 and at most MaxSPDMmsgSize",
                 fmt::format("{} and {}", transfer, message));
    trial.expect((client.responder_flags & chunk_cap) != 0 || transfer == message, "transfer-size-chunk",
                 "without CHUNK_CAP both sizes are equal", fmt::format("{} and {}", transfer, message));
}
void flags_agree(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    const std::uint32_t flags = client.responder_flags;
    const auto has = [&](std::uint32_t any) {
        return (flags & any) != 0;
    };
    const auto rule = [&](bool held, std::string_view sentence) {
        trial.expect(held, "flags-disagree", sentence, fmt::format("Flags are {:08X}", flags));
    };
    rule((flags & meas_cap) != meas_cap, "MEAS_CAP is not 11b");
    if (version < 0x11) return;
    rule(has(encrypt_cap | mac_cap) == has(key_ex_cap | psk_cap),
         "ENCRYPT_CAP or MAC_CAP come with KEY_EX_CAP or PSK_CAP, and those with one of them");
    rule((flags & psk_cap) != psk_cap, "PSK_CAP is not 11b");
    rule(!has(mut_auth_cap) || has(0x1000), "MUT_AUTH_CAP comes with ENCAP_CAP");
    rule(!has(clear_handshake_cap) || has(key_ex_cap), "HANDSHAKE_IN_THE_CLEAR_CAP comes with KEY_EX_CAP");
    rule(!has(0x1'0000) || !has(0x02), "PUB_KEY_ID_CAP and CERT_CAP exclude each other");
    rule(!has(0x04 | 0x10 | key_ex_cap) || has(0x02 | 0x1'0000),
         "who signs has certificates or a provisioned public key");
}
void bad_flags(Trial& trial, Version version) {
    Client client{trial, version};
    struct Fault {
        std::uint32_t flags, transfer, message;
        std::string_view why;
    };
    std::vector<Fault> faults{
        {key_ex_cap, 0x1200, 0x1200, "KEY_EX_CAP without ENCRYPT_CAP and MAC_CAP"},
        {encrypt_cap | mac_cap, 0x1200, 0x1200, "ENCRYPT_CAP and MAC_CAP without KEY_EX_CAP and PSK_CAP"},
        {0x800 | mac_cap, 0x1200, 0x1200, "PSK_CAP 10b, which is a responder's"},
        {hbeat_cap, 0x1200, 0x1200, "HBEAT_CAP without sessions"},
        {0x1'0002, 0x1200, 0x1200, "CERT_CAP and PUB_KEY_ID_CAP"},
    };
    if (version == 0x11)
        faults.push_back({mut_auth_cap | 0x06, 0x1200, 0x1200, "MUT_AUTH_CAP without ENCAP_CAP"});
    if (version >= 0x12) {
        faults.push_back({0, 41, 41, "DataTransferSize 41"});
        faults.push_back({chunk_cap, 0x1201, 0x1200, "DataTransferSize above MaxSPDMmsgSize"});
        faults.push_back({0, 0x1000, 0x1200, "different sizes without CHUNK_CAP"});
    }
    if (version >= 0x13) {
        faults.push_back({0xC0'0000, 0x1200, 0x1200, "EP_INFO_CAP 11b"});
        faults.push_back({0x0C00'0000, 0x1200, 0x1200, "MULTI_KEY_CAP 11b"});
        faults.push_back({0x0400'0000, 0x1200, 0x1200, "MULTI_KEY_CAP without CERT_CAP"});
    }
    for (const Fault& fault : faults) {
        client.get_version();
        Bytes request = client.head(0xE1);
        append(request, Bytes(4));
        append(request, store(fault.flags, std::endian::little));
        if (version >= 0x12) {
            append(request, store(fault.transfer, std::endian::little));
            append(request, store(fault.message, std::endian::little));
        }
        client.refused(request, {invalid_request}, fmt::format("GET_CAPABILITIES with {}", fault.why));
    }
}
void bad_exponent(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    Bytes request = client.capabilities_request();
    request[5] = 32;
    client.refused(request, {invalid_request}, "GET_CAPABILITIES with CTExponent 32");
    client.refused(ByteView{client.capabilities_request()}.first(8), {invalid_request},
                   "GET_CAPABILITIES cut to 8 bytes");
    client.get_capabilities();
}
void capabilities_twice(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    client.refused(client.capabilities_request(), {unexpected_request}, "a second GET_CAPABILITIES");
    client.negotiate();
}
void capabilities_other_version(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    Bytes request = *from_hex("1fe10000 00000000 00000000 00120000 00120000");
    const Bytes answer = client.refused(request, {version_mismatch}, "GET_CAPABILITIES of version 1.15");
    trial.expect(answer[0] == 0x10, "error-version", "that error is of version 1.0", in_words(answer));
}

void algorithms_form(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    const Bytes request = client.negotiate_request();
    const Bytes answer = client.negotiate();
    for (const std::size_t at : {8U, 12U, 16U})
        trial.expect(std::popcount(u32(answer, at)) <= 1, "algorithms-several",
                     "each selection has one bit at most", to_hex(answer));
    for (std::size_t at = 20; at < 31; ++at)
        trial.expect(answer[at] == 0, "algorithms-reserved", "reserved bytes of ALGORITHMS are 0",
                     to_hex(answer));
    trial.expect(answer[2] == request[2], "algorithms-structures",
                 fmt::format("each of the {} structures is answered", request[2]),
                 fmt::format("{} are", answer[2]));
    for (std::size_t i = 0; i < answer[2]; ++i) {
        const std::size_t at = 36 + 4 * i, offered = 32 + 4 * i;
        const std::uint16_t selected = u16(answer, at + 2);
        trial.expect(answer[at] == request[offered] && answer[at + 1] == 0x20, "structure-order",
                     "structures stand in the order of the request, without external algorithms",
                     to_hex(answer));
        trial.expect(std::popcount(selected) <= 1 && (selected & ~u16(request, offered + 2)) == 0,
                     "structure-selection", "a structure selects at most one algorithm, and one of the offer",
                     fmt::format("structure {} selects 0x{:X}", i, selected));
    }
    if (version < 0x12) return;
    trial.expect((client.responder_flags & (key_ex_cap | psk_cap)) == 0 || client.opaque_sel == 0x02,
                 "opaque-format", "who has sessions selects OpaqueDataFmt1, which was offered",
                 fmt::format("OtherParamsSelection is 0x{:X}", client.opaque_sel));
}
void unused_is_zero(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    const Bytes answer = client.negotiate();
    const std::uint32_t flags = client.responder_flags;
    const std::array<std::uint32_t, 6> needed{
        0, 0, key_ex_cap, key_ex_cap | psk_cap, mut_auth_cap, key_ex_cap | psk_cap};
    for (std::size_t at = 36; at < answer.size(); at += 4) {
        const std::size_t type = answer[at];
        if (type < needed.size() && (flags & needed[type]) == 0)
            trial.expect(u16(answer, at + 2) == 0, "unused-algorithm",
                         fmt::format("AlgType {} selects nothing, for the capability is missing", type),
                         fmt::format("it selects 0x{:X}", u16(answer, at + 2)));
    }
    trial.expect((flags & meas_cap) != 0 || client.measurement_hash_sel == 0, "unused-measurement-hash",
                 "without MEAS_CAP MeasurementHashAlgo is 0",
                 fmt::format("it is 0x{:X}", client.measurement_hash_sel));
}
void bad_algorithms(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    const auto fault = [&](std::size_t at, std::uint8_t value, std::string_view why) {
        Bytes request = client.negotiate_request();
        if (at >= request.size()) return;
        request[at] = value;
        client.refused(request, {invalid_request}, fmt::format("NEGOTIATE_ALGORITHMS with {}", why));
    };
    const auto length = static_cast<std::uint8_t>(client.negotiate_request()[4]);
    fault(4, static_cast<std::uint8_t>(length - 1), "Length one too small");
    fault(4, static_cast<std::uint8_t>(length + 1), "Length one too large");
    fault(28, 21, "21 external signature algorithms");
    fault(29, 21, "21 external hashes");
    if (version >= 0x11) {
        fault(33, 0x10, "a structure of one fixed byte");
        fault(33, 0x30, "a structure of three fixed bytes");
        fault(33, 0x2F, "15 external algorithms that are not there");
        fault(36, 0x02, "two structures of one type");
        fault(32, 0x01, "a structure of AlgType 1");
    }
    client.negotiate();
}
void nothing_in_common(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    for (const bool hash : {false, true}) {
        Bytes request = client.negotiate_request();
        for (std::size_t at = hash ? 12 : 8, end = at + 4; at < end; ++at) request[at] = 0;
        client.refused(request, {invalid_request},
                       hash ? "NEGOTIATE_ALGORITHMS without a hash"
                            : "NEGOTIATE_ALGORITHMS without a signature algorithm");
    }
    client.negotiate();
}
void algorithms_twice(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.refused(client.negotiate_request(), {unexpected_request}, "a second NEGOTIATE_ALGORITHMS");
    client.digests();
}
void order_is_kept(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.refused(client.negotiate_request(), {unexpected_request, version_mismatch},
                   "NEGOTIATE_ALGORITHMS before GET_CAPABILITIES");
    client.get_capabilities();
    for (const unsigned code : {0x81U, 0xE0U})
        client.refused(client.head(static_cast<std::uint8_t>(code)), {unexpected_request},
                       fmt::format("request 0x{:02X} before NEGOTIATE_ALGORITHMS", code));
    client.negotiate();
}
void version_begins_anew(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.get_version();
    client.refused(client.head(0x81), {unexpected_request, version_mismatch},
                   "GET_DIGESTS right after GET_VERSION");
    client.get_capabilities();
    client.negotiate();
    client.digests();
}
void unknown_request(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    for (const unsigned code : {0x90U, 0xBFU, 0xFBU})
        client.refused(client.head(static_cast<std::uint8_t>(code)), {unsupported_request},
                       fmt::format("a request of the unknown code 0x{:02X}", code));
    client.digests();
}
void other_version(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    for (const int step : {-1, 1}) {
        Bytes request = client.head(0x81);
        request[0] = static_cast<std::uint8_t>(version + step);
        const Bytes answer = client.refused(request, {version_mismatch}, "GET_DIGESTS of another version");
        trial.expect(answer[0] == version, "error-version", "the error is of the negotiated version",
                     in_words(answer));
    }
    client.digests();
}
void no_pending_response(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.refused(client.head(0xFF, 0x81, 1), {invalid_request, unexpected_request},
                   "RESPOND_IF_READY with nothing pending");
    client.digests();
}
void noise(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    for (int i = 0; i < 64; ++i) {
        Bytes message = client.random(4U + client.random(1)[0] % 120U);
        if (i % 2 == 0) message[0] = version;
        if (message[1] == 0x84) message[1] = 0x85;
        const Bytes answer = client.ask(message);
        trial.expect(answer.empty() || answer.size() >= 4, "noise-answer",
                     "noise gets a message, or no answer", in_words(answer));
    }
    client.connect();
    client.digests();
}

}  // namespace setup_topic

void add_setup_cases(std::vector<Case>& out) {
    using namespace setup_topic;
    const auto vca = needs_connection;
    // clang-format off
    add_cases(
        out,
        {
            {"setup.version", "VERSION lists the version and has its form", {"SPDM-VCA-001"}, {}, all_versions, nullptr, lists_it},
            {"setup.version-header", "GET_VERSION of another version than 1.0 is refused", {"SPDM-VCA-002"}, {}, all_versions, nullptr, other_version_header},
            {"setup.capabilities", "CAPABILITIES has the form of its version", {"SPDM-VCA-003"}, {}, all_versions, nullptr, capabilities_form},
            {"setup.capabilities-agree", "Flags of CAPABILITIES do not contradict each other", {"SPDM-VCA-004"}, {}, all_versions, nullptr, flags_agree},
            {"setup.capabilities-flags", "Flags that contradict each other are refused", {"SPDM-VCA-005"}, {}, sessions_too, nullptr, bad_flags},
            {"setup.capabilities-size", "GET_CAPABILITIES out of its bounds is refused", {"SPDM-VCA-005"}, {}, sessions_too, nullptr, bad_exponent},
            {"setup.capabilities-twice", "A second GET_CAPABILITIES is refused", {"SPDM-VCA-006"}, {}, all_versions, nullptr, capabilities_twice},
            {"setup.capabilities-version", "GET_CAPABILITIES of a version that is not listed is refused", {"SPDM-VCA-002"}, {}, all_versions, nullptr, capabilities_other_version},
            {"setup.algorithms", "ALGORITHMS answers the offer in its form", {"SPDM-VCA-007"}, {}, all_versions, nullptr, algorithms_form},
            {"setup.algorithms-unused", "What the responder has no use for is not selected", {"SPDM-VCA-008"}, {}, all_versions, nullptr, unused_is_zero},
            {"setup.algorithms-invalid", "NEGOTIATE_ALGORITHMS that breaks its layout is refused", {"SPDM-VCA-009"}, {}, all_versions, nullptr, bad_algorithms},
            {"setup.algorithms-none", "An offer without a common algorithm is refused", {"SPDM-VCA-010"}, {"cert"}, all_versions, nullptr, nothing_in_common},
            {"setup.algorithms-twice", "A second NEGOTIATE_ALGORITHMS is refused", {"SPDM-VCA-006"}, {"cert"}, all_versions, vca, algorithms_twice},
            {"setup.order", "Requests before their time are refused", {"SPDM-VCA-006"}, {}, all_versions, nullptr, order_is_kept},
            {"setup.anew", "GET_VERSION begins the connection anew", {"SPDM-VCA-011"}, {"cert"}, all_versions, vca, version_begins_anew},
            {"setup.unknown", "An unknown request is refused by its code", {"SPDM-ERR-001"}, {"cert"}, all_versions, vca, unknown_request},
            {"setup.version-mismatch", "A request of another version is refused", {"SPDM-ERR-002"}, {"cert"}, all_versions, vca, other_version},
            {"setup.not-pending", "RESPOND_IF_READY without a pending response is refused", {"SPDM-ERR-003"}, {"cert"}, all_versions, vca, no_pending_response},
            {"setup.noise", "Noise does no harm", {"SPDM-ERR-004"}, {"cert"}, all_versions, vca, noise},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
