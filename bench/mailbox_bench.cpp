// The DOE mailbox on its bus: single register accesses, and whole evidence through the platform.
#include <memory>

#include "bench/floor.hpp"
#include <benchmark/benchmark.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "models/gpu/doe_module.hpp"
#include "models/platform/gpu_platform.hpp"
#include "sim/kernel/fresh_context.hpp"

namespace assay::bench {
namespace {

struct NoService final : gpu::DoeService {
    std::span<const spdm::doe::Feature> features() const override { return {}; }
    sc_core::sc_time accept(spdm::doe::Type, ByteView) override { return {}; }
    std::optional<Bytes> answer(spdm::doe::Type, ByteView) override { return {}; }
};

struct NoProbe final : gpu::Probe {
    void wave(std::string_view, unsigned, std::uint64_t) override {}
    void event(Event) override {}
};

struct Master : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Master> socket{"socket"};
    explicit Master(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// The cheapest target there is: the floor of a register access.
struct EmptyTarget : sc_core::sc_module {
    tlm_utils::simple_target_socket<EmptyTarget> socket{"socket"};
    explicit EmptyTarget(const sc_core::sc_module_name& name) : sc_module(name) {
        socket.register_b_transport(this, &EmptyTarget::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
        delay += sc_core::sc_time{10, sc_core::SC_NS};
    }
};

void read_status(benchmark::State& state, Master& master) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    std::array<std::uint8_t, 4> data{};
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_READ_COMMAND);
    trans.set_address(0x100 + gpu::DoeModule::status);
    trans.set_data_ptr(data.data());
    trans.set_data_length(data.size());
    trans.set_streaming_width(data.size());
    for (auto _ : state) {
        sc_core::sc_time delay;
        master.socket->b_transport(trans, delay);
        benchmark::DoNotOptimize(data);
    }
    if (trans.get_response_status() != tlm::TLM_OK_RESPONSE) state.SkipWithError("access refused");
    state.SetItemsProcessed(state.iterations());
}

void mailbox(benchmark::State& state) {
    const kernel::FreshContext context;
    NoService service;
    NoProbe probe;
    Master master{"master"};
    gpu::DoeModule doe{"doe", 0x100, {250, sc_core::SC_NS}, service, probe};
    master.socket.bind(doe.socket);
    read_status(state, master);
}

void mailbox_floor(benchmark::State& state) {
    const kernel::FreshContext context;
    Master master{"master"};
    EmptyTarget target{"target"};
    master.socket.bind(target.socket);
    read_status(state, master);
}

/// One conversation with a signed report, over the modelled link.
void collect(benchmark::State& state) {
    const kernel::FreshContext context;
    platform::GpuPlatform platform{"gh100", 1};
    platform.power_on_reset();
    spdm::Nonce nonce{};
    for (auto _ : state) {
        ++nonce[0];
        if (!platform.collect(nonce)) state.SkipWithError("no evidence");
        (void)platform.take_events();
    }
    state.SetItemsProcessed(state.iterations());
}

void collect_floor(benchmark::State& state) {
    const FloorKey key;
    Bytes message(4'100);
    for (auto _ : state) {
        ++message[4];
        benchmark::DoNotOptimize(key.sign(message));
        floor_sha384(ByteView{message}.first(3'200));  // the digest of the chain, at both ends
        floor_sha384(ByteView{message}.first(3'200));
    }
    state.SetItemsProcessed(state.iterations());
}

}  // namespace

void register_mailbox();
void register_mailbox() {
    benchmark::RegisterBenchmark("doe/b_transport/status", mailbox);
    benchmark::RegisterBenchmark("doe/b_transport/status/floor", mailbox_floor);
    benchmark::RegisterBenchmark("platform/collect/gh100", collect)->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("platform/collect/gh100/floor", collect_floor)
        ->Unit(benchmark::kMicrosecond);
}

}  // namespace assay::bench
