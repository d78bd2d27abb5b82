#include "models/tpm/crb_module.hpp"

#include <algorithm>

namespace assay::tpm {

CrbTiming CrbTiming::of(const kernel::TimingProfile& profile) {
    return {profile.time("tpm.register"), profile.time("tpm.command"), profile.time("tpm.create"),
            profile.time("tpm.quote"), profile.time("tpm.rsa-decrypt")};
}

sc_core::sc_time CrbTiming::latency(ByteView bytes) const {
    constexpr std::size_t code_at = 6;
    switch (Cc{load<std::uint32_t>(bytes.subspan(code_at), byte_order)}) {
        case Cc::create:
        case Cc::create_loaded:
        case Cc::create_primary: return create;
        case Cc::certify:
        case Cc::certify_creation:
        case Cc::sign:
        case Cc::quote: return quote;
        case Cc::activate_credential:
        case Cc::rsa_decrypt: return rsa_decrypt;
        default: return command;
    }
}

std::span<const CrbModule::Register> CrbModule::registers() {
    using M = CrbModule;
    static constexpr std::array table{
        Register{loc_state, "TPM_LOC_STATE", &M::state, nullptr},
        Register{loc_ctrl, "TPM_LOC_CTRL", &M::none, &M::control_locality},
        Register{loc_sts, "TPM_LOC_STS", &M::status, nullptr},
        Register{0x30, "TPM_CRB_INTF_ID", &M::interface_id, nullptr},
        Register{0x34, "TPM_CRB_INTF_ID2", &M::vendor_id, nullptr},
        Register{ctrl_req, "TPM_CRB_CTRL_REQ", &M::none, &M::request},
        Register{ctrl_sts, "TPM_CRB_CTRL_STS", &M::control_status, nullptr},
        Register{0x48, "TPM_CRB_CTRL_CANCEL", &M::none, nullptr},
        Register{ctrl_start, "TPM_CRB_CTRL_START", &M::busy, &M::start},
        Register{0x50, "TPM_CRB_INT_ENABLE", &M::none, nullptr},
        Register{0x54, "TPM_CRB_INT_STS", &M::none, nullptr},
        Register{0x58, "TPM_CRB_CTRL_CMD_SIZE", &M::buffer_size, nullptr},
        Register{0x5C, "TPM_CRB_CTRL_CMD_LADDR", &M::buffer_address, nullptr},
        Register{0x60, "TPM_CRB_CTRL_CMD_HADDR", &M::buffer_address_high, nullptr},
        Register{0x64, "TPM_CRB_CTRL_RSP_SIZE", &M::buffer_size, nullptr},
        Register{0x68, "TPM_CRB_CTRL_RSP_LADDR", &M::buffer_address, nullptr},
        Register{0x6C, "TPM_CRB_CTRL_RSP_HADDR", &M::buffer_address_high, nullptr},
    };
    return table;
}

CrbModule::CrbModule(const sc_core::sc_module_name& name, Engine& core, labels::Registry& registry,
                     const CrbTiming& timing, std::uint64_t base)
    : sc_module(name),
      core_(core),
      timing_(timing),
      base_(base),
      buffer_(registry, {std::string{this->name()} + ".buffer", labels::StoreKind::sram, data_buffer_size}) {
    socket.register_b_transport(this, &CrbModule::b_transport);
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&go_);
    sc_core::sc_spawn([this] { execute(); }, "execute", &method);
}

void CrbModule::end_of_elaboration() {
    if (core_.config().max_command_size > data_buffer_size)
        SC_REPORT_FATAL(name(), "the TPM answers with more than the buffer holds: set max_command_size");
}

void CrbModule::reset() {
    go_.cancel();
    wipe();
    active_.reset();
    seized_ = 0;
    ready_ = busy_ = false;
}

void CrbModule::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_response_status(access(trans));
    delay += timing_.access;
}

