// A requester of SPDM 1.1 (DSP0274) that works on bytes alone: it sends what a case says and reads answers by
// offset.
#pragma once
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {

/// ERROR codes of SPDM 1.1.
inline constexpr std::uint8_t invalid_request = 0x01, unexpected_request = 0x04, unspecified = 0x05,
                              unsupported_request = 0x07, version_mismatch = 0x41;

struct MeasurementsFacts {
    Bytes message;  // as long as its own lengths say
    unsigned total = 0;
    unsigned number_of_blocks = 0;
    std::vector<BlockFacts> blocks;
    Bytes signature;  // empty when none was asked for
    ByteView unsigned_part() const { return ByteView{message}.first(message.size() - signature.size()); }
};

/// One connection. What was sent and received is attached as "transcript" when it ends.
class Spdm {
public:
    explicit Spdm(Trial& trial) : trial_(trial) {}
    Spdm(const Spdm&) = delete;
    Spdm& operator=(const Spdm&) = delete;
    ~Spdm();

    /// The answer, empty when none came.
    Bytes ask(ByteView request);

    /// Sends `request`; the case fails unless the answer begins with `version` and `code` and has at least
    /// `size` bytes.
    Bytes answered(ByteView request, std::uint8_t version, std::uint8_t code, std::size_t size,
                   std::string_view what);
    /// Sends `request`; the case fails unless the answer is ERROR with one of `codes`. Returns it.
    Bytes refused(ByteView request, std::initializer_list<std::uint8_t> codes, std::string_view what);

    // The set-up messages, each judged as far as the next needs it.
    Bytes get_version();
    Bytes get_capabilities();
    Bytes negotiate_algorithms();
    /// All three.
    void connect();

    /// GET_MEASUREMENTS; `nonce` asks for a signature over slot 0.
    MeasurementsFacts measure(std::uint8_t operation, std::optional<ByteView> nonce);
    /// The certificate chain structure of slot 0, in portions of `portion` bytes.
    Bytes certificate_chain(std::uint16_t portion);
    /// Whether the leaf of `certificates` signed `transcript` with `signature`.
    bool covers(const std::vector<crypto::Certificate>& certificates, ByteView transcript,
                ByteView signature) {
        return signed_by(certificates.front(), transcript, signature);
    }

    Trial& trial() { return trial_; }

private:
    Trial& trial_;
    std::string transcript_;
};

/// The first `size` bytes; the case fails when there are fewer, or more than transport padding (three zeros).
Bytes exactly(Trial& trial, Bytes message, std::size_t size, std::string_view what);

Bytes get_measurements(std::uint8_t operation, std::optional<ByteView> nonce, std::uint8_t slot = 0);
Bytes get_certificate(std::uint8_t slot, std::uint16_t offset, std::uint16_t length);
/// NEGOTIATE_ALGORITHMS of 32 bytes.
Bytes negotiate(std::uint32_t asymmetric, std::uint32_t hash, std::uint16_t length = 32);
inline constexpr std::array<std::uint8_t, 4> get_version_request{0x10, 0x84, 0, 0};
inline constexpr std::array<std::uint8_t, 12> get_capabilities_request{0x11, 0xE1};
inline constexpr std::array<std::uint8_t, 4> get_digests_request{0x11, 0x81, 0, 0};

unsigned u16(ByteView message, std::size_t at);
std::uint32_t u32(ByteView message, std::size_t at);
/// "ERROR InvalidRequest", "DIGESTS", "nothing": an answer in words.
std::string in_words(ByteView answer);

/// `prepare` of the cases beyond the set-up: VCA works.
void needs_connection(Trial& trial);
/// The same, and a signed measurement works.
void needs_signed_measurement(Trial& trial);

}  // namespace assay::conformance::gpu_evidence
