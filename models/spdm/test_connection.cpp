#include "models/spdm/test_connection.hpp"

namespace assay::spdm {

SampleDevice& TestConnection::shared_device() {
    static SampleDevice device{1};
    return device;
}

Bytes TestConnection::send() {
    if (!requester.secured()) return responder.execute(requester.next());
    return responder.execute_secured(requester.next()).value_or(Bytes{});
}

std::string TestConnection::run(const Change& change) {
    for (; !requester.done(); ++number) {
        Bytes answer = send();
        if (change) change(number, answer);
        if (const auto ok = requester.receive(answer); !ok) return ok.error().text();
    }
    return "";
}

RequesterPlan session_plan(Version version) {
    RequesterPlan plan;
    plan.versions = {version};
    plan.flags = session_flags;
    plan.records = mctp_records;
    plan.steps.assign(session_steps.begin(), session_steps.end());
    return plan;
}

RequesterPlan psk_plan(Version version) {
    RequesterPlan plan = session_plan(version);
    plan.flags = cap::encrypt | cap::mac | cap::psk_plain | cap::hbeat | cap::key_upd;
    Secret key{SampleDevice::psk_value.size()};
    std::ranges::copy(as_bytes(SampleDevice::psk_value), key.bytes().begin());
    plan.psk = std::make_shared<const Secret>(std::move(key));
    plan.psk_hint = concat({as_bytes(SampleDevice::psk_hint)});
    plan.steps.assign(psk_steps.begin(), psk_steps.end());
    return plan;
}

}  // namespace assay::spdm
