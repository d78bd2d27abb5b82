#include "models/ohttp/gateway_module.hpp"

namespace assay::ohttp {
namespace {

/// Unlocks also where a thread is killed.
class WorkerLock {
public:
    explicit WorkerLock(sc_core::sc_mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
    ~WorkerLock() { mutex_.unlock(); }
    WorkerLock(const WorkerLock&) = delete;
    WorkerLock& operator=(const WorkerLock&) = delete;

private:
    sc_core::sc_mutex& mutex_;
};

}  // namespace

GatewayModule::GatewayModule(const sc_core::sc_module_name& name, const Parts& parts, GatewayPolicy policy,
                             const kernel::TimingProfile& profile, EventSink& events)
    : sc_module(name),
      parts_(parts),
      policy_(std::move(policy)),
      open_(profile.time("ohttp.open")),
      seal_(profile.time("ohttp.seal")),
      events_(events) {
    in.bind(*this);
    reset();
}

void GatewayModule::reset() {
    front_.reset();
    core_.emplace(parts_.context, parts_.clock, parts_.window, policy_);
    front_.emplace(*core_, parts_.workspace);
}

void GatewayModule::tell(std::string name) {
    Event event{.kind = Event::Kind::check, .actor = "gateway", .name = std::move(name)};
    if (!front_->last_code().empty()) {
        event.outcome = Event::Outcome::refused;
        event.detail = std::string{front_->last_code()} + " at " + front_->last_where();
    }
    events_.on(std::move(event));
}

HttpResponse GatewayModule::serve(const HttpRequest& request) {
    const WorkerLock one{worker_};
    wait(open_);
    auto answer = front_->begin(request);
    tell(request.method + " " + request.target);
    if (answer) return *std::move(answer);
    HttpResponse sealed = front_->finish(parts_.resource);
    wait(seal_);
    return sealed;
}

}  // namespace assay::ohttp
