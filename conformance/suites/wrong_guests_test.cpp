// Whether the suites runtime and disk bite: guests that say yes or no to everything, and guests that are
// wrong in one named way, each caught by the requirement that it breaks.
#include <boost/test/unit_test.hpp>

#include "conformance/targets/model_disk.hpp"
#include "conformance/targets/model_runtime.hpp"
#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;
using Counters = std::map<std::string, std::uint64_t>;

/// The model behind a hand that changes what goes in and comes out.
class WrongRuntime : public CommandPort {
public:
    Result<BootAnswer, PortError> boot(const CommandBoot& boot) override { return inner_->boot(boot); }
    Result<BootAnswer, PortError> offer_policy(const CommandBoot& boot) override {
        return inner_->offer_policy(boot);
    }
    Result<Bytes, PortError> command(ByteView line) override { return inner_->command(line); }
    Result<Bytes, PortError> state_digest() override { return inner_->state_digest(); }
    Result<Counters, PortError> counters() override { return inner_->counters(); }
    Result<std::uint64_t, PortError> effects() override { return inner_->effects(); }
    Result<Nothing, PortError> fail_next_effect() override { return inner_->fail_next_effect(); }

protected:
    Result<Bytes, PortError> forward(const json& line) {
        const std::string text = line.dump();
        return inner_->command(as_bytes(text));
    }
    std::unique_ptr<CommandPort> inner_ = make_model_runtime();
};

/// Answers every command alike.
class OneWord final : public WrongRuntime {
public:
    explicit OneWord(std::string word) : word_(std::move(word)) {}
    Result<BootAnswer, PortError> boot(const CommandBoot&) override { return BootAnswer{true, ""}; }
    Result<BootAnswer, PortError> offer_policy(const CommandBoot&) override { return BootAnswer{true, ""}; }
    Result<Bytes, PortError> command(ByteView) override { return Bytes{word_.begin(), word_.end()}; }
    Result<Bytes, PortError> state_digest() override { return Bytes(32); }
    Result<Counters, PortError> counters() override { return Counters{}; }
    Result<std::uint64_t, PortError> effects() override { return std::uint64_t{0}; }
    Result<Nothing, PortError> fail_next_effect() override { return Nothing{}; }

private:
    std::string word_;
};

struct Uncounted final : WrongRuntime {
    Result<Counters, PortError> counters() override { return Counters{}; }
};
/// Reads names in any case.
struct CaseBlind final : WrongRuntime {
    Result<Bytes, PortError> command(ByteView line) override {
        std::string text{as_text(line)};
        for (char& c : text)
            if (c >= 'A' && c <= 'Z' && text.find("Container.") != std::string::npos)
                c = static_cast<char>(c | 0x20);
        return inner_->command(as_bytes(text));
    }
};
/// Leaves a variable out rather than to refuse it, as runtimes with "environment dropping" do.
struct DropsVariables final : WrongRuntime {
    Result<Bytes, PortError> command(ByteView line) override {
        json parsed = json::parse(line, nullptr, false);
        if (!parsed.is_object() || !parsed.contains("input") || !parsed["input"].contains("env"))
            return inner_->command(line);
        json kept = json::array();
        for (const json& variable : parsed["input"]["env"])
            if (!variable.is_string() || variable.get<std::string>().find("LD_PRELOAD") == std::string::npos)
                kept.push_back(variable);
        parsed["input"]["env"] = kept;
        return forward(parsed);
    }
};
/// Binds whatever it is given: the digest that was measured does not matter.
struct Unmeasured final : WrongRuntime {
    Result<BootAnswer, PortError> boot(const CommandBoot& given) override {
        CommandBoot trusting = given;
        trusting.measured_digest = crypto::digest(crypto::Hash::sha256, {given.policy});
        return inner_->boot(trusting);
    }
};
/// A second policy takes the place of the first.
struct Replaceable final : WrongRuntime {
    Result<BootAnswer, PortError> offer_policy(const CommandBoot& given) override {
        return inner_->boot(given);
    }
};
/// Gives a container a GPU before its evidence was accepted.
struct Credulous final : WrongRuntime {
    Result<BootAnswer, PortError> boot(const CommandBoot& given) override {
        CommandBoot generous = given;
        generous.gpus = 4;
        return inner_->boot(generous);
    }
};
/// Tells the host what it was asked.
struct Talkative final : WrongRuntime {
    Result<Bytes, PortError> command(ByteView line) override {
        auto answered = inner_->command(line);
        json answer = json::parse(*answered, nullptr, false);
        if (answer.value("verdict", "") == "deny") answer["at"] = std::string{as_text(line)}.substr(0, 400);
        const std::string text = answer.dump(-1, ' ', false, json::error_handler_t::replace);
        return Bytes{text.begin(), text.end()};
    }
};
/// Takes a policy in any spelling.
struct Lenient final : WrongRuntime {
    Result<BootAnswer, PortError> boot(const CommandBoot& given) override {
        const json parsed = json::parse(given.policy, nullptr, false);
        const std::string text = parsed.is_discarded() ? std::string{as_text(given.policy)} : parsed.dump();
        const ByteView bytes = as_bytes(text);
        if (crypto::digest(crypto::Hash::sha256, {given.policy}) != given.measured_digest)
            return inner_->boot(given);
        return inner_->boot(
            {{bytes.begin(), bytes.end()}, crypto::digest(crypto::Hash::sha256, {bytes}), given.gpus});
    }
};
/// Normalises paths instead of refusing them.
struct Tidy final : WrongRuntime {
    Result<Bytes, PortError> command(ByteView line) override {
        json parsed = json::parse(line, nullptr, false);
        if (parsed.is_object() && parsed.contains("input") && parsed["input"].contains("target") &&
            parsed["input"]["target"].is_string()) {
            std::string path =
                std::filesystem::path{parsed["input"]["target"].get<std::string>()}.lexically_normal();
            if (path.size() > 1 && path.back() == '/') path.pop_back();
            parsed["input"]["target"] = path;
            return forward(parsed);
        }
        return inner_->command(line);
    }
};
/// Has an effect for what it denies.
struct Hasty final : WrongRuntime {
    Result<Bytes, PortError> command(ByteView line) override {
        ++extra_;
        return inner_->command(line);
    }
    Result<std::uint64_t, PortError> effects() override { return extra_; }
    std::uint64_t extra_ = 0;
};

