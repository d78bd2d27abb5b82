// The TPM 2.0 itself, free of SystemC: bytes in, bytes out. Servers, modules, fuzzers and benchmarks call it
// directly.
//
//     crypto::Drbg random{seed, "vTPM"};
//     tpm::ManualTime time;
//     tpm::Engine vtpm{{.firmware_version = 0x0002'0000'0000'0001}, random, time};
//     vtpm.power_on();
//     tpm::call([&](ByteView command) { return vtpm.execute(command); }, tpm::StartupIn{tpm::Su::clear});
//
// What it keeps without power (seeds, persistent objects, NV indices, counters) lives in the engine, so that
// power_off() and power_on() are a power cycle; a new engine is a newly manufactured TPM. It neither moves
// nor is copied.
#pragma once
#include "models/tpm/tpm.hpp"

namespace assay::tpm {

class Engine {
public:
    /// `random` and `time` outlive the engine. Without power until power_on().
    Engine(const Config& config, Random& random, const TimeSource& time) : tpm_(config, random, time) {}
    virtual ~Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // What others do around a TPM can stand between it and its users: see models/cvm/vtpm_profile.hpp.

    /// _TPM_Init. Nothing happens when the power is on already.
    virtual void power_on() { tpm_.power_on(); }
    /// Volatile state is wiped. Nothing happens when it is off already.
    virtual void power_off() { tpm_.power_off(); }
    bool is_powered() const { return tpm_.is_powered; }

    /// Runs one whole command and returns the whole response. Any bytes are allowed: what is not a command is
    /// refused with the response code that Part 3, 5 ("Command Processing") asks for, and changes no state
    /// but that of dictionary attack. Without power: TPM_RC_FAILURE.
    virtual Bytes execute(ByteView command, unsigned locality = 0);

    /// What a self test that fails leads to (Part 1, 12.3): answers little until the next power cycle.
    void enter_failure_mode() { tpm_.ram.is_failed = true; }

    /// Somebody stands before the machine (Part 1, 14). Lost with the power.
    void set_physical_presence(bool present) { tpm_.ram.physical_presence = present; }

    /// _TPM_Hash_Start, _Data, _End (Part 1, 34.2; Part 3, 22.9): the measured launch. Before TPM2_Startup it
    /// begins PCR 0 (H-CRTM); after it PCRs 17 to 22 are reset and PCR 17 gets the digest (DRTM). A command
    /// in between ends it without effect, as does data without a start.
    void hash_start() { tpm_.launch_start(); }
    void hash_data(ByteView data) { tpm_.launch_data(data); }
    void hash_end() { tpm_.launch_end(); }
    /// TPM_ACCESS.tpmEstablishment: whether there was a launch. It stays until it is reset.
    bool is_established() const { return tpm_.permanent.is_established; }
    void reset_established() {
        tpm_.permanent.is_established = false;
        tpm_.save();
    }

    // Migration (state_blob.hpp), as swtpm's control port does it.
    enum class Part : std::uint32_t { permanent = 1, volatile_part = 2 };
    /// Nothing for the volatile part of a TPM that has no power, and keeps none for it.
    std::optional<Secret> state(Part part) const;
    /// Without power. False, and nothing changes, for what is no such blob or does not fit Config. A volatile
    /// part is kept: with it the TPM goes on at the next power_on(), where a Startup is not due. An empty one
    /// makes that an ordinary one again.
    [[nodiscard]] bool set_state(Part part, ByteView blob);
    /// Keeps the volatile part as it is now, in the state folder, too. False without power.
    [[nodiscard]] bool store_volatile();

    const Config& config() const { return tpm_.config; }
    /// What the machine around it can take: Config::max_command_size from here on. Without power.
    void set_max_command_size(std::uint32_t bytes) { tpm_.config.max_command_size = bytes; }

protected:
    Tpm tpm_;
};

}  // namespace assay::tpm
