#include "models/gpu/doe_module.hpp"

#include <algorithm>

namespace assay::gpu {
namespace {

namespace doe = spdm::doe;

}  // namespace

std::span<const DoeModule::Register> DoeModule::registers() {
    using M = DoeModule;
    static constexpr std::array table{
        Register{capability_header, "DOE Extended Capability Header", &M::read_header, nullptr},
        Register{capabilities, "DOE Capabilities", &M::read_zero, nullptr},
        Register{control, "DOE Control", &M::read_zero, &M::write_control},
        Register{status, "DOE Status", &M::read_status, nullptr},
        Register{write_mailbox, "DOE Write Data Mailbox", &M::read_zero, &M::write_data},
        Register{read_mailbox, "DOE Read Data Mailbox", &M::read_data, &M::next_data},
    };
    return table;
}

DoeModule::DoeModule(const sc_core::sc_module_name& name, std::uint64_t base,
                     const sc_core::sc_time& access_time, DoeService& service, Probe& probe)
    : sc_module(name), base_(base), access_time_(access_time), service_(service), probe_(probe) {
    socket.register_b_transport(this, &DoeModule::b_transport);
    socket.register_transport_dbg(this, &DoeModule::transport_dbg);
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&done_);
    sc_core::sc_spawn([this] { answer(); }, "answer", &method);
}

void DoeModule::forget_request() {
    std::ranges::fill(written_, std::uint8_t{0});  // no request outlives its answer
    written_.clear();
    work_.reset();
}

void DoeModule::reset() {
    done_.cancel();
    forget_request();
    std::ranges::fill(answer_, std::uint8_t{0});
    answer_.clear();
    read_at_ = 0;
    error_ = false;
    show();
}

void DoeModule::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_response_status(access(trans, true));
    delay += access_time_;
}

unsigned DoeModule::transport_dbg(tlm::tlm_generic_payload& trans) {
    if (!trans.is_read()) return 0;
    return access(trans, false) == tlm::TLM_OK_RESPONSE ? trans.get_data_length() : 0;
}

tlm::tlm_response_status DoeModule::access(tlm::tlm_generic_payload& trans, bool effects) {
    if (trans.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    const std::span data{trans.get_data_ptr(), trans.get_data_length()};
    if (trans.get_streaming_width() < data.size()) return tlm::TLM_BURST_ERROR_RESPONSE;
    // Unsigned: an address below the capability is far above it.
    const auto row = std::ranges::find(registers(), trans.get_address() - base_, &Register::offset);
    if (row == registers().end()) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (data.size() != doe::dword) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (trans.is_read()) std::ranges::copy(store((this->*row->read)(), doe::byte_order), data.begin());
    if (trans.is_write() && effects && row->write != nullptr)
        (this->*row->write)(load<std::uint32_t>(data, doe::byte_order));
    return tlm::TLM_OK_RESPONSE;
}

std::uint32_t DoeModule::read_status() const {
    return (work_ ? status_busy : 0) | (error_ ? status_error : 0) |
           (!answer_.empty() && !error_ ? status_ready : 0);
}

std::uint32_t DoeModule::read_data() const {
    if (answer_.empty() || error_) return 0;
    return load<std::uint32_t>(ByteView{answer_}.subspan(read_at_), doe::byte_order);
}

void DoeModule::write_control(std::uint32_t value) {
    if ((value & control_abort) != 0)
        reset();
    else if ((value & control_go) != 0)
        go();
}

void DoeModule::write_data(std::uint32_t value) {
    if (error_) return;
    if (work_ || written_.size() == write_capacity * doe::dword) {
        fail();
        return;
    }
    append(written_, store(value, doe::byte_order));
    show();
}

void DoeModule::next_data(std::uint32_t) {
    if (error_) return;
    if (answer_.empty()) {
        fail();
        return;
    }
    read_at_ += doe::dword;
    if (read_at_ == answer_.size()) {
        std::ranges::fill(answer_, std::uint8_t{0});
        answer_.clear();
        read_at_ = 0;
    }
    show();
}

void DoeModule::go() {
    if (error_) return;
    if (work_ || !answer_.empty()) {
        fail();
        return;
    }
    const auto object = doe::unwrap(written_);
    const auto known = [&](const doe::Feature& feature) {
        return feature.vendor_id == object->header.vendor_id && feature.type == object->header.type;
    };
    if (!object || std::ranges::none_of(service_.features(), known)) {
        forget_request();
        show();
        return;
    }
    work_ = *object;
    done_.notify(service_.accept(work_->header.type, work_->body));
    show();
}

void DoeModule::answer() {
    if (!work_) return;
    const auto type = work_->header.type;
    const auto body = service_.answer(type, work_->body);
    forget_request();
    if (body)
        answer_ = doe::wrap(type, *body);
    else
        error_ = true;
    show();
}

void DoeModule::fail() {
    done_.cancel();
    forget_request();
    error_ = true;
    show();
}

void DoeModule::show() {
    probe_.wave("gpu.doe.status", 32, read_status());
    probe_.wave("gpu.doe.busy", 1, work_ ? 1 : 0);
    probe_.wave("gpu.doe.error", 1, error_ ? 1 : 0);
    probe_.wave("gpu.doe.ready", 1, read_status() >> 31);
    probe_.wave("gpu.doe.write_dwords", 19, written_.size() / doe::dword);
    probe_.wave("gpu.doe.read_dwords", 19, (answer_.size() - read_at_) / doe::dword);
}

}  // namespace assay::gpu