/// The verdicts of a suite's cases (all, or those of one requirement) on such a port: requirement ids of
/// those that failed, and how many passed.
struct Caught {
    std::set<std::string> requirements;
    std::size_t passed = 0, errors = 0;
};
template <class Port>
Caught judge(const std::string& suite_id, PortKind kind, std::function<std::unique_ptr<Port>()> make,
             const std::string& requirement) {
    Target target = echo("wrong-guest");
    target.port = kind;
    target.capabilities = {};
    target.open = [make](std::uint64_t) {
        return AnyPort{make()};
    };
    Plan plan;
    plan.targets = {target};
    for (const Suite& suite : suites())
        for (const Case& one : suite.cases)
            if (suite.id == suite_id &&
                (requirement.empty() || std::ranges::count(one.requirements, requirement) > 0))
                plan.cases.push_back(&one);
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 2;
    const json results = run_quietly(plan, options);
    Caught out;
    for (const json& one : results.at("cases")) {
        const std::string verdict = one.at("verdict");
        if (verdict == "PASS") ++out.passed;
        if (verdict == "ERROR") ++out.errors;
        if (verdict != "FAIL" && verdict != "WARN") continue;
        const Case* found = find_case(one.at("id").get<std::string>());
        if (found != nullptr) out.requirements.insert(found->requirements.begin(), found->requirements.end());
    }
    return out;
}
template <class Wrong, class... Arguments>
Caught judge_runtime(const std::string& requirement, Arguments... arguments) {
    return judge<CommandPort>(
        "runtime", PortKind::command, [=] { return std::make_unique<Wrong>(arguments...); }, requirement);
}
/// Whether a case of the requirement fails.
template <class Wrong>
bool breaks(const std::string& requirement) {
    const Caught caught = judge_runtime<Wrong>(requirement);
    return caught.errors == 0 && caught.requirements.contains(requirement);
}

BOOST_AUTO_TEST_CASE(a_runtime_that_answers_everything_alike_passes_no_case) {
    for (const char* word :
         {R"({"verdict":"allow","seq":1})", R"({"verdict":"deny","code":"RP-DENY","seq":1})", "yes", ""}) {
        const Caught caught = judge_runtime<OneWord>("", std::string{word});
        BOOST_TEST(caught.passed == 0U, word);
        BOOST_TEST(caught.errors == 0U, word);
    }
}

BOOST_AUTO_TEST_CASE(a_runtime_that_is_wrong_in_one_way_breaks_the_requirement_that_says_so) {
    BOOST_TEST(breaks<Uncounted>("RTP-CMD-001"));
    BOOST_TEST(judge_runtime<CaseBlind>("").requirements == std::set<std::string>{"RTP-CMD-003"},
               boost::test_tools::per_element());
    BOOST_TEST(breaks<DropsVariables>("RTP-CTR-002"));
    BOOST_TEST(breaks<Unmeasured>("RTP-BIND-003"));
    BOOST_TEST(breaks<Replaceable>("RTP-BIND-001"));
    BOOST_TEST(breaks<Credulous>("RTP-GPU-001"));
    BOOST_TEST(breaks<Talkative>("RTP-DENY-001"));
    BOOST_TEST(breaks<Lenient>("RTP-PARSE-001"));
    BOOST_TEST(breaks<Tidy>("RTP-LAYER-003"));
    BOOST_TEST(breaks<Hasty>("RTP-CMD-001"));
}

