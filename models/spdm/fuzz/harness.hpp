// One execution of a fuzzer, for the two ends of SPDM: any bytes lead to a state and drive the end from
// there. What must hold for every input is checked; where it does not, std::logic_error.
#pragma once
#include "models/spdm/requester.hpp"
#include "models/spdm/responder.hpp"

namespace assay::spdm {

/// Byte 0: the state to begin in; byte 1: version and features; then messages, each after a byte of how it
/// travels and two of its length.
void fuzz_responder(ByteView input);
/// Byte 0: what the requester does; byte 1: version and features; byte 2: how many answers reach it unharmed;
/// then for each answer a byte of what becomes of it, a length, and bytes.
void fuzz_requester(ByteView input);

inline constexpr unsigned responder_messages = 12;  // what an input has after them is of no effect
inline constexpr std::uint8_t requester_courses = 8, requester_answers = 16;

/// Inputs to begin with: every state and step, unharmed.
std::vector<Bytes> responder_seeds();
std::vector<Bytes> requester_seeds();

/// Repeatable noise.
class Noise final : public Random {
public:
    explicit Noise(std::uint64_t seed = 1) : state_(seed) {}
    std::uint64_t next();
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 32);
    }

private:
    std::uint64_t state_;
};

/// `count` inputs, each a seed with a few changes, through `target`.
void fuzz_mutations(void (*target)(ByteView), const std::vector<Bytes>& seeds, std::uint64_t seed,
                    std::uint64_t count);

}  // namespace assay::spdm
