// Weights: only those that their owner sealed and announced run.
#include <algorithm>

#include "conformance/suites/data_path/world.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::conformance::data_path {
namespace model_topic {

Bytes digest_of(ByteView image) { return crypto::digest(crypto::Hash::sha256, {image}); }

void refused_then_right(Trial& trial, const SealedModelFile& wrong, std::string_view code,
                        std::string_view sentence) {
    expect_refusal(trial, port(trial).load_model(wrong), code, sentence);
    expect_refusal(trial, ask(trial, begin(trial), prompt, 4), "E_ORDER", "without a model no request runs");
    trial.need(port(trial).load_model(sealed_model()), "the right model afterwards");
    const Tokens answer = trial.need(ask(trial, begin(trial), prompt, 4), "a request");
    trial.expect(answer == the_model().continue_greedily(prompt, 4), "wrong-tokens", "the answer is right",
                 "it is not");
}

void chunks_keep_their_places(Trial& trial) {
    SealedModelFile wrong = sealed_model();
    std::swap(wrong.chunks[0], wrong.chunks[1]);
    refused_then_right(trial, wrong, "E_TAG", "two chunks that changed places are refused");
}
void chunks_belong_to_their_model(Trial& trial) {
    const TinyModel other = tiny_model(77);
    const Bytes image = other.image();
    SealedModelFile wrong = sealed_model();
    wrong.chunks[1] = sealed(image, owner_key(), digest_of(image)).chunks[1];
    refused_then_right(trial, wrong, "E_TAG", "a chunk of another model of the same owner is refused");
}
void keys_open_their_model(Trial& trial) {
    SealedModelFile wrong = sealed_model();
    wrong.key[31] ^= 1;
    refused_then_right(trial, wrong, "E_TAG", "a model under another key is refused");
}
void flipped_bits_are_refused(Trial& trial) {
    SealedModelFile wrong = sealed_model();
    wrong.chunks.back()[3] ^= 0x10;
    refused_then_right(trial, wrong, "E_TAG", "a chunk with a flipped bit is refused");
}
void all_chunks_are_needed(Trial& trial) {
    SealedModelFile wrong = sealed_model();
    wrong.chunks.pop_back();
    refused_then_right(trial, wrong, "E_ORDER", "a model whose last chunk is missing is refused");
}
void announced_weights_run(Trial& trial) {
    const Bytes image = the_model().image();
    Bytes other = image;
    other[200] ^= 1;
    refused_then_right(trial, sealed(other, owner_key(), digest_of(image)), "E_WEIGHT_DIGEST",
                       "weights that are not those of the announced digest are refused");
}
void headers_fit_weights(Trial& trial) {
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{4}, std::size_t{12}, std::size_t{16}, std::size_t{32}}) {
        Bytes image = the_model().image();
        image[at] = 0xFF;
        expect_refusal(trial, port(trial).load_model(sealed(image, owner_key(), digest_of(image))),
                       "E_SCHEMA", "an image whose header contradicts itself is refused");
    }
    trial.need(port(trial).load_model(sealed_model()), "the right model afterwards");
}
void images_fit_the_memory(Trial& trial) {
    SealedModelFile wrong = sealed_model();
    wrong.image_size = std::size_t{1} << 40;
    refused_then_right(trial, wrong, "E_LIMIT", "a model that does not fit the memory is refused");
}
void key_goes_after_loading(Trial& trial) {
    const std::string where = found_in_stores(trial, owner_key());
    trial.expect(where.empty(), "model-key-residue",
                 "once the weights are loaded no store holds the model's key", where);
    const Bytes image = the_model().image();
    trial.expect(!found_in_stores(trial, ByteView{image}.subspan(64, 256)).empty(), "no-sensitivity",
                 "and the weights are found where they lie", "they are in no store");
}

std::vector<Case> all() {
    return {
        make_case("model.moved-chunk", "A chunk opens in its place only", {"DPATH-MDL-002"}, start_session,
                  chunks_keep_their_places),
        make_case("model.foreign-chunk", "A chunk opens in its model only", {"DPATH-MDL-002"}, start_session,
                  chunks_belong_to_their_model),
        make_case("model.key", "A model opens under its own key only", {"DPATH-MDL-002"}, start_session,
                  keys_open_their_model),
        make_case("model.flipped", "A changed chunk is refused", {"DPATH-MDL-002"}, start_session,
                  flipped_bits_are_refused),
        make_case("model.missing-chunk", "A model without its last chunk is refused", {"DPATH-MDL-003"},
                  start_session, all_chunks_are_needed),
        make_case("model.digest", "Weights that were not announced are refused", {"DPATH-MDL-003"},
                  start_session, announced_weights_run),
        make_case("model.header", "A header that does not fit its weights is refused", {"DPATH-MDL-004"},
                  start_session, headers_fit_weights),
        make_case("model.size", "A model beyond the memory is refused", {"DPATH-MDL-004"}, start_session,
                  images_fit_the_memory),
        make_case("model.key-residue", "The model's key is gone once the weights are loaded",
                  {"DPATH-MDL-005"}, start, key_goes_after_loading, {"raw-read"}),
    };
}

}  // namespace model_topic

std::vector<Case> model_cases() { return model_topic::all(); }

}  // namespace assay::conformance::data_path
