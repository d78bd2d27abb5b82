// The suite inference on the reference path, on an engine that says yes to everything, and on engines that
// are wrong in one way.
#include <algorithm>
#include <bit>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "conformance/schema_check.hpp"
#include "conformance/suites/inference/suite.hpp"
#include "conformance/suites/test_trial.hpp"
#include "conformance/targets/model_inference.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

/// Everything is passed on: a wrong engine changes one thing.
class RightEngine : public InferencePort {
public:
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        return inner_->load(model, tokenizer);
    }
    Result<std::vector<float>, PortError> step(std::uint32_t token) override { return inner_->step(token); }
    Result<Nothing, PortError> reset() override { return inner_->reset(); }
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        return inner_->generate(request);
    }
    Result<Nothing, PortError> start_worker() override { return inner_->start_worker(); }
    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak leak) override {
        return inner_->ask_worker(request, leak);
    }
    Result<DeviceScan, PortError> scan_device(const std::vector<Bytes>& forms) override {
        return inner_->scan_device(forms);
    }

protected:
    std::unique_ptr<InferencePort> inner_ = make_model_inference({});
};

class WrongLogit final : public RightEngine {
    Result<std::vector<float>, PortError> step(std::uint32_t token) override {
        auto out = inner_->step(token);
        if (out) (*out)[5] += 0.01F;
        return out;
    }
};
class ShiftedLogits final : public RightEngine {
    Result<std::vector<float>, PortError> step(std::uint32_t token) override {
        return inner_->step(token > 200 ? token ^ 1U : token);
    }
};
class TremblingLogits final : public RightEngine {
    Result<std::vector<float>, PortError> step(std::uint32_t token) override {
        auto out = inner_->step(token);
        if (out && ++count_ % 5 == 0)
            (*out)[0] = std::bit_cast<float>(std::bit_cast<std::uint32_t>((*out)[0]) ^ 1U);
        return out;
    }
    int count_ = 0;
};
class ForgetsNothing final : public RightEngine {
    Result<Nothing, PortError> reset() override { return Nothing{}; }
};
class CutsWhatIsTooMuch final : public RightEngine {
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        auto out = inner_->load(model, tokenizer);
        return out || model.empty() ? out : inner_->load(model.first(model.size() - 1), tokenizer);
    }
};
class LoadsOnlyTheHeader final : public RightEngine {
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        auto out = inner_->load(model, tokenizer);
        if (!out && model.size() > 28) return Nothing{};
        return out;
    }
};
class IgnoresTheTokenizer final : public RightEngine {
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        auto out = inner_->load(model, tokenizer);
        if (out) good_.assign(tokenizer.begin(), tokenizer.end());
        return out || good_.empty() ? std::move(out) : inner_->load(model, good_);
    }
    Bytes good_;
};
class IgnoresTheSeed final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        changed.seed = 1;
        return inner_->generate(changed);
    }
};
class HalfTheSeed final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        changed.seed = static_cast<std::uint32_t>(request.seed);
        return inner_->generate(changed);
    }
};
class IgnoresTopP final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        changed.top_p = 1;
        return inner_->generate(changed);
    }
};
class AlwaysGreedy final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        changed.temperature = 0;
        return inner_->generate(changed);
    }
};
class PrintsTheEnd final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        auto out = inner_->generate(request);
        if (out && out->ended) append(out->text, as_bytes("\n<s>\n"));
        return out;
    }
};
class KeepsTheDummySpace final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        auto out = inner_->generate(request);
        if (out) out->text.insert(out->text.begin(), ' ');
        return out;
    }
};
class CutsLongPrompts final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        auto out = inner_->generate(changed);
        while (!out && !changed.prompt.empty()) {
            changed.prompt.pop_back();
            out = inner_->generate(changed);
        }
        return out;
    }
};
class DropsWhatIsNoText final : public RightEngine {
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceRequest changed = request;
        std::erase_if(changed.prompt, [](std::uint8_t b) { return b >= 0x80; });
        return inner_->generate(changed);
    }
};
/// Reads a file as if the value behind `key` were that of a usual model.
class FixedEpsilon final : public RightEngine {
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        Bytes changed{model.begin(), model.end()};
        const std::string_view key = "layer_norm_rms_epsilon";
        const auto at = as_text(changed).find(key);
        if (at != std::string_view::npos) {
            const auto usual = store(std::bit_cast<std::uint32_t>(1e-5F), std::endian::little);
            std::ranges::copy(usual, changed.begin() + static_cast<std::ptrdiff_t>(at + key.size() + 4));
        }
        return inner_->load(changed, tokenizer);
    }
};
/// Every worker frees its strings as they are.
class LeakyWorker final : public RightEngine {
    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak) override {
        return inner_->ask_worker(request, WorkerLeak::freed);
    }
};
/// Shows a process that has never heard of the prompt.
class AnotherProcess final : public RightEngine {
    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak leak) override {
        auto out = inner_->ask_worker(request, leak);
        if (out) out->process = ::getppid();
        return out;
    }
};
class RefusesEverything final : public RightEngine {
    Result<Nothing, PortError> load(ByteView, ByteView) override {
        return PortError{PortError::Kind::refused, "no"};
    }
};
class EngineYesMan final : public RightEngine {
    Result<Nothing, PortError> load(ByteView, ByteView) override { return Nothing{}; }
    Result<std::vector<float>, PortError> step(std::uint32_t) override { return std::vector<float>(300); }
    Result<Nothing, PortError> reset() override { return Nothing{}; }
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        InferenceAnswer out{request.prompt, std::vector<std::uint32_t>(request.steps, 300), false};
        return out;
    }
    Result<Nothing, PortError> start_worker() override { return Nothing{}; }
    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak) override {
        return WorkerAnswer{*generate(request), ::getppid()};
    }
    Result<DeviceScan, PortError> scan_device(const std::vector<Bytes>&) override {
        return DeviceScan{.bytes = 1U << 30, .hits = 0};
    }
};

