#include "models/runtime/agent_module.hpp"

#include <algorithm>

namespace assay::runtime {

AgentModule::AgentModule(const sc_core::sc_module_name& name, Effects& effects,
                         const kernel::TimingProfile& profile)
    : sc_module(name),
      core_(effects),
      access_time_(profile.time("runtime.register")),
      command_time_(profile.time("runtime.command")),
      buffer_(buffer_size) {
    socket.register_b_transport(this, &AgentModule::b_transport);
    socket.register_transport_dbg(this, &AgentModule::transport_dbg);
    sc_core::sc_spawn_options on_pin;
    on_pin.spawn_method();
    on_pin.dont_initialize();
    on_pin.set_sensitivity(&reset);
    sc_core::sc_spawn([this] { on_reset(); }, "on_reset", &on_pin);
    sc_core::sc_spawn_options on_go;
    on_go.spawn_method();
    on_go.dont_initialize();
    on_go.set_sensitivity(&command_);
    sc_core::sc_spawn([this] { on_command(); }, "on_command", &on_go);
}

void AgentModule::on_reset() {
    if (!reset.read()) return;
    command_.cancel();
    core_.power_on_reset();
    std::ranges::fill(buffer_, std::uint8_t{0});
    length_ = 0;
    busy_ = answered_ = false;
}

void AgentModule::on_command() {
    if (!busy_) return;
    const std::size_t size = std::min<std::size_t>(length_, buffer_.size());
    const Bytes answer = core_.execute(ByteView{buffer_}.first(size));
    // An answer is never longer than a command line may be: diagnostics are cut by the number of kept
    // denials.
    const std::size_t fits = std::min(answer.size(), buffer_.size());
    std::ranges::fill(buffer_, std::uint8_t{0});
    std::copy_n(answer.begin(), fits, buffer_.begin());
    length_ = static_cast<std::uint32_t>(fits);
    busy_ = false;
    answered_ = true;
}

void AgentModule::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_response_status(access(trans, true));
    delay += access_time_;
}

unsigned AgentModule::transport_dbg(tlm::tlm_generic_payload& trans) {
    if (!trans.is_read()) return 0;
    return access(trans, false) == tlm::TLM_OK_RESPONSE ? trans.get_data_length() : 0;
}

tlm::tlm_response_status AgentModule::access(tlm::tlm_generic_payload& trans, bool effects) {
    if (trans.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    const std::span data{trans.get_data_ptr(), trans.get_data_length()};
    if (trans.get_streaming_width() < data.size()) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (trans.get_address() < buffer)
        return access_register(trans.get_address(), data, trans.is_write() && effects);
    const std::uint64_t at = trans.get_address() - buffer;
    if (at > buffer_.size() || data.size() > buffer_.size() - at) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (busy_) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(at);
    if (trans.is_read()) std::copy_n(begin, data.size(), data.begin());
    if (trans.is_write() && effects) std::ranges::copy(data, begin);
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status AgentModule::access_register(std::uint64_t address, std::span<std::uint8_t> data,
                                                      bool write) {
    if (address != status && address != length && address != go) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (data.size() != sizeof(std::uint32_t)) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (!write) {
        const std::uint32_t flags = (busy_ ? status_busy : 0) | (answered_ ? status_answered : 0);
        std::ranges::copy(store(address == status   ? flags
                                : address == length ? length_
                                                    : 0U,
                                std::endian::little),
                          data.begin());
        return tlm::TLM_OK_RESPONSE;
    }
    const auto value = load<std::uint32_t>(data, std::endian::little);
    if (busy_) return tlm::TLM_OK_RESPONSE;  // writes have no effect until the answer is there
    if (address == length) length_ = value;
    if (address == go && value == 1) {
        busy_ = true;
        answered_ = false;
        command_.notify(command_time_);
    }
    return tlm::TLM_OK_RESPONSE;
}

}  // namespace assay::runtime
