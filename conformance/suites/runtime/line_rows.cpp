// Names that are not in the table, and lines that are no command.
#include <algorithm>

#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {
namespace line_table {

std::string deep(std::size_t depth) {
    return R"({"command":"host.metrics","input":{"a":)" + std::string(depth, '[') + std::string(depth, ']') +
           "}}";
}
/// A legal line, made this long by blanks; at least as long as it is.
std::string padded(std::size_t size) {
    std::string line = command_line("container.stats", of_container());
    line.resize(std::max(size, line.size()), ' ');
    return line;
}

}  // namespace line_table

std::vector<Row> line_rows() {
    namespace t = line_table;
    const std::string stats = command_line("container.stats", of_container());
    const auto w = Deployment::worker;
    const auto s = Stage::started;
    std::vector<Row> out;
    const auto add = [&](std::string id, std::string title, std::string requirement, std::string attempt,
                         std::string_view code, std::string neighbour = {}) {
        out.push_back({"line." + std::move(id),
                       std::move(title),
                       {std::move(requirement)},
                       w,
                       s,
                       std::move(attempt),
                       code,
                       "",
                       neighbour.empty() ? stats : std::move(neighbour)});
    };
    add("unknown-name", "A command that is not in the table is refused", "RTP-CMD-002",
        command_line("container.migrate", of_container()), "RP-UNKNOWN");
    add("empty-name", "A command without a name is refused", "RTP-CMD-002", command_line("", "{}"),
        "RP-UNKNOWN");
    add("upper-case", "Names of commands are compared with their case", "RTP-CMD-003",
        command_line("Container.stats", of_container()), "RP-UNKNOWN");
    add("blank-behind", "Names of commands are compared with every blank", "RTP-CMD-003",
        command_line("container.stats ", of_container()), "RP-UNKNOWN");
    add("prefix", "A prefix of a name is no name", "RTP-CMD-003",
        command_line("container.stat", of_container()), "RP-UNKNOWN");
    add("nul-behind", "A zero byte does not end a name", "RTP-CMD-003",
        command_line("container.stats\\u0000x", of_container()), "RP-MALFORMED");
    add("not-json", "What is not JSON is refused", "RTP-PARSE-003", "container.stats c0", "RP-MALFORMED");
    add("empty", "An empty line is refused", "RTP-PARSE-003", "", "RP-MALFORMED");
    add("array", "A list of commands is refused", "RTP-PARSE-003", "[" + stats + "]", "RP-MALFORMED");
    add("two", "Two commands in a line are refused", "RTP-PARSE-003", stats + stats, "RP-MALFORMED");
    add("no-input", "A command without input is refused", "RTP-PARSE-003", R"({"command":"container.stats"})",
        "RP-MALFORMED");
    add("more-members", "A line with a member beside command and input is refused", "RTP-PARSE-003",
        with(stats, "/sudo", "true"), "RP-MALFORMED");
    add("command-twice", "A line that names two commands is refused", "RTP-PARSE-003",
        R"({"command":"container.stats","command":"process.exec","input":{"container":"c0"}})",
        "RP-MALFORMED");
    add("input-twice", "An input in which a member comes twice is refused", "RTP-PARSE-003",
        R"({"command":"container.stats","input":{"container":"c0","container":"c0"}})", "RP-MALFORMED");
    add("input-missing-member", "An input without a member is refused", "RTP-PARSE-003",
        command_line("container.stats", "{}"), "RP-MALFORMED");
    add("input-null", "A member that is null is refused", "RTP-PARSE-003",
        command_line("container.stats", R"({"container":null})"), "RP-MALFORMED");
    add("input-type", "A member of another type is refused", "RTP-PARSE-003",
        command_line("container.stats", R"({"container":["c0"]})"), "RP-MALFORMED");
    add("input-more", "A member that the command does not have is refused", "RTP-PARSE-003",
        command_line("container.stats", R"({"container":"c0","verbose":true})"), "RP-MALFORMED");
    add("not-utf8", "Text that is not UTF-8 is refused", "RTP-PARSE-003",
        "{\"command\":\"container.stats\",\"input\":{\"container\":\"\xC3\x28\"}}", "RP-MALFORMED");
    add("fraction", "A number that is no integer is refused", "RTP-PARSE-003",
        command_line("process.signal", R"({"container":"c0","signal":15.0})"), "RP-MALFORMED",
        command_line("process.signal", R"({"container":"c0","signal":15})"));
    add("deep", "Input nested 10,000 deep is refused", "RTP-PARSE-004", t::deep(10'000), "RP-LIMIT");
    add("long", "A line of 16 MiB is refused", "RTP-PARSE-004", t::padded(0), "RP-LIMIT", t::padded(65'536));
    out.back().padded_to = 16 << 20;
    add("too-long", "A line of 65,537 bytes is refused, one of 65,536 is read", "RTP-PARSE-004",
        t::padded(65'537), "RP-LIMIT", t::padded(65'536));
    return out;
}

}  // namespace assay::conformance::guest_runtime