std::vector<std::string> engine_can() {
    const auto can = make_model_inference({})->capabilities();
    return {can.begin(), can.end()};
}

/// Under a sanitizer there is no worker to look into.
bool is_for_engine(const Case& one) {
    const auto can = engine_can();
    return std::ranges::all_of(one.needs,
                               [&](const std::string& need) { return std::ranges::count(can, need) > 0; });
}

template <class Engine>
Target engine_target() {
    return {.id = "engine",
            .uri = "test:engine",
            .kind = "software",
            .port = PortKind::inference,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = engine_can(),
            .artifacts = {},
            .open = [](std::uint64_t) {
                return AnyPort{std::unique_ptr<InferencePort>{std::make_unique<Engine>()}};
            }};
}

std::string verdict_of(const Case& one, const Target& target) {
    const CaseEnd end = judge(one, target);
    const bool untested = end.verdict == Verdict::not_tested;
    return std::string{name(end.verdict)} + (untested ? " " + std::string{name(end.reason)} : "");
}

struct WrongEngine {
    const char* name;
    Target (*target)();
    std::vector<std::string> caught_by;  // suffixes of case ids
};
const std::vector<WrongEngine> wrong_engines{
    {"wrong logit", engine_target<WrongLogit>, {"forward.odd-sizes", "gguf.f16", "file.version-1"}},
    {"another token", engine_target<ShiftedLogits>, {"forward.long-context"}},
    {"trembling", engine_target<TremblingLogits>, {"state.repeat"}},
    {"forgets nothing", engine_target<ForgetsNothing>, {"state.repeat", "state.former-prompt"}},
    {"cuts", engine_target<CutsWhatIsTooMuch>, {"file.byte-more"}},
    {"header only",
     engine_target<LoadsOnlyTheHeader>,
     {"file.weights-cut", "file.infinite-weight", "gguf.key-twice", "gguf.unknown-encoding"}},
    {"any tokenizer",
     engine_target<IgnoresTheTokenizer>,
     {"file.tokenizer-cut", "file.tokenizer-of-another"}},
    {"no seed", engine_target<IgnoresTheSeed>, {"sampling.seed", "sampling.all-tokens"}},
    {"half a seed", engine_target<HalfTheSeed>, {"sampling.warm"}},
    {"no top-p", engine_target<IgnoresTopP>, {"sampling.narrow", "known.own-sampled"}},
    {"greedy", engine_target<AlwaysGreedy>, {"sampling.all-tokens"}},
    {"prints the end", engine_target<PrintsTheEnd>, {"text.end"}},
    {"dummy space", engine_target<KeepsTheDummySpace>, {"text.spaces", "known.own-words"}},
    {"cuts prompts", engine_target<CutsLongPrompts>, {"text.limits"}},
    {"drops bytes", engine_target<DropsWhatIsNoText>, {"text.bytes", "text.not-text", "known.own-bytes"}},
    {"epsilon", engine_target<FixedEpsilon>, {"gguf.keys"}},
    {"leaky worker", engine_target<LeakyWorker>, {"deletion.process-memory"}},
    {"another process", engine_target<AnotherProcess>, {"deletion.process-memory"}},
    {"refuses", engine_target<RefusesEverything>, {"file.empty", "gguf.wrong-magic", "state.limits"}},
};

