// The kernels on a CUDA device. A step is one captured graph: token and position lie in device memory.
#include <algorithm>
#include <array>
#include <stdexcept>

#include <cuda_runtime.h>

#include "reference_gpu/backend.hpp"
#include "reference_gpu/kernels.cuh"
#include "reference_gpu/operators.hpp"

namespace assay::reference_gpu {
namespace {

constexpr unsigned warps_per_block = 8;
constexpr std::uint32_t max_dim =
    48 * 1024 / sizeof(float);  // a normalised x fills the shared memory of a block

void check(cudaError_t code, const char* call) {
    if (code != cudaSuccess)
        throw std::runtime_error(std::string{call} + ": " + cudaGetErrorString(code) + " (" +
                                 std::to_string(static_cast<int>(code)) + ')');
}

/// Device memory that is zero at birth and wiped before it goes.
template <class T>
class Buffer {
public:
    explicit Buffer(std::size_t count) : bytes_(std::max<std::size_t>(count, 1) * sizeof(T)) {
        check(cudaMalloc(&at_, bytes_), "cudaMalloc");
        check(cudaMemset(at_, 0, bytes_), "cudaMemset");
    }
    explicit Buffer(std::span<const T> from) : Buffer(from.size()) {
        check(cudaMemcpy(at_, from.data(), from.size_bytes(), cudaMemcpyHostToDevice), "cudaMemcpy");
    }
    Buffer(const Buffer&) = delete;
    ~Buffer() {
        cudaMemset(at_, 0, bytes_);
        cudaDeviceSynchronize();
        cudaFree(at_);
    }
    T* data() const { return static_cast<T*>(at_); }
    void wipe(cudaStream_t stream) const {
        check(cudaMemsetAsync(at_, 0, bytes_, stream), "cudaMemsetAsync");
    }

private:
    void* at_ = nullptr;
    std::size_t bytes_;
};

struct Stream {
    cudaStream_t get = nullptr;
    Stream() { check(cudaStreamCreateWithFlags(&get, cudaStreamNonBlocking), "cudaStreamCreate"); }
    Stream(const Stream&) = delete;
    ~Stream() { cudaStreamDestroy(get); }
};

/// Memory of the host that the device copies from and to, wiped before it goes.
template <class T>
class Pinned {
public:
    explicit Pinned(std::size_t count) : count_(count) {
        check(cudaMallocHost(&at_, count * sizeof(T)), "cudaMallocHost");
        wipe();
    }
    Pinned(const Pinned&) = delete;
    ~Pinned() {
        wipe();
        cudaFreeHost(at_);
    }
    void wipe() { ::explicit_bzero(at_, count_ * sizeof(T)); }
    std::span<T> span() { return {static_cast<T*>(at_), count_}; }

private:
    void* at_ = nullptr;
    std::size_t count_;
};

struct Tables {
    Wiped<float> cosines, sines;
    Tables(const Config& c, std::uint32_t positions)
        : cosines(std::size_t{positions} * (c.head_size() / 2)), sines(cosines.size()) {
        rope_tables(c.head_size(), c.rope_base, cosines, sines);
    }
};

class Cuda final : public Backend {
public:
    Cuda(const Model& model, std::uint32_t positions)
        : Cuda(model, positions, Tables{model.config, positions}) {}
    ~Cuda() override {
        cudaStreamSynchronize(stream_.get);
        if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
    }

    Floats forward(Token token, std::uint32_t position) override {
        host_cursor_.span()[0] = token;
        host_cursor_.span()[1] = position;
        check(cudaMemcpyAsync(cursor_.data(), host_cursor_.span().data(), 2 * sizeof(unsigned),
                              cudaMemcpyHostToDevice, stream_.get),
              "cudaMemcpyAsync");
        check(cudaGraphLaunch(graph_, stream_.get), "cudaGraphLaunch");
        check(cudaMemcpyAsync(host_logits_.span().data(), logits_.data(), host_logits_.span().size_bytes(),
                              cudaMemcpyDeviceToHost, stream_.get),
              "cudaMemcpyAsync");
        check(cudaStreamSynchronize(stream_.get), "cudaStreamSynchronize");
        return host_logits_.span();
    }

