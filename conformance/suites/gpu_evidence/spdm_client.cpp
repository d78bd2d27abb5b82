#include "conformance/suites/gpu_evidence/spdm_client.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace assay::conformance::gpu_evidence {
namespace {

Bytes cut(ByteView bytes, std::size_t at, std::size_t size) {
    const ByteView part = bytes.subspan(at, size);
    return {part.begin(), part.end()};
}

std::string_view error_name(std::uint8_t code) {
    switch (code) {
        case 0x01: return "InvalidRequest";
        case 0x03: return "Busy";
        case 0x04: return "UnexpectedRequest";
        case 0x05: return "Unspecified";
        case 0x07: return "UnsupportedRequest";
        case 0x41: return "VersionMismatch";
        case 0x42: return "ResponseNotReady";
        case 0x43: return "RequestResynch";
        default: return "of an unknown code";
    }
}

}  // namespace

unsigned u16(ByteView message, std::size_t at) {
    return load<std::uint16_t>(message.subspan(at, 2), std::endian::little);
}
std::uint32_t u32(ByteView message, std::size_t at) {
    return load<std::uint32_t>(message.subspan(at, 4), std::endian::little);
}

std::string in_words(ByteView answer) {
    if (answer.empty()) return "no answer";
    if (answer.size() < 4) return fmt::format("{} bytes: {}", answer.size(), to_hex(answer));
    if (answer[1] == 0x7F)
        return fmt::format("ERROR {} (0x{:02X}), Param2 0x{:02X}, version 0x{:02X}", error_name(answer[2]),
                           answer[2], answer[3], answer[0]);
    return fmt::format("message 0x{:02X} of version 0x{:02X}, {} bytes", answer[1], answer[0], answer.size());
}

Bytes exactly(Trial& trial, Bytes message, std::size_t size, std::string_view what) {
    const bool padded = message.size() >= size && message.size() <= size + 3 &&
                        std::all_of(message.begin() + static_cast<std::ptrdiff_t>(size), message.end(),
                                    [](std::uint8_t byte) { return byte == 0; });
    trial.expect(padded, wrong("answer-length", fmt::format("{} has {} bytes", what, size),
                               fmt::format("it has {} bytes", message.size())));
    message.resize(size);
    return message;
}

Bytes get_measurements(std::uint8_t operation, std::optional<ByteView> nonce, std::uint8_t slot) {
    Bytes request{0x11, 0xE0, static_cast<std::uint8_t>(nonce ? 1 : 0), operation};
    if (nonce) {
        append(request, *nonce);
        request.push_back(slot);
    }
    return request;
}

Bytes get_certificate(std::uint8_t slot, std::uint16_t offset, std::uint16_t length) {
    return concat(
        {Bytes{0x11, 0x82, slot, 0}, store(offset, std::endian::little), store(length, std::endian::little)});
}

Bytes negotiate(std::uint32_t asymmetric, std::uint32_t hash, std::uint16_t length) {
    Bytes request = concat({Bytes{0x11, 0xE3, 0, 0}, store(length, std::endian::little), Bytes{1, 0},
                            store(asymmetric, std::endian::little), store(hash, std::endian::little)});
    request.resize(32);
    return request;
}

Spdm::~Spdm() {
    if (transcript_.empty()) return;
    const ByteView text = as_bytes(transcript_);
    trial_.attach(
        {"transcript", "transcript", "transcript.txt", "text/plain", {text.begin(), text.end()}, {}});
}

Bytes Spdm::ask(ByteView request) {
    transcript_ += fmt::format("> {}\n", to_hex(request));
    Bytes answer = trial_.need(trial_.gpu().exchange(request), "an SPDM exchange");
    transcript_ += fmt::format("< {}\n", to_hex(answer));
    return answer;
}

Bytes Spdm::answered(ByteView request, std::uint8_t version, std::uint8_t code, std::size_t size,
                     std::string_view what) {
    Bytes answer = ask(request);
    trial_.expect(answer.size() >= size && answer.size() >= 4 && answer[0] == version && answer[1] == code,
                  wrong("unexpected-answer",
                        fmt::format("{}: message 0x{:02X} of version 0x{:02X}, at least {} bytes", what, code,
                                    version, size),
                        in_words(answer)));
    return answer;
}

