// The command as its users meet it: exit codes, streams, last lines, and what happens with bad words and bad
// input.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/targets/evidence_files.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

struct Ended {
    int code = -1;
    std::string out, err;
    std::string last_line() const {
        const auto text = out.substr(0, out.find_last_not_of('\n') + 1);
        return text.substr(text.rfind('\n') + 1);
    }
};

/// A folder to work in; commands run there.
struct Folder : TemporaryFolder {
    std::string text(const std::string& name) const {
        const auto content = read_file(path / name, 64 << 20);
        BOOST_REQUIRE_MESSAGE(bool(content), name);
        return std::string{as_text(*content)};
    }
    Ended run(const std::string& words, const std::string& environment = "") const {
        const auto command = "cd " + path.string() + " && env -u CI " + environment + " " ASSAY_BINARY " " +
                             words + " >out.txt 2>err.txt </dev/null";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text("out.txt"),
                text("err.txt")};
    }
};

constexpr auto quick = "run gpu-evidence.report --target model:gpu --seed 7";

BOOST_AUTO_TEST_CASE(wrong_words_end_with_2_and_say_why) {
    const Folder folder;
    for (const auto* words :
         {"", "nothing", "run --nothing", "run --seed x", "run --timeout 0", "run gpu-evidense", "appraise",
          "appraise gpu", "explain NO-SUCH-001", "run --target nowhere:x", "run --target model:gpu?profile=x",
          "run --target model:gpu?nothing=1", "run -k 'a and'", "replay none.json --case x", "verify none"}) {
        const auto ended = folder.run(words);
        const int expected = std::string_view{words}.starts_with("verify") ? 1 : 2;
        BOOST_TEST(ended.code == expected, "'" << words << "' ended with " << ended.code);
        BOOST_TEST(!(ended.err + ended.out).empty(), words);
    }
    BOOST_TEST(folder.run("run gpu-evidense").err.find("nearest") != std::string::npos);
    BOOST_TEST(folder.run("--help").code == 0);
    BOOST_TEST(folder.run("--version").out.starts_with("assay "));
}

BOOST_AUTO_TEST_CASE(a_run_ends_with_counts_and_leaves_valid_results) {
    const Folder folder;
    const auto ended = folder.run(quick);
    BOOST_TEST(ended.code == 0, ended.err);
    BOOST_TEST(ended.last_line().find(" passed, 0 failed, 0 errors, ") != std::string::npos,
               ended.last_line());
    BOOST_TEST(ended.out.find("report: assay-out/index.html\n") != std::string::npos);
    BOOST_TEST(folder.run("verify assay-out").code == 0);
    BOOST_TEST(folder.run("report assay-out --junit").out ==
               "report: assay-out/junit.xml\nreport: assay-out/SHA256SUMS\n");

    BOOST_TEST(folder.run(quick).code == 2);  // the folder is not empty
    BOOST_TEST(folder.run(std::string{quick} + " --force").code == 0);
    std::filesystem::create_directory(folder.path / "foreign");
    std::ofstream{folder.path / "foreign/file"} << "mine";
    BOOST_TEST(folder.run(std::string{quick} + " --force --out foreign").code == 2);
    BOOST_TEST(folder.text("foreign/file") == "mine");
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bytes) {
    const Folder folder;
    BOOST_TEST(folder.run(std::string{quick} + " --reproducible --out a -j1").code == 0);
    BOOST_TEST(folder.run(std::string{quick} + " --reproducible --out b -j2").code == 0);
    BOOST_TEST(folder.text("a/results.json") == folder.text("b/results.json"));
    BOOST_TEST(folder.text("a/SHA256SUMS") == folder.text("b/SHA256SUMS"));
    BOOST_TEST(
        folder.run("run gpu-evidence.report --target model:gpu --seed 8 --reproducible --out c").code == 0);
    BOOST_TEST(folder.text("a/results.json") != folder.text("c/results.json"));
}

