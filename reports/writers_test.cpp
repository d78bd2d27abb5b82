#include <iostream>
#include <optional>

#include "reports/report.hpp"
#include "reports/sample_run.hpp"
#include "reports/test_support.hpp"
#include <boost/test/unit_test.hpp>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::reports {
namespace {

using Json = nlohmann::json;

/// The run that all of this was specified on; nothing where it is not there.
std::optional<std::filesystem::path> example_run() {
    auto path = shared_data("specs/examples/run");
    if (!path) std::cout << "skipped: shared example run not found\n";
    return path;
}

/// RFC 4180, read by the letter.
std::vector<std::vector<std::string>> read_csv(const std::string& content) {
    std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
    bool quoted = false;
    for (std::size_t i = 0; i < content.size(); ++i) {
        const char c = content[i];
        if (quoted && c == '"' && i + 1 < content.size() && content[i + 1] == '"')
            rows.back().back() += content[++i];
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == ',')
            rows.back().emplace_back();
        else if (!quoted && c == '\r' && i + 1 < content.size() && content[i + 1] == '\n') {
            rows.emplace_back(1);
            ++i;
        } else
            rows.back().back() += c;
    }
    rows.pop_back();
    return rows;
}

void set_all_texts(Json& value, const std::string& text, const std::string& key = {}) {
    if (value.is_object())
        for (auto& [name, member] : value.items()) set_all_texts(member, text, name);
    else if (value.is_array())
        for (Json& item : value) set_all_texts(item, text, key);
    else if (value.is_string() && key != "verdict" && key != "schema")
        value = text;
}

BOOST_AUTO_TEST_SUITE(reports_writers)

BOOST_AUTO_TEST_CASE(the_shared_example_gives_the_shared_files) {
    const auto path = example_run();
    if (!path) return;
    const auto run = open_run(*path);
    BOOST_REQUIRE(run);
    BOOST_TEST(content_digest(run->results) ==
               "sha256:79184355226bba380566867aff4db839b58d04703743135c551716f3047e65ed");
    BOOST_TEST(traceability_csv(run->results) == content_of(*path / "traceability.csv"));
    const std::string ours = junit_xml(run->results), theirs = content_of(*path / "junit.xml");
    for (const auto part : {"<testsuite ", "<testcase ", "<failure ", "<error ", "<skipped ", "[[PROPERTY|",
                            "[[ATTACHMENT|", "time=\"0.400\"", "WARN metric relay.bytes"})
        BOOST_TEST(occurrences(ours, part) == occurrences(theirs, part), part);
    BOOST_TEST(ours.substr(0, ours.find("<properties>")) == theirs.substr(0, theirs.find("<properties>")));
    BOOST_TEST(is_well_formed(ours));
    const Files html = html_report(run->results, evidence_in(*path));
    BOOST_TEST(html.contains("case/mutant-f017/spdm.challenge.truncated-m2.html"));
    const std::string& page = html.at("case/mutant-f017/spdm.challenge.truncated-m2.html");
    BOOST_TEST(page.find("000020 exp</i>  1c 1d 1e 1f 11 <b class=\"d\">7f 01 00</b> 20") !=
               std::string::npos);
    BOOST_TEST(page.find("905.4 \u00B5s") != std::string::npos);
    BOOST_TEST(page.find("class=\"trouble\"") == std::string::npos);  // sizes and digests agree
    for (const auto& [name, content] : html) BOOST_TEST(is_well_formed(content), name);
}

