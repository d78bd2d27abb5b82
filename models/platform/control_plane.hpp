// The host's control plane: command lines go to the agent in the VM through its mailbox, whoever asks.
#pragma once
#include "models/runtime/agent_module.hpp"
#include "sim/base/event.hpp"
#include "sim/kernel/initiator.hpp"

namespace assay::platform {

class ControlPlane : public sc_core::sc_module {
public:
    kernel::Initiator cpu{"cpu"};

    /// Figure: runtime.poll, between reads of the mailbox's status. `events` outlives it.
    ControlPlane(const sc_core::sc_module_name& name, const kernel::TimingProfile& profile, EventSink& events)
        : sc_module(name), poll_(profile.time("runtime.poll")), events_(events) {}

    /// One command line (a longer one than the mailbox holds is cut there: the agent refuses it) and the
    /// agent's answer, for threads. `command` names it in the events. std::logic_error when the bus fails.
    Bytes send(std::string_view command, ByteView line);

private:
    sc_core::sc_time poll_;
    EventSink& events_;
};

}  // namespace assay::platform
