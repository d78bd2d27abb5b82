// What of the platform is hardware and network: modules and the links between them, elaborated once.
//
//   client --- client_link --- relay --- relay_link --- balancer --- vm_link --- vm
//   client --- client_kms ---- kms ---- vm_kms --- vm --- vm_verifier --- verifier
//   vm: tpm_driver === vtpm (CRB)      host: control_plane === agent (mailbox)      vm: data_path === GPU
#pragma once
#include "models/gpu/data_path_module.hpp"
#include "models/kms/kms_module.hpp"
#include "models/ohttp/client_module.hpp"
#include "models/ohttp/hop_module.hpp"
#include "models/ohttp/service_module.hpp"
#include "models/platform/control_plane.hpp"
#include "models/platform/recorder.hpp"
#include "models/platform/tpm_driver.hpp"
#include "models/verifier/verifier_module.hpp"
#include "sim/kernel/program.hpp"

namespace assay::platform {

/// The cores behind the shells. A scenario makes them anew at the same places.
struct Cores {
    tpm::Engine& vtpm;
    runtime::Effects& effects;
    kms::KeyService& kms;
    verifier::AttestationEndpoint& verifier;
    const crypto::Context& client_context;
    const Clock& client_clock;
    ohttp::KeyAuthority& client_keys;
    Random &relay_random, &balancer_random;
    HttpHandler vm;  // what the gateway in the VM answers
};

class Machine {
public:
    /// All outlive it. `profile`: every figure of the shells. Throws std::out_of_range when one is missing.
    Machine(const Cores& cores, labels::Registry& registry, Recorder& recorder,
            const kernel::TimingProfile& profile, const gpu::DataPathSpec& memories);

    /// Shells as power-on leaves them, with their cores made anew; links without an adversary. For the
    /// outside of the simulation.
    void power_on_reset();

private:
    sc_core::sc_signal<bool> power_{"power", false};

public:
    kernel::Program story{"story"};

    TpmDriver tpm_driver;
    tpm::CrbModule vtpm;
    ControlPlane control_plane;
    runtime::AgentModule agent;
    gpu::DataPathModule data_path;

    ohttp::ClientModule client;
    ohttp::NetworkModule client_link;
    ohttp::RelayModule relay;
    ohttp::NetworkModule relay_link;
    ohttp::BalancerModule balancer;
    ohttp::NetworkModule vm_link;
    ohttp::ServiceModule vm;

    ohttp::NetworkModule vm_kms, client_kms;
    kms::KmsModule kms;
    ohttp::NetworkModule vm_verifier;
    verifier::VerifierModule verifier;

    std::array<ohttp::NetworkModule*, 6> links() {
        return {&client_link, &relay_link, &vm_link, &vm_kms, &client_kms, &vm_verifier};
    }
};

}  // namespace assay::platform
