// The stream of a run (reports.md, 3): its lines have the members that readers rely on.
#include "cli/progress.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace assay::cli {
namespace {

using nlohmann::json;

/// What is written to a descriptor while it lives.
class Captured {
public:
    explicit Captured(int descriptor) : descriptor_(descriptor), before_(::dup(descriptor)) {
        BOOST_REQUIRE(::pipe(ends_) == 0);
        ::dup2(ends_[1], descriptor_);
    }
    std::string text() {
        ::dup2(before_, descriptor_);
        ::close(ends_[1]);
        std::string out;
        char buffer[4096];
        for (ssize_t n = 0; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
        ::close(ends_[0]);
        ::close(before_);
        return out;
    }

private:
    int descriptor_, before_;
    int ends_[2]{};
};

std::string heartbeat_line(const std::string& level, bool to_people) {
    const Console console{{1, When::never}, {2, When::never}, !level.empty()};
    Captured stream{to_people ? 2 : 1};
    Progress progress{console, {"plain", level, 0}};
    progress.heartbeat(3, 12, 1);
    return stream.text();
}

BOOST_AUTO_TEST_CASE(a_heartbeat_says_how_far_a_run_is_at_every_level_of_json) {
    for (const char* level : {"summary", "cases", "events"}) {
        const std::string text = heartbeat_line(level, false);
        BOOST_REQUIRE(text.ends_with('\n'));
        const json line = json::parse(text);
        BOOST_TEST(line.at("type") == "heartbeat");
        BOOST_TEST(line.at("seq") == 0U);
        BOOST_TEST(line.at("done") == 3U);
        BOOST_TEST(line.at("total") == 12U);
        BOOST_TEST(line.at("failed") == 1U);
        BOOST_TEST(line.at("eta_s").is_number_unsigned());
        BOOST_TEST(line.at("wall").get<std::string>().ends_with('Z'));
        BOOST_TEST(line.size() == 7U);
    }
}

// Command line, 6: in CI a line for people, without cursor movement.
BOOST_AUTO_TEST_CASE(a_heartbeat_is_a_plain_line_where_nobody_draws) {
    BOOST_TEST(heartbeat_line("", true) == " 3/12 cases, 1 failed\n");
    BOOST_TEST(heartbeat_line("", false).empty());
}

}  // namespace
}  // namespace assay::cli
