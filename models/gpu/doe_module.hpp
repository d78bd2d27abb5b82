// The Data Object Exchange extended capability of a PCIe function (PCIe 6.0, 6.30 and 7.9.24) as registers on
// a bus.
#pragma once
#include <optional>
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_target_socket.h>

#include "models/gpu/probe.hpp"
#include "models/spdm/doe.hpp"

namespace assay::gpu {

/// What stands behind a mailbox.
class DoeService {
public:
    virtual ~DoeService() = default;
    /// The features that DOE Discovery lists, Discovery itself first.
    virtual std::span<const spdm::doe::Feature> features() const = 0;
    /// A data object of one of these features has arrived; how long the answer takes.
    virtual sc_core::sc_time accept(spdm::doe::Type type, ByteView body) = 0;
    /// The answer's body, when that time is over. Nothing: none is given, and the mailbox says DOE Error.
    virtual std::optional<Bytes> answer(spdm::doe::Type type, ByteView body) = 0;
};

/// Registers take aligned accesses of 4 bytes. A data object is written DWORD by DWORD to the Write Data
/// Mailbox and started by DOE Go; Data Object Ready says that the answer stands in the Read Data Mailbox,
/// which a write to it moves on. An object whose length is not the number of DWORDs written, and one of an
/// unknown type, are silently discarded (PCIe 6.0, 6.30.1). DOE Error stays until DOE Abort.
class DoeModule : public sc_core::sc_module {
public:
    static constexpr std::uint64_t capability_header = 0x00, capabilities = 0x04, control = 0x08,
                                   status = 0x0C, write_mailbox = 0x10, read_mailbox = 0x14;
    static constexpr std::uint32_t control_abort = 1U << 0, control_go = 1U << 31;
    static constexpr std::uint32_t status_busy = 1U << 0, status_error = 1U << 2, status_ready = 1U << 31;
    static constexpr std::uint32_t capability_id = 0x002E, capability_version = 1;
    /// DWORDs that the write mailbox holds: one more is an error.
    static constexpr std::size_t write_capacity = 1024;

    tlm_utils::simple_target_socket<DoeModule> socket{"socket"};

    /// The capability begins at `base`. Each access takes `access_time`. `service` and `probe` outlive it.
    DoeModule(const sc_core::sc_module_name& name, std::uint64_t base, const sc_core::sc_time& access_time,
              DoeService& service, Probe& probe);

    /// To the state after power-on: mailboxes empty, nothing pending.
    void reset();

    /// One row per register.
    struct Register {
        std::uint64_t offset;
        std::string_view name;
        std::uint32_t (DoeModule::*read)() const;
        void (DoeModule::*write)(std::uint32_t value);  // null: writes have no effect
    };
    static std::span<const Register> registers();

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);
    tlm::tlm_response_status access(tlm::tlm_generic_payload& trans, bool effects);

    std::uint32_t read_header() const { return capability_id | capability_version << 16; }
    std::uint32_t read_zero() const { return 0; }
    std::uint32_t read_status() const;
    std::uint32_t read_data() const;
    void write_control(std::uint32_t value);
    void write_data(std::uint32_t value);
    void next_data(std::uint32_t value);

    void go();
    void answer();
    void fail();
    void show();
    void forget_request();

    std::uint64_t base_;
    sc_core::sc_time access_time_;
    DoeService& service_;
    Probe& probe_;
    Bytes written_;                              // the object that is being written, or worked on
    std::optional<spdm::doe::DataObject> work_;  // between Go and the answer
    Bytes answer_;
    std::size_t read_at_ = 0;
    bool error_ = false;
    sc_core::sc_event done_{"done"};
};

}  // namespace assay::gpu
