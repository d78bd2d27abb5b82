// Bounds (DSP0274): reserved bits, padding, requests cut at every byte, the smallest and largest that is
// allowed.
#include <algorithm>
#include <bit>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace boundary_topic {

using Version = std::uint8_t;

/// Sends one of the three set-up requests with bits that its version reserves, and takes it into A.
void reserved_bits(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.get_version();
    client.a.clear();
    const auto exchanged = [&](const Bytes& request, std::uint8_t code) {
        Bytes answer = client.ask(request);
        trial.expect(answer.size() > 4 && answer[1] == code, "reserved-read",
                     fmt::format("request 0x{:02X} with reserved bits set is answered", request[1]),
                     in_words(answer));
        answer = exactly(trial, answer,
                         code == 0x04   ? 6U + 2U * answer[5]
                         : code == 0x61 ? capabilities_size(version)
                                        : u16(answer, 4),
                         "the answer");
        append(client.a, request);
        append(client.a, answer);
        return answer;
    };
    exchanged({0x10, 0x84, 5, 7}, 0x04);
    Bytes capabilities = client.capabilities_request();
    capabilities[2] = 0x80;
    capabilities[3] = 0x80;
    if (version >= 0x11) capabilities[4] = 0xA5;
    client.responder_flags = u32(exchanged(capabilities, 0x61), 8);
    Bytes negotiate = client.negotiate_request();
    negotiate[3] = 0x55;
    negotiate[20] = 0x11;
    negotiate[30] = 0x22;
    const Bytes algorithms = exchanged(negotiate, 0x63);
    client.asym_sel = u32(algorithms, 12);
    client.hash_sel = u32(algorithms, 16);
    const Bytes request = client.head(0x81, 0x77, 0x66);
    Bytes digests = client.answered(request, 0x01, 4, "GET_DIGESTS with parameters");
    digests.resize(std::min(digests.size(),
                            4 + client.hash_size() * static_cast<std::size_t>(std::popcount(digests[3]))));
    if ((client.responder_flags & 0x04) == 0) return;
    client.b = concat({request, digests});
    trial.expect(client.challenge(0, 0, client.random(32)).is_signed, "reserved-in-transcript",
                 "A and B hold the requests as they were sent", "the signature does not verify");
}

void ignores_session_policy(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const auto key = exchange_key(client);
    Bytes request = exchange_request(client, key, 0, 0);
    request[7] = 0xC3;                       // Reserved
    if (version == 0x11) request[6] = 0xFF;  // reserved before 1.2
    const Bytes answer = client.answered(request, 0x64, 40, "KEY_EXCHANGE with reserved bits set");
    trial.expect(answer[3] == 0, "exchange-reserved", "Param2 is 0", in_words(answer));
}

void short_messages(Trial& trial, Version version) {
    if (trial.port<SpdmPort>().transport() == SpdmTransport::doe)
        trial.not_tested(NotTested::not_supported, "this transport fills a message up to 4 bytes");
    Client client{trial, version};
    client.connect();
    for (std::size_t bytes = 1; bytes < 4; ++bytes) {
        const Bytes answer = client.ask(ByteView{client.head(0x81)}.first(bytes));
        trial.expect(answer.empty() || (answer.size() >= 4 && answer[1] == 0x7F), "short-answered",
                     fmt::format("{} bytes are no message: no answer, or ERROR", bytes), in_words(answer));
    }
    answered_after(client);
}

/// `request` without its last bytes, down to its header, is refused with InvalidRequest.
void cut_everywhere(Client& client, const Bytes& request, std::size_t step, std::string_view what) {
    // A transport that pads would fill up what is cut elsewhere.
    const std::size_t each = std::max(step, form_of(client.trial()).padding);
    for (std::size_t bytes = 4; bytes < request.size(); bytes += each)
        client.refused(ByteView{request}.first(bytes), {invalid_request},
                       fmt::format("{} cut to {} bytes", what, bytes));
}
void cut_capabilities(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    cut_everywhere(client, client.capabilities_request(), 1, "GET_CAPABILITIES");
    client.get_capabilities();
}
void cut_algorithms(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    cut_everywhere(client, client.negotiate_request(), 1, "NEGOTIATE_ALGORITHMS");
    client.negotiate();
}
void cut_certificate(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    cut_everywhere(client, concat({client.head(0x82), Bytes{0, 0, 0, 4}}), 1, "GET_CERTIFICATE");
    client.chain(0);
}
void cut_challenge(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    cut_everywhere(client, client.challenge_request(0, 0, client.random(32)), 1, "CHALLENGE");
    trial.expect(client.challenge(0, 0, client.random(32)).is_signed, "challenge-signature",
                 "what was refused is in no transcript", "the signature does not verify");
}
void cut_measurements(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    cut_everywhere(client, client.measure_request(0xFF, client.random(32)), 1,
                   "GET_MEASUREMENTS with a signature");
    client.l.clear();
    const Measured last = client.measure(0xFF, client.random(32));
    trial.expect(client.covered(last, client.l), "l1-kept", "what was refused is in no transcript",
                 "the signature does not verify");
}
void cut_exchange(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const auto key = exchange_key(client);
    cut_everywhere(client, exchange_request(client, key, 0, 0), 3, "KEY_EXCHANGE");
    in_handshake(client, key_exchange(client));
}
void cut_finish(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session session = in_handshake(client, key_exchange(client));
    const Bytes request = finish_request(client, session);
    for (const std::size_t bytes : {std::size_t{4}, std::size_t{5}, request.size() - 1})
        refused_in(client, session, ByteView{request}.first(bytes), {invalid_request},
                   fmt::format("FINISH cut to {} bytes", bytes));
    finish(client, session);
}

