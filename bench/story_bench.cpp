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

/// Counted at OpenSSL's entry points while a platform ran: signatures, verifications, key agreements and keys
/// unwrapped. RSA keys that the vTPM makes (one in boot, one in attest) are not in it: how long one takes is
/// luck.
constexpr FloorWork attest_work{.p384_sign = 3, .p384_verify = 35, .rsa2048_sign = 2, .rsa2048_verify = 2};
constexpr FloorWork release_work{.p384_sign = 3,
                                 .p384_verify = 37,
                                 .rsa2048_sign = 2,
                                 .rsa2048_verify = 2,
                                 .rsa2048_encrypt = 2,
                                 .rsa2048_decrypt = 2,
                                 .x25519_generate = 2};
constexpr FloorWork admit_work{.p384_sign = 1, .p384_verify = 6, .p384_generate = 2, .p384_derive = 2};
constexpr FloorWork request_work{.x25519_derive = 2};

void floor_of(benchmark::State& state, const FloorWork& work) {
    floor_work(work);  // keys are made here
    for (auto _ : state) floor_work(work);
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
    add("story/attest/floor", [](benchmark::State& s) { floor_of(s, attest_work); });
    add("story/release/floor", [](benchmark::State& s) { floor_of(s, release_work); });
    add("story/admit/floor", [](benchmark::State& s) { floor_of(s, admit_work); });
    add("story/request/floor", [](benchmark::State& s) { floor_of(s, request_work); });
}

}  // namespace assay::bench