Bytes Spdm::refused(ByteView request, std::initializer_list<std::uint8_t> codes, std::string_view what) {
    Bytes answer = ask(request);
    std::string wanted;
    for (const std::uint8_t code : codes)
        wanted += fmt::format("{}{}", wanted.empty() ? "" : " or ", error_name(code));
    trial_.expect(
        answer.size() >= 4 && answer[1] == 0x7F && std::ranges::find(codes, answer[2]) != codes.end(),
        wrong("not-refused", fmt::format("{}: ERROR {}", what, wanted), in_words(answer)));
    return answer;
}

Bytes Spdm::get_version() {
    Bytes answer = answered(get_version_request, 0x10, 0x04, 6, "VERSION");
    const std::size_t count = answer[5];
    answer = exactly(trial_, std::move(answer), 6 + 2 * count, "VERSION by its count");
    bool found = false;
    for (std::size_t i = 0; i < count; ++i) found = found || (u16(answer, 6 + 2 * i) & 0xFF00) == 0x1100;
    trial_.expect(found, "version-1-1-missing", "VERSION lists 1.1", to_hex(answer));
    return answer;
}

Bytes Spdm::get_capabilities() {
    return exactly(trial_, answered(get_capabilities_request, 0x11, 0x61, 12, "CAPABILITIES"), 12,
                   "CAPABILITIES");
}

Bytes Spdm::negotiate_algorithms() {
    Bytes answer = answered(negotiate(0x90, 0x03), 0x11, 0x63, 36, "ALGORITHMS");
    return exactly(trial_, std::move(answer), 36, "ALGORITHMS without structures");
}

void Spdm::connect() {
    get_version();
    get_capabilities();
    negotiate_algorithms();
}

MeasurementsFacts Spdm::measure(std::uint8_t operation, std::optional<ByteView> nonce) {
    Bytes answer = answered(get_measurements(operation, nonce), 0x11, 0x60, 8 + 32 + 2, "MEASUREMENTS");
    MeasurementsFacts out;
    out.total = answer[2];
    out.number_of_blocks = answer[4];
    const std::size_t record = u16(answer, 5) | static_cast<std::size_t>(answer[7]) << 16;
    trial_.expect(8 + record + 34 <= answer.size(), "record-length", "the measurement record lies inside",
                  in_words(answer));
    const std::size_t opaque = u16(answer, 8 + record + 32);
    const std::size_t body = 8 + record + 34 + opaque;
    out.message = exactly(trial_, std::move(answer), body + (nonce ? 96 : 0), "MEASUREMENTS by its lengths");
    if (nonce) out.signature = cut(out.message, body, 96);
    for (std::size_t at = 8; at < 8 + record;) {
        const std::size_t left = 8 + record - at;
        const std::size_t size = left < 4 ? left : u16(out.message, at + 2);
        trial_.expect(left >= 4 && size >= 3 && size <= left - 4, "block-framing",
                      "measurement blocks fill the record",
                      fmt::format("the block at offset {} does not fit", at));
        out.blocks.push_back({at, out.message[at], out.message[at + 1], static_cast<unsigned>(size),
                              out.message[at + 4], u16(out.message, at + 5),
                              cut(out.message, at + 7, size - 3)});
        at += 4 + size;
    }
    trial_.expect(out.blocks.size() == out.number_of_blocks, "block-count",
                  "NumberOfBlocks counts the blocks",
                  fmt::format("{} stated, {} there", out.number_of_blocks, out.blocks.size()));
    return out;
}

Bytes Spdm::certificate_chain(std::uint16_t portion) {
    Bytes out;
    std::size_t total = 0;
    do {
        Bytes answer = answered(get_certificate(0, static_cast<std::uint16_t>(out.size()), portion), 0x11,
                                0x02, 8, "CERTIFICATE");
        const std::size_t size = u16(answer, 4), rest = u16(answer, 6);
        answer = exactly(trial_, std::move(answer), 8 + size, "CERTIFICATE by its PortionLength");
        trial_.expect(size > 0 && size <= portion, "portion-length",
                      fmt::format("PortionLength is from 1 to {}", portion), fmt::format("it is {}", size));
        if (out.empty()) total = size + rest;
        append(out, ByteView{answer}.subspan(8));
        trial_.expect(out.size() + rest == total, "remainder-length",
                      fmt::format("RemainderLength is {} after {} bytes", total - std::min(total, out.size()),
                                  out.size()),
                      fmt::format("it is {}", rest));
    } while (out.size() < total);
    return out;
}

void needs_connection(Trial& trial) { Spdm{trial}.connect(); }

void needs_signed_measurement(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    spdm.measure(0xFF, random_bytes(trial, 32));
}

}  // namespace assay::conformance::gpu_evidence
