// Tokens per second of the CPU path, beside a plain read of the bytes that one token needs: decoding one
// token after the other is bound by memory, and the ratio says how close it comes.
#include <map>
#include <memory>
#include <stdexcept>

#include <benchmark/benchmark.h>

#include "reference_gpu/inference.hpp"
#include "reference_gpu/random_model.hpp"

namespace assay::bench {
namespace {

using reference_gpu::Config;
using reference_gpu::Model;

/// The shapes of the published llama2.c models, with random weights.
struct ModelShape {
    const char* name;
    Config config;
};
const std::vector<ModelShape> model_shapes{
    {"260K",
     {.dim = 64, .hidden = 172, .layers = 5, .heads = 8, .kv_heads = 4, .vocabulary = 512, .positions = 512}},
    {"15M",
     {.dim = 288,
      .hidden = 768,
      .layers = 6,
      .heads = 6,
      .kv_heads = 6,
      .vocabulary = 32'000,
      .positions = 256}},
    {"110M",
     {.dim = 768,
      .hidden = 2'048,
      .layers = 12,
      .heads = 12,
      .kv_heads = 12,
      .vocabulary = 32'000,
      .positions = 1'024}},
};
constexpr std::uint32_t decoded_positions = 200;

/// Made once, when the first benchmark of the shape runs.
std::shared_ptr<const Model> model_of(const ModelShape& shape) {
    static std::map<std::string, std::shared_ptr<const Model>> made;
    auto& model = made[shape.name];
    if (model == nullptr) model = std::make_shared<const Model>(reference_gpu::random_model(shape.config, 1));
    return model;
}

/// What a step reads: all weights (the shared table is the classifier), and the cache, half full on average.
std::size_t bytes_per_token(const Config& c) {
    const std::size_t cache = std::size_t{2} * c.layers * c.kv_dim() * decoded_positions / 2;
    return (reference_gpu::weight_count(c) + cache) * sizeof(float);
}

void decode(benchmark::State& state, const ModelShape& shape, unsigned threads) {
    auto opened = reference_gpu::Inference::open(
        model_of(shape),
        {.device = reference_gpu::Device::cpu, .positions = decoded_positions, .threads = threads});
    if (!opened) throw std::runtime_error(opened.error());
    reference_gpu::Token token = 1;
    for (auto _ : state) {
        if (opened->position() == opened->positions()) {
            state.PauseTiming();
            opened->reset();
            state.ResumeTiming();
        }
        const auto logits = opened->step(token);
        token =
            (token * 31 + 7) % shape.config.vocabulary;  // inputs vary; the choice is not what is measured
        benchmark::DoNotOptimize(logits.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_per_token(shape.config)));
}

/// Reads memory and does nothing with it that takes time: four streams, as wide as the machine loads.
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
std::uint64_t
read_all(const std::uint64_t* at, std::size_t count) {
    constexpr std::size_t lanes = 32;
    std::uint64_t sum[lanes] = {};
    for (std::size_t i = 0; i + lanes <= count; i += lanes)
        for (std::size_t l = 0; l < lanes; ++l) sum[l] ^= at[i + l];
    std::uint64_t out = 0;
    for (const std::uint64_t s : sum) out ^= s;
    return out;
}

void decode_floor(benchmark::State& state, const ModelShape& shape) {
    const std::size_t bytes = bytes_per_token(shape.config);
    std::vector<std::uint64_t> memory(bytes / sizeof(std::uint64_t), 1);
    for (auto _ : state) benchmark::DoNotOptimize(read_all(memory.data(), memory.size()));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

/// The same kernels as fibers: for orientation, without a floor.
void decode_shim(benchmark::State& state) {
    auto opened = reference_gpu::Inference::open(model_of(model_shapes.front()),
                                                 {.device = reference_gpu::Device::shim});
    if (!opened) throw std::runtime_error(opened.error());
    for (auto _ : state) {
        if (opened->position() == decoded_positions) opened->reset();
        benchmark::DoNotOptimize(opened->step(1).data());
    }
    state.SetItemsProcessed(state.iterations());
}

}  // namespace

void register_inference();
void register_inference() {
    using benchmark::RegisterBenchmark;
    for (const ModelShape& shape : model_shapes) {
        const std::string base = std::string{"inference/decode/"} + shape.name;
        RegisterBenchmark((base + "/1-thread").c_str(), [&shape](auto& s) { decode(s, shape, 1); })
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
        RegisterBenchmark((base + "/1-thread/floor").c_str(), [&shape](auto& s) { decode_floor(s, shape); })
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
        RegisterBenchmark((base + "/2-threads").c_str(), [&shape](auto& s) { decode(s, shape, 2); })
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
    }
    RegisterBenchmark("inference/decode-shim/260K", decode_shim)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
    if (const auto fault = reference_gpu::cuda_fault(); !fault.empty())
        std::fprintf(stderr, "not run: inference/decode-cuda: %s\n", fault.c_str());
}

}  // namespace assay::bench
