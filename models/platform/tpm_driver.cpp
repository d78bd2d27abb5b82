#include "models/platform/tpm_driver.hpp"

#include <stdexcept>

namespace assay::platform {
namespace {

using Crb = tpm::CrbModule;

constexpr std::size_t header_size = 10, size_at = 2;

Bytes response_of(tpm::Rc rc) {
    return concat({store(std::uint16_t{0x8001}, std::endian::big),
                   store(static_cast<std::uint32_t>(header_size), std::endian::big),
                   store(static_cast<std::uint32_t>(rc), std::endian::big)});
}

void bus_ok(tlm::tlm_response_status status) {
    if (status != tlm::TLM_OK_RESPONSE) throw std::logic_error("the TPM's bus failed");
}

}  // namespace

void TpmDriver::write(std::uint64_t address, std::uint32_t value) {
    bus_ok(cpu.write_register(address, value));
}

std::uint32_t TpmDriver::read(std::uint64_t address) {
    std::uint32_t value = 0;
    bus_ok(cpu.read_register(address, value));
    return value;
}

Bytes TpmDriver::execute(ByteView command, unsigned locality) {
    if (command.size() > Crb::data_buffer_size) return response_of(tpm::Rc::command_size);
    if (locality >= Crb::localities) return response_of(tpm::Rc::locality);
    const std::uint64_t base = locality * Crb::page;
    write(base + Crb::loc_ctrl, Crb::request_access);
    write(base + Crb::ctrl_req, Crb::command_ready);
    bus_ok(cpu.write(base + Crb::data_buffer, command, labels::clean));
    write(base + Crb::ctrl_start, 1);
    while (read(base + Crb::ctrl_start) != 0) wait(poll_);

    Bytes response(header_size);
    bus_ok(cpu.read(base + Crb::data_buffer, response));
    const auto size = load<std::uint32_t>(ByteView{response}.subspan(size_at), std::endian::big);
    if (size < header_size || size > Crb::data_buffer_size)
        throw std::logic_error("the TPM's response has an impossible size");
    response.resize(size);
    bus_ok(cpu.read(base + Crb::data_buffer + header_size, std::span{response}.subspan(header_size)));
    write(base + Crb::ctrl_req, Crb::go_idle);
    write(base + Crb::loc_ctrl, Crb::relinquish);
    return response;
}

}  // namespace assay::platform
