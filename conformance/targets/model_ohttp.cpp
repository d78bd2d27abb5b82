#include "conformance/targets/model_ohttp.hpp"

#include <array>
#include <stdexcept>

#include "models/ohttp/balancer.hpp"
#include "models/ohttp/gateway_front.hpp"
#include "models/ohttp/relay.hpp"

namespace assay::conformance {
namespace {

namespace hpke = crypto::hpke;

class ForwardClock final : public Clock {
public:
    Instant now() const override { return now_; }
    void advance(std::chrono::seconds time) { now_ += time; }

private:
    Instant now_ = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours{12};
};

/// A key of the service: both gateways have it.
struct KeyPlan {
    hpke::KemId kem;
    std::vector<ohttp::SymmetricPair> pairs;
};
std::vector<KeyPlan> key_plans() {
    using hpke::AeadId;
    using hpke::KdfId;
    // Published in this order, so that P-384 is the first of the list.
    return {{hpke::KemId::p256_sha256, {{KdfId::sha256, AeadId::aes_256_gcm}}},
            {hpke::KemId::x25519_sha256,
             {{KdfId::sha256, AeadId::aes_128_gcm}, {KdfId::sha256, AeadId::chacha20_poly1305}}},
            {hpke::KemId::p384_sha384,
             {{KdfId::sha384, AeadId::aes_256_gcm}, {KdfId::sha256, AeadId::aes_128_gcm}}}};
}

class ModelOhttp final : public OhttpPort {
public:
    explicit ModelOhttp(std::uint64_t seed)
        : seed_(store(seed, std::endian::big)),
          random_(seed_, "ohttp gateway"),
          hop_random_(seed_, "ohttp hops") {
        publish();
        for (std::size_t node = 0; node < nodes_.size(); ++node) balancer_.set_ready(node, true);
    }

    std::set<std::string> capabilities() const override {
        return {"gateway", "second-gateway", "clock", "rotation", "hops", "records"};
    }

    Result<HttpResponse, PortError> to_relay(const HttpRequest& request) override {
        const auto out = relay_.forward(request);
        if (!out) return crossed("client", "relay", request, record("relay", out.error()));
        const HttpResponse back = to_balancer(out->request);
        return crossed("client", "relay", request, record("relay", relay_.answer(out->id, back)));
    }
    Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned number) override {
        if (number >= nodes_.size())
            return PortError{PortError::Kind::not_supported, "there are two gateways, 0 and 1"};
        return nodes_[number].handle(request, *this);
    }

    OhttpResource resource() const override { return {"llm.example", "/v1/chat"}; }
    Instant now() const override { return clock_.now(); }
    Result<Nothing, PortError> advance(std::chrono::seconds time) override {
        clock_.advance(time);
        return Nothing{};
    }
    Result<Nothing, PortError> rotate(std::chrono::seconds grace) override {
        for (Node& node : nodes_)
            for (const std::uint8_t id : published_) {
                if (grace.count() > 0)
                    node.gateway.retire_key(id, clock_.now() + grace);
                else
                    node.gateway.revoke_key(id);
            }
        publish();
        return Nothing{};
    }
    Result<std::vector<OhttpHop>, PortError> hops() override { return std::exchange(hops_, {}); }
    Result<Bytes, PortError> records() override {
        const ByteView text = as_bytes(records_);
        return Bytes{text.begin(), text.end()};
    }
    std::vector<Event> take_events() override { return std::exchange(events_, {}); }

private:
    struct Node {
        Node(std::string node_name, ModelOhttp& model)
            : name(std::move(node_name)),
              gateway(model.context_, model.clock_, model.window_, {.authorities = {"llm.example"}}),
              front(gateway, {request, content, response}) {}
        Node(const Node&) = delete;
        Node& operator=(const Node&) = delete;

        HttpResponse handle(const HttpRequest& in, ModelOhttp& model) {
            HttpResponse out = front.handle(in, echo);
            std::string line = name + " served " + std::to_string(front.served()) + " refused " +
                               std::to_string(front.refused());
            if (!front.last_code().empty())
                line += " " + std::string{front.last_code()} + " at " + front.last_where();
            model.records_ += line + "\n";
            return out;
        }

        static constexpr std::size_t area = 256 << 10;
        std::string name;
        Bytes request = Bytes(area), content = Bytes(area), response = Bytes(area);
        ohttp::EchoResource echo;
        ohttp::Gateway gateway;
        ohttp::GatewayFront front;
    };

    void publish() {
        published_.clear();
        for (const KeyPlan& plan : key_plans()) {
            const std::uint8_t id = next_id_++;
            for (Node& node : nodes_) {
                auto key = hpke::derive_key_pair(context_, plan.kem, concat({seed_, {&id, 1}}));
                if (!key || node.gateway.add_key(id, plan.kem, *std::move(key), plan.pairs))
                    throw std::logic_error("model:ohttp: no key");
            }
            published_.push_back(id);
        }
    }
    HttpResponse to_balancer(const HttpRequest& request) {
        const auto routed = balancer_.route(request);
        if (!routed) return crossed("relay", "balancer", request, record("balancer", routed.error()));
        Node& node = nodes_.at(routed->node);
        const HttpResponse back =
            crossed("balancer", node.name, routed->request, node.handle(routed->request, *this));
        return crossed("relay", "balancer", request, record("balancer", balancer_.answer(routed->id, back)));
    }
    HttpResponse record(std::string_view hop, HttpResponse response) {
        records_ += std::string{hop} + " status " + std::to_string(response.status) + "\n";
        return response;
    }
    HttpResponse crossed(std::string from, std::string to, const HttpRequest& request,
                         HttpResponse response) {
        const auto tell = [&](const std::string& actor, const std::string& peer, std::string what,
                              const Bytes& body) {
            Event event{.kind = Event::Kind::message, .actor = actor, .peer = peer, .name = std::move(what)};
            event.bytes = body;
            return event;
        };
        events_.insert(events_.begin(), tell(from, to, request.method + " " + request.target, request.body));
        events_.push_back(tell(to, from, std::to_string(response.status), response.body));
        hops_.push_back({std::move(from), std::move(to), request, response});
        return response;
    }

    std::array<std::uint8_t, sizeof(std::uint64_t)> seed_;
    crypto::Drbg random_, hop_random_;
    crypto::Context context_{random_};
    ForwardClock clock_;
    ohttp::ReplayWindow window_{clock_, std::chrono::seconds{240}};
    std::array<Node, 2> nodes_{Node{"gateway-0", *this}, Node{"gateway-1", *this}};
    ohttp::Balancer balancer_{hop_random_, nodes_.size()};
    ohttp::Relay relay_{hop_random_};
    std::uint8_t next_id_ = 1;
    std::vector<std::uint8_t> published_;
    std::vector<OhttpHop> hops_;
    std::vector<Event> events_;
    std::string records_;
};

}  // namespace

std::unique_ptr<OhttpPort> make_model_ohttp(std::uint64_t seed) { return std::make_unique<ModelOhttp>(seed); }

}  // namespace assay::conformance