    void wipe() override {
        for (const Buffer<float>* buffer : {&x_, &q_, &o_, &gate_, &keys_, &values_, &scores_, &logits_})
            buffer->wipe(stream_.get);
        cursor_.wipe(stream_.get);
        host_logits_.wipe();
        host_cursor_.wipe();
        check(cudaStreamSynchronize(stream_.get), "cudaStreamSynchronize");
    }

private:
    Cuda(const Model& model, std::uint32_t positions, const Tables& tables)
        : weights_(std::span<const float>{model.values}),
          cosines_(std::span<const float>{tables.cosines}),
          sines_(std::span<const float>{tables.sines}),
          x_(model.config.dim),
          q_(model.config.dim),
          o_(model.config.dim),
          gate_(model.config.hidden),
          keys_(std::size_t{model.config.layers} * model.config.kv_dim() * positions),
          values_(std::size_t{model.config.layers} * model.config.kv_dim() * positions),
          scores_(std::size_t{model.config.heads} * positions),
          logits_(model.config.vocabulary),
          cursor_(2),
          host_logits_(model.config.vocabulary),
          host_cursor_(2) {
        const Config& c = model.config;
        const Weights w = model.weights();
        const auto at = [&](Tensor t) {
            return weights_.data() + (w(t).data() - w.all().data());
        };
        decoder_ = {c.dim,
                    c.hidden,
                    c.layers,
                    c.heads,
                    c.kv_heads,
                    c.head_size(),
                    c.vocabulary,
                    positions,
                    c.epsilon,
                    at(Tensor::embedding),
                    at(Tensor::attention_norm),
                    at(Tensor::wq),
                    at(Tensor::wk),
                    at(Tensor::wv),
                    at(Tensor::wo),
                    at(Tensor::ffn_norm),
                    at(Tensor::w1),
                    at(Tensor::w2),
                    at(Tensor::w3),
                    at(Tensor::final_norm),
                    at(Tensor::classifier),
                    cosines_.data(),
                    sines_.data(),
                    x_.data(),
                    q_.data(),
                    o_.data(),
                    gate_.data(),
                    keys_.data(),
                    values_.data(),
                    scores_.data(),
                    logits_.data(),
                    cursor_.data()};
        capture();
    }

    void capture() {
        check(cudaStreamBeginCapture(stream_.get, cudaStreamCaptureModeThreadLocal),
              "cudaStreamBeginCapture");
        decode_step(
            decoder_, warps_per_block,
            [&](auto kernel, unsigned blocks, std::size_t shared_bytes, const auto&... arguments) {
                kernel<<<blocks, warps_per_block * partials, shared_bytes, stream_.get>>>(arguments...);
            });
        cudaGraph_t graph = nullptr;
        check(cudaStreamEndCapture(stream_.get, &graph), "cudaStreamEndCapture");
        const cudaError_t made = cudaGraphInstantiate(&graph_, graph, 0);
        cudaGraphDestroy(graph);
        check(made, "cudaGraphInstantiate");
    }

    Stream stream_;
    Buffer<float> weights_, cosines_, sines_, x_, q_, o_, gate_, keys_, values_, scores_, logits_;
    Buffer<unsigned> cursor_;
    Pinned<float> host_logits_;
    Pinned<unsigned> host_cursor_;
    Decoder decoder_{};
    cudaGraphExec_t graph_ = nullptr;
};

}  // namespace

std::string cuda_fault() {
    int count = 0;  // left alone when there is no driver
    const cudaError_t code = cudaGetDeviceCount(&count);
    if (code != cudaSuccess)
        return std::string{cudaGetErrorString(code)} + " (" + std::to_string(static_cast<int>(code)) + ')';
    return count == 0 ? "no CUDA device" : "";
}

Result<std::unique_ptr<Backend>, std::string> make_cuda(const Model& model, std::uint32_t positions) {
    if (auto fault = cuda_fault(); !fault.empty()) return fault;
    if (model.config.dim > max_dim) return "dim is above " + std::to_string(max_dim);
    try {
        return std::unique_ptr<Backend>{std::make_unique<Cuda>(model, positions)};
    } catch (const std::runtime_error& fault) {
        return std::string{fault.what()};
    }
}

}  // namespace assay::reference_gpu
