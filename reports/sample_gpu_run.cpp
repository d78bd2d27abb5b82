// A run that looks like GPU attestation: enough of everything to see whether a report can be read.
#include "reports/sample_run.hpp"
#include <fmt/format.h>

#include "sim/base/file.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::reports::sample {
namespace {

using Json = nlohmann::json;

struct Topic {
    const char *prefix, *family, *suite, *document, *section, *control;
    std::vector<const char*> sentences;
};

const std::vector<Topic>& topics() {
    static const std::vector<Topic> all{
        {"SPDM-MEAS",
         "attestation",
         "gpu-evidence.measurements",
         "DSP0274 1.1.0",
         "10.11",
         "SI-7",
         {"The signature of MEASUREMENTS verifies over the L1/L2 transcript.",
          "MEASUREMENTS repeats no nonce of an earlier response.",
          "NumberOfBlocks equals the number of blocks in MeasurementRecord.",
          "A request with a reserved bit set is refused with InvalidRequest.",
          "Every measurement index from 1 to 64 is present once."}},
        {"SPDM-CERT",
         "attestation",
         "gpu-evidence.certificates",
         "DSP0274 1.1.0",
         "10.8",
         "IA-3(4)",
         {"The certificate chain ends at the root that the profile names.",
          "A leaf certificate holds the FWID of the running firmware.",
          "A chain whose length exceeds the buffer is read in portions that join without a gap.",
          "No certificate of the chain is accepted after its notAfter time."}},
        {"APPR-RIM",
         "appraisal",
         "gpu-appraisal.rim",
         "TCG RIM Information Model 1.01",
         "6.2",
         "SI-7(6)",
         {"A measurement that differs from every reference value is reported with its index.",
          "A reference manifest with a wrong signature is not used.",
          "A manifest for another driver version is refused.",
          "An index that is not active takes no part in the decision."}},
        {"APPR-TOK",
         "appraisal",
         "gpu-appraisal.token",
         "RFC 9711",
         "4.1",
         "SC-23(5)",
         {"The result token repeats the nonce of the request.",
          "A token states overall success only when every claim of it holds.",
          "A token is not accepted after its exp time."}},
        {"BOOT-ROM",
         "measured-boot",
         "gpu-boot.rom",
         "assay requirement set",
         "BOOT",
         "SI-7(9)",
         {"Firmware with a wrong signature does not run.",
          "Firmware older than the fuse version does not run.",
          "The debug state is visible in the measurements."}},
        {"DEL-MEM",
         "deletion",
         "gpu-memory.deletion",
         "assay requirement set",
         "DEL",
         "SC-4",
         {"No byte of a request remains in device memory after its response."}}};
    return all;
}

const Json& targets() {
    static const Json all = {{{"id", "h100-evidence"},
                              {"kind", "recorded-evidence"},
                              {"uri", "recorded:golden-h100"},
                              {"vendor", "NVIDIA"},
                              {"product", "H100 PCIe"},
                              {"version", "96.00.9F.00.01"},
                              {"artifacts", Json::array()},
                              {"capabilities", {"attestation"}}},
                             {{"id", "mutant-f017"},
                              {"kind", "model"},
                              {"uri", "model:gpu?fault=f017"},
                              {"mutation", "f017"},
                              {"artifacts", Json::array()},
                              {"capabilities", {"attestation", "boot"}}},
                             {{"id", "reference"},
                              {"kind", "model"},
                              {"uri", "model:gpu"},
                              {"artifacts", Json::array()},
                              {"capabilities", {"attestation", "boot"}}}};
    return all;
}

std::string sha256_text(ByteView content) {
    return "sha256:" + to_hex(crypto::digest(crypto::Hash::sha256, {content}));
}

Json add_file(const std::filesystem::path& directory, const std::string& path, const char* id,
              const char* kind, const char* type, ByteView content) {
    std::filesystem::create_directories((directory / path).parent_path());
    write_file(directory / path, content);
    return {{"id", id},           {"kind", kind},           {"path", path},
            {"media_type", type}, {"size", content.size()}, {"digest", sha256_text(content)}};
}

Json attestation_events(bool bad) {
    struct Step {
        const char *kind, *actor, *peer, *name;
    };
    constexpr Step steps[]{{"state", "gpu-rot", "", "power-on reset"},
                           {"action", "gpu-rot", "", "boot ROM verifies FMC"},
                           {"state", "gpu-rot", "", "SPDM ready"},
                           {"message", "verifier", "host", "challenge"},
                           {"message", "host", "gpu-rot", "GET_VERSION"},
                           {"message", "gpu-rot", "host", "VERSION"},
                           {"message", "host", "gpu-rot", "GET_CAPABILITIES"},
                           {"message", "gpu-rot", "host", "CAPABILITIES"},
                           {"message", "host", "gpu-rot", "NEGOTIATE_ALGORITHMS"},
                           {"message", "gpu-rot", "host", "ALGORITHMS"},
                           {"message", "host", "gpu-rot", "GET_CERTIFICATE"},
                           {"message", "gpu-rot", "host", "CERTIFICATE"},
                           {"message", "host", "gpu-rot", "GET_MEASUREMENTS"},
                           {"action", "gpu-rot", "", "sign L1/L2"},
                           {"message", "gpu-rot", "host", "MEASUREMENTS"},
                           {"message", "host", "verifier", "evidence"},
                           {"check", "verifier", "", "chain"},
                           {"check", "verifier", "", "signature"},
                           {"check", "verifier", "", "reference values"},
                           {"message", "verifier", "host", "attestation result"}};
    Json out = Json::array();
    std::uint64_t time = 0;
    for (const Step& step : steps) {
        Json event{{"seq", out.size()},
                   {"t_ps", time},
                   {"kind", step.kind},
                   {"actor", step.actor},
                   {"name", step.name}};
        if (*step.peer != '\0') event["peer"] = step.peer;
        if (event["name"] == "MEASUREMENTS")
            event["bytes"] = {{"evidence", "report"}, {"offset", 37}, {"length", 4043}};
        if (event["name"] == "reference values" && bad) {
            event["outcome"] = "violated";
            event["detail"] =
                "block 9: the digest is in no reference manifest, and the appraisal still succeeded";
        }
        out.push_back(event);
        time += 1'200'000 + time / 3;
    }
    return out;
}

}  // namespace

