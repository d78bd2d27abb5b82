// Messages in chunks (DSP0274, from 1.2 on): CHUNK_GET of what is too large to be sent, CHUNK_SEND of what is
// too large to be taken.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace chunk_topic {

using Version = std::uint8_t;

constexpr std::uint32_t small = 128;

Offer small_offer() {
    Offer out;
    out.flags |= chunk_cap;
    out.transfer_size = small;
    out.message_size = 0x4000;
    return out;
}

std::uint8_t large_response_handle(Client& client, ByteView answer, std::string_view what) {
    client.trial().expect(
        answer.size() >= 5 && answer[0] == client.version && answer[1] == 0x7F &&
            answer[2] == large_response && answer[3] == 0,
        "no-large-response",
        fmt::format("{}: ERROR LargeResponse with a handle, for it has more than {} bytes", what, small),
        in_words(answer));
    return answer[4];
}
Bytes chunk_get(const Client& client, std::uint8_t handle, std::uint16_t number) {
    return concat({client.head(0x86, 0, handle), store(number, std::endian::little)});
}

/// All of a large response, chunk by chunk; each is judged.
Bytes gathered(Client& client, std::uint8_t handle) {
    Trial& trial = client.trial();
    Bytes out;
    std::size_t whole = 0;
    for (std::uint16_t number = 0;; ++number) {
        const std::size_t fixed = number == 0 ? 16 : 12;
        const Bytes answer =
            client.answered(chunk_get(client, handle, number), 0x06, fixed, "CHUNK_RESPONSE");
        trial.expect(answer.size() <= small + 3, "chunk-too-large",
                     fmt::format("a CHUNK_RESPONSE has {} bytes at most", small),
                     fmt::format("{}", answer.size()));
        const std::size_t bytes = u32(answer, 8);
        if (number == 0) whole = u32(answer, 12);
        trial.expect(
            answer[3] == handle && u16(answer, 4) == number && bytes > 0 && answer.size() >= fixed + bytes,
            "chunk-form", fmt::format("chunk {} has its handle, its number and the bytes it counts", number),
            to_hex(ByteView{answer}.first(fixed)));
        append(out, part(answer, fixed, bytes));
        const bool last = (answer[2] & 1) != 0;
        trial.expect(last == (out.size() == whole) && out.size() <= whole, "chunk-last",
                     fmt::format("the last chunk, and no other, says so; all have {} bytes", whole),
                     fmt::format("{} bytes after chunk {}, last: {}", out.size(), number, last));
        if (last) return out;
    }
}
Bytes large_answer(Client& client, ByteView request, std::string_view what) {
    const std::uint8_t handle = large_response_handle(client, client.ask(request), what);
    Bytes out = gathered(client, handle);
    client.trial().expect(out.size() > small, "chunk-needless",
                          "what came in chunks is larger than one message",
                          fmt::format("{} bytes", out.size()));
    return out;
}

struct Ready {
    Ready(Trial& trial, Version version) : client(trial, version) {
        client.connect();
        client.learn_chains();
        client.offer = small_offer();
        client.connect();
    }
    Client client;
};

