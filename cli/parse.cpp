// The one place that knows CLI11, which costs seconds to compile.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "cli/options.hpp"
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/file.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

void add_selection(CLI::App& app, conformance::Selection& s) {
    app.add_option("select", s.patterns,
                   "Case ids: exact, a prefix (gpu-evidence.nonce), or a glob (*.fwid-*)");
    app.add_option_function<std::vector<std::string>>(
        "--suite",
        [&s](const std::vector<std::string>& names) {
            s.patterns.insert(s.patterns.end(), names.begin(), names.end());
        },
        "Every case of this suite: spdm, tpm, kms, ...");
    app.add_option("--req", s.requirements, "Only cases that are evidence for this requirement");
    app.add_option("--tag", s.tags, "Only cases with this tag");
    app.add_option("--control", s.controls,
                   "Only cases of requirements under this control (nist-800-53-r5:IA-3)");
    app.add_option("-k", s.expressions,
                   "Words over id, tags and requirements, with and, or, not, parentheses");
    app.add_option("--case", s.exact_case, "Exactly this case");
}

void add_run(CLI::App& app, RunArguments& a) {
    add_selection(app, a.selection);
    app.add_option("--target", a.targets, "URI, or name=URI; repeatable. Default: all built-in targets");
    app.add_option("--failed", a.failed_of, "Only cases that are FAIL or ERROR in this results.json");
    app.add_option("--seed", a.seed, "Campaign seed: decimal, 0x..., or random");
    app.add_option("-j,--jobs", a.jobs, "Cases that run at the same time (default: cores)");
    app.add_option("--timeout", a.timeout_s, "Wall seconds per case, then ERROR target-timeout")
        ->check(CLI::Range(1U, 86'400U));
    app.add_flag("--fail-fast{1}", a.fail_fast, "Stop after N failures (1)");
    app.add_option("--repeat", a.repeat, "Run each case N times; a difference is ERROR nondeterminism")
        ->check(CLI::Range(1U, 1'000U));
    app.add_option("--trace", a.trace, "Waves of cases that do not pass")
        ->check(CLI::IsMember({"vcd", "none"}));
    app.add_option("--out", a.out, "Run directory");
    app.add_flag("--force", a.force, "Replace a run directory that holds results of ours");
    app.add_option("--junit", a.junit, "JUnit also to this file (- is stdout)");
    app.add_option("--csv", a.csv, "Traceability CSV also to this file (- is stdout)");
    app.add_flag("--strict", a.strict, "NOT_TESTED other than deselected and not-claimed: exit 4");
    app.add_flag("--reproducible", a.reproducible,
                 "Leave out what differs between equal runs (also: SOURCE_DATE_EPOCH)");
    app.add_flag("--allow-destructive", a.allow_destructive,
                 "Cases may erase TPMs that are not models (as erase=yes in their URI)");
    app.add_flag("--exit-zero-on-fail", a.exit_zero_on_fail, "A FAIL is a result, not a failed job");
    app.add_flag("--json{cases}", a.json, "NDJSON on stdout: summary, cases or events")
        ->check(CLI::IsMember({"summary", "cases", "events"}));
    app.add_option("--progress", a.progress, "What to show meanwhile")
        ->check(CLI::IsMember({"auto", "live", "plain", "none"}));
    app.add_option("--slowest", a.slowest, "List the N slowest cases");
    app.add_flag("--show-config", a.show_config, "Print each option's value and where it comes from");
}

void add_appraise(CLI::App& app, AppraiseArguments& a) {
    app.require_subcommand(1);
    auto* gpu =
        app.add_subcommand("gpu", "GPU and NVSwitch evidence: evidence JSON, or report and PEM chain");
    gpu->add_option("files", a.files, "Files or folders, told apart by content")->required();
    gpu->add_option("--rim", a.rims, "Reference integrity manifests, or folders of them");
    gpu->add_option("--ocsp", a.ocsp, "OCSP responses, DER or base64, or folders of them");
    gpu->add_option("--roots", a.roots, "Trust anchors: PEM files, or a folder of them");
    gpu->add_option("--nonce", a.nonce, "The nonce that was asked for, 64 hexadecimal digits");
    gpu->add_option("--cvm-key", a.cvm_key, "Public key (PEM or DER) that the evidence must be bound to");
    gpu->add_option("--time", a.time, "RFC 3339 time at which everything is judged (default: now)");
    gpu->add_option("--rim-time", a.rim_time, "The same for the certificates of manifests");
    gpu->add_option("--device-ocsp-time", a.device_ocsp_time,
                    "The same for OCSP responses of the device chain");
    gpu->add_option("--rim-ocsp-time", a.rim_ocsp_time, "The same for OCSP responses of manifest chains");
    gpu->add_option("--policy", a.policy, "Appraisal policy, JSON");
    gpu->add_option("--token", a.token_key, "Sign a detached EAT with this P-384 private key (PEM)");
    gpu->add_option("--token-out", a.token_out, "Where the token goes (default: stdout)");
    gpu->add_flag("--json", a.json, "Claims and findings as JSON on stdout");
}

void add_infer(CLI::App& app, InferArguments& a) {
    app.add_option("--model", a.model, "llama2.c checkpoint or GGUF v3")->required();
    app.add_option("--tokenizer", a.tokenizer, "llama2.c tokenizer (a GGUF file brings its own)");
    app.add_option("--prompt", a.prompt, "The beginning of the text")->required();
    app.add_option("--steps", a.steps,
                   "Forward passes, prompt included (default: 256, or the model's context)")
        ->check(CLI::Range(1U, 1U << 20));
    app.add_option("--temperature", a.temperature, "0: the most probable token (default)")
        ->check(CLI::Range(0.0F, 100.0F));
    app.add_option("--top-p", a.top_p, "Draw from the most probable tokens of together this probability")
        ->check(CLI::Range(0.0F, 1.0F));
    app.add_option("--seed", a.seed, "Of the draws; not 0")->check(CLI::Range(std::uint64_t{1}, UINT64_MAX));
    app.add_option("--device", a.device, "auto, cuda, cpu or shim (the CUDA kernels as fibers)")
        ->check(CLI::IsMember({"auto", "cuda", "cpu", "shim"}));
    app.add_option("--threads", a.threads, "Of the CPU path")->check(CLI::Range(1U, 256U));
    app.add_flag("--json", a.json, "Text, tokens and device as JSON");
}

/// The application over `a`; it holds references into it.
struct App {
    CLI::App app{"assay: simulation and conformance testing of confidential AI", "assay"};
    CLI::App* run = nullptr;

    explicit App(Arguments& a) {
        app.require_subcommand(1);
        app.fallthrough();
        app.set_version_flag("--version", version_line());
        const std::map<std::string, When> colors{
            {"auto", When::automatic}, {"always", When::always}, {"never", When::never}};
        app.add_option("--color", a.color, "auto, always or never")
            ->transform(CLI::CheckedTransformer(colors));
        app.add_flag("-q,--quiet", a.quiet, "Failures and the last line only");
        app.add_flag("-v,--verbose", a.verbosity, "More; twice: even more");

        run = app.add_subcommand("run", "Run suites on targets and write a run directory");
        add_run(*run, a.run);
        add_appraise(*app.add_subcommand("appraise", "Appraise recorded evidence, no target needed"),
                     a.appraise);
        auto* demo = app.add_subcommand("demo", "One prompt's way through the modelled platform, live");
        demo->add_option("--tamper", a.demo.tamper, "Do one thing wrong and see who refuses it; see --list");
        demo->add_option("--prompt", a.demo.prompt, "What to ask");
        demo->add_option("--seed", a.demo.seed, "Seed of the scenario");
        demo->add_flag("--list", a.demo.list, "What can be tampered with");
        auto* serve = app.add_subcommand("serve", "A model behind the socket that its real counterpart has");
        serve
            ->add_option("what", a.serve.what,
                         "platform (gateway, KMS, verifier, vTPM), gateway, kms, verifier, spdm, tpm")
            ->required();
        serve->add_option("--port", a.serve.port, "First TCP port");
        serve->add_option("--listen", a.serve.listen, "Address to bind (127.0.0.1)");
        serve->add_option("--seed", a.serve.seed, "Seed of keys and nonces");
        serve->add_option("--transport", a.serve.transport, "Of spdm: mctp, doe, none or tcp (DSP0287)");
        serve->add_option("--profile", a.serve.profile,
                          "Of spdm: generic or nvidia; of tpm: plain, hardware, azure-hcl or svsm");
        serve->add_option("--config", a.serve.config,
                          "Of spdm: a JSON file that describes the responder (docs/spdm.md)");
        serve
            ->add_option("--dialect", a.serve.dialect,
                         "Ports of a TPM: as swtpm has them, as the reference simulator (mssim)")
            ->check(CLI::IsMember({"swtpm", "mssim", "both"}));
        serve->add_option("--state", a.serve.state,
                          "Folder that keeps the state of a TPM (default: in memory)");
        serve
            ->add_option("--slots", a.serve.slots,
                         "Transient objects, and loaded sessions, that a TPM has room for (16; hardware: 3)")
            ->check(CLI::Range(3U, 64U));
        add_infer(*app.add_subcommand("infer", "The reference inference path alone: a prompt in, text out"),
                  a.infer);
        auto* list =
            app.add_subcommand("list", "Cases, or with an option: requirements, targets, controls, reasons");
        add_selection(*list, a.list.selection);
        list->add_flag("--reqs", a.list.requirements, "Requirements with their cases");
        list->add_flag("--targets", a.list.targets, "Target schemes");
        list->add_flag("--controls", a.list.controls, "Controls and the requirements relevant to them");
        list->add_flag("--reasons", a.list.reasons, "Why the verifier refuses: names and numbers");
        list->add_flag("--json", a.list.json, "As JSON");
        auto* explain = app.add_subcommand("explain", "A requirement, a case, a refusal reason or a verdict");
        explain->add_option("id", a.explain_id)->required();
        explain->add_flag("--json", a.json, "As JSON");
        app.add_subcommand("doctor", "What is available here, and what is not run without it")
            ->add_flag("--json", a.json, "As JSON");
        auto* report = app.add_subcommand("report", "Derive reports from a run directory; runs nothing");
        report->add_option("run", a.report.run, "Run directory or its results.json")->required();
        report->add_flag("--html", a.report.html);
        report->add_flag("--junit", a.report.junit);
        report->add_flag("--csv", a.report.csv);
        report->add_flag("--tap", a.report.tap);
        auto* verify = app.add_subcommand("verify", "Schema, meaning and digests of a run directory");
        verify->add_option("run", a.verify_run, "Run directory or its results.json")->required();
        verify->add_flag("--json", a.json, "As JSON");
        auto* replay = app.add_subcommand("replay", "Run one recorded case again and compare its evidence");
        replay->add_option("results", a.replay.results, "results.json")->required();
        replay->add_option("--case", a.replay.case_id)->required();
        replay->add_option("--target", a.replay.target, "Needed when the case ran on several targets");
        replay->add_option("--trace", a.replay.trace)->check(CLI::IsMember({"vcd", "none"}));
        app.add_subcommand("version", "Version, build and libraries")->add_flag("--json", a.json, "As JSON");
    }
};

struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// assay.json of the current folder: {"run": {"seed": 7, "target": ["model:gpu"]}} without the outer level.
nlohmann::json configuration() {
    if (!std::filesystem::exists("assay.json")) return nlohmann::json::object();
    const auto text = read_file("assay.json", 1 << 16);
    if (!text) throw Wrong(text.error().text());
    auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object()) throw Wrong("assay.json: not a JSON object");
    return json;
}

std::string environment_name(std::string option) {
    std::ranges::transform(option, option.begin(), [](unsigned char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
    return "ASSAY_" + option;
}

std::vector<std::string> texts(const nlohmann::json& value, const std::string& name) {
    const auto one = [&](const nlohmann::json& v) -> std::string {
        if (v.is_string()) return v.get<std::string>();
        if (v.is_number_unsigned() || v.is_boolean()) return v.dump();
        throw Wrong("assay.json: " + name + ": expected text, a number, true or false");
    };
    std::vector<std::string> out;
    if (value.is_array())
        for (const auto& v : value) out.push_back(one(v));
    else
        out.push_back(one(value));
    return out;
}

/// What flags left open is taken from the environment, then from assay.json: as words put behind the given
/// ones.
std::vector<std::string> defaults_of(CLI::App& run, std::map<std::string, std::string>& origin) {
    auto file = configuration();
    std::vector<std::string> words;
    for (CLI::Option* option : run.get_options()) {
        if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
        const std::string name = option->get_lnames().front();
        const auto in_file = file.find(name);
        const auto take = [&](const std::string& value, std::string from) {
            words.push_back("--" + name + '=' + value);
            origin[name] = std::move(from);
        };
        if (option->count() > 0)
            origin[name] = "flag";
        else if (const char* value = std::getenv(environment_name(name).c_str()))
            take(value, "environment " + environment_name(name));
        else if (in_file != file.end())
            for (const auto& text : texts(*in_file, name)) take(text, "assay.json");
        if (in_file != file.end()) file.erase(in_file);
    }
    if (!file.empty()) throw Wrong("assay.json: unknown key " + file.begin().key());
    return words;
}

void remember_values(CLI::App& run, RunArguments& a) {
    const auto text = [](const std::vector<std::string>& values) {
        std::string out;
        for (const auto& v : values) out += (out.empty() ? "" : " ") + v;
        return out;
    };
    for (const CLI::Option* option : run.get_options())
        if (!option->get_lnames().empty() && option->get_lnames().front() != "help")
            a.values[option->get_lnames().front()] = text(option->results());
}

}  // namespace

Parsed parse(int argc, const char* const* argv) {
    Parsed out;
    out.arguments.argv.assign(argv + 1, argv + argc);
    const auto apply = [&](const std::vector<std::string>& words, const auto& use) -> std::optional<int> {
        Arguments fresh;
        fresh.argv = out.arguments.argv;
        App app{fresh};
        try {
            auto reversed = words;  // CLI11 takes them from the back
            std::ranges::reverse(reversed);
            app.app.parse(reversed);
            use(app, fresh);
        } catch (const CLI::ParseError& e) {
            return app.app.exit(e, std::cout, std::cerr) == 0 ? Exit::success : Exit::usage;
        } catch (const Wrong& e) {
            std::cerr << "assay: " << printable(e.what()) << '\n';
            return Exit::usage;
        }
        fresh.command = app.app.get_subcommands().front()->get_name();
        out.arguments = std::move(fresh);
        return std::nullopt;
    };
    if (argc < 2) {
        Arguments none;
        std::cerr << App{none}.app.help();
        out.exit = Exit::usage;
        return out;
    }
    auto words = out.arguments.argv;
    std::map<std::string, std::string> origin;
    out.exit = apply(words, [&](App& app, Arguments&) {
        if (!app.run->parsed()) return;
        // Behind `run` and its own words, so that they belong to it; nothing follows a lone "--".
        const auto more = defaults_of(*app.run, origin);
        words.insert(words.begin() + (std::ranges::find(words, "run") - words.begin()) + 1, more.begin(),
                     more.end());
    });
    if (!out.exit && words.size() > out.arguments.argv.size())
        out.exit = apply(words, [](App&, Arguments&) {});
    if (!out.exit && out.arguments.command == "run") {
        Arguments again;  // results() of the options, for --show-config
        App app{again};
        std::ranges::reverse(words);
        app.app.parse(words);
        remember_values(*app.run, out.arguments.run);
        out.arguments.run.origin = std::move(origin);
    }
    return out;
}

std::string version_line() { return "assay " ASSAY_VERSION; }

}  // namespace assay::cli
