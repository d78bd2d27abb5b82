// A labelled store as a memory on a bus.
#pragma once
#include <systemc>

#include <tlm_utils/simple_target_socket.h>

#include "sim/kernel/label_extension.hpp"
#include "sim/kernel/state_holder.hpp"

namespace assay::kernel {

/// Addresses count from 0. Byte enables and streaming widths are obeyed, and labels follow the bytes. A write
/// without labels makes bytes UNKNOWN; a registry that is strict answers it with an error as well. Labelled
/// bytes are not read without the extension, and not through the debug transport: both are findings.
class LabelledMemory : public sc_core::sc_module, public StateHolder {
public:
    tlm_utils::simple_target_socket<LabelledMemory> socket{"socket"};

    LabelledMemory(const sc_core::sc_module_name& name, labels::LabelledStore& store,
                   const sc_core::sc_time& access_time);

    std::vector<const labels::LabelledStore*> stores() const override { return {&store_}; }
    std::size_t state_bytes() const override { return store_.capacity(); }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);
    tlm::tlm_response_status access(tlm::tlm_generic_payload& trans);
    tlm::tlm_response_status read(tlm::tlm_generic_payload& trans, LabelExtension* labels);
    tlm::tlm_response_status write(tlm::tlm_generic_payload& trans, const LabelExtension* labels);

    labels::LabelledStore& store_;
    sc_core::sc_time access_time_;
};

}  // namespace assay::kernel
