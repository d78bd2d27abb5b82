// SystemC shell of the agent: command lines through a mailbox on a bus, answers after the time they take.
#pragma once
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_target_socket.h>

#include "models/runtime/agent.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::runtime {

/// Registers of 4 bytes (little endian) and behind them one buffer for the command line and then its answer.
/// The host writes the line and its length and says GO; while BUSY the buffer takes no access. The answer
/// overwrites the whole buffer: its bytes, then zeros. A length above the buffer is answered with RP-LIMIT by
/// the core, which sees one byte more than it takes.
class AgentModule : public sc_core::sc_module {
public:
    static constexpr std::uint64_t status = 0x00, length = 0x04, go = 0x08, buffer = 0x100;
    static constexpr std::uint32_t status_busy = 1U << 0, status_answered = 1U << 1;
    /// One byte more than the longest line: what is too long can be said.
    static constexpr std::size_t buffer_size = Agent::max_command_size + 1;

    tlm_utils::simple_target_socket<AgentModule> socket{"socket"};
    /// While it is high the agent is as power-on leaves it: no policy, an empty buffer.
    sc_core::sc_in<bool> reset{"reset"};

    /// Figures of the profile: runtime.register per access, runtime.command from GO to the answer. `effects`
    /// and `profile` outlive it. Throws std::out_of_range when the profile lacks a figure.
    AgentModule(const sc_core::sc_module_name& name, Effects& effects, const kernel::TimingProfile& profile);

    /// The measured boot binds the policy here, after reset and before the host says GO for the first time.
    Agent& core() { return core_; }
    const Agent& core() const { return core_; }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);
    tlm::tlm_response_status access(tlm::tlm_generic_payload& trans, bool effects);
    tlm::tlm_response_status access_register(std::uint64_t address, std::span<std::uint8_t> data, bool write);
    void on_reset();
    void on_command();

    Agent core_;
    sc_core::sc_time access_time_, command_time_;
    Bytes buffer_;
    std::uint32_t length_ = 0;
    bool busy_ = false, answered_ = false;
    sc_core::sc_event command_{"command"};
};

}  // namespace assay::runtime
