#include "models/gpu/compute_engine.hpp"

#include <algorithm>

#include "models/gpu/model_image.hpp"

namespace assay::gpu {
namespace {

using labels::Label;
using labels::LabelledStore;
using labels::Range;
using labels::Refusal;
using reference_gpu::Floats;
using reference_gpu::FloatView;
using reference_gpu::Tensor;
using reference_gpu::Token;

constexpr Token end_of_text = 1;  // BOS, as in the reference path
constexpr std::size_t value_size = sizeof(float);

std::size_t padded(std::size_t size) { return (size + 63) / 64 * 64; }

}  // namespace

reference_gpu::AttentionShape ComputeEngine::shape() const {
    return {config_->heads, config_->kv_heads, config_->head_size(), config_->positions};
}

FloatView ComputeEngine::weight(Tensor tensor, unsigned layer) const { return (*weights_)(tensor, layer); }

std::size_t ComputeEngine::kv_size() const {
    return config_ ? 2 * std::size_t{config_->layers} * shape().cache_size() * value_size : 0;
}

Result<Nothing, Refusal> ComputeEngine::prepare(const reference_gpu::Config& config) {
    forget();
    std::size_t used = 0;
    const auto place = [&](Vector& vector, LabelledStore& store, std::size_t& at, std::size_t count) {
        vector = {&store, at, count};
        at += padded(count * value_size);
    };
    const std::size_t angles = std::size_t{config.positions} * config.head_size() / 2;
    place(x_, hbm_.activations, used, config.dim);
    place(h_, hbm_.activations, used, config.dim);
    place(q_, hbm_.activations, used, config.dim);
    place(k_, hbm_.activations, used, config.kv_dim());
    place(v_, hbm_.activations, used, config.kv_dim());
    place(o_, hbm_.activations, used, config.dim);
    place(gate_, hbm_.activations, used, config.hidden);
    place(up_, hbm_.activations, used, config.hidden);
    place(logits_, hbm_.activations, used, config.vocabulary);
    const std::size_t count = reference_gpu::weight_count(config);
    std::size_t constants = padded(image_header_size + count * value_size);
    place(cosines_, hbm_.weights, constants, angles);
    place(sines_, hbm_.weights, constants, angles);
    std::size_t shared = 0;
    place(scores_, hbm_.shared, shared, std::size_t{config.heads} * config.positions);
    config_ = config;
    const std::size_t all_kv = padded(kv_size()) * hbm_.spec.contexts;
    if (used > hbm_.activations.capacity() || constants > hbm_.weights.capacity() ||
        shared > hbm_.shared.capacity() || all_kv > hbm_.kv.capacity()) {
        forget();
        return Refusal{"E_LIMIT", "the model needs more memory", hbm_.spec.name, "a model that fits"};
    }
    weights_.emplace(config, hbm_.weights.values<float>(image_header_size, count));
    cosines_.produce(labels::clean, [&](Floats cosines) {
        sines_.produce(labels::clean, [&](Floats sines) {
            reference_gpu::rope_tables(config.head_size(), config.rope_base, cosines, sines);
        });
    });
    return Nothing{};
}

ComputeEngine::Vector ComputeEngine::kv_rows(const Context& context, unsigned layer, bool values) const {
    const std::size_t size = shape().cache_size();
    const std::size_t index = 2 * std::size_t{layer} + (values ? 1 : 0);
    return {&hbm_.kv, context.kv.at + index * size * value_size, size};
}

void ComputeEngine::normalise(const Vector& from, FloatView weights, const Vector& to) {
    ++operators_;
    to.produce(from.label(),
               [&](Floats out) { reference_gpu::rmsnorm(from.view(), weights, config_->epsilon, out); });
}

void ComputeEngine::multiply(FloatView matrix, const Vector& from, const Vector& to) {
    ++operators_;
    to.produce(from.label(), [&](Floats out) { reference_gpu::matmul(matrix, from.view(), out); });
}

void ComputeEngine::accumulate(const Vector& to, const Vector& from) {
    ++operators_;
    to.produce(registry_.join(to.label(), from.label()),
               [&](Floats out) { reference_gpu::add(out, from.view()); });
}

Result<Nothing, Refusal> ComputeEngine::attend(const Context& context, unsigned layer) {
    const auto shape_now = shape();
    const unsigned position = context.position;
    const std::size_t row = shape_now.head_size * value_size, head = row * shape_now.positions;
    Label label = q_.label();
    for (const bool values : {false, true}) {
        const Vector cache = kv_rows(context, layer, values);
        const Vector& fresh = values ? v_ : k_;
        for (std::size_t h = 0; h < shape_now.kv_heads; ++h) {
            hbm_.kv.copy(*fresh.store, {fresh.at + h * row, row}, cache.at + h * head + position * row);
            label = registry_.join(label, hbm_.kv.label({cache.at + h * head, (position + 1) * row}));
        }
    }
    // Rows that belong to somebody else may not even be read.
    if (auto own = registry_.require_owner(label, context.subject, hbm_.kv.name()); !own) return own;
    const FloatView keys = kv_rows(context, layer, false).view(),
                    values = kv_rows(context, layer, true).view();
    operators_ += 3;  // two rows into the cache, attention
    scores_.produce(label, [&](Floats scores) {
        o_.produce(label, [&](Floats out) {
            reference_gpu::attention(q_.view(), keys, values, shape_now, position, scores, out);
        });
    });
    return Nothing{};
}

Result<Nothing, Refusal> ComputeEngine::forward(Context& context, const LabelledStore& tokens,
                                                std::size_t token_at) {
    const Label owner = tokens.label({token_at, sizeof(Token)});
    if (auto own = registry_.require_owner(owner, context.subject, tokens.name()); !own) return own;
    const Token token = tokens.values<Token>(token_at, 1)[0];
    if (token >= config_->vocabulary)
        return Refusal{"E_RANGE", "a token beyond the vocabulary", tokens.name(),
                       "below " + std::to_string(config_->vocabulary)};
    x_.produce(owner,
               [&](Floats out) { reference_gpu::embedding_row(weight(Tensor::embedding), token, out); });
    const std::size_t angles = config_->head_size() / 2;
    const FloatView cosines = cosines_.view().subspan(context.position * angles, angles);
    const FloatView sines = sines_.view().subspan(context.position * angles, angles);
    for (unsigned layer = 0; layer < config_->layers; ++layer) {
        normalise(x_, weight(Tensor::attention_norm, layer), h_);
        multiply(weight(Tensor::wq, layer), h_, q_);
        multiply(weight(Tensor::wk, layer), h_, k_);
        multiply(weight(Tensor::wv, layer), h_, v_);
        operators_ += 3;  // both turns here, the gate below
        for (const Vector* turned : {&q_, &k_})
            turned->produce(turned->label(), [&](Floats heads) {
                reference_gpu::rope(heads, config_->head_size(), cosines, sines);
            });
        if (auto attended = attend(context, layer); !attended) return attended;
        multiply(weight(Tensor::wo, layer), o_, h_);
        accumulate(x_, h_);
        normalise(x_, weight(Tensor::ffn_norm, layer), h_);
        multiply(weight(Tensor::w1, layer), h_, gate_);
        multiply(weight(Tensor::w3, layer), h_, up_);
        gate_.produce(registry_.join(gate_.label(), up_.label()),
                      [&](Floats gate) { reference_gpu::swiglu(gate, up_.view(), gate); });
        multiply(weight(Tensor::w2, layer), gate_, h_);
        accumulate(x_, h_);
    }
    normalise(x_, weight(Tensor::final_norm), x_);
    multiply(weight(Tensor::classifier), x_, logits_);
    ++context.position;
    return Nothing{};
}

Result<ComputeEngine::Tokens, Refusal> ComputeEngine::run(Context& context, unsigned limit) {
    if (!config_) return Refusal{"E_ORDER", "no model is loaded", hbm_.spec.name, "a model first"};
    LabelledStore& staging = hbm_.staging;
    const std::size_t room = context.output.size / sizeof(Token) - 1;
    const Token count = staging.values<Token>(context.input.at, 1)[0];
    if (count == 0 || count > context.input.size / sizeof(Token) - 1)
        return Refusal{"E_RANGE", "a token list of no length", staging.name(), "one token or more"};
    // The last token that is made goes through no layer.
    if (context.position + std::size_t{count} + limit > std::size_t{config_->positions} + 1 || limit > room)
        return Refusal{"E_LIMIT", "more tokens than positions", staging.name(),
                       "at most " + std::to_string(config_->positions)};
    Tokens done;
    const unsigned operators_before = operators_;
    for (Token i = 0; i < count; ++i) {
        const std::size_t at = context.input.at + sizeof(Token) * (1 + i);
        if (auto step = forward(context, staging, at); !step) return step.error();
        ++done.prefill;
    }
    // The answer is RESPONSE of the subject (and so has its data label), as soon as it is chosen.
    const Label response = registry_.label(context.subject, labels::DataClass::response);
    while (done.decode < limit) {
        const std::size_t at = context.output.at + sizeof(Token) * (1 + done.decode);
        staging.produce_as<Token>(
            at, 1, registry_.join(response, logits_.label()),
            [&](std::span<Token> out) { out[0] = reference_gpu::argmax(logits_.view()); });
        if (staging.values<Token>(at, 1)[0] == end_of_text) {
            staging.write(at, Bytes(sizeof(Token), 0), response);
            break;
        }
        ++done.decode;
        if (done.decode == limit) break;
        if (auto step = forward(context, staging, at); !step) return step.error();
    }
    staging.write(context.output.at, store(static_cast<Token>(done.decode), std::endian::little), response);
    done.operators = operators_ - operators_before;
    return done;
}

}  // namespace assay::gpu
