#include "models/tpm/crb_module.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/commands.hpp"
#include "sim/kernel/initiator.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::tpm {
namespace {

using namespace std::chrono_literals;
using Crb = CrbModule;

/// A driver's steps, and what they saw, as text: checks belong after the simulation.
class Driver {
public:
    Driver(kernel::Initiator& cpu, labels::Registry& of_cpu) : registry(of_cpu), cpu_(cpu) {}

    void set(std::uint64_t address, std::uint32_t value) {
        if (cpu_.write_register(address, value) != tlm::TLM_OK_RESPONSE) notes += "fault ";
    }
    std::uint32_t get(std::uint64_t address) {
        std::uint32_t value = 0;
        if (cpu_.read_register(address, value) != tlm::TLM_OK_RESPONSE) notes += "fault ";
        return value;
    }
    void note(std::uint32_t value) { notes += std::to_string(value) + " "; }
    void open(unsigned locality) {
        set(locality * Crb::page + Crb::loc_ctrl, Crb::request_access);
        set(locality * Crb::page + Crb::ctrl_req, Crb::command_ready);
    }
    void write(unsigned locality, ByteView bytes) {
        if (cpu_.write(locality * Crb::page + Crb::data_buffer, bytes) != tlm::TLM_OK_RESPONSE)
            notes += "fault ";
    }
    void write(unsigned locality, ByteView bytes, const labels::Label& label) {
        if (cpu_.write(locality * Crb::page + Crb::data_buffer, bytes, label) != tlm::TLM_OK_RESPONSE)
            notes += "fault ";
    }
    void start(unsigned locality, ByteView command) {
        write(locality, command);
        set(locality * Crb::page + Crb::ctrl_start, 1);
    }
    std::string read(unsigned locality, std::size_t size) {
        Bytes out(size);
        if (cpu_.read(locality * Crb::page + Crb::data_buffer, out) != tlm::TLM_OK_RESPONSE)
            notes += "fault ";
        return to_hex(out);
    }
    std::string notes;
    labels::Registry& registry;

private:
    kernel::Initiator& cpu_;
};

std::string drive(const std::function<void(Driver&)>& program) {
    const auto outcome = kernel::run_simulation(
        [&] {
            crypto::Drbg random{as_bytes("crb")};
            ManualTime time;
            labels::Registry registry{random};
            Engine tpm{{.max_command_size = Crb::data_buffer_size}, random, time};
            tpm.power_on();
            kernel::Initiator cpu{"cpu"};
            const auto us = [](double value) {
                return sc_core::sc_time{value, sc_core::SC_US};
            };
            Crb crb{"crb", tpm, registry, {us(0.01), us(50), us(200), us(100), us(100)}};
            cpu.socket.bind(crb.socket);
            std::string notes;
            sc_core::sc_spawn(
                [&] {
                    Driver driver{cpu, registry};
                    program(driver);
                    notes = driver.notes;
                },
                "program");
            sc_core::sc_start();
            return notes;
        },
        10s);
    BOOST_TEST(outcome.ending.exit_code == 0);
    return outcome.report;
}
void wait_us(double value) { sc_core::wait(value, sc_core::SC_US); }

const Bytes startup_command = encode_command(StartupIn{Su::clear});

BOOST_AUTO_TEST_CASE(start_reads_1_for_the_latency_of_the_command) {
    BOOST_TEST(drive([](Driver& d) {
                   d.note(d.get(Crb::ctrl_sts));  // idle
                   d.open(0);
                   d.note(d.get(Crb::ctrl_sts));
                   d.start(0, startup_command);
                   wait_us(40);
                   d.note(d.get(Crb::ctrl_start));
                   wait_us(20);
                   d.note(d.get(Crb::ctrl_start));
                   d.notes += d.read(0, 10);
               }) == "2 0 1 0 80010000000a00000000");
}

BOOST_AUTO_TEST_CASE(a_response_leaves_nothing_of_its_command) {
    BOOST_TEST(drive([](Driver& d) {
                   d.open(0);
                   d.start(0, *from_hex("8001 0000000c 00000144 ffff"));
                   wait_us(60);
                   d.notes += d.read(0, 12);
               }) == "80010000000a000001c40000");
}

BOOST_AUTO_TEST_CASE(the_buffer_is_a_store_where_labels_follow_the_bytes) {
    BOOST_TEST(drive([](Driver& d) {
                   const labels::LabelledStore& buffer = *d.registry.find("crb.buffer");
                   const auto subject = d.registry.admit();
                   const labels::Label mine = d.registry.label(*subject, labels::DataClass::prompt);
                   const auto note = [&](std::size_t at) {
                       const labels::Label label = buffer.label({at, 1});
                       d.notes += label == mine              ? "mine "
                                  : label == labels::clean   ? "clean "
                                  : label == labels::unknown ? "unknown "
                                                             : "other ";
                   };
                   d.open(0);
                   d.write(0, startup_command);
                   note(0);
                   d.write(0, startup_command, mine);
                   note(0);
                   note(startup_command.size());
                   d.set(Crb::ctrl_start, 1);
                   wait_us(60);
                   note(0);  // the response
                   note(9);
                   note(10);
                   d.set(Crb::ctrl_req, Crb::go_idle);
                   note(0);
                   d.notes += d.registry.release(*subject) ? "released" : "residue";
               }) == "unknown mine clean mine mine clean clean released");
}

BOOST_AUTO_TEST_CASE(the_command_runs_in_the_locality_whose_page_it_came_through) {
    // TPM2_Startup is refused in locality 2; in locality 3 it marks PCR 0.
    BOOST_TEST(drive([](Driver& d) {
                   d.open(2);
                   d.start(2, startup_command);
                   wait_us(60);
                   d.notes += d.read(2, 10) + " ";
                   d.set(2 * Crb::page + Crb::loc_ctrl, Crb::relinquish);
                   d.open(3);
                   d.start(3, startup_command);
                   wait_us(60);
                   d.notes += d.read(3, 10);
               }) == "80010000000a00000907 80010000000a00000000");
}

BOOST_AUTO_TEST_CASE(only_the_active_locality_sees_the_buffer_and_a_higher_one_can_seize_it) {
    BOOST_TEST(drive([](Driver& d) {
                   d.open(1);
                   d.write(1, *from_hex("11223344"));
                   d.notes += d.read(1, 4) + " " + d.read(0, 4) + " ";
                   d.set(0 * Crb::page + Crb::loc_ctrl, Crb::seize);  // lower: no
                   d.note(d.get(Crb::loc_state));
                   d.set(2 * Crb::page + Crb::loc_ctrl, Crb::seize);
                   d.note(d.get(Crb::loc_state));
                   d.note(d.get(1 * Crb::page + Crb::loc_sts));
                   d.notes += d.read(2, 4);
               }) == "11223344 ffffffff 134 138 2 00000000");
}

BOOST_AUTO_TEST_CASE(nothing_starts_before_the_tpm_is_ready) {
    BOOST_TEST(drive([](Driver& d) {
                   d.set(Crb::loc_ctrl, Crb::request_access);
                   d.start(0, startup_command);
                   d.note(d.get(Crb::ctrl_start));
                   wait_us(60);
                   d.notes += d.read(0, 4);
               }) == "0 00000000");
}

BOOST_AUTO_TEST_CASE(wrong_accesses_are_bus_faults) {
    const auto status = [](std::uint64_t address, std::size_t size) {
        const auto outcome = kernel::run_simulation(
            [&] {
                crypto::Drbg random{as_bytes("crb")};
                ManualTime time;
                labels::Registry registry{random};
                Engine tpm{{.max_command_size = Crb::data_buffer_size}, random, time};
                kernel::Initiator cpu{"cpu"};
                const sc_core::sc_time none = sc_core::SC_ZERO_TIME;
                Crb crb{"crb", tpm, registry, {none, none, none, none, none}};
                cpu.socket.bind(crb.socket);
                std::string notes;
                sc_core::sc_spawn([&] { notes = std::to_string(cpu.write(address, Bytes(size))); },
                                  "program");
                sc_core::sc_start();
                return notes;
            },
            10s);
        return outcome.report;
    };
    BOOST_TEST(status(0x04, 4) == std::to_string(tlm::TLM_ADDRESS_ERROR_RESPONSE));
    BOOST_TEST(status(Crb::ctrl_start, 2) == std::to_string(tlm::TLM_BURST_ERROR_RESPONSE));
    BOOST_TEST(status(0xFFF, 2) == std::to_string(tlm::TLM_ADDRESS_ERROR_RESPONSE));
    BOOST_TEST(status(0xFFF, 1) == std::to_string(tlm::TLM_OK_RESPONSE));
    BOOST_TEST(status(5 * Crb::page, 4) == std::to_string(tlm::TLM_ADDRESS_ERROR_RESPONSE));
}

}  // namespace
}  // namespace assay::tpm
