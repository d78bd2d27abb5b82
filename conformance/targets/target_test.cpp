// From a URI to a target, and from files to recorded evidence.
#include <boost/test/unit_test.hpp>

#include "conformance/targets/evidence_target.hpp"
#include "conformance/test_judge.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::conformance {
namespace {

std::string target_refusal(std::string_view uri) {
    const auto target = parse_target(uri);
    return target ? std::string{} : target.error().text();
}
std::optional<std::filesystem::path> recorded(const std::string& name) {
    auto path = shared_data("vectors/gpu-attestation/" + name);
    if (!path) std::printf("skipped: shared data vectors/gpu-attestation/%s\n", name.c_str());
    return path;
}
std::string plain_text(const std::filesystem::path& path) { return path.string(); }

BOOST_AUTO_TEST_SUITE(targets)

BOOST_AUTO_TEST_CASE(a_uri_has_an_optional_id_a_scheme_a_path_and_options) {
    const auto uri = parse_uri("card=evidence:a%20b/c?roots=x%3dy&time=z");
    BOOST_REQUIRE(bool(uri));
    BOOST_TEST(uri->id == "card");
    BOOST_TEST(uri->scheme == "evidence");
    BOOST_TEST(uri->path == "a b/c");
    BOOST_TEST(uri->options.at("roots") == "x=y");
    BOOST_TEST(uri->options.at("time") == "z");
    BOOST_TEST(parse_uri("evidence:a%2541")->path == "a%41");  // decoded once
    BOOST_TEST(parse_uri("model:gpu?profile=gb100")->scheme == "model:gpu");
    for (const char* bad :
         {"", "gpu", "Card=model:gpu", "=model:gpu", "evidence:a%2", "evidence:a%zz", "evidence:a%00",
          "evidence:a?roots", "evidence:a?=x", "evidence:a?a=1&a=2", "evidence:a?%zz=1"})
        BOOST_TEST(!parse_uri(bad), bad);
    BOOST_TEST(!parse_uri(std::string(5000, 'a')));
    BOOST_TEST(!parse_uri(std::string_view{"evidence:a\0b", 12}));
}

BOOST_AUTO_TEST_CASE(models_are_targets_of_their_kinds) {
    const auto gpu = parse_target("model:gpu?profile=gb100");
    BOOST_REQUIRE(bool(gpu));
    BOOST_TEST(gpu->id == "model-gpu-gb100");
    BOOST_TEST(gpu->kind == "model");
    BOOST_TEST((gpu->port == PortKind::gpu));
    BOOST_TEST(std::count(gpu->capabilities.begin(), gpu->capabilities.end(), "fresh-nonce") == 1);
    const auto verifier = parse_target("v=model:verifier");
    BOOST_REQUIRE(bool(verifier));
    BOOST_TEST(verifier->id == "v");
    BOOST_TEST(verifier->uri == "model:verifier");
    BOOST_TEST(name(verifier->port) == "appraisal");
    BOOST_TEST(target_schemes().size() >= 9u);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_target_is_named_and_made_harmless) {
    const std::string unknown = target_refusal("modle:gpu");
    BOOST_TEST(unknown.find("unknown scheme 'modle'; known: evidence, ") != std::string::npos);
    for (const TargetScheme& scheme : target_schemes())
        BOOST_TEST(unknown.find(scheme.scheme) != std::string::npos, scheme.scheme);
    BOOST_TEST(target_refusal("model:nothing").find("unknown scheme 'model:nothing'") != std::string::npos);
    BOOST_TEST(target_refusal("model:gpu?color=red").find("unknown option 'color'") != std::string::npos);
    BOOST_TEST(target_refusal("model:gpu?profile=gh200").find("cannot be opened") != std::string::npos);
    BOOST_TEST(target_refusal("model:verifier?profile=x").find("takes none") != std::string::npos);
    BOOST_TEST(target_refusal("evidence:").find("names no file") != std::string::npos);
    BOOST_TEST(target_refusal("evidence:/nowhere/at/all").find("does not exist") != std::string::npos);
    for (const std::string hostile :
         {"\x1b[2J:x", "evidence:\x1b]0;x\x07\xff?a=b", "model:gpu?\xe2\x80\xae=1", "a\r\nb"}) {
        const std::string text = target_refusal(hostile);
        BOOST_TEST(!text.empty());
        for (const char c : text) BOOST_TEST((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
        BOOST_TEST(text.find("\xe2\x80\xae") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(recorded_devices_load_as_they_are) {
    struct Expected {
        std::string folder, product;
        std::set<std::string> capabilities;
        std::size_t rims, responses;
    };
    for (const Expected& expected : {Expected{"golden-h100", "HOPPER GPU", {"ocsp", "references"}, 2, 7},
                                     Expected{"golden-switch", "LS10 NVSwitch", {"references"}, 1, 0},
                                     Expected{"blackwell", "BLACKWELL GPU", {}, 0, 0}}) {
        const auto folder = recorded(expected.folder);
        if (!folder) continue;
        const auto target = parse_target("evidence:" + plain_text(*folder) + "?roots=../roots");
        BOOST_REQUIRE_MESSAGE(bool(target), (target ? "" : target.error().text()));
        BOOST_TEST(target->id == expected.folder);
        BOOST_TEST(target->kind == "recorded-evidence");
        BOOST_TEST(target->product == expected.product);
        BOOST_TEST(
            (std::set(target->capabilities.begin(), target->capabilities.end()) == expected.capabilities));

        const AnyPort open = target->open(1);
        GpuPort& gpu = *std::get<std::unique_ptr<GpuPort>>(open);
        const auto references = gpu.references();
        BOOST_TEST(references->rims.size() == expected.rims);
        BOOST_TEST(references->ocsp_responses.size() == expected.responses);
        BOOST_TEST(references->device_roots.size() == 1u);
        BOOST_TEST(references->rim_roots.size() == 1u);
        const auto evidence = gpu.collect(Bytes(32));
        BOOST_TEST(to_hex(evidence->nonce) ==
                   "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb");
        BOOST_TEST((gpu.power_on_reset().error().kind == PortError::Kind::not_supported));
    }
}

BOOST_AUTO_TEST_CASE(a_recording_is_judged_when_it_was_made_unless_told_otherwise) {
    const auto folder = recorded("golden-h100");
    if (!folder) return;
    const std::string uri = "evidence:" + plain_text(*folder) + "?roots=../roots";
    const auto times = [&](const std::string& more) {
        const AnyPort open = parse_target(uri + more)->open(1);
        const GpuReferences r = *std::get<std::unique_ptr<GpuPort>>(open)->references();
        return to_rfc3339(r.device_chain_time) + " " + to_rfc3339(r.device_ocsp_time) + " " +
               to_rfc3339(r.rim_chain_time) + " " + to_rfc3339(r.rim_ocsp_time);
    };
    BOOST_TEST(times("") ==
               "2025-08-21T06:47:09Z 2025-08-21T06:47:09Z 2025-10-24T11:32:23Z 2025-10-24T11:32:23Z");
    BOOST_TEST(times("&time=2025-01-01T00:00:00Z&rim-ocsp-time=2025-02-01T00:00:00Z") ==
               "2025-01-01T00:00:00Z 2025-01-01T00:00:00Z 2025-01-01T00:00:00Z 2025-02-01T00:00:00Z");
    BOOST_TEST(times("&rim-chain-time=2025-03-01T00:00:00Z").find(" 2025-03-01T00:00:00Z 2025-10-24") !=
               std::string::npos);
    BOOST_TEST(target_refusal(uri + "&time=yesterday").find("'time'") != std::string::npos);
    BOOST_TEST(parse_target(uri)->version.find("device OCSP 2025-08-21T06:47:09Z") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(files_that_are_not_evidence_are_named_with_the_reason) {
    const auto folder = recorded("golden-switch");
    if (!folder) return;
    const auto files = load_evidence({*folder});
    BOOST_REQUIRE(bool(files));
    BOOST_TEST(files->devices.size() == 1u);  // evidence JSON and the same report and chain
    BOOST_TEST(files->artifacts.size() == 4u);
    BOOST_TEST(files->ignored.size() == 4u);
    for (const std::string& line : files->ignored)
        BOOST_TEST(line.find(": JSON that is not GPU evidence") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(each_fault_of_evidence_files_names_its_file) {
    const auto golden = recorded("golden-h100");
    const auto other = recorded("blackwell");
    if (!golden || !other) return;
    const std::string report = "test_raw_gpu_attestation_report.dat";
    const std::string chain = "test_gpu_attestation_certificate_chain.dat";
    const TemporaryFolder folder;
    const auto place = [&](const std::filesystem::path& from, const std::string& name) {
        std::filesystem::copy_file(from, folder.path / name,
                                   std::filesystem::copy_options::overwrite_existing);
    };
    const auto fault = [&] {
        const auto files = load_evidence({folder.path});
        return files ? std::string{} : files.error().text();
    };
    place(*golden / report, "a-report");
    BOOST_TEST(fault().find("a-report: a report without a certificate chain") != std::string::npos);
    place(*golden / chain, "b-chain");
    BOOST_TEST(fault() == "");
    place(*other / "blackwellAttestationReport.txt", "c-report");
    BOOST_TEST(fault().find("c-report: a second report; the first is a-report") != std::string::npos);
    std::filesystem::remove(folder.path / "c-report");
    place(*other / "blackwellCertChain.txt", "d-chain");
    BOOST_TEST(fault().find("d-chain: a second certificate chain") != std::string::npos);
    std::filesystem::remove(folder.path / "d-chain");
    std::filesystem::remove(folder.path / "a-report");
    BOOST_TEST(fault().find("b-chain: a certificate chain without a report") != std::string::npos);

    std::string broken = text_of(*golden / chain);
    broken.replace(broken.find("\n", 2000) + 1, 4, "????");
    write_file(folder.path / "b-chain", as_bytes(broken));
    BOOST_TEST(fault().find("b-chain: certificate ") != std::string::npos, fault());
    std::filesystem::remove(folder.path / "b-chain");

    write_file(folder.path / "e.json",
               as_bytes(R"([{"arch":"HOPPER","nonce":"00","evidence":"","certificate":""}])"));
    BOOST_TEST(fault().find("[0].nonce") != std::string::npos, fault());
    write_file(folder.path / "e.json", Bytes(max_evidence_file + 1, ' '));
    BOOST_TEST(fault().find("e.json: longer than") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(links_are_not_followed_out_of_a_folder) {
    const TemporaryFolder folder;
    const auto inside = folder.path / "evidence";
    std::filesystem::create_directories(inside / "ocsp");
    std::filesystem::create_directories(inside / "other");
    write_file(folder.path / "outside", as_bytes("x"));
    write_file(inside / "own", as_bytes("x"));
    std::filesystem::create_symlink(folder.path / "outside", inside / "link");
    std::filesystem::create_symlink(folder.path, inside / "rims");
    std::filesystem::create_symlink("nowhere", inside / "dangling");
    std::filesystem::create_symlink("own", inside / "link-inside");
    const auto files = load_evidence({inside});
    BOOST_REQUIRE(bool(files));
    std::string all;
    for (const std::string& line : files->ignored) all += line + "\n";
    for (const char* name : {"link: a link", "rims: a link", "dangling: a link"})
        BOOST_TEST(all.find(name) != std::string::npos, name);
    BOOST_TEST(all.find("link-inside: none of the known forms") != std::string::npos);
    BOOST_TEST(all.find("other: a folder other than") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
