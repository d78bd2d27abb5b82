// Client, relay, balancer and two gateways over links that take time, in SystemC.
#include <sstream>

#include "models/ohttp/client_module.hpp"
#include "models/ohttp/gateway_module.hpp"
#include "models/ohttp/hop_module.hpp"
#include "models/ohttp/test_vectors.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;
using namespace std::chrono_literals;

constexpr std::string_view times = R"({"id": "ohttp-test", "parameters": {
  "net.latency": {"value": 10, "unit": "ms", "source": "test", "certainty": "assumed"},
  "net.byte": {"value": 8, "unit": "ns", "source": "test", "certainty": "assumed"},
  "ohttp.relay": {"value": 100, "unit": "us", "source": "test", "certainty": "assumed"},
  "ohttp.balancer": {"value": 50, "unit": "us", "source": "test", "certainty": "assumed"},
  "ohttp.open": {"value": 1, "unit": "ms", "source": "test", "certainty": "assumed"},
  "ohttp.seal": {"value": 200, "unit": "us", "source": "test", "certainty": "assumed"},
  "client.seal": {"value": 2, "unit": "ms", "source": "test", "certainty": "assumed"},
  "client.open": {"value": 1, "unit": "ms", "source": "test", "certainty": "assumed"}}})";

struct Events final : EventSink {
    void on(Event event) override { all.push_back(std::move(event)); }
    std::vector<Event> all;
};

class FirstOfList final : public KeyAuthority {
public:
    Result<KeyConfig, ClientError> accept(ByteView list, ByteView evidence) override {
        if (as_text(evidence) != "good") return ClientError{"E_KEY_NOT_ATTESTED", "no token"};
        return decode_list(list)->front();
    }
};

/// Takes 5 ms, as a worker would.
class SlowEcho final : public Resource {
public:
    bhttp::Response answer(const bhttp::Request& request, std::span<std::uint8_t> content) override {
        sc_core::wait(5, sc_core::SC_MS);
        return echo_.answer(request, content);
    }

private:
    EchoResource echo_;
};

/// The whole way: client - link - relay - link - balancer - link - two gateways with one key and one window.
struct Topology {
    kernel::TimingProfile profile = *kernel::TimingProfile::from_json(times);
    crypto::Drbg random{as_bytes("topology")}, hop_random{as_bytes("hops")};
    crypto::Context context{random};
    FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    ReplayWindow window{clock, 240s};
    Events events;
    FirstOfList authority;
    SlowEcho resource;
    Bytes memory = Bytes(std::size_t{6} * 4096);

    ClientModule client{"client", context, clock, authority, {}, profile, events};
    NetworkModule to_relay{"to_relay", "client", "relay", "net", profile, events};
    RelayModule relay{"relay", hop_random, {}, profile, events};
    NetworkModule to_balancer{"to_balancer", "relay", "balancer", "net", profile, events};
    BalancerModule balancer{"balancer", 2, hop_random, {}, profile, events};
    NetworkModule to_node_0{"to_node_0", "balancer", "gateway", "net", profile, events};
    NetworkModule to_node_1{"to_node_1", "balancer", "gateway", "net", profile, events};
    GatewayModule gateway_0{"gateway_0", parts(0), {.authorities = {"llm.example"}}, profile, events};
    GatewayModule gateway_1{"gateway_1", parts(1), {.authorities = {"llm.example"}}, profile, events};

    Topology() {
        client.relay.bind(to_relay.in);
        to_relay.out.bind(relay.in);
        relay.out.bind(to_balancer.in);
        to_balancer.out.bind(balancer.in);
        balancer.nodes.bind(to_node_0.in);
        balancer.nodes.bind(to_node_1.in);
        to_node_0.out.bind(gateway_0.in);
        to_node_1.out.bind(gateway_1.in);
    }
    std::span<std::uint8_t> area(std::size_t number) {
        return std::span{memory}.subspan(number * 4096, 4096);
    }
    GatewayModule::Parts parts(std::size_t node) {
        return {context, clock, window, resource, {area(3 * node), area(3 * node + 1), area(3 * node + 2)}};
    }
    void release_key() {
        for (auto* gateway : {&gateway_0, &gateway_1}) {
            auto key = hpke::derive_key_pair(context, hpke::KemId::p384_sha384, as_bytes("released"));
            if (gateway->core().add_key(9, hpke::KemId::p384_sha384, *std::move(key),
                                        {{hpke::KdfId::sha384, hpke::AeadId::aes_256_gcm}}))
                throw std::logic_error("no key");
        }
        balancer.set_ready(0, true);
        balancer.set_ready(1, true);
    }
};

struct Program {
    Topology& t;
    std::ostringstream& notes;
    Bytes scratch = Bytes(4096), room = Bytes(4096);

    void fetch(std::string_view evidence) {
        const auto error = t.client.fetch_keys(as_bytes(evidence));
        notes << (error ? std::string{error->code} : "keys") << "\n";
    }
    void ask(std::string_view prompt) {
        const auto got =
            t.client.exchange({"POST", "https", "llm.example", "/v1", {}, as_bytes(prompt)}, scratch, room);
        if (!got) {
            notes << got.error().code << "\n";
            return;
        }
        const std::string_view text = as_text(got->content);
        notes << got->status << " "
              << text.substr(text.find("\n\n") == std::string_view::npos ? 0 : text.find("\n\n") + 2) << "\n";
    }
};

