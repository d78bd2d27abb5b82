// SystemC shell of the device's side of the data path: a doorbell and a status register, and a copy engine
// that masters the bus.
#pragma once
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "models/gpu/data_plane.hpp"
#include "models/gpu/probe.hpp"
#include "sim/kernel/label_extension.hpp"
#include "sim/kernel/state_holder.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::gpu {

/// Registers take aligned accesses of 4 bytes. A write to the doorbell starts the record whose address stands
/// in `record`; Status says Busy until its answer lies at `answer`, then Done or Failed with the number of a
/// code. Times come from the profile: gpu.register, copy.t0, copy.cipher_byte, launch.queue, hbm.byte.
class DataPlaneModule : public sc_core::sc_module, public kernel::StateHolder, private HostMemory {
public:
    static constexpr std::uint64_t record = 0x00, answer = 0x04, doorbell = 0x08, status = 0x0C, mode = 0x10,
                                   fence_low = 0x14, fence_high = 0x18, drop_session = 0x1C;
    static constexpr std::uint32_t busy = 1U << 0, done = 1U << 1, failed = 1U << 2;
    static constexpr std::uint32_t code_shift = 8;
    static constexpr std::uint32_t ready = 1U << 2;  // of mode, above the mode itself

    tlm_utils::simple_target_socket<DataPlaneModule> registers_socket{"registers"};
    tlm_utils::simple_initiator_socket<DataPlaneModule> dma{"dma"};

    /// `core`, `profile` and `probe` outlive it. Throws std::out_of_range when the profile lacks a figure.
    DataPlaneModule(const sc_core::sc_module_name& name, DataPlane& core,
                    const kernel::TimingProfile& profile, Probe& probe);

    /// A power-on reset: registers too.
    void power_on_reset(CcMode mode);
    DataPlane& core() { return core_; }
    std::vector<const labels::LabelledStore*> stores() const override;
    std::size_t state_bytes() const override { return core_.state_bytes(); }

    struct Register {
        std::uint64_t offset;
        std::string_view name;
        std::uint32_t (DataPlaneModule::*read)() const;
        void (DataPlaneModule::*write)(std::uint32_t value);  // null: writes have no effect
    };
    static std::span<const Register> registers();

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    std::uint32_t read_record() const { return record_; }
    std::uint32_t read_answer() const { return answer_; }
    std::uint32_t read_zero() const { return 0; }
    std::uint32_t read_status() const { return status_; }
    std::uint32_t read_mode() const;
    void write_record(std::uint32_t value) { record_ = value; }
    void write_answer(std::uint32_t value) { answer_ = value; }
    void ring(std::uint32_t value);
    void write_fence_low(std::uint32_t value) { fence_ = value; }
    void write_fence(std::uint32_t value);
    void drop(std::uint32_t value);

    void work();
    void finish();
    sc_core::sc_time time_of(const Work& work) const;
    bool read(std::uint64_t address, labels::LabelledStore& to, labels::Range range) override;
    bool write(std::uint64_t address, const labels::LabelledStore& from, labels::Range range) override;
    bool transport(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::size_t size);

    DataPlane& core_;
    const kernel::TimingProfile& profile_;
    Probe& probe_;
    std::uint32_t record_ = 0, answer_ = 0, status_ = 0, next_status_ = 0;
    std::uint64_t fence_ = 0;
    kernel::LabelExtension labels_;
    sc_core::sc_time dma_time_;
    sc_core::sc_event go_{"go"}, finished_{"finished"};
};

}  // namespace assay::gpu