class WrongDisk : public BlockPort {
public:
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        return inner_->open(medium, mapping);
    }
    Result<BlockAnswer, PortError> read(std::uint64_t block) override { return inner_->read(block); }
    Result<Nothing, PortError> flip(Area area, std::uint64_t offset, std::uint8_t mask) override {
        return inner_->flip(area, offset, mask);
    }

protected:
    std::unique_ptr<BlockPort> inner_ = make_model_disk();
};

/// Hands everything out as it is, without looking at the tree.
struct Unverified final : WrongDisk {
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping&) override {
        medium_ = medium;
        return BlockAnswer{};
    }
    Result<BlockAnswer, PortError> read(std::uint64_t block) override {
        BlockAnswer out;
        out.data.assign(4096, 0);
        if ((block + 1) * 4096 <= medium_.data.size())
            std::copy_n(medium_.data.begin() + static_cast<std::ptrdiff_t>(block * 4096), 4096,
                        out.data.begin());
        return out;
    }
    Result<Nothing, PortError> flip(Area area, std::uint64_t offset, std::uint8_t mask) override {
        (area == Area::data ? medium_.data : medium_.hashes).at(offset) ^= mask;
        return Nothing{};
    }
    BlockMedium medium_;
};
struct Refusing final : WrongDisk {
    Result<BlockAnswer, PortError> open(const BlockMedium&, const BlockMapping&) override {
        return BlockAnswer{"EIO", {}, {}};
    }
};
/// Verifies each block once.
struct OnceOnly final : WrongDisk {
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        seen_.clear();
        return inner_->open(medium, mapping);
    }
    Result<BlockAnswer, PortError> read(std::uint64_t block) override {
        if (const auto found = seen_.find(block); found != seen_.end()) return found->second;
        auto out = inner_->read(block);
        if (out && out->code.empty()) seen_[block] = *out;
        return out;
    }
    std::map<std::uint64_t, BlockAnswer> seen_;
};
/// Zero-fills what it cannot verify.
struct ZeroFills final : WrongDisk {
    Result<BlockAnswer, PortError> read(std::uint64_t block) override {
        auto out = inner_->read(block);
        if (out) out->code.clear();
        return out;
    }
};
/// Takes the parameters that the medium names.
struct BelievesMedium final : WrongDisk {
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        BlockMapping own = mapping;
        if (own.superblock) own.parameters.reset();
        BlockMedium cut = medium;
        if (cut.data.size() > 300 * 4096) cut.data.resize(300 * 4096);
        return inner_->open(cut, own);
    }
};
struct GoesOn final : WrongDisk {
    Result<BlockAnswer, PortError> open(const BlockMedium& medium, const BlockMapping& mapping) override {
        BlockMapping own = mapping;
        own.panic = false;
        return inner_->open(medium, own);
    }
};

template <class Wrong>
Caught judge_disk(const std::string& requirement = {}) {
    return judge<BlockPort>(
        "disk", PortKind::block, [] { return std::make_unique<Wrong>(); }, requirement);
}

BOOST_AUTO_TEST_CASE(a_disk_that_verifies_nothing_or_opens_nothing_passes_nothing_that_counts) {
    const Caught unverified = judge_disk<Unverified>();
    // That a valid block reads as it is holds for it too: every requirement that a medium may break is
    // broken.
    for (const char* id : {"DSK-READ-001", "DSK-READ-002", "DSK-READ-003", "DSK-ROOT-001", "DSK-PARM-001",
                           "DSK-PARM-002", "DSK-PARM-003", "DSK-FAIL-001", "DSK-OPT-001"})
        BOOST_TEST(unverified.requirements.contains(id), id);
    BOOST_TEST(judge_disk<Refusing>().passed == 0U);
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_wrong_in_one_way_breaks_the_requirement_that_says_so) {
    BOOST_TEST(judge_disk<OnceOnly>("DSK-READ-001").requirements.contains("DSK-READ-001"));
    BOOST_TEST(judge_disk<ZeroFills>("DSK-READ-001").requirements.contains("DSK-READ-001"));
    BOOST_TEST(judge_disk<BelievesMedium>("DSK-PARM-003").requirements.contains("DSK-PARM-003"));
    BOOST_TEST(judge_disk<GoesOn>().requirements == std::set<std::string>{"DSK-FAIL-001"},
               boost::test_tools::per_element());
}

}  // namespace
}  // namespace assay::conformance
