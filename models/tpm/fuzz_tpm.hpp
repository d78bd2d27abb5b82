// Mutated commands to a TPM in any state, for sanitizers: what it answers is well formed, and nothing else is
// asked of it.
#pragma once
#include "models/tpm/client_session.hpp"
#include "models/tpm/engine.hpp"

namespace assay::tpm {

class FuzzTpm {
public:
    /// Everything follows from `seed`.
    explicit FuzzTpm(std::uint64_t seed);

    /// One mutated command, now and then with a power cycle, another locality, later. Throws std::logic_error
    /// with the command when the answer is malformed.
    void step();
    /// The same with the bytes of a fuzzer: each command stands after its length (u16); the top bit asks for
    /// a power cycle.
    void run(ByteView input);
    std::size_t accepted() const { return accepted_; }

private:
    void begin();
    /// A conversation that reaches every family of commands; each command of it is a seed for mutation.
    void converse();
    template <class In>
    std::optional<typename In::Out> call(const In& in, std::vector<TpmsAuthCommand> sessions = {});
    Bytes mutated();
    void change(Bytes& command);
    void send(ByteView command);
    std::size_t below(std::size_t limit);

    crypto::Drbg choices_, random_;
    ManualTime time_{};
    Engine tpm_;
    std::vector<Bytes> corpus_{};
    std::size_t named_ = 0;  // of the corpus: commands that were accepted when they were made
    std::size_t accepted_ = 0;
};

}  // namespace assay::tpm
