// The host's side of a GPU: a driver program that finds the DOE mailbox, discovers its features, and passes
// SPDM messages through it.
#pragma once
#include <functional>

#include "models/gpu/probe.hpp"
#include "models/spdm/doe.hpp"
#include "models/spdm/requester.hpp"
#include "sim/kernel/initiator.hpp"
#include "sim/kernel/program.hpp"
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

/// run() hands the program a task: see kernel::Program.
class HostModule : public sc_core::sc_module {
public:
    kernel::Initiator cpu{"cpu"};

    HostModule(const sc_core::sc_module_name& name, const kernel::TimingProfile& profile, gpu::Probe& probe);

    /// After a power-on reset nothing is known of the device.
    void forget() { mailbox_.reset(); }

    void run(const std::function<void(HostModule&)>& task) {
        program_.run([&] { task(*this); });
    }

    // For tasks: each takes simulated time.

    /// The answer to one SPDM message, without the transport's padding. Empty where the responder gives none.
    Result<Bytes, LinkError> exchange(ByteView request);
    /// The same for a record of a session: a data object of the type secured CMA-SPDM.
    Result<Bytes, LinkError> exchange_record(ByteView record);
    /// What the requester still has to do: certificates, measurements, a session, messages inside it.
    Result<Nothing, LinkError> converse(spdm::Requester& requester);

private:
    Result<Nothing, LinkError> find_mailbox();
    Result<Bytes, LinkError> transfer(spdm::doe::Type type, ByteView body);
    Result<Bytes, LinkError> read_answer();
    Result<Nothing, LinkError> write(std::uint64_t offset, std::uint32_t value);
    Result<std::uint32_t, LinkError> read(std::uint64_t offset);
    void tell(std::string_view from, std::string_view to, ByteView message, bool secured = false);

    sc_core::sc_time poll_, timeout_;
    gpu::Probe& probe_;
    kernel::Program program_{"program"};
    std::optional<std::uint64_t> mailbox_;  // where the DOE capability is
    bool secured_cma_ = false;              // and whether it takes records
};

}  // namespace assay::platform
