// Labels pass through modules as bytes do (TLM-2.0, IEEE 1666-2011, 14: extensions, byte enables, streaming).
#include "sim/kernel/label_extension.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/crypto/context.hpp"
#include "sim/kernel/dma_link.hpp"
#include "sim/kernel/fresh_context.hpp"
#include "sim/kernel/labelled_memory.hpp"

namespace assay::kernel {
namespace {

using labels::Label;
using labels::LabelledStore;
using labels::Run;
using labels::StoreKind;

struct Master : sc_core::sc_module, NoUserData {
    tlm_utils::simple_initiator_socket<Master> socket{"socket"};
    explicit Master(const sc_core::sc_module_name& name) : sc_module(name), NoUserData("a test") {}
};

struct BusBench {
    FreshContext context;
    crypto::Drbg random{as_bytes("bus"), "test"};
    labels::Registry registry{random};
    LabelledStore store{registry, {"ram", StoreKind::dram, 256}};
    labels::Subject a = *registry.admit(), b = *registry.admit();
    Label mine = registry.label(a, labels::DataClass::prompt),
          other = registry.label(b, labels::DataClass::prompt);
    LabelledMemory memory{"memory", store, sc_core::sc_time{10, sc_core::SC_NS}};
    Master cpu{"cpu"};
    tlm::tlm_generic_payload trans;
    LabelExtension labels;
    sc_core::sc_time delay;

