// Writes a model of our own: NAME.bin (llama2.c checkpoint), NAME.tok.bin (its tokenizer) and NAME.json (what
// it says).
//
//     make_model FOLDER NAME [--dim 32] [--hidden 84] [--layers 2] [--heads 4] [--kv-heads 2] [--vocabulary
//     400]
//                [--positions 128] [--seed 1] [--separate-classifier 0]
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "reference_gpu/inference.hpp"
#include "reference_gpu/logits_digest.hpp"
#include "reference_gpu/random_model.hpp"
#include "sim/base/file.hpp"

namespace assay::reference_gpu {
namespace {

using json = nlohmann::ordered_json;

struct Arguments {
    std::filesystem::path folder;
    std::string name;
    std::map<std::string, std::uint32_t> numbers{
        {"dim", 32},        {"hidden", 84},  {"layers", 2},
        {"heads", 4},       {"kv-heads", 2}, {"vocabulary", 400},
        {"positions", 128}, {"seed", 1},     {"separate-classifier", 0}};
};

Arguments parse(std::span<char*> words) {
    if (words.size() < 3 || words.size() % 2 == 0)
        throw std::runtime_error("make_model FOLDER NAME [--dim N] [--hidden N] ... [--seed N]");
    Arguments out{.folder = words[1], .name = words[2]};
    for (std::size_t i = 3; i < words.size(); i += 2) {
        const std::string_view option = words[i];
        const auto at =
            option.starts_with("--") ? out.numbers.find(std::string{option.substr(2)}) : out.numbers.end();
        const std::string_view text = words[i + 1];
        if (at == out.numbers.end() ||
            std::from_chars(text.data(), text.data() + text.size(), at->second).ptr !=
                text.data() + text.size())
            throw std::runtime_error("not understood: " + std::string{option} + ' ' + std::string{text});
    }
    return out;
}

/// One generation and, at some positions, the digest of all logits.
json run(Inference& inference, const Tokenizer& tokenizer, const std::string& id, const std::string& prompt,
         const Generate& how) {
    std::string text;
    const auto made = generate(inference, tokenizer, prompt, how, [&](Token, std::string_view piece) {
        text += piece;
        return true;
    });
    if (!made) throw std::runtime_error(id + ": " + made.error());
    json out{{"id", id}, {"prompt", prompt}, {"steps", how.steps}, {"temperature", how.sampling.temperature}};
    if (how.sampling.temperature > 0) {
        out["top_p"] = how.sampling.top_p;
        out["seed"] = how.seed;
    }
    out["text"] = text;
    out["tokens"] = made->tokens;
    if (how.sampling.temperature > 0) return out;
    out["logits"] = json::array();
    inference.reset();
    Token token = Tokenizer::begin;
    for (std::uint32_t position = 0; position < made->tokens.size(); token = made->tokens[position++])
        if (const FloatView logits = inference.step(token); position % 16 == 0)
            out["logits"].push_back({{"position", position}, {"digest", logits_digest(logits)}});
    return out;
}

void write(const Arguments& a) {
    const auto number = [&](const char* name) {
        return a.numbers.at(name);
    };
    const Config config{.dim = number("dim"),
                        .hidden = number("hidden"),
                        .layers = number("layers"),
                        .heads = number("heads"),
                        .kv_heads = number("kv-heads"),
                        .vocabulary = number("vocabulary"),
                        .positions = number("positions"),
                        .shared_classifier = number("separate-classifier") == 0};
    const Bytes checkpoint = to_checkpoint(random_model(config, number("seed")));
    auto model = load_checkpoint(checkpoint);
    if (!model) throw std::runtime_error(model.error().text());
    const auto tokenizer = Tokenizer::from_entries(own_vocabulary(config.vocabulary));
    if (!tokenizer) throw std::runtime_error(tokenizer.error().text());
    auto inference =
        Inference::open(std::make_shared<const Model>(*std::move(model)), {.device = Device::cpu});
    if (!inference) throw std::runtime_error(inference.error());

    std::string command = "make_model . " + a.name;
    for (const auto& [name, value] : a.numbers) command += " --" + name + ' ' + std::to_string(value);
    json out{{"schema", "inference.schema.json"},
             {"model", a.name + ".bin"},
             {"tokenizer", a.name + ".tok.bin"},
             {"made_by", command},
             {"confirmed_by", json::array({"the double-precision decoder of conformance/suites/inference"})},
             {"digest", "FNV-1a, 64 bits, of the logits as little-endian binary32"},
             {"cases", json::array()}};
    const std::uint32_t all = config.positions;
    out["cases"].push_back(run(*inference, *tokenizer, "empty", "", {.steps = all}));
    out["cases"].push_back(
        run(*inference, *tokenizer, "words", "the light of the morning", {.steps = all / 2}));
    out["cases"].push_back(
        run(*inference, *tokenizer, "bytes", "na\xC3\xAFve \xF0\x9F\x99\x82", {.steps = all / 4}));
    out["cases"].push_back(
        run(*inference, *tokenizer, "sampled", "",
            {.steps = all / 2, .sampling = {.temperature = 1.0F, .top_p = 0.9F}, .seed = 42}));
    write_file(a.folder / (a.name + ".bin"), checkpoint);
    write_file(a.folder / (a.name + ".tok.bin"), tokenizer->to_file());
    write_file(a.folder / (a.name + ".json"), as_bytes(out.dump(1) + '\n'));
}

}  // namespace
}  // namespace assay::reference_gpu

int main(int argc, char** argv) {
    try {
        assay::reference_gpu::write(assay::reference_gpu::parse({argv, static_cast<std::size_t>(argc)}));
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "make_model: %s\n", e.what());
        return 2;
    }
}
