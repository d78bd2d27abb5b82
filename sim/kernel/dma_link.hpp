// A link between a device and memory of the host: it takes time by the byte, and is a trust boundary.
#pragma once
#include <algorithm>
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "sim/kernel/label_extension.hpp"
#include "sim/kernel/state_holder.hpp"

namespace assay::kernel {

/// Passes transactions on, extensions and all. What crosses must be clean, or sealed for PCIe; else a strict
/// registry blocks it (TLM_GENERIC_ERROR_RESPONSE), and it is a finding either way.
class DmaLink : public sc_core::sc_module, public NoUserData {
public:
    tlm_utils::simple_target_socket<DmaLink> from_device{"from_device"};
    tlm_utils::simple_initiator_socket<DmaLink> to_host{"to_host"};

    DmaLink(const sc_core::sc_module_name& name, labels::Registry& registry, const sc_core::sc_time& latency,
            const sc_core::sc_time& per_byte)
        : sc_module(name),
          NoUserData("passes transactions on"),
          registry_(registry),
          latency_(latency),
          per_byte_(per_byte) {
        from_device.register_b_transport(this, &DmaLink::b_transport);
    }

private:
    bool may_cross(const tlm::tlm_generic_payload& trans) {
        const auto* const labels = trans.get_extension<LabelExtension>();
        if (labels == nullptr || !labels->covers(trans.get_data_length()))
            return bool{
                registry_.cross(labels::Sink::pcie, labels::unknown, trans.get_data_length(), name())};
        bool may = true;
        for (const labels::Run& run : labels->runs())
            may &= bool{registry_.cross(labels::Sink::pcie, run.label, run.range.size, name())};
        return may;
    }
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
        delay += latency_ + per_byte_ * static_cast<double>(trans.get_data_length());
        const auto blocked = [&] {
            if (may_cross(trans) || !registry_.strict) return false;
            trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            return true;
        };
        if (trans.is_write() && blocked()) return;
        to_host->b_transport(trans, delay);
        if (trans.is_read() && trans.is_response_ok() && blocked())
            std::fill_n(trans.get_data_ptr(), trans.get_data_length(), std::uint8_t{0});
    }

    labels::Registry& registry_;
    sc_core::sc_time latency_, per_byte_;
};

}  // namespace assay::kernel
