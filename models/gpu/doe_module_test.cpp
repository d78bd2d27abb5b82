// The DOE registers as a driver sees them (PCIe 6.0, 6.30 and 7.9.24), before a service that echoes.
#include "models/gpu/doe_module.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/kernel/initiator.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::gpu {
namespace {

using namespace std::chrono_literals;
namespace doe = spdm::doe;
using M = DoeModule;

struct Silent final : Probe {
    void wave(std::string_view, unsigned, std::uint64_t) override {}
    void event(Event) override {}
};

/// Echoes after 10 us; gives no answer to an empty body.
struct Echo final : DoeService {
    std::span<const doe::Feature> features() const override {
        static constexpr std::array all{doe::Feature{doe::vendor_pci_sig, doe::Type::discovery},
                                        doe::Feature{doe::vendor_pci_sig, doe::Type::cma_spdm}};
        return all;
    }
    sc_core::sc_time accept(doe::Type, ByteView) override { return {10, sc_core::SC_US}; }
    std::optional<Bytes> answer(doe::Type, ByteView body) override {
        if (body.empty()) return std::nullopt;
        return Bytes{body.begin(), body.end()};
    }
};

struct Driver {
    kernel::Initiator& cpu;

    std::string write(std::uint64_t offset, std::uint32_t value) {
        const auto status = cpu.write_register(0x100 + offset, value);
        return status == tlm::TLM_OK_RESPONSE ? "" : "fault ";
    }
    std::uint32_t read(std::uint64_t offset) {
        std::uint32_t value = 0;
        return cpu.read_register(0x100 + offset, value) == tlm::TLM_OK_RESPONSE ? value : 0xBADC0DE;
    }
    void object(std::initializer_list<std::uint32_t> dwords) {
        for (const std::uint32_t dword : dwords) (void)write(M::write_mailbox, dword);
    }
    std::string go() { return write(M::control, M::control_go); }
    std::string status() {
        const std::uint32_t value = read(M::status);
        if (value == 0) return "idle ";
        return std::string{(value & M::status_busy) != 0 ? "busy " : ""} +
               ((value & M::status_error) != 0 ? "error " : "") +
               ((value & M::status_ready) != 0 ? "ready " : "");
    }
};

constexpr std::uint32_t spdm_object = 0x0001'0001;  // vendor 1, type 1

/// What `program` notes down of a mailbox at 0x100 whose accesses take 100 ns.
std::string drive(const std::function<std::string(Driver&)>& program) {
    const auto outcome = kernel::run_simulation(
        [&] {
            Silent probe;
            Echo echo;
            kernel::Initiator cpu{"cpu"};
            DoeModule mailbox{"doe", 0x100, sc_core::sc_time{100, sc_core::SC_NS}, echo, probe};
            cpu.socket.bind(mailbox.socket);
            std::string notes;
            sc_core::sc_spawn(
                [&] {
                    Driver driver{cpu};
                    notes = program(driver);
                },
                "program");
            sc_core::sc_start();
            return notes;
        },
        10s);
    BOOST_TEST(outcome.ending.exit_code == 0);
    return outcome.report;
}

void after_work() { sc_core::wait(11, sc_core::SC_US); }

BOOST_AUTO_TEST_CASE(the_capability_says_what_it_is) {
    BOOST_TEST(drive([](Driver& d) {
                   std::string notes;
                   for (const auto offset : {M::capability_header, M::capabilities, M::control,
                                             M::write_mailbox, M::read_mailbox})
                       notes += std::to_string(d.read(offset)) + ' ';
                   return notes;
               }) == std::to_string(0x1'002E) + " 0 0 0 0 ");
}

BOOST_AUTO_TEST_CASE(an_object_is_answered_after_the_latency) {
    BOOST_TEST(drive([](Driver& d) {
                   d.object({spdm_object, 3, 0x11223344});
                   (void)d.go();
                   std::string notes = d.status();
                   sc_core::wait(9, sc_core::SC_US);
                   notes += d.status();
                   sc_core::wait(1, sc_core::SC_US);
                   return notes + d.status();
               }) == "busy busy ready ");
}

BOOST_AUTO_TEST_CASE(the_read_mailbox_moves_on_by_writes_alone) {
    BOOST_TEST(drive([](Driver& d) {
                   d.object({spdm_object, 3, 0x11223344});
                   (void)d.go();
                   after_work();
                   std::string notes;
                   for (int i = 0; i < 2; ++i) notes += std::to_string(d.read(M::read_mailbox)) + ' ';
                   (void)d.write(M::read_mailbox, 0);
                   notes += std::to_string(d.read(M::read_mailbox)) + ' ';
                   (void)d.write(M::read_mailbox, 0);
                   notes += std::to_string(d.read(M::read_mailbox)) + ' ';
                   notes += d.status();
                   (void)d.write(M::read_mailbox, 0);
                   notes += std::to_string(d.read(M::read_mailbox)) + ' ';
                   notes += d.status();
                   (void)d.write(M::read_mailbox, 0);  // nothing is left to move on from
                   return notes + d.status();
               }) == std::to_string(spdm_object) + ' ' + std::to_string(spdm_object) + " 3 " +
                         std::to_string(0x11223344) + " ready 0 idle error ");
}

BOOST_AUTO_TEST_CASE(an_object_of_a_wrong_length_or_type_is_discarded_in_silence) {
    for (const std::initializer_list<std::uint32_t> object : {std::initializer_list<std::uint32_t>{},
                                                              {spdm_object},
                                                              {spdm_object, 3},
                                                              {spdm_object, 2, 0},
                                                              {spdm_object, 0, 0},
                                                              {0x0007'0001, 3, 0},
                                                              {0x0001'8086, 3, 0}})
        BOOST_TEST(drive([&](Driver& d) {
                       d.object(object);
                       (void)d.go();
                       std::string notes = d.status();
                       after_work();
                       notes += d.status();
                       d.object({spdm_object, 3, 1});  // the next one finds an empty mailbox
                       (void)d.go();
                       after_work();
                       return notes + d.status();
                   }) == "idle idle ready ");
}

BOOST_AUTO_TEST_CASE(an_error_stays_until_abort) {
    BOOST_TEST(drive([](Driver& d) {
                   d.object({spdm_object, 2});  // the service has no answer
                   (void)d.go();
                   after_work();
                   std::string notes = d.status();
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   notes += d.status();
                   (void)d.write(M::control, M::control_abort);
                   notes += d.status();
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   after_work();
                   return notes + d.status();
               }) == "error error idle ready ");
}

BOOST_AUTO_TEST_CASE(a_write_or_go_while_busy_or_unread_is_an_error) {
    BOOST_TEST(drive([](Driver& d) {
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   (void)d.write(M::write_mailbox, 0);
                   std::string notes = d.status();
                   after_work();
                   notes += d.status();  // the work was dropped
                   (void)d.write(M::control, M::control_abort);
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   after_work();
                   d.object({spdm_object, 3, 2});
                   (void)d.go();
                   return notes + d.status();
               }) == "error error error ");
}

BOOST_AUTO_TEST_CASE(abort_drops_written_pending_and_unread_objects) {
    BOOST_TEST(drive([](Driver& d) {
                   d.object({spdm_object, 3});
                   (void)d.write(M::control, M::control_abort);
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   (void)d.write(M::control, M::control_abort);
                   after_work();
                   std::string notes = d.status();
                   d.object({spdm_object, 3, 1});
                   (void)d.go();
                   after_work();
                   notes += d.status();
                   (void)d.write(M::control, M::control_abort | M::control_go);  // abort wins
                   notes += d.status();
                   return notes + std::to_string(d.read(M::read_mailbox));
               }) == "idle ready idle 0");
}

BOOST_AUTO_TEST_CASE(more_than_the_mailbox_holds_is_an_error) {
    BOOST_TEST(drive([](Driver& d) {
                   for (std::size_t i = 0; i < M::write_capacity; ++i) (void)d.write(M::write_mailbox, 1);
                   std::string notes = d.status();
                   (void)d.write(M::write_mailbox, 1);
                   return notes + d.status();
               }) == "idle error ");
}

BOOST_AUTO_TEST_CASE(wrong_accesses_are_bus_faults_without_effect) {
    BOOST_TEST(drive([](Driver& d) {
                   std::string notes;
                   for (const std::uint64_t address : {0x0FCU, 0x102U, 0x118U, 0x000U})
                       notes += std::to_string(d.cpu.write(address, Bytes(4))) + ' ';
                   for (const std::size_t size : {1U, 2U, 8U})
                       notes += std::to_string(d.cpu.write(0x110, Bytes(size))) + ' ';
                   for (const std::uint64_t offset : {M::capability_header, M::capabilities, M::status})
                       notes += d.write(offset, 0xFFFF'FFFF);  // read-only: no effect, no fault
                   notes += d.status();
                   return notes + std::to_string(d.read(M::capability_header));
               }) == "-2 -2 -2 -2 -4 -4 -4 idle " + std::to_string(0x1'002E));
    static_assert(tlm::TLM_ADDRESS_ERROR_RESPONSE == -2 && tlm::TLM_BURST_ERROR_RESPONSE == -4);
}

BOOST_AUTO_TEST_CASE(an_access_takes_its_time) {
    BOOST_TEST(drive([](Driver& d) {
                   for (int i = 0; i < 3; ++i) (void)d.status();
                   return sc_core::sc_time_stamp().to_string();
               }) == "300 ns");
}

}  // namespace
}  // namespace assay::gpu
