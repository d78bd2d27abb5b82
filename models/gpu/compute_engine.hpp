// The compute engine: transformer layers over modelled HBM, by the operators of the reference path; every
// result has the join of the labels of what went in.
#pragma once
#include "models/gpu/hbm.hpp"
#include "reference_gpu/model.hpp"
#include "reference_gpu/operators.hpp"

namespace assay::gpu {

/// What a request has of the memories while it runs. Ranges are capacities.
struct Context {
    labels::Subject subject;
    labels::Range kv;      // [layer][key, value][kv head][position][head size]
    labels::Range input;   // a count and token ids of 32 bits
    labels::Range output;  // the same
    unsigned position = 0;
    bool live = false, fenced = false;
};

class ComputeEngine {
public:
    explicit ComputeEngine(labels::Registry& registry, Hbm& hbm) : registry_(registry), hbm_(hbm) {}

    /// The weights lie in hbm.weights after the image's header. E_LIMIT where the memories are too small.
    Result<Nothing, labels::Refusal> prepare(const reference_gpu::Config& config);
    void forget() { config_.reset(); }
    bool ready() const { return config_.has_value(); }
    const std::optional<reference_gpu::Config>& config() const { return config_; }
    /// Bytes of keys and values of one request.
    std::size_t kv_size() const;
    /// Bytes of activations that a request writes; all of them are scrubbed at its end.
    labels::Range user_activations() const { return {0, hbm_.activations.capacity()}; }

    struct Tokens {
        unsigned prefill = 0, decode = 0;  // forward passes over the prompt; tokens that came out
        unsigned operators = 0;            // launches, as a device would have made them
    };
    /// Reads the token list of `context.input`, makes at most `limit` tokens, greedily, and writes their list
    /// to `context.output`. Token 1 (BOS) ends a text and is not written. E_RANGE for no token or one beyond
    /// the vocabulary, E_LIMIT for more tokens than positions, E_CROSS_SUBJECT for rows of somebody else.
    Result<Tokens, labels::Refusal> run(Context& context, unsigned limit);

private:
    struct Vector {
        labels::LabelledStore* store = nullptr;
        std::size_t at = 0, count = 0;
        reference_gpu::FloatView view() const { return store->values<float>(at, count); }
        labels::Label label() const { return store->label({at, count * sizeof(float)}); }
        template <class F>
        void produce(const labels::Label& label, F&& f) const {
            store->produce_as<float>(at, count, label, std::forward<F>(f));
        }
    };
    /// One token through all layers; afterwards logits_ are those of the next one.
    Result<Nothing, labels::Refusal> forward(Context& context, const labels::LabelledStore& tokens,
                                             std::size_t token_at);
    Result<Nothing, labels::Refusal> attend(const Context& context, unsigned layer);
    Vector kv_rows(const Context& context, unsigned layer, bool values) const;
    reference_gpu::AttentionShape shape() const;
    reference_gpu::FloatView weight(reference_gpu::Tensor tensor, unsigned layer = 0) const;
    void normalise(const Vector& from, reference_gpu::FloatView weights, const Vector& to);
    void multiply(reference_gpu::FloatView matrix, const Vector& from, const Vector& to);
    void accumulate(const Vector& to, const Vector& from);

    labels::Registry& registry_;
    Hbm& hbm_;
    std::optional<reference_gpu::Config> config_;
    std::optional<reference_gpu::Weights> weights_;
    unsigned operators_ = 0;  // since the engine began
    Vector x_, h_, q_, k_, v_, o_, gate_, up_, logits_, scores_, cosines_, sines_;
};

}  // namespace assay::gpu
