// The way of a configuration request from the host to the GPU: one function, its configuration space.
#pragma once
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace assay::platform {

/// Passes requests on, and adds the link's round trip to their delay.
class PcieLinkModule : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PcieLinkModule> from_host{"from_host"};
    tlm_utils::simple_initiator_socket<PcieLinkModule> to_device{"to_device"};

    PcieLinkModule(const sc_core::sc_module_name& name, const sc_core::sc_time& round_trip)
        : sc_module(name), round_trip_(round_trip) {
        from_host.register_b_transport(this, &PcieLinkModule::b_transport);
        from_host.register_transport_dbg(this, &PcieLinkModule::transport_dbg);
    }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
        to_device->b_transport(trans, delay);
        delay += round_trip_;
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& trans) { return to_device->transport_dbg(trans); }

    sc_core::sc_time round_trip_;
};

}  // namespace assay::platform
