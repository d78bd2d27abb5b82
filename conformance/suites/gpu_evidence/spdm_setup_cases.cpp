// GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS (DSP0274 1.1).
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/spdm_client.hpp"

namespace assay::conformance::gpu_evidence {
namespace spdm_setup_topic {

void lists_1_1(Trial& trial) { Spdm{trial}.get_version(); }
void version_format(Trial& trial) {
    Spdm spdm{trial};
    const Bytes answer = spdm.get_version();
    trial.expect(answer[2] == 0 && answer[3] == 0 && answer[4] == 0, "version-reserved",
                 "parameters and reserved byte of VERSION are 0", to_hex(answer));
    for (std::size_t at = 6; at + 2 <= answer.size(); at += 2)
        trial.expect((u16(answer, at) >> 12) == 1, "version-entry", "every entry is of major version 1",
                     fmt::format("an entry is {:04X}", u16(answer, at)));
}
void version_of_other_header(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    for (const std::uint8_t version : {std::uint8_t{0x11}, std::uint8_t{0x20}, std::uint8_t{0x00}}) {
        const Bytes answer = spdm.refused(Bytes{version, 0x84, 0, 0}, {version_mismatch}, "GET_VERSION");
        trial.expect(answer[0] == 0x10, "error-version", "the error to GET_VERSION is of version 0x10",
                     in_words(answer));
    }
}
void version_ignores_reserved(Trial& trial) {
    Spdm spdm{trial};
    spdm.answered(Bytes{0x10, 0x84, 5, 7}, 0x10, 0x04, 6, "GET_VERSION with reserved parameters set");
}
void version_resets(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    spdm.measure(0xFF, random_bytes(trial, 32));
    spdm.get_version();
    spdm.refused(get_measurements(0xFF, random_bytes(trial, 32)), {unexpected_request, version_mismatch},
                 "GET_MEASUREMENTS after GET_VERSION");
    spdm.get_capabilities();
    spdm.negotiate_algorithms();
    spdm.measure(0xFF, random_bytes(trial, 32));
}

void capabilities_format(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const Bytes answer = spdm.get_capabilities();
    trial.expect(answer[2] == 0 && answer[3] == 0 && answer[4] == 0 && u16(answer, 6) == 0,
                 "capabilities-reserved", "parameters and reserved bytes of CAPABILITIES are 0",
                 to_hex(answer));
    trial.expect(answer[5] <= 31, "ct-exponent", "CTExponent is at most 31",
                 fmt::format("it is {}", answer[5]));
}
void measures_with_signature(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const std::uint32_t flags = u32(spdm.get_capabilities(), 8);
    trial.expect((flags & 0x18) == 0x10, "meas-cap", "MEAS_CAP is 10b: measurements with signature",
                 fmt::format("Flags are {:08X}", flags));
    trial.expect((flags & 0x02) != 0, "cert-cap", "CERT_CAP is set", fmt::format("Flags are {:08X}", flags));
}
void flags_agree(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const std::uint32_t flags = u32(spdm.get_capabilities(), 8);
    const auto has = [flags](std::uint32_t mask) {
        return (flags & mask) != 0;
    };
    const auto expect = [&](bool held, std::string_view sentence) {
        trial.expect(held, "capability-flags", sentence, fmt::format("Flags are {:08X}", flags));
    };
    const bool keys = has(0x200) || has(0xC00);
    expect((flags & 0x18) != 0x18, "MEAS_CAP is not 11b");
    expect((flags & 0xC00) != 0xC00, "PSK_CAP is not 11b");
    expect(!(has(0x40) || has(0x80)) || keys, "ENCRYPT_CAP and MAC_CAP need KEY_EX_CAP or PSK_CAP");
    expect(!keys || has(0x40) || has(0x80), "KEY_EX_CAP and PSK_CAP need ENCRYPT_CAP or MAC_CAP");
    expect(!has(0x100) || has(0x1000), "MUT_AUTH_CAP needs ENCAP_CAP");
    expect(!has(0x8000) || has(0x200), "HANDSHAKE_IN_THE_CLEAR_CAP needs KEY_EX_CAP");
    expect(!(has(0x02) && has(0x10000)), "CERT_CAP and PUB_KEY_ID_CAP exclude each other");
    expect((flags & 0xFFFE0000) == 0, "bits that SPDM 1.1 reserves are 0");
}
void capabilities_come_second(Trial& trial) {
    Spdm spdm{trial};
    spdm.refused(get_capabilities_request, {unexpected_request, version_mismatch},
                 "GET_CAPABILITIES before GET_VERSION");
    spdm.get_version();
    spdm.get_capabilities();
}
void unknown_version_is_refused(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    auto request = get_capabilities_request;
    request[0] = 0x1F;
    spdm.refused(request, {version_mismatch}, "GET_CAPABILITIES of version 1.15");
}
void short_capabilities(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.refused(Bytes{0x11, 0xE1, 0, 0, 0, 0, 0, 0}, {invalid_request}, "GET_CAPABILITIES of 8 bytes");
    spdm.get_capabilities();
}

void selects_p384_sha384(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    const Bytes answer = spdm.negotiate_algorithms();
    trial.expect(u32(answer, 12) == 0x80, "asymmetric-algorithm", "BaseAsymSel is ECDSA P-384 (0x80)",
                 fmt::format("it is {:08X}", u32(answer, 12)));
    trial.expect(u32(answer, 16) == 0x02, "hash-algorithm", "BaseHashSel is SHA-384 (0x02)",
                 fmt::format("it is {:08X}", u32(answer, 16)));
}
void measures_with_sha384(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    const Bytes answer = spdm.negotiate_algorithms();
    trial.expect(answer[6] == 1, "measurement-specification", "MeasurementSpecificationSel is DMTF (1)",
                 fmt::format("it is {}", answer[6]));
    trial.expect(u32(answer, 8) == 0x04, "measurement-hash", "MeasurementHashAlgo is SHA-384 (0x04)",
                 fmt::format("it is {:08X}", u32(answer, 8)));
}
void algorithms_format(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    const Bytes answer = spdm.negotiate_algorithms();
    trial.expect(answer[2] == 0 && answer[3] == 0, "algorithms-structures",
                 "ALGORITHMS has no structures where the request has none", to_hex(answer));
    trial.expect(u16(answer, 4) == 36, "algorithms-length", "Length is 36",
                 fmt::format("it is {}", u16(answer, 4)));
    trial.expect(answer[32] == 0 && answer[33] == 0, "algorithms-extended",
                 "no extended algorithm is selected", to_hex(answer));
    for (const std::size_t at : {8U, 12U, 16U})
        trial.expect(std::popcount(u32(answer, at)) <= 1, "algorithms-several",
                     "each selection has one bit at most", to_hex(answer));
    for (std::size_t at = 20; at < 32; ++at)
        trial.expect(answer[at] == 0, "algorithms-reserved", "reserved bytes of ALGORITHMS are 0",
                     to_hex(answer));
}
void nothing_in_common(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    // RSASSA 2048 with SHA3-512: no profile of such a device has them.
    spdm.refused(negotiate(0x01, 0x20), {invalid_request, unspecified},
                 "NEGOTIATE_ALGORITHMS without common ones");
}
void wrong_length(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    spdm.refused(negotiate(0x90, 0x03, 31), {invalid_request}, "NEGOTIATE_ALGORITHMS with Length 31");
    spdm.refused(negotiate(0x90, 0x03, 64), {invalid_request}, "NEGOTIATE_ALGORITHMS with Length 64");
    spdm.negotiate_algorithms();
}
void algorithms_come_third(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.refused(negotiate(0x90, 0x03), {unexpected_request, version_mismatch},
                 "NEGOTIATE_ALGORITHMS before GET_CAPABILITIES");
}
void works_again(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    const Bytes capabilities = spdm.get_capabilities();
    const Bytes algorithms = spdm.negotiate_algorithms();
    for (int i = 0; i < 3; ++i) {
        spdm.get_version();
        trial.expect(spdm.get_capabilities() == capabilities && spdm.negotiate_algorithms() == algorithms,
                     "setup-differs", "a new set-up gives the same capabilities and algorithms",
                     "it does not");
    }
}

std::vector<Case> all() {
    const std::vector<std::string> spdm{"spdm"};
    return {
        make_case("spdm.version", "The device speaks SPDM 1.1", {"GPU-SPDM-001"}, spdm, nullptr, lists_1_1),
        make_case("spdm.version-format", "VERSION has the form of the standard", {"GPU-SPDM-001"}, spdm,
                  nullptr, version_format),
        make_case("spdm.version-header", "GET_VERSION of another version than 1.0 is refused",
                  {"GPU-SPDM-002"}, spdm, nullptr, version_of_other_header),
        make_case("spdm.version-reserved", "Reserved parameters of GET_VERSION are ignored", {"GPU-SPDM-003"},
                  spdm, nullptr, version_ignores_reserved),
        make_case("spdm.version-resets", "GET_VERSION ends the connection before it", {"GPU-SPDM-004"}, spdm,
                  needs_signed_measurement, version_resets),
        make_case("spdm.capabilities-format", "CAPABILITIES has the form of the standard", {"GPU-SPDM-005"},
                  spdm, nullptr, capabilities_format),
        make_case("spdm.capabilities-signed", "The device offers signed measurements and certificates",
                  {"GPU-SPDM-006"}, spdm, nullptr, measures_with_signature),
        make_case("spdm.capabilities-agree", "Capability flags do not contradict each other",
                  {"GPU-SPDM-007"}, spdm, nullptr, flags_agree),
        make_case("spdm.capabilities-order", "GET_CAPABILITIES before GET_VERSION is refused",
                  {"GPU-SPDM-008"}, spdm, nullptr, capabilities_come_second),
        make_case("spdm.capabilities-version", "A version that was not offered is refused", {"GPU-SPDM-002"},
                  spdm, nullptr, unknown_version_is_refused),
        make_case("spdm.capabilities-short", "A GET_CAPABILITIES cut short is refused", {"GPU-SPDM-009"},
                  spdm, nullptr, short_capabilities),
        make_case("spdm.algorithms", "ECDSA P-384 and SHA-384 are selected", {"GPU-SPDM-010"}, spdm, nullptr,
                  selects_p384_sha384),
        make_case("spdm.algorithms-measurement", "Measurements are digests of SHA-384", {"GPU-SPDM-010"},
                  spdm, nullptr, measures_with_sha384),
        make_case("spdm.algorithms-format", "ALGORITHMS has the form of the standard", {"GPU-SPDM-011"}, spdm,
                  nullptr, algorithms_format),
        make_case("spdm.algorithms-none", "An offer without a common algorithm is refused", {"GPU-SPDM-012"},
                  spdm, nullptr, nothing_in_common),
        make_case("spdm.algorithms-length", "A wrong Length of NEGOTIATE_ALGORITHMS is refused",
                  {"GPU-SPDM-009"}, spdm, nullptr, wrong_length),
        make_case("spdm.algorithms-order", "NEGOTIATE_ALGORITHMS before GET_CAPABILITIES is refused",
                  {"GPU-SPDM-008"}, spdm, nullptr, algorithms_come_third),
        make_case("spdm.setup-again", "The set-up can be repeated", {"GPU-SPDM-004"}, spdm, nullptr,
                  works_again),
    };
}

}  // namespace spdm_setup_topic

std::vector<Case> spdm_setup_cases() { return spdm_setup_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
