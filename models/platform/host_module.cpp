#include "models/platform/host_module.hpp"

#include <array>

#include "models/gpu/doe_module.hpp"
#include "models/spdm/command_table.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::platform {
namespace {

namespace doe = spdm::doe;
using Doe = gpu::DoeModule;
using Kind = LinkError::Kind;

constexpr std::uint64_t first_capability = 0x100;  // extended ones (PCIe 6.0, 7.6.3)
constexpr spdm::Sizes p384_sha384{48, 96, 96};     // what the one requester here negotiates

}  // namespace

HostModule::HostModule(const sc_core::sc_module_name& name, const kernel::TimingProfile& profile,
                       gpu::Probe& probe)
    : sc_module(name),
      poll_(profile.time("host.poll")),
      timeout_(profile.time("host.timeout")),
      probe_(probe) {}

Result<Nothing, LinkError> HostModule::write(std::uint64_t offset, std::uint32_t value) {
    if (cpu.write_register(*mailbox_ + offset, value) != tlm::TLM_OK_RESPONSE)
        return LinkError{Kind::bus, "configuration write failed"};
    return Nothing{};
}

Result<std::uint32_t, LinkError> HostModule::read(std::uint64_t offset) {
    std::uint32_t value = 0;
    if (cpu.read_register(*mailbox_ + offset, value) != tlm::TLM_OK_RESPONSE)
        return LinkError{Kind::bus, "configuration read failed"};
    return value;
}

Result<Nothing, LinkError> HostModule::find_mailbox() {
    if (mailbox_) return Nothing{};
    std::uint32_t header = 0;
    if (cpu.read_register(first_capability, header) != tlm::TLM_OK_RESPONSE)
        return LinkError{Kind::bus, "configuration read failed"};
    if ((header & 0xFFFF) != Doe::capability_id) return LinkError{Kind::absent, "no DOE capability"};
    mailbox_ = first_capability;

    std::size_t features = 0;
    bool cma = false;
    secured_cma_ = false;
    for (std::uint8_t index = 0; features == 0 || index != 0; ++features) {
        const auto answer =
            transfer(doe::Type::discovery, encode(doe::DiscoveryRequest{.index = index}, doe::byte_order));
        if (!answer) return answer.error();
        const auto feature = decode<doe::DiscoveryResponse>(*answer, doe::byte_order);
        if (!feature || features > 255) return LinkError{Kind::absent, "DOE Discovery makes no sense"};
        if (feature->vendor_id == doe::vendor_pci_sig) {
            cma = cma || feature->type == doe::Type::cma_spdm;
            secured_cma_ = secured_cma_ || feature->type == doe::Type::secured_cma_spdm;
        }
        index = feature->next_index;
    }
    Event event;
    event.kind = Event::Kind::action;
    event.actor = "host";
    event.name = "DOE discovery";
    event.detail = std::to_string(features) + " features";
    probe_.event(std::move(event));
    if (cma) return Nothing{};
    mailbox_.reset();
    return LinkError{Kind::absent, "DOE without CMA-SPDM"};
}

Result<Bytes, LinkError> HostModule::transfer(doe::Type type, ByteView body) {
    const Bytes object = doe::wrap(type, body);
    for (std::size_t at = 0; at < object.size(); at += doe::dword)
        if (const auto ok =
                write(Doe::write_mailbox, load<std::uint32_t>(ByteView{object}.subspan(at), doe::byte_order));
            !ok)
            return ok.error();
    if (const auto ok = write(Doe::control, Doe::control_go); !ok) return ok.error();
    for (const sc_core::sc_time end = sc_core::sc_time_stamp() + timeout_; sc_core::sc_time_stamp() < end;) {
        const auto status = read(Doe::status);
        if (!status) return status.error();
        if ((*status & Doe::status_error) != 0) {
            if (const auto ok = write(Doe::control, Doe::control_abort); !ok) return ok.error();
            return LinkError{Kind::device, "DOE Error"};
        }
        if ((*status & Doe::status_ready) != 0) return read_answer();
        wait(poll_);
    }
    if (const auto ok = write(Doe::control, Doe::control_abort); !ok) return ok.error();
    return LinkError{Kind::timeout, "no DOE answer in " + timeout_.to_string()};
}

Result<Bytes, LinkError> HostModule::read_answer() {
    Bytes object;
    // The second DWORD tells how many there are.
    for (std::size_t dwords = 2; object.size() < dwords * doe::dword;) {
        const auto value = read(Doe::read_mailbox);
        if (!value) return value.error();
        append(object, store(*value, doe::byte_order));
        if (object.size() == doe::header_size)
            dwords = doe::dwords(load<std::uint32_t>(ByteView{object}.subspan(4), doe::byte_order));
        if (const auto ok = write(Doe::read_mailbox, 0); !ok) return ok.error();
    }
    auto out = doe::unwrap(object);
    if (!out) return LinkError{Kind::device, "a data object of impossible length"};
    return std::move(out->body);
}

void HostModule::tell(std::string_view from, std::string_view to, ByteView message, bool secured) {
    Event event;
    event.actor = from;
    event.peer = to;
    event.name = secured ? "secured message" : spdm::message_title(message);
    event.bytes.assign(message.begin(), message.end());
    if (!secured && message.size() > 1 && message[1] == static_cast<std::uint8_t>(spdm::Code::error))
        event.outcome = Event::Outcome::refused;
    probe_.event(std::move(event));
}

Result<Bytes, LinkError> HostModule::exchange(ByteView request) {
    if (request.size() > doe::max_dwords * doe::dword - doe::header_size)
        return LinkError{Kind::too_long, "a message longer than a data object"};
    if (const auto found = find_mailbox(); !found) return found.error();
    tell("host", "gpu", request);
    auto answer = transfer(doe::Type::cma_spdm, request);
    if (!answer) return answer;
    answer->resize(spdm::response_size(request, *answer, p384_sha384));
    tell("gpu", "host", *answer);
    return answer;
}

Result<Bytes, LinkError> HostModule::exchange_record(ByteView record) {
    if (record.size() > doe::max_dwords * doe::dword - doe::header_size)
        return LinkError{Kind::too_long, "a record longer than a data object"};
    if (const auto found = find_mailbox(); !found) return found.error();
    if (!secured_cma_) return LinkError{Kind::absent, "DOE without secured CMA-SPDM"};
    tell("host", "gpu", record, true);
    auto answer = transfer(doe::Type::secured_cma_spdm, record);
    if (answer) tell("gpu", "host", *answer, true);
    return answer;
}

Result<Nothing, LinkError> HostModule::converse(spdm::Requester& requester) {
    while (!requester.done()) {
        const auto answer =
            requester.secured() ? exchange_record(requester.next()) : exchange(requester.next());
        if (!answer) return answer.error();
        if (const auto ok = requester.receive(*answer); !ok)
            return LinkError{Kind::refused, ok.error().text()};
    }
    return Nothing{};
}

}  // namespace assay::platform
