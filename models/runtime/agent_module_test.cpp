// The agent behind its mailbox, as a host sees it over the bus.
#include "models/runtime/agent_module.hpp"

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"
#include "sim/kernel/initiator.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::runtime {
namespace {

using namespace std::chrono_literals;
using M = AgentModule;

constexpr const char* profile_json = R"({"id": "test", "parameters": {
    "runtime.register": {"value": 100, "unit": "ns", "source": "test", "certainty": "assumed"},
    "runtime.command": {"value": 50, "unit": "us", "source": "test", "certainty": "assumed"}}})";

struct Host {
    kernel::Initiator& bus;
    M& agent;
    sc_core::sc_signal<bool>& reset;

    void bind() {
        const std::string policy =
            canonical(test::policy_with(test::life(), test::sections({test::container_rule()})));
        (void)agent.core().bind(as_bytes(policy), crypto::digest(crypto::Hash::sha256, {as_bytes(policy)}));
    }
    std::uint32_t read(std::uint64_t address) {
        std::uint32_t value = 0xBADC0DE;
        (void)bus.read_register(address, value);
        return value;
    }
    void start(const std::string& line, std::size_t length) {
        if (!line.empty()) (void)bus.write(M::buffer, as_bytes(line));
        (void)bus.write_register(M::length, static_cast<std::uint32_t>(length));
        (void)bus.write_register(M::go, 1);
    }
    std::string command(const std::string& line) {
        start(line, line.size());
        while ((read(M::status) & M::status_answered) == 0)
            sc_core::wait(sc_core::sc_time{10, sc_core::SC_US});
        Bytes answer(read(M::length));
        (void)bus.read(M::buffer, answer);
        std::string text{as_text(answer)};
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }
};

std::string drive(const std::function<std::string(Host&)>& program) {
    const auto outcome = kernel::run_simulation(
        [&] {
            const auto profile = kernel::TimingProfile::from_json(profile_json);
            NoEffects effects;
            kernel::Initiator bus{"bus"};
            sc_core::sc_signal<bool> reset{"reset"};
            M agent{"agent", effects, *profile};
            bus.socket.bind(agent.socket);
            agent.reset(reset);
            std::string notes;
            sc_core::sc_spawn(
                [&] {
                    Host host{bus, agent, reset};
                    notes = program(host);
                },
                "program");
            sc_core::sc_start();
            return notes;
        },
        10s);
    BOOST_TEST(outcome.ending.exit_code == 0, outcome.report);
    return outcome.report;
}

constexpr const char* metrics = R"({"command":"host.metrics","input":{}})";

BOOST_AUTO_TEST_CASE(a_command_is_answered_after_its_time) {
    const std::string notes = drive([](Host& host) {
        host.bind();
        const auto begin = sc_core::sc_time_stamp();
        const std::string answer = host.command(metrics);
        const bool later = sc_core::sc_time_stamp() - begin >= sc_core::sc_time{50, sc_core::SC_US};
        return answer + (later ? " later" : " at once");
    });
    BOOST_TEST(
        notes ==
        R"({"verdict":"deny","code":"RP-DENY","command":"host.metrics","at":"/commands/host.metrics","seq":1} later)");
}

BOOST_AUTO_TEST_CASE(without_a_policy_everything_is_denied) {
    BOOST_TEST(drive([](Host& host) { return host.command(metrics); }) ==
               R"({"verdict":"deny","code":"RP-POLICY","seq":1})");
}

BOOST_AUTO_TEST_CASE(nothing_of_a_command_is_left_in_the_buffer) {
    const std::string notes = drive([](Host& host) {
        host.bind();
        host.command(R"({"command":"container.start","input":{"container":")" + std::string(2000, 'X') +
                     "\"}}");
        Bytes all(M::buffer_size);
        (void)host.bus.read(M::buffer, all);
        return std::to_string(std::ranges::count(all, std::uint8_t{'X'})) + " " +
               std::to_string(
                   std::ranges::all_of(ByteView{all}.subspan(answer_size), [](auto b) { return b == 0; }));
    });
    BOOST_TEST(notes == "0 1");
}

BOOST_AUTO_TEST_CASE(while_busy_the_host_can_neither_look_nor_change) {
    const std::string notes = drive([](Host& host) {
        host.bind();
        host.start(metrics, std::string_view{metrics}.size());
        Bytes peek(4);
        const bool looked = host.bus.read(M::buffer, peek) == tlm::TLM_OK_RESPONSE;
        const bool changed = host.bus.write(M::buffer, as_bytes("xxxx")) == tlm::TLM_OK_RESPONSE;
        (void)host.bus.write_register(M::length, 3);
        (void)host.bus.write_register(M::go, 1);
        const bool busy = (host.read(M::status) & M::status_busy) != 0;
        sc_core::wait(sc_core::sc_time{1, sc_core::SC_MS});
        return std::to_string(looked) + std::to_string(changed) + std::to_string(busy) + " denials " +
               std::to_string(host.agent.core().denials());
    });
    BOOST_TEST(notes == "001 denials 1");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_refused_as_such) {
    const std::string notes = drive([](Host& host) {
        host.bind();
        const std::string line(M::buffer_size, ' ');
        return host.command(line);
    });
    BOOST_TEST(notes == R"({"verdict":"deny","code":"RP-LIMIT","seq":1})");
}

BOOST_AUTO_TEST_CASE(reset_forgets_the_policy_and_whatever_was_going_on) {
    const std::string notes = drive([](Host& host) {
        host.bind();
        host.start(metrics, std::string_view{metrics}.size());
        host.reset.write(true);
        sc_core::wait(sc_core::sc_time{1, sc_core::SC_US});
        host.reset.write(false);
        sc_core::wait(sc_core::sc_time{1, sc_core::SC_MS});
        const std::string quiet =
            std::to_string(host.read(M::status)) + " " + std::to_string(host.agent.core().denials()) + " ";
        return quiet + host.command(metrics);
    });
    BOOST_TEST(notes == R"(0 0 {"verdict":"deny","code":"RP-POLICY","seq":1})");
}

BOOST_AUTO_TEST_CASE(registers_and_buffer_have_their_bounds) {
    const std::string notes = drive([](Host& host) {
        Bytes four(4), two(2), far(16);
        std::string out;
        for (const auto status : {host.bus.read(M::status, two), host.bus.read(0x0C, four),
                                  host.bus.read(M::buffer + M::buffer_size, four),
                                  host.bus.read(M::buffer + M::buffer_size - 8, far),
                                  host.bus.read(M::buffer + M::buffer_size - 4, four)})
            out += status == tlm::TLM_OK_RESPONSE ? "ok " : "error ";
        return out;
    });
    BOOST_TEST(notes == "error error error error ok ");
}

}  // namespace
}  // namespace assay::runtime
