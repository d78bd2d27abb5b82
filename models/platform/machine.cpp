#include "models/platform/machine.hpp"

namespace assay::platform {

Machine::Machine(const Cores& cores, labels::Registry& registry, Recorder& recorder,
                 const kernel::TimingProfile& profile, const gpu::DataPathSpec& memories)
    : tpm_driver("tpm_driver", profile),
      vtpm("vtpm", cores.vtpm, registry, tpm::CrbTiming::of(profile)),
      control_plane("control_plane", profile, recorder),
      agent("agent", cores.effects, profile),
      data_path("data_path", registry, recorder, memories),
      client("client", cores.client_context, cores.client_clock, cores.client_keys, {}, profile, recorder),
      client_link("client_link", "client", "relay", "net.client-relay", profile, recorder),
      relay("relay", cores.relay_random, {}, profile, recorder),
      relay_link("relay_link", "relay", "balancer", "net.relay-balancer", profile, recorder),
      balancer("balancer", 1, cores.balancer_random, {}, profile, recorder),
      vm_link("vm_link", "balancer", "gateway", "net.balancer-gateway", profile, recorder),
      vm("vm", cores.vm),
      vm_kms("vm_kms", "vm", "kms", "net.vm-kms", profile, recorder),
      client_kms("client_kms", "client", "kms", "net.client-kms", profile, recorder),
      kms("kms", cores.kms, profile, recorder),
      vm_verifier("vm_verifier", "vm", "verifier", "net.vm-verifier", profile, recorder),
      verifier("verifier", cores.verifier, profile, recorder) {
    tpm_driver.cpu.socket.bind(vtpm.socket);
    control_plane.cpu.socket.bind(agent.socket);
    agent.reset.bind(power_);
    client.relay.bind(client_link.in);
    client_link.out.bind(relay.in);
    relay.out.bind(relay_link.in);
    relay_link.out.bind(balancer.in);
    balancer.nodes.bind(vm_link.in);
    vm_link.out.bind(vm.in);
    vm_kms.out.bind(kms.in);
    client_kms.out.bind(kms.in);
    vm_verifier.out.bind(verifier.in);
}

void Machine::power_on_reset() {
    for (ohttp::NetworkModule* link : links())
        link->on_request = {}, link->on_response = {}, link->copies = 1;
    power_.write(true);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    power_.write(false);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);  // who is sensitive to the pin has seen it fall
    vtpm.reset();
    client.reset();
    relay.reset();
    balancer.reset();
    data_path.begin();
}

}  // namespace assay::platform