BOOST_AUTO_TEST_CASE(json_mode_keeps_stdout_for_json) {
    const Folder folder;
    for (const auto* level : {"--json", "--json=summary", "--json=events"}) {
        const auto ended = folder.run(std::string{quick} + " --force " + level);
        BOOST_TEST(ended.code == 0);
        std::istringstream lines{ended.out};
        std::string line;
        json last;
        for (std::uint64_t seq = 0; std::getline(lines, line); ++seq) {
            last = json::parse(line, nullptr, false);
            BOOST_REQUIRE_MESSAGE(last.is_object(), line);
            BOOST_TEST(last.at("seq") == seq);
        }
        BOOST_TEST(last.at("type") == "run-end");
    }
    for (const auto* words : {"doctor --json", "version --json", "list --json", "list --reqs --json",
                              "list --targets --json", "list --controls --json", "list --reasons --json",
                              "explain PASS --json", "verify assay-out --json"})
        BOOST_TEST(!json::parse(folder.run(words).out, nullptr, false).is_discarded(), words);
}

BOOST_AUTO_TEST_CASE(colour_is_only_where_it_is_wanted) {
    const Folder folder;
    const auto colored = [&](const std::string& words, const std::string& environment) {
        return folder.run(words, environment).out.find('\x1b') != std::string::npos;
    };
    BOOST_TEST(!colored("explain PASS", ""));  // a pipe
    BOOST_TEST(colored("--color always explain PASS", "NO_COLOR=1"));
    BOOST_TEST(colored("explain PASS", "CLICOLOR_FORCE=1"));
    BOOST_TEST(!colored("explain PASS", "CLICOLOR_FORCE=0"));
    BOOST_TEST(!colored("--color never explain PASS", "FORCE_COLOR=1"));
}

