// The fast path: the operators, on the vector units of this processor.
#include <algorithm>

#include "reference_gpu/backend.hpp"
#include "reference_gpu/operators.hpp"
#include "reference_gpu/team.hpp"

namespace assay::reference_gpu {
namespace {

class Cpu final : public Backend {
public:
    Cpu(const Model& model, std::uint32_t positions, unsigned threads)
        : threads_(threads),
          team_(threads),
          c_(model.config),
          w_(model.weights()),
          shape_{c_.heads, c_.kv_heads, c_.head_size(), positions},
          x_(c_.dim),
          h_(c_.dim),
          q_(c_.dim),
          k_(c_.kv_dim()),
          v_(c_.kv_dim()),
          gate_(c_.hidden),
          up_(c_.hidden),
          keys_(shape_.cache_size() * c_.layers),
          values_(keys_.size()),
          scores_(shape_.score_size()),
          logits_(c_.vocabulary),
          cosines_(std::size_t{positions} * (c_.head_size() / 2)),
          sines_(cosines_.size()) {
        rope_tables(c_.head_size(), c_.rope_base, cosines_, sines_);
    }

    Floats forward(Token token, std::uint32_t position) override {
        embedding_row(w_(Tensor::embedding), token, x_);
        for (std::uint32_t layer = 0; layer < c_.layers; ++layer) {
            attend(layer, position);
            feed_forward(layer);
        }
        rmsnorm(x_, w_(Tensor::final_norm), c_.epsilon, h_);
        multiply(h_, {{w_(Tensor::classifier), logits_}});
        return logits_;
    }

    void wipe() override {
        for (Wiped<float>* v : {&x_, &h_, &q_, &k_, &v_, &gate_, &up_, &keys_, &values_, &scores_, &logits_})
            ::explicit_bzero(v->data(), v->size() * sizeof(float));
    }

private:
    /// Several matrices of one input at once: fewer meetings of the team.
    struct Product {
        FloatView matrix;
        Floats out;
    };
    void multiply(FloatView x, std::initializer_list<Product> products) {
        std::size_t rows = 0;
        for (const Product& p : products) rows += p.out.size();
        if (rows * x.size() < worth_sharing || threads_ == 1) {
            for (const Product& p : products) matmul(p.matrix, x, p.out);
            return;
        }
        team_.run(rows, [&](std::size_t first, std::size_t end) {
            std::size_t before = 0;  // rows of the products in front
            for (const Product& p : products) {
                const std::size_t from = std::clamp(first, before, before + p.out.size()) - before;
                const std::size_t to = std::clamp(end, before, before + p.out.size()) - before;
                if (from < to)
                    matmul(p.matrix.subspan(from * x.size(), (to - from) * x.size()), x,
                           p.out.subspan(from, to - from));
                before += p.out.size();
            }
        });
    }

    void attend(std::uint32_t layer, std::uint32_t position) {
        const std::size_t pairs = c_.head_size() / 2;
        const FloatView cosines = FloatView{cosines_}.subspan(position * pairs, pairs);
        const FloatView sines = FloatView{sines_}.subspan(position * pairs, pairs);
        const Floats keys = Floats{keys_}.subspan(layer * shape_.cache_size(), shape_.cache_size());
        const Floats values = Floats{values_}.subspan(layer * shape_.cache_size(), shape_.cache_size());
        rmsnorm(x_, w_(Tensor::attention_norm, layer), c_.epsilon, h_);
        multiply(h_, {{w_(Tensor::wq, layer), q_}, {w_(Tensor::wk, layer), k_}, {w_(Tensor::wv, layer), v_}});
        rope(q_, c_.head_size(), cosines, sines);
        rope(k_, c_.head_size(), cosines, sines);
        cache_row(k_, shape_, position, keys);
        cache_row(v_, shape_, position, values);
        attention(q_, keys, values, shape_, position, scores_, h_);
        multiply(h_, {{w_(Tensor::wo, layer), q_}});
        add(x_, q_);
    }

    void feed_forward(std::uint32_t layer) {
        rmsnorm(x_, w_(Tensor::ffn_norm, layer), c_.epsilon, h_);
        multiply(h_, {{w_(Tensor::w1, layer), gate_}, {w_(Tensor::w3, layer), up_}});
        swiglu(gate_, up_, gate_);
        multiply(gate_, {{w_(Tensor::w2, layer), h_}});
        add(x_, h_);
    }

    /// Products of a row and x below this cost less than a meeting of the team.
    static constexpr std::size_t worth_sharing = 32'768;

    unsigned threads_;
    Team team_;
    Config c_;
    Weights w_;
    AttentionShape shape_;
    Wiped<float> x_, h_, q_, k_, v_, gate_, up_, keys_, values_, scores_, logits_, cosines_, sines_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu(const Model& model, std::uint32_t positions, unsigned threads) {
    return std::make_unique<Cpu>(model, positions, threads);
}

}  // namespace assay::reference_gpu
