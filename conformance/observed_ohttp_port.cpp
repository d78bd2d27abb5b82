#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

class ObservedOhttpPort final : public OhttpPort {
    template <class Call>
    auto call(const Event& request, const Call& inner) {
        return watch(log_, request, inner, [&] {
            std::vector<Event> happened = port_->take_events();
            reported_ = !happened.empty();
            for_the_suite_.insert(for_the_suite_.end(), happened.begin(), happened.end());
            return happened;
        });
    }
    /// Messages of oblivious HTTP are ciphertext: they may stand in a report.
    template <class Call>
    Result<HttpResponse, PortError> sent(std::string to, const HttpRequest& request, const Call& inner) {
        Event event = asked(to, request.method + " " + request.target);
        event.kind = Event::Kind::message;
        event.bytes = request.body;
        auto answer = call(event, inner);
        if (answer && !reported_) {
            Event response{.kind = Event::Kind::message, .actor = std::move(to), .peer = "host", .name = {}};
            response.name = std::to_string(answer->status);
            response.bytes = answer->body;
            log_.event(response);
        }
        return answer;
    }

public:
    ObservedOhttpPort(std::unique_ptr<OhttpPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        return sent("relay", request, [&] { return port_->to_relay(request); });
    }
    Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned number) override {
        return sent("gateway-" + std::to_string(number), request,
                    [&] { return port_->to_gateway(request, number); });
    }
    std::string request_target() const override { return port_->request_target(); }
    std::string keys_target() const override { return port_->keys_target(); }
    OhttpResource resource() const override { return port_->resource(); }
    Instant now() const override { return port_->now(); }
    Result<Nothing, PortError> advance(std::chrono::seconds time) override {
        return call(asked("gateway", "advance clock", std::to_string(time.count()) + " s"),
                    [&] { return port_->advance(time); });
    }
    Result<Nothing, PortError> rotate(std::chrono::seconds grace) override {
        return call(asked("gateway", "rotate keys", "grace " + std::to_string(grace.count()) + " s"),
                    [&] { return port_->rotate(grace); });
    }
    Result<std::vector<OhttpHop>, PortError> hops() override {
        return call(asked("service", "observed hops"), [&] { return port_->hops(); });
    }
    Result<Bytes, PortError> records() override {
        return call(asked("service", "records"), [&] { return port_->records(); });
    }
    std::vector<Event> take_events() override { return std::exchange(for_the_suite_, {}); }

private:
    std::unique_ptr<OhttpPort> port_;
    CaseLog& log_;
    std::vector<Event> for_the_suite_;
    bool reported_ = false;
};

}  // namespace

std::unique_ptr<OhttpPort> observed(std::unique_ptr<OhttpPort> port, CaseLog& log) {
    return std::make_unique<ObservedOhttpPort>(std::move(port), log);
}

}  // namespace assay::conformance
