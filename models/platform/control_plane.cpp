#include "models/platform/control_plane.hpp"

#include <stdexcept>

namespace assay::platform {
namespace {

using Mailbox = runtime::AgentModule;

void mailbox_ok(tlm::tlm_response_status status) {
    if (status != tlm::TLM_OK_RESPONSE) throw std::logic_error("the agent's mailbox failed");
}

Event told(std::string_view from, std::string_view to, std::string_view name, ByteView bytes) {
    Event out{.actor = std::string{from}, .peer = std::string{to}, .name = std::string{name}};
    out.bytes.assign(bytes.begin(), bytes.end());
    return out;
}

}  // namespace

Bytes ControlPlane::send(std::string_view command, ByteView line) {
    events_.on(told("host", "runtime", command, line));
    const ByteView fits = line.first(std::min(line.size(), Mailbox::buffer_size));
    mailbox_ok(cpu.write(Mailbox::buffer, fits));
    mailbox_ok(cpu.write_register(Mailbox::length, static_cast<std::uint32_t>(fits.size())));
    mailbox_ok(cpu.write_register(Mailbox::go, 1));
    for (std::uint32_t status = Mailbox::status_busy; (status & Mailbox::status_busy) != 0;) {
        wait(poll_);
        mailbox_ok(cpu.read_register(Mailbox::status, status));
    }
    std::uint32_t size = 0;
    mailbox_ok(cpu.read_register(Mailbox::length, size));
    Bytes answer(std::min<std::size_t>(size, Mailbox::buffer_size));
    mailbox_ok(cpu.read(Mailbox::buffer, answer));

    const bool allowed = as_text(answer).find(R"("verdict":"allow")") != std::string_view::npos;
    Event event = told("runtime", "host", allowed ? "allow" : "deny", answer);
    if (!allowed) event.outcome = Event::Outcome::refused;
    events_.on(std::move(event));
    return answer;
}

}  // namespace assay::platform