void measurements_in_chunks(Trial& trial, Version version) {
    Ready r{trial, version};
    const Bytes request = r.client.measure_request(0xFF, r.client.random(32));
    const Measured all =
        r.client.measured(request, large_answer(r.client, request, "MEASUREMENTS"), r.client.l);
    trial.expect(!all.blocks.empty() && r.client.covered(all, r.client.l), "measurements-signature",
                 "the signature covers the whole messages, and no chunk", "it does not verify");
}
void challenge_in_chunks(Trial& trial, Version version) {
    Ready r{trial, version};
    if ((r.client.responder_flags & 0x04) == 0)
        trial.not_tested(NotTested::not_supported, "the responder has no CHAL_CAP");
    const Bytes request = r.client.challenge_request(0, 0, r.client.random(32));
    const Bytes answer = large_answer(r.client, request, "CHALLENGE_AUTH");
    const std::size_t signature = r.client.signature_size();
    trial.expect(answer.size() > signature && answer[1] == 0x03, "unexpected-answer", "CHALLENGE_AUTH",
                 in_words(answer));
    const ByteView body = ByteView{answer}.first(answer.size() - signature);
    trial.expect(r.client.signs(0, "responder-challenge_auth signing", concat({r.client.a, request, body}),
                                ByteView{answer}.last(signature)),
                 "challenge-signature", "the leaf signs A and the whole messages", "it does not verify");
}
void out_of_order(Trial& trial, Version version) {
    Ready r{trial, version};
    const Bytes request = r.client.measure_request(0xFF, std::nullopt);
    const std::uint8_t handle = large_response_handle(r.client, r.client.ask(request), "MEASUREMENTS");
    r.client.refused(chunk_get(r.client, static_cast<std::uint8_t>(handle + 1), 0), {invalid_request},
                     "CHUNK_GET of another handle");
    r.client.connect();
    const std::uint8_t again = large_response_handle(r.client, r.client.ask(request), "MEASUREMENTS");
    r.client.refused(chunk_get(r.client, again, 1), {invalid_request},
                     "CHUNK_GET that begins with the second chunk");
}
void nothing_to_get(Trial& trial, Version version) {
    Ready r{trial, version};
    r.client.refused(chunk_get(r.client, 0, 0), {unexpected_request, invalid_request},
                     "CHUNK_GET of nothing");
    answered_after(r.client);
}
void nothing_between(Trial& trial, Version version) {
    Ready r{trial, version};
    const Bytes request = r.client.measure_request(0xFF, std::nullopt);
    large_response_handle(r.client, r.client.ask(request), "MEASUREMENTS");
    r.client.refused(r.client.head(0x81), {unexpected_request}, "GET_DIGESTS while a large response waits");
    r.client.connect();  // GET_VERSION is always taken
    answered_after(r.client);
}
void larger_than_all(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const std::size_t whole = client.measure(0xFF, std::nullopt).answer.size();
    if (whole <= small) trial.not_tested(NotTested::not_supported, "all measurements fit into one message");
    client.offer = small_offer();
    client.offer.message_size = static_cast<std::uint32_t>(whole - 1);
    client.connect();
    const Bytes answer = client.ask(client.measure_request(0xFF, std::nullopt));
    expect_refusal(trial, answer, 0xE0, {response_too_large},
                   "an answer above the requester's MaxSPDMmsgSize");
    trial.expect(answer.size() >= 8 && u32(answer, 4) >= whole, "error-extended",
                 "its extended data tells the size", to_hex(answer));
}

/// A vendor's message of `payload` bytes, as CHUNK_SEND messages of the responder's DataTransferSize.
struct Sending {
    Bytes message;
    std::size_t space = 0;
    Bytes chunk(const Client& client, std::uint16_t number, std::uint16_t said) const {
        const std::size_t first = space - 16, rest = space - 12;
        const std::size_t from = number == 0 ? 0 : first + (number - 1U) * rest;
        const std::size_t bytes = std::min(number == 0 ? first : rest, message.size() - from);
        const bool last = from + bytes == message.size();
        Bytes out = concat({client.head(0x85, last ? 1 : 0, 9), store(said, std::endian::little), Bytes(2),
                            store(static_cast<std::uint32_t>(bytes), std::endian::little)});
        if (number == 0) append(out, store(static_cast<std::uint32_t>(message.size()), std::endian::little));
        append(out, ByteView{message}.subspan(from, bytes));
        return out;
    }
    std::uint16_t count() const {
        return static_cast<std::uint16_t>(1 + (message.size() - (space - 16) + space - 13) / (space - 12));
    }
};
Sending sending(Client& client, const Bytes& capabilities) {
    const std::size_t transfer = u32(capabilities, 12), most = u32(capabilities, 16);
    const std::size_t wanted = transfer + transfer / 2;
    if (wanted > most || wanted > 0xFF00)
        client.trial().not_tested(NotTested::not_supported,
                                  "the responder takes no message larger than a transfer");
    const std::size_t payload = wanted - 11;
    return {concat({client.head(0xFE), *from_hex("0300 02 fefe"),
                    store(static_cast<std::uint16_t>(payload), std::endian::little), Bytes(payload, 0x33)}),
            transfer};
}
struct SendReady {
    SendReady(Trial& trial, Version version) : client(trial, version) {
        client.offer.flags |= chunk_cap;
        client.offer.message_size = 0x1'0000;
        client.get_version();
        const Bytes capabilities = client.get_capabilities();
        client.negotiate();
        what = sending(client, capabilities);
    }
    Client client;
    Sending what;
};

