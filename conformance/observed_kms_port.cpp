// The port of key management services, observed: requests and answers are messages; key material is not told.
#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

/// Line and body. Field values stay out: one of them is a credential.
Bytes shown(std::string_view line, ByteView body) {
    Bytes out{line.begin(), line.end()};
    append(out, as_bytes("\r\n\r\n"));
    append(out, body);
    return out;
}

class ObservedKmsPort final : public KmsPort {
    template <class Call>
    auto call(const Event& request, const Call& inner) {
        return watch(log_, request, inner, [&] { return port_->take_events(); });
    }

public:
    ObservedKmsPort(std::unique_ptr<KmsPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<HttpResponse, PortError> send(const HttpRequest& request) override {
        constexpr std::size_t told = 4096;  // of a body
        const std::string line = request.method + ' ' + request.target;
        Event event{.kind = Event::Kind::message, .actor = "host", .peer = "kms", .name = line};
        event.bytes = shown(line, ByteView{request.body}.first(std::min(request.body.size(), told)));
        auto answer = call(event, [&] { return port_->send(request); });
        if (!answer) return answer;
        Event response{.kind = Event::Kind::message,
                       .actor = "kms",
                       .peer = "host",
                       .name = std::to_string(answer->status)};
        response.bytes =
            shown(response.name, ByteView{answer->body}.first(std::min(answer->body.size(), told)));
        constexpr unsigned first_error = 400;
        if (answer->status >= first_error) response.outcome = Event::Outcome::refused;
        log_.event(response);
        return answer;
    }
    Result<Nothing, PortError> trust_issuer(std::string_view url, std::string_view kid,
                                            ByteView spki) override {
        return call(asked("kms", "trust issuer", std::string{url}),
                    [&] { return port_->trust_issuer(url, kid, spki); });
    }
    Result<Nothing, PortError> admit_caller(std::string_view id, std::string_view credential,
                                            bool administrator,
                                            const std::vector<std::string>& keys) override {
        return call(asked("kms", "admit caller", std::string{id}),
                    [&] { return port_->admit_caller(id, credential, administrator, keys); });
    }
    Result<Nothing, PortError> set_clock(Instant now) override {
        return call(asked("kms", "set clock", to_rfc3339(now)), [&] { return port_->set_clock(now); });
    }
    Result<Nothing, PortError> import_key(const KmsKey& key) override {
        return call(asked("kms", "import key", key.name), [&] { return port_->import_key(key); });
    }
    Result<Nothing, PortError> create_group(const KmsGroup& group) override {
        return call(asked("kms", "create group", group.name), [&] { return port_->create_group(group); });
    }
    Result<Nothing, PortError> rotate(std::string_view group) override {
        return call(asked("kms", "rotate", std::string{group}), [&] { return port_->rotate(group); });
    }
    Result<Nothing, PortError> revoke(std::string_view kid) override {
        return call(asked("kms", "revoke", std::string{kid}), [&] { return port_->revoke(kid); });
    }
    Result<Nothing, PortError> hold_receipts(bool held) override {
        return call(asked("kms", held ? "hold receipts" : "give receipts"),
                    [&] { return port_->hold_receipts(held); });
    }
    Result<Nothing, PortError> commit_receipts() override {
        return call(asked("kms", "commit receipts"), [&] { return port_->commit_receipts(); });
    }
    Result<Bytes, PortError> service_certificate() override {
        return call(asked("kms", "service certificate"), [&] { return port_->service_certificate(); });
    }
    Result<std::vector<KmsDecision>, PortError> audit() override {
        return call(asked("kms", "audit"), [&] { return port_->audit(); });
    }
    Result<Nothing, PortError> restart() override {
        return call(asked("kms", "restart"), [&] { return port_->restart(); });
    }
    Result<Bytes, PortError> storage() override {
        return call(asked("kms", "storage"), [&] { return port_->storage(); });
    }

private:
    std::unique_ptr<KmsPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<KmsPort> observed(std::unique_ptr<KmsPort> port, CaseLog& log) {
    return std::make_unique<ObservedKmsPort>(std::move(port), log);
}

}  // namespace assay::conformance
