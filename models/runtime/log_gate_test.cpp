// Only what the schema lists leaves the node, and everything else is counted.
#include "models/runtime/log_gate.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/base/bytes.hpp"

namespace assay::runtime {
namespace log_gate_tests {

struct Lines final : LogSink {
    std::vector<std::string> lines;
    bool reachable = true;
    bool write(std::string_view line) override {
        if (reachable) lines.emplace_back(line);
        return reachable;
    }
};

struct Gate {
    Lines sink;
    LogGate gate{sink, default_log_schema()};
};

BOOST_AUTO_TEST_CASE(listed_fields_leave_and_others_are_dropped_and_counted) {
    Gate g;
    g.gate.record(
        "policy",
        {{"digest", std::string(64, 'a')}, {"svn", std::uint64_t{3}}, {"prompt", std::string{"CANARY"}}});
    BOOST_TEST(g.sink.lines.size() == 1U);
    BOOST_TEST(g.sink.lines[0] == R"({"kind":"policy","digest":")" + std::string(64, 'a') + R"(","svn":3})");
    BOOST_TEST(g.gate.dropped().at("policy") == 1U);
    g.gate.record("request", {{"prompt", std::string{"CANARY"}}});
    BOOST_TEST(g.gate.dropped().at("") == 1U);
    BOOST_TEST(g.gate.dropped_total() == 2U);
    BOOST_TEST(g.sink.lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_canary_in_every_field_of_every_record_leaves_nowhere) {
    const std::string canary = "CANARY";
    Gate g;
    std::uint64_t fields = 0;
    for (const RecordRule& record : default_log_schema()) {
        for (const FieldRule& field : record.fields) {
            for (const std::string& text : {canary, to_hex(as_bytes(canary)), "1.0 " + canary}) {
                g.gate.record(record.kind, {{field.name, text}});
                ++fields;
            }
            g.gate.record(record.kind, {{canary, std::uint64_t{1}}});
            ++fields;
        }
        g.gate.record(record.kind + canary, {{record.fields[0].name, std::uint64_t{1}}});
        ++fields;
    }
    BOOST_TEST(g.gate.dropped_total() == fields);
    BOOST_TEST(g.sink.lines.empty());
}

BOOST_AUTO_TEST_CASE(numbers_have_limits_and_buckets_are_powers_of_two) {
    Gate g;
    g.gate.record("measurement", {{"pcr", std::uint64_t{23}}});
    g.gate.record("measurement", {{"pcr", std::uint64_t{24}}});
    g.gate.record("window", {{"latency_ms", std::uint64_t{64}}});
    g.gate.record("window", {{"latency_ms", std::uint64_t{65}}});
    g.gate.record("window", {{"latency_ms", std::uint64_t{1} << 40}});
    g.gate.record("verdict", {{"code", std::string{"RP-DENY"}}, {"command", std::string{"process.exec"}}});
    g.gate.record("verdict", {{"code", std::string{"RP-MAYBE"}}});
    g.gate.record("lifecycle", {{"version", std::string{"1.2.3"}}, {"event", std::string{"start"}}});
    g.gate.record("lifecycle", {{"version", std::string{"1.2.3-bob"}}});
    BOOST_TEST(g.sink.lines.size() == 4U);
    BOOST_TEST(g.gate.dropped_total() == 5U);
}

BOOST_AUTO_TEST_CASE(a_new_digest_per_request_is_no_channel) {
    Gate g;
    for (std::uint64_t i = 0; i < 1000; ++i)
        g.gate.record("policy", {{"digest", to_hex(Bytes(24)) + to_hex(store(i, std::endian::big))}});
    BOOST_TEST(g.sink.lines.size() == 64U);
    BOOST_TEST(g.gate.dropped().at("policy") == 936U);
}

BOOST_AUTO_TEST_CASE(an_unreachable_sink_loses_lines_and_stops_nothing) {
    Gate g;
    g.sink.reachable = false;
    for (int i = 0; i < 10; ++i) g.gate.record("lifecycle", {{"event", std::string{"start"}}});
    g.sink.reachable = true;
    g.gate.record("lifecycle", {{"event", std::string{"stop"}}});
    BOOST_TEST(g.sink.lines.size() == 1U);
    BOOST_TEST(g.gate.lost() == 10U);
}

struct Hands final : Clock {
    Instant at{};
    Instant now() const override { return at; }
};

BOOST_AUTO_TEST_CASE(metrics_leave_in_windows_whose_number_of_lines_tells_nothing) {
    const auto lines = [](std::uint64_t latency, int requests) {
        Gate g;
        Hands clock;
        MetricsWindow window{g.gate, clock};
        for (int i = 0; i < requests; ++i)
            window.observe(latency + static_cast<std::uint64_t>(i), 4096, true);
        const auto at_once = g.sink.lines.size();
        clock.at += std::chrono::seconds{59};
        window.tick();
        BOOST_TEST(g.sink.lines.size() == at_once);
        clock.at += std::chrono::seconds{1};
        window.tick();
        BOOST_TEST(g.gate.dropped_total() == 0U);
        return g.sink.lines.size();
    };
    BOOST_TEST(lines(1, 3) == lines(100'000, 999));
    BOOST_TEST(lines(1, 0) == lines(7, 5));
    BOOST_TEST(lines(1, 1000) == 2 * lines(1, 1));
}

}  // namespace log_gate_tests
}  // namespace assay::runtime
