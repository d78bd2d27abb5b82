// A model behind the kernels as fibers: slow, exact, and the place where their races and barriers are tested.
#pragma once
#include <algorithm>
#include <array>

#include "reference_gpu/backend.hpp"
#include "reference_gpu/fibers.hpp"
#include "reference_gpu/kernels.cuh"
#include "reference_gpu/operators.hpp"

namespace assay::reference_gpu {
inline namespace GPU_DIALECT {  // as the kernels that it launches

/// Small grids: results do not depend on them, and fibers cost.
constexpr unsigned shim_warps = 2;
constexpr unsigned shim_blocks = 3;

class Shim final : public Backend {
public:
    Shim(const Model& model, std::uint32_t positions, const fibers::Schedule& schedule)
        : schedule_(schedule),
          x_(model.config.dim),
          q_(model.config.dim),
          o_(model.config.dim),
          gate_(model.config.hidden),
          keys_(std::size_t{model.config.layers} * model.config.kv_dim() * positions),
          values_(keys_.size()),
          scores_(std::size_t{model.config.heads} * positions),
          logits_(model.config.vocabulary),
          cosines_(std::size_t{positions} * (model.config.head_size() / 2)),
          sines_(cosines_.size()) {
        const Config& c = model.config;
        const Weights w = model.weights();
        rope_tables(c.head_size(), c.rope_base, cosines_, sines_);
        d_ = {.dim = c.dim,
              .hidden = c.hidden,
              .layers = c.layers,
              .heads = c.heads,
              .kv_heads = c.kv_heads,
              .head_size = c.head_size(),
              .vocabulary = c.vocabulary,
              .positions = positions,
              .epsilon = c.epsilon,
              .embedding = w(Tensor::embedding).data(),
              .attention_norm = w(Tensor::attention_norm).data(),
              .wq = w(Tensor::wq).data(),
              .wk = w(Tensor::wk).data(),
              .wv = w(Tensor::wv).data(),
              .wo = w(Tensor::wo).data(),
              .ffn_norm = w(Tensor::ffn_norm).data(),
              .w1 = w(Tensor::w1).data(),
              .w2 = w(Tensor::w2).data(),
              .w3 = w(Tensor::w3).data(),
              .final_norm = w(Tensor::final_norm).data(),
              .classifier = w(Tensor::classifier).data(),
              .cosines = cosines_.data(),
              .sines = sines_.data(),
              .x = x_.data(),
              .q = q_.data(),
              .o = o_.data(),
              .gate = gate_.data(),
              .keys = keys_.data(),
              .values = values_.data(),
              .scores = scores_.data(),
              .logits = logits_.data(),
              .cursor = cursor_.data()};
    }
    ~Shim() override { fibers::forget(); }

    Floats forward(Token token, std::uint32_t position) override {
        cursor_ = {token, position};
        decode_step(d_, shim_warps,
                    [&](auto kernel, unsigned blocks, std::size_t shared_bytes, const auto&... arguments) {
                        fibers::launch(schedule_, {.x = std::min(blocks, shim_blocks)},
                                       {.x = shim_warps * partials}, shared_bytes,
                                       [&] { kernel(arguments...); });
                    });
        return logits_;
    }

    void wipe() override {
        for (Wiped<float>* v : {&x_, &q_, &o_, &gate_, &keys_, &values_, &scores_, &logits_})
            ::explicit_bzero(v->data(), v->size() * sizeof(float));
        cursor_ = {};
        fibers::forget();
    }

private:
    fibers::Schedule schedule_;
    Wiped<float> x_, q_, o_, gate_, keys_, values_, scores_, logits_, cosines_, sines_;
    std::array<unsigned, 2> cursor_{};
    Decoder d_{};
};

}  // namespace GPU_DIALECT
}  // namespace assay::reference_gpu