/// What `program` notes down, in a process of its own.
std::string simulated(const std::function<void(Topology&, Program&)>& program) {
    const auto outcome = kernel::run_simulation(
        [&] {
            Topology topology;
            std::ostringstream notes;
            sc_core::sc_spawn(
                [&] {
                    Program steps{topology, notes};
                    program(topology, steps);
                },
                "program");
            sc_core::sc_start();
            return notes.str();
        },
        20s);
    BOOST_TEST(outcome.ending.exit_code == 0, outcome.report);
    return outcome.report;
}

bool contains(ByteView hay, std::string_view needle) {
    return as_text(hay).find(needle) != std::string_view::npos;
}

BOOST_AUTO_TEST_SUITE(modules)

BOOST_AUTO_TEST_CASE(a_prompt_crosses_the_platform_in_time) {
    const auto notes = simulated([](Topology& t, Program& program) {
        t.release_key();
        program.fetch("good");
        const auto before = sc_core::sc_time_stamp();
        program.ask("canary-1f2e");
        // 6 links, 2 of 3 bodies each way, relay, balancer, open, worker, seal, client.
        const double ms = (sc_core::sc_time_stamp() - before).to_seconds() * 1000;
        program.notes << (ms > 69.35 && ms < 69.5 ? "in time" : std::to_string(ms)) << "\n";
        bool leaked = false, told = false;
        for (const Event& event : t.events.all) {
            leaked =
                leaked || contains(event.bytes, "canary") || event.detail.find("canary") != std::string::npos;
            told = told || event.actor == "gateway";
        }
        program.notes << (leaked ? "leaked" : "sealed") << (told ? " told" : "") << "\n";
        program.notes << (std::ranges::all_of(t.memory, [](std::uint8_t b) { return b == 0; })
                              ? "nothing remains"
                              : "remains");
    });
    BOOST_TEST(notes == "keys\n200 canary-1f2e\nin time\nsealed told\nnothing remains");
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_to_a_key_that_is_not_attested) {
    const auto notes = simulated([](Topology& t, Program& program) {
        program.ask("before");
        program.fetch("good");  // no node is ready
        t.release_key();
        program.fetch("bad");
        const std::size_t before = t.events.all.size();
        program.ask("canary");
        for (std::size_t i = before; i < t.events.all.size(); ++i)
            if (t.events.all[i].kind == Event::Kind::message) program.notes << "sent\n";
    });
    BOOST_TEST(notes == "E_KEY_NOT_ATTESTED\nE_KEYCONFIG_AUTH\nE_KEY_NOT_ATTESTED\nE_KEY_NOT_ATTESTED\n");
}

BOOST_AUTO_TEST_CASE(an_attacker_on_a_link_is_noticed) {
    const auto notes = simulated([](Topology& t, Program& program) {
        t.release_key();
        program.fetch("good");
        t.to_balancer.on_request = [](HttpRequest& request) {
            if (!request.body.empty()) request.body.back() ^= 1;
        };
        program.ask("changed on the way in");
        program.notes << t.gateway_0.front().last_code() << t.gateway_1.front().last_code() << "\n";
        t.to_balancer.on_request = nullptr;
        t.to_relay.on_response = [](HttpResponse& response) {
            response.body.back() ^= 1;
        };
        program.ask("changed on the way out");
        t.to_relay.on_response = nullptr;
        HttpRequest kept;
        t.to_balancer.on_request = [&](HttpRequest& request) {
            if (kept.body.empty())
                kept = request;
            else
                request.body = kept.body;
        };
        program.ask("first");
        program.ask("replaced by the first");
        t.to_balancer.on_request = nullptr;
        program.ask("again in order");
    });
    BOOST_TEST(notes ==
               "keys\nE_RESP_PARSE\nE_HPKE_OPEN\nE_RESP_OPEN\n200 first\nE_RESP_OPEN\n200 again in order\n");
}

BOOST_AUTO_TEST_CASE(after_power_on_nothing_of_before_is_left) {
    const auto notes = simulated([](Topology& t, Program& program) {
        t.release_key();
        program.fetch("good");
        program.ask("one");
        t.client.reset();
        t.relay.reset();
        t.balancer.reset();
        t.gateway_0.reset();
        t.gateway_1.reset();
        program.ask("two");
        program.fetch("good");
        t.release_key();
        program.fetch("good");
        program.ask("three");
    });
    BOOST_TEST(notes == "keys\n200 one\nE_KEY_NOT_ATTESTED\nE_KEYCONFIG_AUTH\nkeys\n200 three\n");
}

BOOST_AUTO_TEST_CASE(equal_simulations_send_equal_bytes) {
    const auto run = [] {
        return simulated([](Topology& t, Program& program) {
            t.release_key();
            program.fetch("good");
            program.ask("prompt");
            for (const Event& event : t.events.all) program.notes << event.name << to_hex(event.bytes);
        });
    };
    BOOST_TEST((run() == run()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
