#include "conformance/trial.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "conformance/document_text.hpp"
#include "conformance/observed_port.hpp"
#include "conformance/run.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t max_waves = 16u << 20;
constexpr std::size_t max_case_evidence = 250;  // 256 with the engine's own

CaseEnd error(std::string_view code, std::string summary) {
    CaseEnd end{.verdict = Verdict::error, .error_code = std::string{code}};
    end.failure.summary = std::move(summary);
    return end;
}
CaseEnd untested(NotTested reason, std::string detail) {
    CaseEnd end{.verdict = Verdict::not_tested, .reason = reason};
    end.failure.summary = std::move(detail);
    return end;
}

enum class Phase : std::uint8_t { prepare, run };

class CaseTrial final : public Trial {
public:
    CaseTrial(const CaseJob& job, CaseLog& log)
        : job_(job),
          log_(log),
          seed_(store(case_seed(job.campaign_seed, job.test->id), std::endian::big)),
          random_(seed_, "assay case"),
          crypto_random_(seed_, "assay case crypto"),
          crypto_(crypto_random_) {}

    void open() {
        log_.called({.kind = Event::Kind::action, .actor = "host", .name = "open target"});
        try {
            target_ = job_.target->open(job_.campaign_seed);
        } catch (const std::exception& e) {
            throw error("target-io", fmt::format("the target cannot be opened: {}", e.what()));
        }
        log_.returned();
        std::visit([&](auto& port) { port = observed(std::move(port), log_); }, target_);
    }
    void enter(Phase phase) { phase_ = phase; }
    /// The case came to its own end.
    CaseEnd end() const {
        if (checks_ == 0) return error("harness", "the case expects nothing");
        return {.verdict = Verdict::pass};
    }
    void close() {
        log_.called({.kind = Event::Kind::action, .actor = "host", .name = "close target"});
        target_ = {};
        log_.returned();
    }
    void attach_waves() {
        log_.called({.kind = Event::Kind::action, .actor = "host", .name = "waves"});
        const std::string waves = std::visit(
            [](auto& port) {
                if constexpr (requires { port->waves(); })
                    return port ? port->waves() : std::string{};
                else
                    return std::string{};
            },
            target_);
        log_.returned();
        if (waves.empty() || waves.size() > max_waves) return;
        const ByteView bytes = as_bytes(waves);
        log_.attached({"waves", "waveform", "waves.vcd", "text/x-vcd", {bytes.begin(), bytes.end()}, {}});
    }

    AnyPort& any_port() override { return target_; }
    Random& random() override { return random_; }
    crypto::Context& crypto() override { return crypto_; }

    using Trial::expect;
    void expect(bool held, const Failure& failure) override {
        // What prepares does not judge: a case that only ever looks there has judged nothing.
        if (phase_ == Phase::run) {
            ++checks_;
            log_.checked(held);
        }
        if (!held) fail(failure);
    }

    [[noreturn]] void not_tested(NotTested reason, std::string_view detail) override {
        throw untested(reason, std::string{detail});
    }

    void attach(Evidence evidence) override {
        const auto refuse = [&](std::string_view why) {
            throw std::logic_error(fmt::format("evidence \"{}\" {}", evidence.id, why));
        };
        if (!is_evidence_kind(evidence.kind)) refuse("has an unknown kind");
        if (!is_token(evidence.id)) refuse("has an id that is no token");
        if (!is_file_name(evidence.file_name))
            refuse("has a file name of other characters than letters, digits, . _ -");
        if (names_.size() == max_case_evidence) refuse("is one more than a case may have");
        for (const std::string_view own : {"messages", "events", "waves"})
            if (evidence.id == own) refuse("has a name that is the engine's");
        for (const std::string_view own : {"messages.bin", "events.ndjson", "waves.vcd"})
            if (evidence.file_name == own) refuse("has a file that is the engine's");
        // Of several reports in one case the second is "report-2", in a file of that name.
        const std::string id = evidence.id;
        const std::filesystem::path file = evidence.file_name;
        for (int n = 2; names_.contains(evidence.id) || files_.contains(evidence.file_name); ++n) {
            evidence.id = fmt::format("{}-{}", id, n);
            evidence.file_name = fmt::format("{}-{}{}", file.stem().string(), n, file.extension().string());
        }
        names_.insert(evidence.id);
        files_.insert(evidence.file_name);
        log_.attached(evidence);
    }
    void note(Event event) override { log_.event(event); }

private:
    [[noreturn]] void fail(const Failure& failure) const {
        if (phase_ == Phase::prepare) throw untested(NotTested::dependency, failure.summary);
        throw CaseEnd{.verdict = job_.level == Level::must ? Verdict::fail : Verdict::warn,
                      .failure = failure};
    }

    [[noreturn]] void give_up(const PortError& fault, std::string_view what) override {
        const std::string summary = fmt::format("{}: {}", what, fault.what);
        switch (fault.kind) {
            case PortError::Kind::crash: throw error("target-crash", summary);
            case PortError::Kind::timeout: throw error("target-timeout", summary);
            case PortError::Kind::not_supported: throw untested(NotTested::not_supported, summary);
            case PortError::Kind::io:
            case PortError::Kind::refused: break;
        }
        const bool refused = fault.kind == PortError::Kind::refused;
        fail({.code = refused ? "target-refused" : "target-io",
              .summary = summary,
              .expected = fmt::format("the target answers: {}", what),
              .actual = fault.what,
              .differences = {}});
    }

    const CaseJob& job_;
    CaseLog& log_;
    std::array<std::uint8_t, 8> seed_;
    crypto::Drbg random_;
    crypto::Drbg crypto_random_;
    crypto::Context crypto_;
    AnyPort target_;
    Phase phase_ = Phase::prepare;
    std::size_t checks_ = 0;
    std::set<std::string> names_;
    std::set<std::string> files_;
};

CaseEnd attempt(const std::function<CaseEnd()>& body) {
    try {
        return body();
    } catch (const CaseEnd& end) {
        return end;
    } catch (const TargetThrew& threw) {
        return error("target-crash", threw.what);
    } catch (const std::exception& e) {
        return error("harness", fmt::format("the case ended by an exception: {}", e.what()));
    }
}

}  // namespace

void run_case(const CaseJob& job, CaseLog& log) {
    CaseTrial trial{job, log};
    CaseEnd end = attempt([&] {
        trial.open();
        trial.enter(Phase::prepare);
        if (job.test->prepare) job.test->prepare(trial);
        trial.enter(Phase::run);
        job.test->run(trial);
        return trial.end();
    });
    if (job.vcd && end.verdict != Verdict::pass) trial.attach_waves();
    log.ended(end);
    trial.close();
}

}  // namespace assay::conformance
