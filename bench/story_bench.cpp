// The stages of the whole platform, and one request, each beside the bare public-key work that it cannot do
// without: keys made, signatures made and verified, keys unwrapped. Everything else is what the platform
// costs.
#include <stdexcept>

#include "bench/floor.hpp"
#include <benchmark/benchmark.h>

#include "models/platform/reference_platform.hpp"

namespace assay::bench {
namespace {

using platform::ReferencePlatform;
using platform::Stage;

/// SystemC elaborates once per process: all benchmarks use this one.
ReferencePlatform& the_platform() {
    static ReferencePlatform one{{}, 1};
    return one;
}

void reach(ReferencePlatform& p, Stage stage) {
    if (const auto done = p.advance(stage); !done) throw std::runtime_error(done.error().text());
}

void stage(benchmark::State& state, Stage wanted) {
    ReferencePlatform& p = the_platform();
    for (auto _ : state) {
        state.PauseTiming();
        p.power_on_reset();
        reach(p, static_cast<Stage>(static_cast<int>(wanted) - 1));
        state.ResumeTiming();
        reach(p, wanted);
        static_cast<void>(p.take_events());
    }
}

void power_on(benchmark::State& state) {
    ReferencePlatform& p = the_platform();
    for (auto _ : state) p.power_on_reset();
}

void request(benchmark::State& state) {
    ReferencePlatform& p = the_platform();
    p.power_on_reset();
    reach(p, Stage::serve);
    for (auto _ : state) {
        const auto answer = p.ask({"to be or not to be", 40, {}});
        if (!answer) throw std::runtime_error(answer.error().text());
        static_cast<void>(p.take_events());
    }
    state.SetItemsProcessed(state.iterations());
}

}  // namespace

void register_story();
void register_story() {
    const auto add = [](const char* name, auto&& run) {
        benchmark::RegisterBenchmark(name, run)->Unit(benchmark::kMillisecond)->UseRealTime();
    };
    add("story/power-on", power_on);
    add("story/boot", [](benchmark::State& s) { stage(s, Stage::boot); });
    add("story/attest", [](benchmark::State& s) { stage(s, Stage::attest); });
    add("story/release", [](benchmark::State& s) { stage(s, Stage::release); });
    add("story/admit", [](benchmark::State& s) { stage(s, Stage::admit); });
    add("story/request", request);
}

}  // namespace assay::bench