BOOST_AUTO_TEST_CASE(the_reference_path_passes) {
    std::size_t passed = 0;
    for (const Case& one : inference_suite().cases) {
        if (!is_for_engine(one)) continue;
        const auto verdict = verdict_of(one, engine_target<RightEngine>());
        const bool device = one.id == "inference.deletion.device-memory";
        BOOST_TEST((verdict == "PASS" || verdict == "NOT_TESTED missing-data" ||
                    (device && verdict == "NOT_TESTED not-supported")),
                   one.id + ": " + verdict + ": " + judge(one, engine_target<RightEngine>()).failure.actual);
        passed += verdict == "PASS" ? 1 : 0;
    }
    BOOST_TEST(passed >= 80U);
}

BOOST_AUTO_TEST_CASE(the_kernels_as_fibers_pass) {
    Target shim = engine_target<RightEngine>();
    shim.open = [](std::uint64_t) {
        return AnyPort{make_model_inference({{"device", "shim"}})};
    };
    for (const Case& one : inference_suite().cases) {
        // Refusals do not depend on the device; published texts and long contexts take long.
        if (one.id.starts_with("inference.known.stories") || one.id.ends_with("long-context") ||
            one.id.starts_with("inference.deletion.") || std::ranges::count(one.tags, "negative") > 0 ||
            !is_for_engine(one))
            continue;
        BOOST_TEST(verdict_of(one, shim) == "PASS", one.id);
    }
}

BOOST_AUTO_TEST_CASE(engines_that_are_wrong_in_one_way_fail_where_they_are_wrong) {
    const Suite suite = inference_suite();
    for (const WrongEngine& wrong : wrong_engines)
        for (const std::string& id : wrong.caught_by) {
            const auto one = std::ranges::find(suite.cases, "inference." + id, &Case::id);
            BOOST_REQUIRE_MESSAGE(one != suite.cases.end(), id);
            if (!is_for_engine(*one)) continue;
            BOOST_TEST(verdict_of(*one, wrong.target()) == "FAIL", std::string{wrong.name} + " passes " + id);
        }
}

BOOST_AUTO_TEST_CASE(the_own_vectors_satisfy_their_schema) {
    const auto content = [](const std::string& name) {
        const char* source = std::getenv("ASSAY_SOURCE");
        return std::string{
            as_text(*read_file(std::filesystem::path{source ? source : "."} / "vectors" / name, 1 << 20))};
    };
    const auto schema = content("schema/inference.schema.json");
    auto vectors = nlohmann::json::parse(content("model/tiny.json"));
    for (const std::string& wrong : violations_of(schema, vectors)) BOOST_ERROR(wrong);
    vectors["cases"][0].erase("text");
    BOOST_TEST(!violations_of(schema, vectors).empty());
}

BOOST_AUTO_TEST_CASE(an_engine_that_says_yes_to_everything_passes_no_case) {
    for (const Case& one : inference_suite().cases) {
        if (!is_for_engine(one)) continue;
        const auto verdict = verdict_of(one, engine_target<EngineYesMan>());
        BOOST_TEST((verdict == "FAIL" || verdict == "NOT_TESTED missing-data"), one.id + ": " + verdict);
    }
}

}  // namespace
}  // namespace assay::conformance
