// The suites on the targets that they are made for, through the engine: the models pass, and so does recorded
// evidence of real devices.
#include <cstdio>
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "conformance/run.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::conformance {
namespace {

namespace fs = std::filesystem;

struct Folder {
    Folder() : path(fs::temp_directory_path() / ("assay-suites-" + std::to_string(::getpid()))) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

nlohmann::json run_on(const std::vector<std::string>& targets, const std::string& suite,
                      const fs::path& out) {
    Plan plan;
    for (const std::string& text : targets) {
        auto target = parse_target(text);
        BOOST_TEST_REQUIRE(static_cast<bool>(target), (target ? "" : target.error().text()));
        plan.targets.push_back(*std::move(target));
    }
    Selection selection;
    selection.patterns = {suite};
    plan.cases = *select(selection);
    RunOptions options;
    options.out = out;
    options.jobs = 2;
    options.reproducible = true;
    RunObserver nobody;
    return run(plan, options, nobody);
}

/// No FAIL and no ERROR, each of which is told; the number of passes.
std::size_t passes(const nlohmann::json& results) {
    std::size_t passed = 0;
    const auto& cases = results.at("cases");
    for (const auto& one : cases) {
        const std::string verdict = one.at("verdict");
        passed += verdict == "PASS" ? 1 : 0;
        BOOST_TEST((verdict != "FAIL" && verdict != "ERROR"), one.dump());
    }
    return passed;
}

BOOST_AUTO_TEST_CASE(the_models_of_gpus_pass) {
    const Folder folder;
    const auto results =
        run_on({"model:gpu?profile=gh100", "model:gpu?profile=gb100"}, "gpu-evidence", folder.path / "run");
    BOOST_TEST(passes(results) > 400U);
}

BOOST_AUTO_TEST_CASE(the_model_of_a_verifier_passes) {
    const Folder folder;
    const auto results = run_on({"model:verifier"}, "gpu-appraisal", folder.path / "run");
    BOOST_TEST(passes(results) > 270U);
}

BOOST_AUTO_TEST_CASE(the_model_of_a_container_runtime_passes) {
    const Folder folder;
    BOOST_TEST(passes(run_on({"model:runtime"}, "runtime", folder.path / "run")) > 230U);
}

BOOST_AUTO_TEST_CASE(the_model_of_a_volume_passes) {
    const Folder folder;
    BOOST_TEST(passes(run_on({"model:disk"}, "disk", folder.path / "run")) == 42U);
}

/// Some of the shared files under one folder, as a user would put them.
struct Recording {
    std::string name;
    std::vector<std::string> files;
    std::size_t passes;
};
BOOST_AUTO_TEST_CASE(recorded_evidence_of_real_devices_passes) {
    const auto shared = shared_data("vectors/gpu-attestation");
    if (!shared) {
        std::puts("skipped: shared data vectors/gpu-attestation");
        return;
    }
    const std::vector<Recording> recordings{
        {"h100",
         {"golden-h100/test_raw_gpu_attestation_report.dat",
          "golden-h100/test_gpu_attestation_certificate_chain.dat",
          "golden-h100/NV_GPU_DRIVER_GH100_550.90.07.xml",
          "golden-h100/NV_GPU_VBIOS_1010_0200_882_96009F0001.xml", "golden-h100/ocsp"},
         110},
        {"ls10",
         {"golden-switch/switchAttestationReport.txt", "golden-switch/switchCertChain.txt",
          "golden-switch/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml"},
         95},
        {"gb100", {"blackwell/blackwellAttestationReport.txt", "blackwell/blackwellCertChain.txt"}, 88},
        {"h100-535",
         {"negative/hopper535_noFWID_AttestationReport.txt", "negative/hopper535_noFWID_CertChain.txt"},
         85}};
    for (const Recording& one : recordings) {
        const Folder folder;
        const fs::path input = folder.path / one.name;
        fs::create_directories(input);
        for (const std::string& file : one.files)
            fs::copy(*shared / file, input / fs::path{file}.filename(), fs::copy_options::recursive);
        fs::copy(*shared / "roots", input / "roots", fs::copy_options::recursive);
        const auto results = run_on({"evidence:" + input.string()}, "gpu-evidence", folder.path / "run");
        BOOST_TEST(passes(results) >= one.passes, one.name);
    }
}

}  // namespace
}  // namespace assay::conformance