    BusBench() {
        registry.strict = false;
        sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
    }
    void prepare(tlm::tlm_command command, std::uint64_t address, std::span<std::uint8_t> data) {
        trans.set_command(command);
        trans.set_address(address);
        trans.set_data_ptr(data.data());
        trans.set_data_length(static_cast<unsigned>(data.size()));
        trans.set_streaming_width(static_cast<unsigned>(data.size()));
    }
    tlm::tlm_response_status go(bool with_labels = true) {
        if (with_labels) trans.set_extension(&labels);
        cpu.socket->b_transport(trans, delay);
        if (with_labels) trans.clear_extension(&labels);
        return trans.get_response_status();
    }
};

/// The generic test: mixed labels go in at one side and come out at the other, byte by byte.
template <class Bench>
void labels_pass(Bench& bench) {
    Bytes data(64, 7);
    const Label both = bench.registry.join(bench.mine, bench.other);
    const std::vector<Run> runs{{{0, 3}, labels::clean},
                                {{3, 20}, bench.mine},
                                {{23, 1}, labels::unknown},
                                {{24, 30}, both},
                                {{54, 10}, bench.other}};
    bench.prepare(tlm::TLM_WRITE_COMMAND, 100, data);
    bench.labels.set(runs);
    BOOST_TEST((bench.go() == tlm::TLM_OK_RESPONSE));
    BOOST_TEST((bench.store.runs({100, 64}) == runs));
    Bytes back(64);
    bench.prepare(tlm::TLM_READ_COMMAND, 100, back);
    bench.labels.clear();
    BOOST_TEST((bench.go() == tlm::TLM_OK_RESPONSE));
    BOOST_TEST(equal(back, data));
    BOOST_TEST((std::vector<Run>{bench.labels.runs().begin(), bench.labels.runs().end()} == runs));
}

BOOST_AUTO_TEST_CASE(labels_pass_into_a_memory_and_out_again) {
    BusBench bench;
    bench.cpu.socket.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    labels_pass(bench);
}

BOOST_AUTO_TEST_CASE(labels_pass_over_a_link) {
    BusBench bench;
    DmaLink link{"link", bench.registry, sc_core::sc_time{1, sc_core::SC_US},
                 sc_core::sc_time{1, sc_core::SC_NS}};
    bench.cpu.socket.bind(link.from_device);
    link.to_host.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    labels_pass(bench);
    BOOST_TEST((bench.delay == sc_core::sc_time(2 * (1000 + 64 + 10), sc_core::SC_NS)));
    BOOST_TEST(bench.registry.findings().total() == 8U);  // four labelled runs crossed twice
}

BOOST_AUTO_TEST_CASE(a_strict_link_blocks_what_is_not_sealed_in_both_directions) {
    BusBench bench;
    bench.registry.strict = true;
    DmaLink link{"link", bench.registry, sc_core::SC_ZERO_TIME, sc_core::SC_ZERO_TIME};
    bench.cpu.socket.bind(link.from_device);
    link.to_host.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    Bytes data(8, 1);
    bench.prepare(tlm::TLM_WRITE_COMMAND, 0, data);
    bench.labels.set(bench.mine, 8);
    BOOST_TEST((bench.go() == tlm::TLM_GENERIC_ERROR_RESPONSE));
    BOOST_TEST(equal(bench.store.bytes({0, 8}), Bytes(8, 0)));
    BOOST_TEST((bench.go(false) == tlm::TLM_GENERIC_ERROR_RESPONSE));
    bench.store.write(0, Bytes(8, 9), bench.mine);
    bench.prepare(tlm::TLM_READ_COMMAND, 0, data);
    BOOST_TEST((bench.go() == tlm::TLM_GENERIC_ERROR_RESPONSE));
    BOOST_TEST(equal(data, Bytes(8, 0)));
}

BOOST_AUTO_TEST_CASE(a_write_without_labels_is_unknown_and_in_strict_mode_an_error) {
    BusBench bench;
    bench.cpu.socket.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    Bytes data(8, 1);
    bench.prepare(tlm::TLM_WRITE_COMMAND, 0, data);
    BOOST_TEST((bench.go(false) == tlm::TLM_OK_RESPONSE));
    BOOST_TEST((bench.store.label({0, 8}) == labels::unknown));
    bench.labels.set(labels::clean, 7);  // one byte short of the data
    BOOST_TEST((bench.go() == tlm::TLM_OK_RESPONSE));
    BOOST_TEST((bench.store.label({0, 8}) == labels::unknown));
    bench.registry.strict = true;
    BOOST_TEST((bench.go(false) == tlm::TLM_GENERIC_ERROR_RESPONSE));
}

BOOST_AUTO_TEST_CASE(labelled_bytes_are_not_read_without_labels_nor_through_the_debug_transport) {
    BusBench bench;
    bench.registry.strict = true;
    bench.cpu.socket.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    bench.store.write(10, Bytes(4, 9), bench.mine);
    Bytes data(8);
    bench.prepare(tlm::TLM_READ_COMMAND, 8, data);
    BOOST_TEST((bench.go(false) == tlm::TLM_GENERIC_ERROR_RESPONSE));
    BOOST_TEST(bench.cpu.socket->transport_dbg(bench.trans) == 0U);
    BOOST_TEST(equal(data, Bytes(8, 0)));
    BOOST_TEST(bench.registry.findings().total() == 2U);
    bench.trans.set_address(0);
    BOOST_TEST(bench.cpu.socket->transport_dbg(bench.trans) == 8U);
}

BOOST_AUTO_TEST_CASE(labels_follow_byte_enables_and_streaming) {
    BusBench bench;
    bench.cpu.socket.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    Bytes data{1, 2, 3, 4, 5, 6, 7, 8}, enables{0xFF, 0xFF, 0, 0};
    bench.prepare(tlm::TLM_WRITE_COMMAND, 0, data);
    bench.trans.set_byte_enable_ptr(enables.data());
    bench.trans.set_byte_enable_length(4);
    bench.labels.set(bench.mine, 8);
    BOOST_TEST((bench.go() == tlm::TLM_OK_RESPONSE));
    BOOST_TEST(equal(bench.store.bytes({0, 8}), Bytes{1, 2, 0, 0, 5, 6, 0, 0}));
    const std::vector<Run> expected{
        {{0, 2}, bench.mine}, {{2, 2}, labels::clean}, {{4, 2}, bench.mine}, {{6, 2}, labels::clean}};
    BOOST_TEST((bench.store.runs({0, 8}) == expected));

    bench.trans.set_byte_enable_ptr(nullptr);
    bench.trans.set_address(16);
    bench.trans.set_streaming_width(4);  // the second half goes over the first
    bench.labels.set(std::vector<Run>{{{0, 4}, bench.mine}, {{4, 4}, bench.other}});
    BOOST_TEST((bench.go() == tlm::TLM_OK_RESPONSE));
    BOOST_TEST(equal(bench.store.bytes({16, 8}), Bytes{5, 6, 7, 8, 0, 0, 0, 0}));
    BOOST_TEST((bench.store.label({16, 4}) == bench.other));
}

BOOST_AUTO_TEST_CASE(an_address_outside_and_a_length_of_nothing_are_bus_errors) {
    BusBench bench;
    bench.cpu.socket.bind(bench.memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    Bytes data(8);
    for (const std::uint64_t address : {std::uint64_t{249}, std::uint64_t{256}, ~std::uint64_t{0}}) {
        bench.prepare(tlm::TLM_READ_COMMAND, address, data);
        BOOST_TEST((bench.go() == tlm::TLM_ADDRESS_ERROR_RESPONSE));
    }
    bench.prepare(tlm::TLM_READ_COMMAND, 0, std::span{data}.first(0));
    BOOST_TEST((bench.go() == tlm::TLM_BURST_ERROR_RESPONSE));
}

BOOST_AUTO_TEST_CASE(state_that_no_oracle_sees_is_told) {
    BusBench bench;
    bench.cpu.socket.bind(bench.memory.socket);
    const auto tops = sc_core::sc_get_top_level_objects();
    BOOST_TEST(unseen_state(bench.registry, tops).empty());
    crypto::Drbg random{as_bytes("other"), "test"};
    labels::Registry other{random};
    const auto unseen = unseen_state(other, tops);
    BOOST_REQUIRE(unseen.size() == 1U);
    BOOST_TEST(unseen[0] == "memory: store ram is not registered");
    struct Silent : sc_core::sc_module {
        explicit Silent(const sc_core::sc_module_name& name) : sc_module(name) {}
    } silent{"silent"};
    struct Hoarder : sc_core::sc_module, StateHolder {
        explicit Hoarder(const sc_core::sc_module_name& name) : sc_module(name) {}
        std::size_t state_bytes() const override { return 64; }
    } hoarder{"hoarder"};
    struct Mute : sc_core::sc_module, NoUserData {
        explicit Mute(const sc_core::sc_module_name& name) : sc_module(name), NoUserData("") {}
    } mute{"mute"};
    const auto three = unseen_state(bench.registry, sc_core::sc_get_top_level_objects());
    BOOST_TEST(three.size() == 3U);
}

}  // namespace
}  // namespace assay::kernel
