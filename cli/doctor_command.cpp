// `assay doctor` and `assay version`: what is here.
#include <array>
#include <cstdlib>
#include <filesystem>

#include "cli/commands.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/build_info.hpp"
#include "reference_gpu/backend.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

struct Finding {
    std::string component;
    std::string state;  // "ok", or "not run: reason"
    std::string detail;
};

bool on_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        if (std::filesystem::exists(std::filesystem::path{rest.substr(0, end)} / program)) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

/// Programs that are used where they are there, and what is not run without them.
struct Optional {
    std::string_view component, program, use;
};
constexpr std::array optional_programs{
    Optional{"xmlsec-peer", "xmlsec1", "independent check of our XML signatures in the tests"},
    Optional{"xml-reader", "xmllint", "independent reader of our JUnit files in the tests"},
    Optional{"waves", "gtkwave", "looking at waveforms"},
    Optional{"pdf", "chromium", "reports as PDF"},
};

std::vector<Finding> examine() {
    std::vector<Finding> out;
    for (const auto& [name, version] : conformance::build_info().libraries)
        out.push_back({name, "ok", version});
    const auto known = crypto::digest(crypto::Hash::sha384, {as_bytes("abc")});  // FIPS 180-4, example
    const bool works = to_hex(known).starts_with("cb00753f45a35e8bb5a03d699ac65007");
    out.push_back(
        {"crypto-self-test", works ? "ok" : "not run: SHA-384 gives a wrong digest", "SHA-384 known answer"});
    const char* set = std::getenv("ASSAY_SHARED");
    const std::filesystem::path shared = set != nullptr ? set : "../shared";
    const bool there = std::filesystem::is_directory(shared / "vectors/gpu-attestation");
    out.push_back({"recorded-evidence",
                   there ? "ok" : "not run: " + (shared / "vectors/gpu-attestation").string() + " not found",
                   "evidence from real GPUs and NVSwitches (ASSAY_SHARED)"});
    const auto no_cuda = reference_gpu::cuda_fault();
    out.push_back(
        {"cuda", no_cuda.empty() ? "ok" : "not run: " + no_cuda, "the reference inference path on a GPU"});
    for (const auto& p : optional_programs)
        out.push_back(
            {std::string{p.component},
             on_path(std::string{p.program}) ? "ok" : fmt::format("not run: {} not found", p.program),
             std::string{p.use}});
    return out;
}

}  // namespace

int doctor_command(const Arguments& arguments, Console& console) {
    json list = json::array();
    for (const auto& [component, state, detail] : examine()) {
        list.push_back({{"component", component}, {"state", state}, {"detail", detail}});
        if (!arguments.json)
            console.out.line(fmt::format("{:<20} {}  {}", component, console.out.paint(tone_of(state), state),
                                         console.out.paint(Tone::muted, detail)));
    }
    if (arguments.json) console.out.line(list.dump(2));
    return Exit::success;
}

int version_command(const Arguments& arguments, Console& console) {
    const auto& build = conformance::build_info();
    if (arguments.json) {
        json libraries = json::object();
        for (const auto& [name, version] : build.libraries) libraries[name] = version;
        console.out.line(json{
            {"name", "assay"},
            {"version", build.version},
            {"commit", build.commit},
            {"compiler", build.compiler},
            {"libraries",
             libraries}}.dump(2));
        return Exit::success;
    }
    console.out.line(version_line() + "  commit " + build.commit);
    console.out.line("compiler " + build.compiler);
    for (const auto& [name, version] : build.libraries) console.out.line(name + ' ' + version);
    return Exit::success;
}

}  // namespace assay::cli
