// SystemC shell of the TPM: the registers and the buffer of the Command Response Buffer interface for
// localities 0 to 4 (TCG PC Client Platform TPM Profile 1.05, 6.5.3).
#pragma once
#include <array>
#include <optional>
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_target_socket.h>

#include "models/tpm/engine.hpp"
#include "models/tpm/message.hpp"
#include "sim/kernel/label_extension.hpp"
#include "sim/kernel/state_holder.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::tpm {

/// How long a TPM takes: the figures `tpm.register`, `tpm.command`, `tpm.create`, `tpm.quote`,
/// `tpm.rsa-decrypt` of a platform's profile.
struct CrbTiming {
    sc_core::sc_time access;   // of a register
    sc_core::sc_time command;  // that is none of the following
    sc_core::sc_time create;
    sc_core::sc_time quote;  // and every other signature
    sc_core::sc_time rsa_decrypt;

    static CrbTiming of(const kernel::TimingProfile& profile);
    sc_core::sc_time latency(ByteView command) const;
};

/// A page of 4 KiB per locality. A driver asks for access, makes the TPM ready, writes a command into the
/// buffer and 1 to TPM_CRB_CTRL_START, which reads 1 until the response has replaced the command. Registers
/// take aligned accesses of 4 bytes, the buffer any that lie inside it; the buffer is the active locality's
/// alone. It is the store `<name>.buffer`: labels follow the bytes, what is written without them is UNKNOWN,
/// and a response has the labels of its command.
class CrbModule : public sc_core::sc_module, public kernel::StateHolder {
public:
    static constexpr std::uint64_t page = 0x1000, loc_state = 0x00, loc_ctrl = 0x08, loc_sts = 0x0C,
                                   ctrl_req = 0x40, ctrl_sts = 0x44, ctrl_start = 0x4C, data_buffer = 0x80;
    static constexpr std::uint32_t request_access = 1, relinquish = 2, seize = 4;  // of loc_ctrl
    static constexpr std::uint32_t command_ready = 1, go_idle = 2;                 // of ctrl_req
    static constexpr std::size_t localities = 5, data_buffer_size = 0xF80;

    tlm_utils::simple_target_socket<CrbModule> socket{"socket"};

    /// `core` and `registry` outlive it; `core` has the power on and takes commands of at most
    /// data_buffer_size bytes (else SC_REPORT_FATAL). `base` is the address of locality 0 as drivers see it.
    CrbModule(const sc_core::sc_module_name& name, Engine& core, labels::Registry& registry,
              const CrbTiming& timing, std::uint64_t base = 0xFED4'0000);

    /// To the state after power-on; the core is not touched.
    void reset();

    /// One row per register.
    struct Register {
        std::uint64_t offset;
        std::string_view name;
        std::uint32_t (CrbModule::*read)(unsigned locality) const;
        void (CrbModule::*write)(unsigned locality, std::uint32_t value);  // null: writes have no effect
    };
    static std::span<const Register> registers();

    std::vector<const labels::LabelledStore*> stores() const override { return {&buffer_}; }
    std::size_t state_bytes() const override { return data_buffer_size; }

private:
    void end_of_elaboration() override;
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    tlm::tlm_response_status access(tlm::tlm_generic_payload& trans);
    tlm::tlm_response_status access_buffer(tlm::tlm_generic_payload& trans, unsigned locality,
                                           std::uint64_t offset);
    void execute();
    void wipe() { static_cast<void>(buffer_.scrub(buffer_.all(), labels::ScrubMethod::overwrite_zero)); }
    bool is_active(unsigned locality) const { return active_ == locality; }

    std::uint32_t none(unsigned) const { return 0; }
    std::uint32_t state(unsigned) const;
    std::uint32_t status(unsigned locality) const;
    std::uint32_t interface_id(unsigned) const;
    std::uint32_t vendor_id(unsigned) const { return 0; }
    std::uint32_t control_status(unsigned) const { return ready_ ? 0 : 2; }
    std::uint32_t busy(unsigned locality) const { return busy_ && is_active(locality) ? 1 : 0; }
    std::uint32_t buffer_size(unsigned) const { return data_buffer_size; }
    std::uint32_t buffer_address(unsigned locality) const;
    std::uint32_t buffer_address_high(unsigned) const;
    void control_locality(unsigned locality, std::uint32_t value);
    void request(unsigned locality, std::uint32_t value);
    void start(unsigned locality, std::uint32_t value);

    Engine& core_;
    CrbTiming timing_;
    std::uint64_t base_;
    labels::LabelledStore buffer_;
    std::optional<unsigned> active_{};
    unsigned seized_ = 0;  // a bit per locality that has lost the TPM to a higher one
    bool ready_ = false;
    bool busy_ = false;
    sc_core::sc_event go_{"go"};
};

}  // namespace assay::tpm