void large_message(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    for (const std::size_t payload : {std::size_t{0x1000}, std::size_t{0x2000}, std::size_t{0xFF00}}) {
        const Bytes request =
            concat({client.head(0xFE), *from_hex("0300 02 fefe"),
                    store(static_cast<std::uint16_t>(payload), std::endian::little), Bytes(payload)});
        const Bytes answer = client.ask(request);
        trial.expect(answer.empty() || (answer.size() >= 4 && answer[1] == 0x7F), "large-answered",
                     fmt::format("a vendor's message of {} bytes gets ERROR, or no answer", request.size()),
                     in_words(answer));
    }
    answered_after(client);
}

void smallest_sizes(Trial& trial, Version version) {
    Client client{trial, version, {.flags = 0, .transfer_size = 42}};
    client.get_version();
    client.get_capabilities();
    Client other{trial, version};
    other.get_version();
    Bytes request = other.capabilities_request();
    request[5] = 31;
    other.answered(request, 0x61, 20, "GET_CAPABILITIES with CTExponent 31");
}

void version_entries(Trial& trial, Version version) {
    Client client{trial, version};
    const Bytes first = client.get_version();
    std::set<unsigned> seen;
    for (std::size_t i = 0; i < first[5]; ++i) {
        const unsigned entry = u16(first, 6 + 2 * i);
        trial.expect(entry >> 12 == 1 && seen.insert(entry).second, "version-entry",
                     "each entry is of SPDM 1, and stands once", fmt::format("{:04X}", entry));
    }
    for (int i = 0; i < 3; ++i)
        trial.expect(client.get_version() == first, "version-changed", "VERSION is the same each time",
                     "it is not");
}

/// The selections of an offer that is sent as it is.
struct Selected {
    std::uint32_t asym = 0, hash = 0;
    bool refused = false;
};
Selected selected_of(Trial& trial, Version version, Offer offer) {
    Client client{trial, version, offer};
    client.get_version();
    client.get_capabilities();
    const Bytes answer = client.ask(client.negotiate_request());
    if (answer.size() >= 4 && answer[1] == 0x7F) {
        expect_refusal(trial, answer, 0xE3, {invalid_request}, "an offer without a common algorithm");
        return {.refused = true};
    }
    trial.expect(answer.size() >= 36 && answer[1] == 0x63, "unexpected-answer", "ALGORITHMS",
                 in_words(answer));
    return {u32(answer, 12), u32(answer, 16), false};
}
void single_offers(Trial& trial, Version version) {
    Client all{trial, version};
    all.connect();
    const std::uint32_t asym = all.asym_sel, hash = all.hash_sel;
    for (unsigned bit = 0; bit < 9; ++bit) {
        const Selected one = selected_of(trial, version, {.asym = 1U << bit, .hash = hash});
        trial.expect(one.refused || one.asym == 1U << bit, "single-selection",
                     fmt::format("of BaseAsymAlgo 0x{:X} alone that is selected, or nothing", 1U << bit),
                     fmt::format("0x{:X} is", one.asym));
    }
    for (unsigned bit = 0; bit < 6; ++bit) {
        const Selected one = selected_of(trial, version, {.asym = asym, .hash = 1U << bit});
        trial.expect(one.refused || one.hash == 1U << bit, "single-selection",
                     fmt::format("of BaseHashAlgo 0x{:X} alone that is selected, or nothing", 1U << bit),
                     fmt::format("0x{:X} is", one.hash));
    }
}
void everything_offered(Trial& trial, Version version) {
    const Selected one = selected_of(trial, version, {.asym = 0x1FF, .hash = 0x3F});
    trial.expect(!one.refused && std::popcount(one.asym) == 1 && std::popcount(one.hash) == 1,
                 "one-selection", "of everything one signature algorithm and one hash are selected",
                 fmt::format("BaseAsymSel 0x{:X}, BaseHashSel 0x{:X}", one.asym, one.hash));
}
void external_algorithms(Trial& trial, Version version) {
    Client client{trial, version};
    client.get_version();
    client.get_capabilities();
    Bytes request = client.negotiate_request();
    const std::array<std::uint8_t, 8> external{0, 0, 0xAD, 0xDE, 0, 0, 0xEF, 0xBE};  // that nobody has
    request.insert(request.begin() + 32, external.begin(), external.end());
    request[28] = request[29] = 1;
    request[4] = static_cast<std::uint8_t>(request[4] + external.size());
    const Bytes answer = client.answered(request, 0x63, 36, "NEGOTIATE_ALGORITHMS with external algorithms");
    trial.expect(answer[32] == 0 && answer[33] == 0 && u32(answer, 12) != 0 && u32(answer, 16) != 0,
                 "external-selected", "a known algorithm is selected, and no external one", to_hex(answer));
}

