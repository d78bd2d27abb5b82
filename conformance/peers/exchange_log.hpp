// What a TPM was asked and what it answered, so that two TPMs can be compared exchange by exchange; and
// hostile neighbours of each command, sent before it.
#pragma once
#include <vector>

#include "conformance/targets/tpm_port.hpp"
#include "sim/base/wire.hpp"

namespace assay::conformance::peers {

struct Exchange {
    Bytes command;   // empty: a reset of the platform
    Bytes response;  // empty when there was none
    unsigned locality = 0;
    std::string mutation{};  // of a hostile command: which field was changed, and how
};
using ExchangeLog = std::vector<Exchange>;

/// One change of one field of a command. Fields are counted as the standard lists them, so that the same
/// change can be made to two commands that differ in their nonces and keys.
struct Mutation {
    enum class Kind : std::uint8_t { cut_before, cut_inside, zero, ones, add_one, flip_top, trailing_byte };
    Kind kind{};
    std::size_t field = 0;  // modulo the number of fields
};
inline constexpr std::size_t mutation_kinds = 7;

/// The changed command, its commandSize as it should be; no bytes where the command has no such field or
/// carries encrypted parameters, in which fields cannot be told. `what` says what was changed.
Bytes mutated(ByteView command, const Mutation& mutation, std::string& what);

/// Writes down what crosses a port that it does not own. With `mutants` each command is preceded by so many
/// changed ones, chosen by `seed` and the number of the command.
class RecordingPort final : public TpmPort {
public:
    RecordingPort(TpmPort& inner, ExchangeLog& log, std::size_t mutants = 0, std::uint64_t seed = 0)
        : inner_(inner), log_(log), mutants_(mutants), state_(seed) {}
    std::set<std::string> capabilities() const override { return inner_.capabilities(); }
    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override;
    Result<Nothing, PortError> reset() override;

private:
    std::uint64_t draw();
    Result<Bytes, PortError> send(ByteView command, unsigned locality, std::string mutation);

    TpmPort& inner_;
    ExchangeLog& log_;
    std::size_t mutants_;
    std::uint64_t state_;
};

}  // namespace assay::conformance::peers