BOOST_AUTO_TEST_CASE(junit_keeps_to_what_the_strict_schema_allows) {
    const std::string xml = junit_xml(sample::small_run());
    BOOST_TEST(is_well_formed(xml));
    BOOST_TEST(xml.find("<testsuites name=\"assay\" tests=\"6\" failures=\"1\" errors=\"1\"") !=
               std::string::npos);
    BOOST_TEST(xml.find("skipped=\"2\"") != std::string::npos);  // not tested, and the waived failure
    BOOST_TEST(xml.find("<skipped type=\"waived\" message=\"w-1\"/>") != std::string::npos);
    BOOST_TEST(xml.find("<system-out>WARN a summary") != std::string::npos);
    BOOST_TEST(xml.find("timestamp=\"2026-01-02T03:04:05\"") != std::string::npos);
    for (const auto forbidden : {" status=", " assertions=", "<![CDATA["})
        BOOST_TEST(xml.find(forbidden) == std::string::npos, forbidden);
    for (std::size_t at = xml.find("<testcase"); at != std::string::npos;
         at = xml.find("<testcase", at + 1)) {
        const std::string one = xml.substr(at, xml.find("</testcase>", at) - at);
        BOOST_TEST(one.find("<properties") == std::string::npos);
        BOOST_TEST(one.substr(0, one.find('>')).find(" file=") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_run_without_times_uses_the_given_one) {
    Json results = sample::small_run();
    results.erase("volatile");
    BOOST_TEST(junit_xml(results).find("timestamp=\"1970-01-01T00:00:00\"") != std::string::npos);
    BOOST_TEST(junit_xml(results, 1'709'210'096).find("timestamp=\"2024-02-29T12:34:56\"") !=
               std::string::npos);
    BOOST_TEST(junit_xml(results).find("hostname") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_text_breaks_no_writer) {
    using namespace std::string_literals;
    for (const std::string& text :
         {"\"><script>x</script>&#x27;]]>"s, "\x1b[31m\0\u202E\xff\r\n\t"s, "=cmd|' /C calc'!A0"s,
          "[[ATTACHMENT|/etc/passwd]]"s, "\n[[PROPERTY|a=b]]\n"s}) {
        Json results = sample::small_run();
        set_all_texts(results, text);
        const std::string xml = junit_xml(results);
        BOOST_TEST(is_well_formed(xml));
        BOOST_TEST(xml.find("[[ATTACHMENT|/etc") == std::string::npos);
        BOOST_TEST(xml.find("[[PROPERTY|a") == std::string::npos);
        BOOST_TEST(xml.find('\x1b') == std::string::npos);
        for (const auto& row : read_csv(traceability_csv(results))) {
            BOOST_TEST(row.size() == 19U);
            for (const std::string& cell : row)
                BOOST_TEST((cell.empty() || std::string{"=+-@\t\r"}.find(cell.front()) == std::string::npos));
        }
        const std::string lines = tap(results);
        BOOST_TEST(occurrences("\n" + lines, "\nok ") + occurrences("\n" + lines, "\nnot ok ") == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_formula_in_a_cell_is_text) {
    Json results = sample::small_run();
    for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"}) {
        results["requirements"][0]["text"] = text;
        BOOST_TEST(read_csv(traceability_csv(results)).at(1).at(3) == "'" + text);
    }
    results["requirements"][0]["text"] = "a, \"b\"\r\nc";
    BOOST_TEST(read_csv(traceability_csv(results)).at(1).at(3) == "a, \"b\"\r\nc");
}

BOOST_AUTO_TEST_CASE(prove_reads_the_tap) {
    const std::string lines = tap(sample::small_run());
    BOOST_TEST(lines.starts_with("TAP version 13\n1..6\n"));
    BOOST_TEST(lines.find("not ok 2 - s.fail @m\n") != std::string::npos);
    BOOST_TEST(lines.find("ok 3 - s.not-tested @m # SKIP no device\n") != std::string::npos);
    BOOST_TEST(lines.find("not ok 5 - s.waived @m # TODO w-1\n") != std::string::npos);
    if (!has_program("prove")) {
        std::cout << "skipped: prove not found\n";
        return;
    }
    const Folder folder{"tap"};
    Json results = sample::small_run();
    for (const bool good : {false, true}) {
        if (good) results["cases"].erase(0);  // the error
        if (good) results["cases"].erase(0);  // the failure
        write_file(folder.path() / "results.tap", as_bytes(tap(results)));
        const int status = shell("cd '" + folder.path().string() + "' && prove --exec cat results.tap");
        BOOST_TEST((status == 0) == good);
    }
}

BOOST_AUTO_TEST_CASE(a_run_directory_gets_its_reports_and_their_sums) {
    const Folder folder{"run"};
    sample::gpu_run(folder.path());
    const std::vector<Kind> all{Kind::html, Kind::junit, Kind::csv, Kind::tap};
    const auto written = write_reports(folder.path(), all);
    BOOST_REQUIRE(written);
    for (const std::string& name : *written)
        BOOST_TEST(std::filesystem::is_regular_file(folder.path() / name), name);
    const std::string sums = content_of(folder.path() / "SHA256SUMS");
    BOOST_TEST(sums == sha256sums(folder.path()));
    BOOST_TEST(sums.find("  results.json\n") != std::string::npos);
    BOOST_TEST(sums.find("SHA256SUMS") == std::string::npos);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder.path()})
        files += entry.is_regular_file();
    BOOST_TEST(occurrences(sums, "\n") + 1 == files);
    if (has_program("sha256sum"))
        BOOST_TEST(shell("cd '" + folder.path().string() + "' && sha256sum --strict -c SHA256SUMS") == 0);
    else
        std::cout << "skipped: sha256sum not found\n";
    const auto again = write_reports(folder.path(), all);
    BOOST_REQUIRE(again);
    BOOST_TEST(content_of(folder.path() / "SHA256SUMS") == sums);
}

BOOST_AUTO_TEST_CASE(odd_names_are_marked_as_sha256sum_does) {
    const Folder folder{"names"};
    write_file(folder.path() / "a\\b\nc", as_bytes("x"));
    write_file(folder.path() / "plain", as_bytes("y"));
    write_file(folder.path() / "SHA256SUMS", as_bytes(sha256sums(folder.path())));
    if (has_program("sha256sum"))
        BOOST_TEST(shell("cd '" + folder.path().string() + "' && sha256sum --strict -c SHA256SUMS") == 0);
}

BOOST_AUTO_TEST_CASE(evidence_is_read_below_the_run_directory_only) {
    const Folder folder{"inside"};
    write_file(folder.path() / "good", as_bytes("x"));
    std::filesystem::create_symlink("/etc/hostname", folder.path() / "link");
    std::filesystem::create_directory_symlink("/etc", folder.path() / "folder");
    const EvidenceReader reader = evidence_in(folder.path());
    BOOST_TEST(bool{reader("good", 10)});
    for (const auto path : {"link", "folder/hostname", "../inside/good", "/etc/hostname", "good/..", "none"})
        BOOST_TEST(!reader(path, 1000), path);
    BOOST_TEST(!reader("good", 0));
}

BOOST_AUTO_TEST_CASE(what_is_no_results_document_is_refused) {
    const Folder folder{"bad"};
    BOOST_TEST(!open_run(folder.path()));
    for (const std::string& content : {std::string{"{"}, std::string{"[]"}, std::string{"{\"schema\":\"x\"}"},
                                       std::string(100'000, '['), std::string{"{\"schema\":\"\xff\"}"}}) {
        write_file(folder.path() / "results.json", as_bytes(content));
        BOOST_TEST(!open_run(folder.path()));
        BOOST_TEST(!write_reports(folder.path(), {Kind::html}));
    }
    write_file(folder.path() / "results.json",
               as_bytes(R"({"schema":"assay-results/v1","cases":7,"targets":[1]})"));
    BOOST_TEST(bool{write_reports(folder.path(), {Kind::html, Kind::junit, Kind::csv, Kind::tap})});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::reports
