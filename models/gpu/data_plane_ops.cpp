// What the device does for each operation, once its record is verified.
#include <algorithm>

#include "models/gpu/data_plane.hpp"
#include "models/gpu/model_image.hpp"
#include "sim/base/reader.hpp"

namespace assay::gpu {
namespace {

using labels::DataClass;
using labels::LabelledStore;
using labels::Range;
using labels::Refusal;

constexpr std::uint64_t installed_key_id = std::uint64_t{1} << 63;

Refusal op_refuses(std::string_view code, std::string what, std::string expected) {
    return {code, std::move(what), "gpu", std::move(expected)};
}

}  // namespace

DataPlane::Handled DataPlane::set_ready(const Incoming&) {
    ready_ = true;
    return Range{};
}

DataPlane::Handled DataPlane::install_model(const Incoming& in) {
    if (in.header.length != install_size)
        return op_refuses("E_SCHEMA", "an installation of another size",
                          std::to_string(install_size) + " bytes");
    if (std::ranges::any_of(contexts_, &Context::live))
        return op_refuses("E_ORDER", "a request is running", "no request");
    // The key goes from the scratch into its slot; the rest is no secret.
    const ByteView raw = hbm_.scratch.bytes(in.payload);
    const ByteView key = raw.first(model_key_size);
    const auto rest = decode<ModelInstall>(raw.subspan(model_key_size), transfer_order);
    if (!rest) return op_refuses("E_SCHEMA", rest.error().text(), "an installation");
    model_ = *rest;
    if (model_.image_size < image_header_size || model_.image_size > hbm_.weights.capacity() ||
        model_.chunk_size == 0 || model_.chunk_size > (32U << 10))
        return op_refuses("E_LIMIT", "an image that does not fit",
                          "at most " + std::to_string(hbm_.weights.capacity()));
    if (model_key_)
        if (auto gone = hbm_.keys.zeroise(*std::exchange(model_key_, std::nullopt)); !gone)
            return gone.error();
    auto put = hbm_.keys.put(installed_key_id, labels::KeyKind::model, session_, key);
    if (!put) return put.error();
    model_key_ = *put;
    next_chunk_ = 0;
    compute_.forget();
    contexts_.clear();
    return Range{};
}

DataPlane::Handled DataPlane::load_weights(const Incoming& in) {
    if (!model_key_) return op_refuses("E_ORDER", "no model is installed", "INSTALL_MODEL first");
    const std::uint64_t at = next_chunk_ * model_.chunk_size;
    if (at >= model_.image_size || in.header.offset != at)
        return op_refuses("E_ORDER", "a chunk that is not due", "the chunk at " + std::to_string(at));
    const std::uint64_t size = std::min(model_.chunk_size, model_.image_size - at);
    if (in.header.length != size + tag_size)
        return op_refuses("E_LIMIT", "a chunk of another size", std::to_string(size + tag_size) + " bytes");
    auto opened = labels::open(registry_, *model_key_, chunk_nonce(next_chunk_),
                               chunk_context(model_.digest, next_chunk_), hbm_.fifo, in.payload, hbm_.weights,
                               static_cast<std::size_t>(at), labels::clean);
    if (!opened) return opened.error();
    ++next_chunk_;
    return Range{};
}

DataPlane::Handled DataPlane::seal_model(const Incoming&) {
    if (!model_key_) return op_refuses("E_ORDER", "no model is installed", "INSTALL_MODEL first");
    const auto size = static_cast<std::size_t>(model_.image_size);
    if (next_chunk_ * model_.chunk_size < model_.image_size)
        return op_refuses("E_ORDER", "chunks are missing", "the whole image");
    // Whatever comes of it, the key has done its work.
    if (auto gone = hbm_.keys.zeroise(*std::exchange(model_key_, std::nullopt)); !gone) return gone.error();
    const ByteView image = hbm_.weights.bytes({0, size});
    if (!equal(crypto::digest(crypto::Hash::sha256, {image}), model_.digest))
        return op_refuses("E_WEIGHT_DIGEST", "the weights are not those that were announced",
                          "the same digest");
    const auto config = read_image_header(image.first(image_header_size), size);
    if (!config) return config.error();
    if (auto prepared = compute_.prepare(*config); !prepared) return prepared.error();
    const std::size_t staging = hbm_.staging.capacity() / (2 * hbm_.spec.contexts) / 64 * 64;
    const std::size_t kv = hbm_.kv.capacity() / hbm_.spec.contexts / 64 * 64;
    contexts_.clear();
    for (std::size_t i = 0; i < hbm_.spec.contexts; ++i) {
        Context context;
        context.kv = {i * kv, kv};
        context.input = {2 * i * staging, staging};
        context.output = {(2 * i + 1) * staging, staging};
        contexts_.push_back(context);
    }
    return Range{};
}

DataPlane::Handled DataPlane::write_input(const Incoming& in) {
    if (!compute_.ready()) return op_refuses("E_ORDER", "no model is loaded", "a model first");
    const std::size_t size = in.payload.size;
    const ByteView payload = hbm_.scratch.bytes(in.payload);
    if (size < 256 || (size & (size - 1)) != 0)
        return op_refuses("E_PADDING", "a token list of " + std::to_string(size) + " bytes",
                          "a power of two");
    const std::uint32_t count = load<std::uint32_t>(payload, transfer_order);
    if (count == 0 || token_payload_size(count) != size)
        return op_refuses("E_PADDING", "a token list that is not in its bucket",
                          "the smallest power of two from 256 that holds it");
    auto context = new_context(*subject_of(in.header));
    if (!context) return context.error();
    if (size > (*context)->input.size)
        return op_refuses("E_LIMIT", "a token list longer than its memory",
                          std::to_string((*context)->input.size));
    hbm_.staging.copy(hbm_.scratch, in.payload, (*context)->input.at);
    return Range{};
}

DataPlane::Handled DataPlane::run(const Incoming& in) {
    Context* const context = context_of(*subject_of(in.header));
    if (context == nullptr) return op_refuses("E_ORDER", "no input", "WRITE_INPUT first");
    if (auto may = monitor_.works(context->subject, "gpu"); !may) return may.error();
    auto done = compute_.run(*context, in.header.argument);
    if (!done) return done.error();
    in.work.tokens = *done;
    if (has(Fault::bad_bank))  // the bank fails while it is full
        hbm_.kv.stick({context->kv.at, 64});
    return Range{};
}

DataPlane::Handled DataPlane::read_output(const Incoming& in) {
    const Context* const context = context_of(*subject_of(in.header));
    if (context == nullptr) return op_refuses("E_ORDER", "no input", "WRITE_INPUT first");
    const std::uint32_t count = hbm_.staging.values<std::uint32_t>(context->output.at, 1)[0];
    const std::size_t size = token_payload_size(count);
    if (size > context->output.size || size > (64U << 10))
        return op_refuses("E_LIMIT", "an answer longer than a record", "64 KiB");
    return Range{context->output.at, size};
}

DataPlane::Handled DataPlane::release(const Incoming& in) {
    Context* const context = context_of(*subject_of(in.header));
    if (context == nullptr) return Range{};  // nothing was ever written for it
    std::optional<Refusal> first;
    scrub_context(*context, in.work, first);
    if (first) return *first;
    return Range{};
}

void DataPlane::scrub_context(Context& context, Work& work, std::optional<Refusal>& first) {
    const auto scrub = [&](LabelledStore& store, Range range) {
        scrub_into(store, range, work, first);
    };
    if (!has(Fault::input_not_scrubbed)) {
        const std::uint32_t count = hbm_.staging.values<std::uint32_t>(context.input.at, 1)[0];
        const std::size_t length = std::min(context.input.size, sizeof(count) * (1 + std::size_t{count} / 2));
        scrub(hbm_.staging, has(Fault::partial_scrub) ? Range{context.input.at, length} : context.input);
        scrub(hbm_.staging, context.output);
    }
    if (!has(Fault::kv_left)) scrub(hbm_.kv, context.kv);
    if (!has(Fault::activations_left)) scrub(hbm_.activations, compute_.user_activations());
    if (!has(Fault::shared_memory_left)) scrub(hbm_.shared, hbm_.shared.all());
    if (has(Fault::late_write)) {  // the copy engine still had the list
        hbm_.staging.copy(hbm_.scratch, {0, 256}, context.input.at);
        scrub(hbm_.scratch, hbm_.scratch.all());
    }
    if (has(Fault::unlabelled_copy)) {
        const ByteView list = hbm_.scratch.bytes({0, 256});
        hbm_.scratch.write(0, Bytes{list.begin(), list.end()}, labels::clean);
    }
    context.live = false;
}

DataPlane::Handled DataPlane::rekey(const Incoming&) { return Range{}; }
DataPlane::Handled DataPlane::close_session(const Incoming&) { return Range{}; }

}  // namespace assay::gpu
