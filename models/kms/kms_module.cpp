#include "models/kms/kms_module.hpp"

namespace assay::kms {
namespace {

/// Unlocks also where a thread is killed.
class DeskLock {
public:
    explicit DeskLock(sc_core::sc_mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
    ~DeskLock() { mutex_.unlock(); }
    DeskLock(const DeskLock&) = delete;
    DeskLock& operator=(const DeskLock&) = delete;

private:
    sc_core::sc_mutex& mutex_;
};

}  // namespace

KmsModule::KmsModule(const sc_core::sc_module_name& name, KeyService& service,
                     const kernel::TimingProfile& profile, EventSink& events)
    : sc_module(name),
      service_(service),
      request_(profile.time("kms.request")),
      release_(profile.time("kms.release")),
      events_(events) {
    in.bind(*this);
}

HttpResponse KmsModule::serve(const HttpRequest& request) {
    const DeskLock one{desk_};
    const bool release = request.target.ends_with("/release");
    wait(release ? release_ : request_);
    const std::int64_t recorded = service_.audit_size();
    HttpResponse answer = service_.handle(request);
    Event event{.kind = Event::Kind::check, .actor = "kms", .name = request.method + ' ' + request.target};
    constexpr unsigned first_error = 400;
    if (answer.status >= first_error) event.outcome = Event::Outcome::refused;
    if (service_.audit_size() > recorded) {
        const AuditRecord last = service_.last_decision();
        event.detail = last.reason.empty() ? last.verdict : last.reason;
    }
    events_.on(std::move(event));
    return answer;
}

}  // namespace assay::kms