tlm::tlm_response_status CrbModule::access(tlm::tlm_generic_payload& trans) {
    const std::span data{trans.get_data_ptr(), trans.get_data_length()};
    const std::uint64_t address = trans.get_address();
    if (trans.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (trans.get_streaming_width() < data.size()) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (address >= localities * page) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const auto locality = static_cast<unsigned>(address / page);
    const std::uint64_t offset = address % page;
    if (offset >= data_buffer) return access_buffer(trans, locality, offset - data_buffer);

    const auto row = std::ranges::find(registers(), offset, &Register::offset);
    if (row == registers().end()) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (data.size() != sizeof(std::uint32_t)) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (trans.is_read())
        std::ranges::copy(store((this->*row->read)(locality), std::endian::little), data.begin());
    if (trans.is_write() && row->write != nullptr)
        (this->*row->write)(locality, load<std::uint32_t>(data, std::endian::little));
    return tlm::TLM_OK_RESPONSE;
}

/// What another locality reads is all ones, and what it writes is dropped, as on a bus without a device. So
/// is a write while a command runs.
tlm::tlm_response_status CrbModule::access_buffer(tlm::tlm_generic_payload& trans, unsigned locality,
                                                  std::uint64_t offset) {
    const std::size_t size = trans.get_data_length();
    if (size > data_buffer_size - offset) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const labels::Range window{static_cast<std::size_t>(offset), size};
    const bool is_open = is_active(locality) && !busy_;
    auto* const labels = trans.get_extension<kernel::LabelExtension>();
    if (trans.is_write() && is_open && ready_) {
        const ByteView data{trans.get_data_ptr(), size};
        if (labels != nullptr && labels->covers(size))
            buffer_.write(window.at, data, labels->runs());
        else
            buffer_.write_unlabelled(window.at, data);
    }
    if (trans.is_read()) {
        const std::span out{trans.get_data_ptr(), size};
        if (is_open)
            std::ranges::copy(buffer_.bytes(window), out.begin());
        else
            std::ranges::fill(out, std::uint8_t{0xFF});
        if (labels != nullptr && is_open) labels->set(buffer_.runs(window));
        if (labels != nullptr && !is_open) labels->set(labels::clean, size);
    }
    return tlm::TLM_OK_RESPONSE;
}

std::uint32_t CrbModule::state(unsigned) const {
    constexpr std::uint32_t valid = 1U << 7, assigned = 1U << 1;
    return valid | (active_ ? assigned | *active_ << 2 : 0);
}

std::uint32_t CrbModule::status(unsigned locality) const {
    return (is_active(locality) ? 1U : 0U) | (seized_ >> locality & 1) << 1;
}

std::uint32_t CrbModule::interface_id(unsigned) const {
    constexpr std::uint32_t crb = 1, version_1 = 1U << 4, five_localities = 1U << 8, transfers_64 = 3U << 11,
                            can_crb = 1U << 14, selected_crb = 1U << 17;
    return crb | version_1 | five_localities | transfers_64 | can_crb | selected_crb;
}

std::uint32_t CrbModule::buffer_address(unsigned locality) const {
    return static_cast<std::uint32_t>(base_ + locality * page + data_buffer);
}
std::uint32_t CrbModule::buffer_address_high(unsigned locality) const {
    return static_cast<std::uint32_t>((base_ + locality * page + data_buffer) >> 32);
}

void CrbModule::control_locality(unsigned locality, std::uint32_t value) {
    if (busy_) return;
    if ((value & relinquish) != 0 && is_active(locality)) {
        active_.reset();
        wipe();
        ready_ = false;
    }
    const bool takes = (value & seize) != 0 && active_ && locality > *active_;
    if (takes) {
        seized_ |= 1U << *active_;
        wipe();
        ready_ = false;
    }
    if (takes || ((value & request_access) != 0 && !active_)) {
        active_ = locality;
        seized_ &= ~(1U << locality);
    }
}

void CrbModule::request(unsigned locality, std::uint32_t value) {
    if (!is_active(locality) || busy_) return;
    if ((value & command_ready) != 0) {
        wipe();
        ready_ = true;
    } else if ((value & go_idle) != 0) {
        wipe();
        ready_ = false;
    }
}

void CrbModule::start(unsigned locality, std::uint32_t value) {
    if (value != 1 || busy_ || !ready_ || !is_active(locality)) return;
    busy_ = true;
    go_.notify(timing_.latency(buffer_.bytes(buffer_.all())));
}

void CrbModule::execute() {
    const ByteView bytes = buffer_.bytes(buffer_.all());
    const std::size_t size =
        std::clamp<std::size_t>(load<std::uint32_t>(bytes.subspan(2), byte_order), header_size, bytes.size());
    const Bytes response = core_.execute(bytes.first(size), active_.value_or(0));
    const labels::Label label = buffer_.label({0, size});
    wipe();  // no command outlives its response
    buffer_.write(0, response, label);
    busy_ = false;
}

}  // namespace assay::tpm
