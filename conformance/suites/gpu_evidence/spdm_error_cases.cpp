// Requests that are wrong (DSP0274 1.1, ERROR): each gets its error, and the device goes on.
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/spdm_client.hpp"

namespace assay::conformance::gpu_evidence {
namespace spdm_error_topic {

/// The connection still serves a signed measurement, without a new set-up.
void expect_alive(Spdm& spdm) { spdm.measure(0xFF, random_bytes(spdm.trial(), 32)); }

void unknown_code(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    for (const std::uint8_t code : {std::uint8_t{0x90}, std::uint8_t{0xBF}, std::uint8_t{0xFB}}) {
        const Bytes answer = spdm.refused(Bytes{0x11, code, 0, 0}, {unsupported_request},
                                          fmt::format("a request of the unknown code 0x{:02X}", code));
        trial.expect(answer[3] == code, "error-data",
                     fmt::format("Param2 is the request code 0x{:02X}", code), in_words(answer));
    }
    expect_alive(spdm);
}
void session_without_capability(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const std::uint32_t flags = u32(spdm.get_capabilities(), 8);
    spdm.negotiate_algorithms();
    if ((flags & 0x200) != 0) trial.not_tested(NotTested::not_supported, "the device has KEY_EX_CAP");
    Bytes request{0x11, 0xE4, 0, 0};
    request.resize(64);
    const Bytes answer =
        spdm.refused(request, {unsupported_request, unexpected_request}, "KEY_EXCHANGE without KEY_EX_CAP");
    trial.expect(answer[2] != unsupported_request || answer[3] == 0xE4, "error-data",
                 "Param2 of UnsupportedRequest is the request code 0xE4", in_words(answer));
    expect_alive(spdm);
}
void response_as_request(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    for (const std::uint8_t code : {std::uint8_t{0x60}, std::uint8_t{0x01}, std::uint8_t{0x7F}})
        spdm.refused(Bytes{0x11, code, 0, 0}, {unsupported_request, invalid_request, unexpected_request},
                     fmt::format("response code 0x{:02X} sent as a request", code));
    expect_alive(spdm);
}
void other_version(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    for (const std::uint8_t version : {std::uint8_t{0x10}, std::uint8_t{0x12}, std::uint8_t{0xFF}}) {
        const Bytes answer = spdm.refused(Bytes{version, 0x81, 0, 0}, {version_mismatch},
                                          fmt::format("GET_DIGESTS of version 0x{:02X}", version));
        trial.expect(answer[0] == 0x11, "error-version", "the error is of the negotiated version 0x11",
                     in_words(answer));
    }
    expect_alive(spdm);
}
void other_version_of_measurements(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    Bytes request = get_measurements(0xFF, random_bytes(trial, 32));
    request[0] = 0x12;
    spdm.refused(request, {version_mismatch}, "GET_MEASUREMENTS of version 1.2");
    expect_alive(spdm);
}
void cut_short(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    // Sizes that a transport of 4-byte units carries as they are.
    spdm.refused(ByteView{get_certificate(0, 0, 1024)}.first(4), {invalid_request},
                 "GET_CERTIFICATE cut to 4 bytes");
    const Bytes measurements = get_measurements(0xFF, random_bytes(trial, 32));
    for (const std::size_t size : {8U, 20U, 36U})
        spdm.refused(ByteView{measurements}.first(size), {invalid_request},
                     fmt::format("signed GET_MEASUREMENTS cut to {} bytes", size));
    expect_alive(spdm);
}
void shorter_than_a_header(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    // Code 0 is no request, also where the transport fills up to 4 bytes.
    const Bytes header{0x11, 0x00, 0, 0};
    for (const std::size_t size : {1U, 2U, 3U}) {
        const auto outcome = trial.gpu().exchange(ByteView{header}.first(size));
        // A transport may refuse to carry what is no message; silence is right, too.
        if (!outcome && (outcome.error().kind == PortError::Kind::refused ||
                         outcome.error().kind == PortError::Kind::not_supported))
            continue;
        const Bytes answer = trial.need(outcome, "an SPDM exchange");
        trial.expect(answer.empty() || (answer.size() >= 4 && answer[1] == 0x7F), "short-answered",
                     fmt::format("{} bytes are no message: no answer, or ERROR", size), in_words(answer));
    }
    expect_alive(spdm);
}
void more_than_the_request(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    Bytes request{0x11, 0x81, 0, 0};
    request.resize(1024, 0xA5);
    const Bytes answer = spdm.ask(request);
    trial.expect(
        answer.size() >= 4 && (answer[1] == 0x01 || (answer[1] == 0x7F && answer[2] == invalid_request)),
        "long-request", "GET_DIGESTS with 1020 more bytes gives DIGESTS or InvalidRequest", in_words(answer));
    expect_alive(spdm);
}
void error_format(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    Bytes answer = spdm.refused(get_certificate(8, 0, 16), {invalid_request}, "GET_CERTIFICATE for slot 8");
    trial.expect(answer[0] == 0x11 && answer[3] == 0, "error-format",
                 "InvalidRequest has the negotiated version and Param2 0", in_words(answer));
    exactly(trial, std::move(answer), 4, "InvalidRequest");
}
void error_before_negotiation(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const Bytes answer = spdm.refused(get_digests_request, {unexpected_request, version_mismatch},
                                      "GET_DIGESTS right after GET_VERSION");
    trial.expect(answer[0] == 0x10, "error-version",
                 "before a version is negotiated, errors are of version 0x10", in_words(answer));
}
void noise(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    for (int i = 0; i < 64; ++i) {
        Bytes message = random_bytes(trial, 4U + random_bytes(trial, 1)[0] % 60U);
        message[0] = i % 2 == 0 ? 0x11 : message[0];
        if (message[1] == 0x84) message[1] = 0x85;  // GET_VERSION would end the connection
        const auto outcome = trial.gpu().exchange(message);
        if (!outcome && outcome.error().kind == PortError::Kind::refused) continue;
        const Bytes answer = trial.need(outcome, "an answer to noise");
        trial.expect(answer.empty() || answer.size() >= 4, "noise-answer",
                     "an answer to noise is a message, or there is none", in_words(answer));
    }
    spdm.connect();
    expect_alive(spdm);
}

std::vector<Case> all() {
    const std::vector<std::string> spdm{"spdm"};
    return {
        make_case("spdm.error-unknown-code", "An unknown request is refused by its code", {"GPU-SPDM-030"},
                  spdm, needs_signed_measurement, unknown_code),
        make_case("spdm.error-no-session", "KEY_EXCHANGE without the capability is refused", {"GPU-SPDM-030"},
                  spdm, needs_signed_measurement, session_without_capability),
        make_case("spdm.error-response", "A response sent as a request is refused", {"GPU-SPDM-031"}, spdm,
                  needs_signed_measurement, response_as_request),
        make_case("spdm.error-version", "A request of another version is refused", {"GPU-SPDM-002"}, spdm,
                  needs_signed_measurement, other_version),
        make_case("spdm.error-measurement-version", "GET_MEASUREMENTS of another version is refused",
                  {"GPU-SPDM-002"}, spdm, needs_signed_measurement, other_version_of_measurements),
        make_case("spdm.error-short", "Requests cut short are refused", {"GPU-SPDM-009"}, spdm,
                  needs_signed_measurement, cut_short),
        make_case("spdm.error-no-header", "Less than a header is no request", {"GPU-SPDM-032"}, spdm,
                  needs_signed_measurement, shorter_than_a_header),
        make_case("spdm.error-long", "A request with bytes after it does no harm", {"GPU-SPDM-032"}, spdm,
                  needs_signed_measurement, more_than_the_request),
        make_case("spdm.error-format", "ERROR has the form of the standard", {"GPU-SPDM-033"}, spdm,
                  needs_connection, error_format),
        make_case("spdm.error-early", "Errors before negotiation are of version 1.0", {"GPU-SPDM-033"}, spdm,
                  needs_connection, error_before_negotiation),
        make_case("spdm.error-noise", "Noise does not disturb the device", {"GPU-SPDM-032"}, spdm,
                  needs_signed_measurement, noise),
    };
}

}  // namespace spdm_error_topic

std::vector<Case> spdm_error_cases() { return spdm_error_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