Json gpu_run(const std::filesystem::path& directory) {
    Json results = empty_run();
    results["profile"]["id"] = "gpu-cc";
    results["plan"]["id"] = "gpu-attestation";
    results["seed"] = "0x000000000000002a";
    results["targets"] = targets();
    results["requirements"] = Json::array();
    results["tool"]["build"]["libraries"] = {{{"name", "OpenSSL"}, {"version", "3.0.22"}},
                                             {{"name", "SystemC"}, {"version", "2.3.4"}}};
    Json fields;
    const Bytes report = labelled_report(fields);
    std::size_t n = 0;
    for (std::size_t round = 0; n < 80; ++round)
        for (const Topic& topic : topics()) {
            if (n == 80) break;
            const std::size_t number = n++;
            const std::string sentence = topic.sentences.at(round % topic.sentences.size());
            const std::string id = fmt::format("{}-{:03}", topic.prefix, round + 1);
            const bool must = number % 7 != 3;
            results["requirements"].push_back(
                {{"id", id},
                 {"family", topic.family},
                 {"level", must ? "MUST" : "SHOULD"},
                 {"text", sentence},
                 {"source", {{"document", topic.document}, {"section", topic.section}}},
                 {"controls", {{{"framework", "nist-800-53-r5"}, {"id", topic.control}}}}});
            if (std::string_view{topic.family} == "deletion" || number % 19 == 11) continue;
            for (const Json& target : results["targets"])
                for (int variant = 0; variant < 2; ++variant) {
                    const std::string name = target.at("id");
                    const std::string case_id = fmt::format("{}.c{:02}-{}", topic.suite, round,
                                                            variant == 0 ? "valid" : "one-bit-changed");
                    Json one{{"id", case_id},
                             {"suite", topic.suite},
                             {"title", sentence},
                             {"target", name},
                             {"requirements", {id}},
                             {"seed", "0x60ae06b61e098dda"},
                             {"evidence", Json::array()},
                             {"replay",
                              fmt::format("assay replay results.json --case {} --target {}", case_id, name)}};
                    const std::size_t dice = number * 2 + static_cast<std::size_t>(variant);
                    const std::string folder = fmt::format("evidence/{}/{}/", name, case_id);
                    const bool recorded = target.at("kind") == "recorded-evidence";
                    if (recorded && (topic.family == std::string_view{"measured-boot"} || variant == 1)) {
                        one["verdict"] = "NOT_TESTED";
                        one["not_tested"] = {{"reason", "not-supported"},
                                             {"detail", "recorded evidence cannot be asked again"}};
                    } else if (name == "mutant-f017" && dice % 37 == 5) {
                        one["verdict"] = "ERROR";
                        one["error"] = {
                            {"code", "target-timeout"},
                            {"summary", "no reply within 5 s of simulated time"},
                            {"detail", "last state: WAIT_MEASUREMENTS\nlast message: GET_MEASUREMENTS"}};
                    } else if (name == "mutant-f017" && dice % 23 == 4) {
                        one["verdict"] = must ? "FAIL" : "WARN";
                        one["checks"] = {{"done", 7}, {"violated", 1}};
                        one["sim_time_ps"] = 905'400'000;
                        const Bytes expected = crypto::digest(crypto::Hash::sha384, {as_bytes("reference")});
                        const std::size_t at = 37 + 8 + 8 * 55 + 7;
                        one["failure"] = {
                            {"code", "measurement-mismatch"},
                            {"summary",
                             "appraisal succeeded although block 9 differs from every reference value"},
                            {"expected", "a result that names measurement 9 and does not succeed"},
                            {"actual", "overall result true; no measurement named"},
                            {"clause", fmt::format("{}, {}", topic.document, topic.section)},
                            {"explanation",
                             "A verifier that compares only the first eight blocks accepts firmware that "
                             "nobody has released."},
                            {"diffs",
                             {{{"evidence", "report"},
                               {"field", "MeasurementRecord[8].DMTFSpecMeasurementValue"},
                               {"offset", at},
                               {"expected", to_hex(expected)},
                               {"actual", to_hex(ByteView{report}.subspan(at, 48))}},
                              {{"evidence", "result"},
                               {"field", "overall_result"},
                               {"offset", 18},
                               {"expected", "66616c7365"},
                               {"actual", "74727565"},
                               {"note", "lengths differ"}}}}};
                    } else {
                        one["verdict"] = "PASS";
                        one["checks"] = {{"done", 4 + dice % 5}, {"violated", 0}};
                        one["sim_time_ps"] = 2'400'000 * (dice + 1);
                    }
                    if (one.contains("failure") || (one["verdict"] == "PASS" && dice % 31 == 0)) {
                        Json entry = add_file(directory, folder + "report.bin", "report", "quote",
                                              "application/octet-stream", report);
                        entry["fields"] = fields;
                        one["evidence"].push_back(entry);
                        one["evidence"].push_back(add_file(
                            directory, folder + "result.json", "result", "key-release", "application/json",
                            as_bytes("{\"overall_result\":true,\n \"measres\":\"success\",\n "
                                     "\"nonce\":\"00ff\"}\n")));
                        one["evidence"].push_back(add_file(directory, folder + "token.bin", "token", "input",
                                                           "application/octet-stream",
                                                           ByteView{report}.first(600)));
                        const Json events = attestation_events(one.contains("failure"));
                        one["events"] = {{"count", events.size()}, {"inline", events}, {"truncated", false}};
                    }
                    results["cases"].push_back(one);
                }
        }
    std::sort(results["cases"].begin(), results["cases"].end(), [](const Json& a, const Json& b) {
        return std::pair{a.at("id"), a.at("target")} < std::pair{b.at("id"), b.at("target")};
    });
    results["not_run"] = {
        {{"component", "nvattest"}, {"reason", "peer not installed"}, {"cases_affected", 12}}};
    for (Json& one : results["cases"])
        if (one["verdict"] == "FAIL" &&
            one["id"].get<std::string>().find("certificates") != std::string::npos)
            one["waiver"] = {{"id", "w-2026-01"},
                             {"justification", "Fixed in firmware 96.00.A5; tracked upstream."},
                             {"approved_by", "platform security"},
                             {"expires", "2026-12-31T00:00:00Z"}};
    results["volatile"] = small_run()["volatile"];
    results["volatile"]["measurements"][0]["target"] = "reference";
    summarize(results);
    write_file(directory / "results.json", as_bytes(results.dump(2) + "\n"));
    return results;
}

}  // namespace assay::reports::sample
