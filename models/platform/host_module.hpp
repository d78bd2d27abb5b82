// The host's side of a GPU: a driver program that finds the DOE mailbox, discovers its features, and passes
// SPDM messages through it.
#pragma once
#include <functional>

#include "models/gpu/probe.hpp"
#include "models/spdm/doe.hpp"
#include "models/spdm/requester.hpp"
#include "sim/kernel/initiator.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::platform {

/// Why a message brought no answer.
struct LinkError {
    enum class Kind : std::uint8_t {
        too_long,  // for a data object: nothing was sent
        bus,       // a configuration access failed
        absent,    // no DOE capability, or without the feature that is needed
        device,    // DOE Error
        timeout,   // neither an answer nor an error in host.timeout
        refused,   // the responder answered, and the conversation could not go on
    };
    Kind kind{};
    std::string what;
};

/// One long-lived thread. run() hands it a task, and the simulation runs until that is done.
class HostModule : public sc_core::sc_module {
public:
    kernel::Initiator cpu{"cpu"};

    HostModule(const sc_core::sc_module_name& name, const kernel::TimingProfile& profile, gpu::Probe& probe);

    /// After a power-on reset nothing is known of the device.
    void forget() { mailbox_.reset(); }

    /// Runs `task` in the program's thread, and the simulation until nothing is left to happen. Call it from
    /// outside a simulation that has started.
    void run(const std::function<void(HostModule&)>& task);

    // For tasks: each takes simulated time.

    /// The answer to one SPDM message, without the transport's padding. Empty where the responder gives none.
    Result<Bytes, LinkError> exchange(ByteView request);
    /// The same for a record of a session: a data object of the type secured CMA-SPDM.
    Result<Bytes, LinkError> exchange_record(ByteView record);
    /// What the requester still has to do: certificates, measurements, a session, messages inside it.
    Result<Nothing, LinkError> converse(spdm::Requester& requester);

private:
    void program();
    Result<Nothing, LinkError> find_mailbox();
    Result<Bytes, LinkError> transfer(spdm::doe::Type type, ByteView body);
    Result<Bytes, LinkError> read_answer();
    Result<Nothing, LinkError> write(std::uint64_t offset, std::uint32_t value);
    Result<std::uint32_t, LinkError> read(std::uint64_t offset);
    void tell(std::string_view from, std::string_view to, ByteView message, bool secured = false);

    sc_core::sc_time poll_, timeout_;
    gpu::Probe& probe_;
    const std::function<void(HostModule&)>* task_ = nullptr;
    sc_core::sc_event go_{"go"};
    std::optional<std::uint64_t> mailbox_;  // where the DOE capability is
    bool secured_cma_ = false;              // and whether it takes records
};

}  // namespace assay::platform