BOOST_AUTO_TEST_CASE(configuration_comes_from_flag_then_environment_then_file) {
    const Folder folder;
    std::ofstream{folder.path / "assay.json"} << R"({"seed": 3, "jobs": 1, "target": ["model:gpu"]})";
    const auto shown = [&](const std::string& words, const std::string& environment) {
        return folder.run("run --show-config " + words, environment).out;
    };
    BOOST_TEST(shown("", "").find("assay.json") != std::string::npos);
    BOOST_TEST(shown("", "ASSAY_SEED=4").find("environment ASSAY_SEED") != std::string::npos);
    BOOST_TEST(shown("--seed 5", "ASSAY_SEED=4").find("environment") == std::string::npos);
    std::ofstream{folder.path / "assay.json"} << R"({"sead": 3})";
    BOOST_TEST(folder.run("run --show-config").code == 2);
    BOOST_TEST(folder.run("run --show-config").err.find("unknown key sead") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_words_never_reach_the_terminal) {
    const Folder folder;
    for (const auto* words : {"explain $'\\x1b[31m'", "run $'\\x1b[31m'", "run --target $'x:\\x1b[31m'",
                              "appraise gpu $'\\x1b[31m'"}) {
        const auto ended = folder.run(std::string{"--color never "} + words);
        BOOST_TEST(ended.code == 2, words);
        BOOST_TEST((ended.out + ended.err).find('\x1b') == std::string::npos, words);
    }
}

BOOST_AUTO_TEST_CASE(evidence_that_is_cut_off_ends_with_2_and_says_file_field_and_offset) {
    const auto golden = shared_data("vectors/gpu-attestation/golden-h100");
    if (!golden) {
        std::puts("skipped: vectors/gpu-attestation/golden-h100 is absent (ASSAY_SHARED names its home)");
        return;
    }
    const Folder folder;
    for (const auto& entry : std::filesystem::directory_iterator{*golden})
        if (entry.path().extension() == ".dat")
            std::filesystem::copy_file(entry.path(), folder.path / entry.path().filename());
    const auto report = folder.path / "test_raw_gpu_attestation_report.dat";
    const std::string words =
        "appraise gpu test_raw_gpu_attestation_report.dat "
        "test_gpu_attestation_certificate_chain.dat --roots " +
        std::filesystem::absolute(*golden / "../roots").string() + " --time 2025-08-21T08:00:00Z";
    const auto whole = *gpu::report_from_text(*read_file(report, 1 << 20));
    // In the signature, in the opaque data, in a measurement block.
    for (const std::size_t size : {whole.size() - 1, whole.size() - 200, std::size_t{300}}) {
        write_file(report, ByteView{whole}.first(size));
        const auto ended = folder.run(words);
        BOOST_TEST(ended.code == 2, size);
        BOOST_TEST(ended.err.find("test_raw_gpu_attestation_report.dat: report: ") != std::string::npos,
                   ended.err);
        BOOST_TEST(ended.err.find("offset") != std::string::npos, ended.err);
    }
    // One bit of the signature is well-formed, and wrong.
    Bytes flipped = whole;
    flipped.back() ^= 1;
    write_file(report, flipped);
    BOOST_TEST(folder.run(words).code == 1);
}

BOOST_AUTO_TEST_CASE(a_replay_gives_the_same_evidence) {
    const Folder folder;
    BOOST_REQUIRE(folder.run(quick).code == 0);
    const auto results = json::parse(folder.text("assay-out/results.json"));
    const auto id = results.at("cases").front().at("id").get<std::string>();
    const auto ended = folder.run("replay assay-out/results.json --case " + id);
    BOOST_TEST(ended.code == 0, ended.err);
    BOOST_TEST(ended.last_line() == "same");
    BOOST_TEST(folder.run("replay assay-out/results.json --case gpu-evidence.none").code == 2);
}

BOOST_AUTO_TEST_CASE(a_responder_in_one_process_is_judged_by_another) {
    const Folder folder;
    for (const std::string transport : {"doe", "tcp"}) {
        const std::string port = std::to_string(20'000 + ::getpid() % 20'000 + (transport == "tcp" ? 1 : 0));
        const std::string script =
            "cd " + folder.path.string() + "; " ASSAY_BINARY " serve spdm --port " + port + " --transport " +
            transport + " >ready.txt 2>served.txt & server=$!; cd " + folder.path.string() +
            "; for i in $(seq 200); do grep -q ready ready.txt && break; sleep 0.05; done; " ASSAY_BINARY
            " run spdm.setup spdm.session spdm.record --out " +
            transport + " --target 'spdm+tcp://127.0.0.1:" + port + "?transport=" + transport +
            "' >out.txt 2>err.txt; code=$?; kill $server; wait $server; exit $code";
        const int status = std::system(script.c_str());
        const Ended ended{WEXITSTATUS(status), folder.text("out.txt"), folder.text("err.txt")};
        BOOST_TEST(ended.code == 0, ended.out << ended.err);
        BOOST_TEST(ended.last_line().find(" passed, 0 failed, 0 errors") != std::string::npos,
                   ended.last_line());
        BOOST_TEST(folder.text("ready.txt") ==
                   "ready spdm=spdm+tcp://127.0.0.1:" + port + "?transport=" + transport + "\n");
    }
    const Ended unknown = folder.run("serve spdm --transport usb");
    BOOST_TEST(unknown.code == 2);
    BOOST_TEST(
        unknown.err.find("unknown transport usb, mctp, doe, none and tcp are known") != std::string::npos,
        unknown.err);
    BOOST_TEST(folder.run("serve spdm --profile toaster").code == 2);
    // A suite by its name is the prefix of its cases.
    BOOST_TEST(folder.run("list --suite kms").out == folder.run("list kms").out);
    BOOST_TEST(folder.run("list kms.nonce.age --suite ohttp").out.find("ohttp.") != std::string::npos);
    BOOST_TEST(folder.run("list --suite toaster").code == 2);
}

BOOST_AUTO_TEST_CASE(a_responder_is_what_its_file_says) {
    const Folder folder;
    const char* source = std::getenv("ASSAY_SOURCE");
    BOOST_REQUIRE(source != nullptr);
    const std::string example = std::string{source} + "/docs/spdm-responder.json";
    const Ended ended = folder.run(
        "run spdm.setup spdm.measurement spdm.session --target 'model:spdm?config=" + example + "'");
    BOOST_TEST(ended.code == 0, ended.out << ended.err);
    BOOST_TEST(ended.last_line().find(" passed, 0 failed, 0 errors") != std::string::npos, ended.last_line());
    // What the generic responder does not do unless it is asked to.
    std::ofstream{folder.path / "basic.json"} << R"({"BasicMutAuthReq": true})";
    const Ended basic =
        folder.run("run spdm.basic-mutual --out basic --target 'model:spdm?config=basic.json'");
    BOOST_TEST(basic.code == 0, basic.out << basic.err);
    BOOST_TEST(basic.last_line().find("24 passed, 0 failed, 0 errors, 0 warnings, 0 not tested") !=
                   std::string::npos,
               basic.last_line());
    std::ofstream{folder.path / "wrong.json"} << R"({"versions": ["1.2"], "AEAD": ["ROT13"]})";
    const Ended wrong = folder.run("serve spdm --config wrong.json");
    BOOST_TEST(wrong.code == 2);
    BOOST_TEST(
        wrong.err.find("wrong.json: /AEAD/0: \"ROT13\" found, one of AES-128-GCM") != std::string::npos,
        wrong.err);
    BOOST_TEST(folder.run("serve spdm --config missing.json").code == 2);
    BOOST_TEST(folder.run("serve spdm --profile nvidia --config " + example).code == 2);
    const Ended tpm = folder.run("serve tpm --profile toaster");
    BOOST_TEST(tpm.code == 2);
    BOOST_TEST(tpm.err.find("unknown profile toaster; known: plain") != std::string::npos, tpm.err);
    BOOST_TEST(folder.run("serve tpm --profile svsm --state here").code == 2);
    for (const char* const slots : {"2", "65", "many"})
        BOOST_TEST(folder.run("serve tpm --slots " + std::string{slots}).code == 2);
}

BOOST_AUTO_TEST_CASE(an_altered_run_directory_is_refused) {
    const Folder folder;
    BOOST_REQUIRE(folder.run(quick).code == 0);
    auto results = json::parse(folder.text("assay-out/results.json"));
    for (auto& c : results.at("cases"))
        for (auto& e : c.at("evidence")) {
            std::ofstream{folder.path / "assay-out" / e.at("path").get<std::string>(), std::ios::app} << "x";
            const auto ended = folder.run("verify assay-out");
            BOOST_TEST(ended.code == 1);
            BOOST_TEST(ended.out.find("refused") != std::string::npos);
            return;
        }
}

BOOST_AUTO_TEST_CASE(infer_gives_the_known_text_and_names_what_is_wrong) {
    const char* source = std::getenv("ASSAY_SOURCE");
    const auto models = std::filesystem::absolute(source != nullptr ? source : ".") / "vectors/model";
    const auto known = json::parse(as_text(*read_file(models / "tiny.json", 1 << 20)));
    const auto& words = known.at("cases").at(1);
    const Folder folder;
    const std::string files = "infer --model " + (models / "tiny.bin").string() + " --tokenizer " +
                              (models / "tiny.tok.bin").string();
    const std::string prompt =
        " --prompt '" + words.at("prompt").get<std::string>() + "' --steps " + words.at("steps").dump();
    for (const std::string device : {"cpu", "shim"}) {
        const auto ended = folder.run(files + prompt + " --device " + device);
        BOOST_TEST(ended.code == 0, ended.err);
        BOOST_TEST(ended.out == words.at("text").get<std::string>() + "\n");
    }
    const auto as_json = json::parse(folder.run(files + prompt + " --json --device cpu").out);
    BOOST_TEST((as_json.at("tokens") == words.at("tokens")));
    BOOST_TEST(as_json.at("text").get<std::string>() == words.at("text").get<std::string>());
    const auto cuda = folder.run(files + prompt + " --device cuda");
    BOOST_TEST(((cuda.code == 0 && cuda.out.starts_with(words.at("text").get<std::string>())) ||
                (cuda.code == 77 && cuda.err.find("not run: cuda: ") != std::string::npos)));
    const auto swapped = folder.run("infer --prompt x --model " + (models / "tiny.tok.bin").string() +
                                    " --tokenizer " + (models / "tiny.bin").string());
    BOOST_TEST(swapped.code == 2);
    BOOST_TEST(swapped.err.find("tiny.tok.bin: ") != std::string::npos);
    for (const std::string bad : {" --prompt x --steps 129", " --prompt x --steps 0", " --prompt x --seed 0",
                                  " --prompt x --device gpu", "", " --prompt x --top-p 2"})
        BOOST_TEST(folder.run(files + bad).code == 2, bad);
    BOOST_TEST(
        folder.run("infer --prompt x --model " + (models / "tiny.bin").string()).err.find("--tokenizer") !=
        std::string::npos);
}

}  // namespace
}  // namespace assay::cli
