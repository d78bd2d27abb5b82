// `assay infer`: the reference inference path alone, a prompt in and text out.
#include "cli/commands.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reference_gpu/gguf.hpp"
#include "reference_gpu/inference.hpp"
#include "sim/base/file.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

struct BadInference {
    std::string what;
};

constexpr std::size_t max_model_file = std::size_t{8} << 30;
constexpr std::size_t max_tokenizer_file = std::size_t{64} << 20;

Bytes inference_file(const std::string& path, std::size_t limit) {
    auto content = read_file(path, limit);
    if (!content) throw BadInference{content.error().text()};
    return *std::move(content);
}

struct Loaded {
    std::shared_ptr<const reference_gpu::Model> model;
    reference_gpu::Tokenizer tokenizer;
};

/// A GGUF file brings its tokenizer; one that is named besides takes its place.
Loaded load_all(const InferArguments& a) {
    const auto must = [](auto result, const std::string& path) {
        if (!result) throw BadInference{path + ": " + result.error().text()};
        return *std::move(result);
    };
    const Bytes file = inference_file(a.model, max_model_file);
    const auto named = [&](std::uint32_t vocabulary) {
        return must(
            reference_gpu::Tokenizer::from_file(inference_file(a.tokenizer, max_tokenizer_file), vocabulary),
            a.tokenizer);
    };
    if (reference_gpu::is_gguf(file)) {
        auto whole = must(reference_gpu::load_gguf(file), a.model);
        if (!a.tokenizer.empty()) whole.tokenizer = named(whole.model.config.vocabulary);
        return {std::make_shared<const reference_gpu::Model>(std::move(whole.model)),
                std::move(whole.tokenizer)};
    }
    auto model = must(reference_gpu::load_checkpoint(file), a.model);
    if (a.tokenizer.empty())
        throw BadInference{a.model + ": a checkpoint has no tokenizer: name it with --tokenizer"};
    auto tokenizer = named(model.config.vocabulary);
    return {std::make_shared<const reference_gpu::Model>(std::move(model)), std::move(tokenizer)};
}

/// Text of a model is nobody's word: on a terminal its control bytes are shown, line ends stay.
std::string shown(std::string_view text, bool terminal) {
    if (!terminal) return std::string{text};
    std::string out;
    while (true) {
        const auto end = text.find('\n');
        out += printable(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

int infer(const InferArguments& a, Console& console) {
    console.json = a.json;
    const Loaded loaded = load_all(a);
    auto opened = reference_gpu::Inference::open(
        loaded.model, {.device = *reference_gpu::find_device(a.device), .threads = a.threads});
    if (!opened) {
        console.error(opened.error());
        return opened.error().starts_with("not run: ") ? Exit::not_tested : Exit::usage;
    }
    reference_gpu::Inference& inference = *opened;
    if (!inference.note().empty() && !console.quiet) console.err.line(inference.note());
    std::string text;
    const auto made =
        reference_gpu::generate(inference, loaded.tokenizer, a.prompt,
                                {.steps = a.steps == 0 ? std::min(256U, inference.positions()) : a.steps,
                                 .sampling = {.temperature = a.temperature, .top_p = a.top_p},
                                 .seed = a.seed},
                                [&](reference_gpu::Token, std::string_view piece) {
                                    text += piece;
                                    return true;
                                });
    if (!made) throw BadInference{made.error()};
    if (a.json)
        console.out.line(json{
            {"device", name(inference.device())},
            {"note", inference.note()},
            {"text", text},
            {"text_hex", to_hex(as_bytes(text))},
            {"tokens", made->tokens},
            {"ended",
             made->ended}}.dump(2, ' ', false, json::error_handler_t::replace));
    else
        console.out.line(shown(text, console.out.terminal()));
    if (!console.quiet)
        console.err.line(fmt::format("{} steps on {}{}", made->tokens.size(), name(inference.device()),
                                     made->ended ? ", the text ended" : ""));
    return Exit::success;
}

}  // namespace

int infer_command(const Arguments& arguments, Console& console) {
    try {
        return infer(arguments.infer, console);
    } catch (const BadInference& bad) {
        console.error(bad.what);
        return Exit::usage;
    }
}

}  // namespace assay::cli