void certificate_bounds(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes whole = client.chain(0, 0xFFFF);
    const auto size = static_cast<std::uint16_t>(whole.size());
    const auto portion = [&](std::uint16_t offset, std::uint16_t length) {
        const Bytes request = concat(
            {client.head(0x82), store(offset, std::endian::little), store(length, std::endian::little)});
        return client.answered(request, 0x02, 8, "GET_CERTIFICATE");
    };
    const Bytes last = portion(static_cast<std::uint16_t>(size - 1), 1);
    trial.expect(u16(last, 4) == 1 && u16(last, 6) == 0 && last.size() >= 9 && last[8] == whole.back(),
                 "last-byte", "the last byte comes alone, and nothing remains", to_hex(last));
    const Bytes beyond = portion(static_cast<std::uint16_t>(size - 2), 0xFFFF);
    trial.expect(u16(beyond, 4) == 2 && u16(beyond, 6) == 0, "beyond-the-end",
                 "a Length beyond the chain gives what is left of it", to_hex(beyond));
    client.refused(concat({client.head(0x82), store(size, std::endian::little), Bytes{1, 0}}),
                   {invalid_request}, "an Offset at the end of the chain");
}

}  // namespace boundary_topic

void add_boundary_cases(std::vector<Case>& out) {
    using namespace boundary_topic;
    const auto vca = needs_connection, chains = needs_chains;
    const std::vector<std::string> has{"sessions", "cert"}, cert{"cert"}, chal{"chal"},
        is_signed{"meas-signed"};
    // clang-format off
    add_cases(
        out,
        {
            {"bounds.reserved", "Reserved bits of requests are ignored", {"SPDM-ERR-006"}, cert, all_versions, vca, reserved_bits},
            {"bounds.reserved-exchange", "Reserved bits of KEY_EXCHANGE are ignored", {"SPDM-ERR-006"}, has, sessions_too, chains, ignores_session_policy},
            {"bounds.short", "Less than a header is no message", {"SPDM-ERR-004"}, cert, all_versions, vca, short_messages},
            {"bounds.large", "A message too large does no harm", {"SPDM-ERR-004"}, cert, all_versions, vca, large_message},
            {"bounds.cut-capabilities", "GET_CAPABILITIES cut anywhere is refused", {"SPDM-ERR-007"}, {}, sessions_too, vca, cut_capabilities},
            {"bounds.cut-algorithms", "NEGOTIATE_ALGORITHMS cut anywhere is refused", {"SPDM-ERR-007"}, {}, all_versions, vca, cut_algorithms},
            {"bounds.cut-certificate", "GET_CERTIFICATE cut anywhere is refused", {"SPDM-ERR-007"}, cert, all_versions, vca, cut_certificate},
            {"bounds.cut-challenge", "CHALLENGE cut anywhere is refused", {"SPDM-ERR-007"}, chal, all_versions, chains, cut_challenge},
            {"bounds.cut-measurements", "GET_MEASUREMENTS cut anywhere is refused", {"SPDM-ERR-007"}, is_signed, all_versions, chains, cut_measurements},
            {"bounds.cut-exchange", "KEY_EXCHANGE cut anywhere is refused", {"SPDM-ERR-007"}, has, sessions_too, chains, cut_exchange},
            {"bounds.cut-finish", "FINISH cut anywhere is refused, and the handshake goes on", {"SPDM-ERR-007", "SPDM-FIN-003"}, has, sessions_too, chains, cut_finish},
            {"bounds.sizes", "The smallest transfer size and the largest CTExponent are taken", {"SPDM-VCA-012"}, {}, later, vca, smallest_sizes},
            {"bounds.versions", "VERSION lists each version once, and always the same", {"SPDM-VCA-001"}, {}, all_versions, vca, version_entries},
            {"bounds.single", "Of an offer of one algorithm that one is selected", {"SPDM-VCA-013"}, cert, all_versions, vca, single_offers},
            {"bounds.everything", "Of an offer of everything one algorithm of each kind is selected", {"SPDM-VCA-013"}, cert, all_versions, vca, everything_offered},
            {"bounds.external", "External algorithms that are unknown are passed over", {"SPDM-VCA-014"}, cert, all_versions, vca, external_algorithms},
            {"bounds.certificate", "A chain can be read to its last byte and not beyond", {"SPDM-ID-003", "SPDM-ID-004"}, cert, all_versions, vca, certificate_bounds},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