void message_in_chunks(Trial& trial, Version version) {
    SendReady r{trial, version};
    for (std::uint16_t number = 0; number < r.what.count(); ++number) {
        const Bytes answer =
            r.client.answered(r.what.chunk(r.client, number, number), 0x05, 6, "CHUNK_SEND_ACK");
        trial.expect((answer[2] & 1) == 0 && answer[3] == 9 && u16(answer, 4) == number, "chunk-ack",
                     fmt::format("chunk {} is acknowledged by handle and number", number), to_hex(answer));
        if (number + 1 < r.what.count()) continue;
        // The answer to the whole: this vendor is nobody's.
        expect_refusal(trial, ByteView{answer}.subspan(6), 0xFE, {unsupported_request, invalid_request},
                       "the answer to the large message, inside the last acknowledgement");
    }
    answered_after(r.client);
}
void wrong_chunks(Trial& trial, Version version) {
    SendReady r{trial, version};
    const auto refused_early = [&](ByteView request, std::string_view what) {
        const Bytes answer = r.client.ask(request);
        const bool acknowledged = answer.size() >= 10 && answer[1] == 0x05 && (answer[2] & 1) != 0;
        trial.expect(acknowledged && answer[7] == 0x7F && answer[8] == invalid_request, "chunk-early-error",
                     fmt::format("{}: CHUNK_SEND_ACK with EarlyErrorDetected and ERROR InvalidRequest", what),
                     in_words(answer));
    };
    refused_early(r.what.chunk(r.client, 0, 1), "a first chunk with number 1");
    r.client.answered(r.what.chunk(r.client, 0, 0), 0x05, 6, "CHUNK_SEND_ACK");
    refused_early(r.what.chunk(r.client, 1, 2), "a second chunk with number 2");
    r.client.connect();
    answered_after(r.client);
}

}  // namespace chunk_topic

void add_chunk_cases(std::vector<Case>& out) {
    using namespace chunk_topic;
    const std::vector<std::string> has{"chunks", "cert", "meas-signed"};
    const auto chains = needs_chains, vca = needs_connection;
    // clang-format off
    add_cases(
        out,
        {
            {"chunk.measurements", "Measurements in chunks are signed as a whole", {"SPDM-CHK-001", "SPDM-CHK-002"}, has, later, chains, measurements_in_chunks},
            {"chunk.challenge", "CHALLENGE_AUTH in chunks is signed as a whole", {"SPDM-CHK-001", "SPDM-CHK-002"}, has, later, chains, challenge_in_chunks},
            {"chunk.order", "Chunks are given in their order", {"SPDM-CHK-003"}, has, later, chains, out_of_order},
            {"chunk.nothing", "CHUNK_GET of nothing is refused", {"SPDM-CHK-003"}, has, later, chains, nothing_to_get},
            {"chunk.between", "Nothing stands between the chunks of a message", {"SPDM-CHK-004"}, has, later, chains, nothing_between},
            {"chunk.too-large", "What is larger than the requester's MaxSPDMmsgSize is not sent", {"SPDM-ERR-005"}, has, later, vca, larger_than_all},
            {"chunk.send", "A message in chunks is answered as a whole", {"SPDM-CHK-005"}, has, later, vca, message_in_chunks},
            {"chunk.send-order", "Chunks out of order end the transfer", {"SPDM-CHK-006"}, has, later, vca, wrong_chunks},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
