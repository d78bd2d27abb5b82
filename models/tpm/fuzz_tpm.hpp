// Mutated commands to a TPM in any state, for sanitizers: what it answers is well formed, and nothing else is
// asked of it.
#pragma once
#include "models/tpm/client_session.hpp"
#include "models/tpm/engine.hpp"

namespace assay::tpm {

/// A TPM that can be put back to where it was.
class RewindableTpm : public Engine {
public:
    using Engine::Engine;
    /// Goes through a power cycle and TPM2_Startup(CLEAR); what is loaded stays loaded, but no sessions and
    /// no sequences.
    void keep();
    /// To there. Random numbers that TPM2_StirRandom has changed stay changed.
    void rewind();

private:
    Permanent permanent_{};
    ResetState reset_{};
    ClearState clear_{};
    PcrBanks pcrs_{};
    std::vector<SharedObject> loaded_{};
};

/// Repeatable, and made anew in no time.
class Noise final : public Random {
public:
    explicit Noise(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override;

private:
    std::uint64_t state_;
};

class FuzzTpm {
public:
    /// Everything follows from `seed`.
    explicit FuzzTpm(std::uint64_t seed);

    /// One mutated command, now and then with a power cycle, another locality, later. Throws std::logic_error
    /// with the command when the answer is malformed.
    void step();
    /// The same with the bytes of a fuzzer, always from the same beginning. The first byte asks for sessions:
    /// policy, trial, HMAC, HMAC with parameter encryption (bits 0 to 3). Then each command stands after 16
    /// bits: from the top one on power cycle (1), locality (3), length (12). Its commandSize is put right,
    /// but not at locality 7, which is 0.
    void run(ByteView input);
    /// Inputs to begin with: the conversation that reaches every family of commands, command by command and
    /// whole.
    std::vector<Bytes> seeds() const;
    std::size_t accepted() const { return accepted_; }

private:
    void begin();
    /// A conversation that reaches every family of commands; each command of it is a seed for mutation.
    void converse();
    template <class In>
    std::optional<typename In::Out> call(const In& in, std::vector<TpmsAuthCommand> sessions = {});
    Bytes mutated();
    void change(Bytes& command);
    void send(ByteView command, unsigned locality);
    void send(ByteView command) { send(command, static_cast<unsigned>(below(8) == 0 ? below(6) : 0)); }
    std::size_t below(std::size_t limit);

    crypto::Drbg choices_;
    Noise random_;
    ManualTime time_{};
    RewindableTpm tpm_;
    bool kept_ = false;
    std::vector<Bytes> corpus_{};
    std::size_t named_ = 0;  // of the corpus: commands that were accepted when they were made
    std::size_t accepted_ = 0;
};

}  // namespace assay::tpm
