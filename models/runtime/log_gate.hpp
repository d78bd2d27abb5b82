// The only way of words out of the node: records and metrics by an allow-list. A field that is not on it is
// dropped and counted; there is no type for free text.
//
//     LogGate gate{sink, default_log_schema()};
//     gate.record("policy", {{"digest", to_hex(digest)}, {"svn", std::uint64_t{3}}});
//     gate.record("verdict", {{"code", "RP-DENY"}, {"prompt", text}});   // "prompt" is dropped and counted
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/base/clock.hpp"

namespace assay::runtime {

enum class FieldType : std::uint8_t {
    token,    // one of a fixed list
    digest,   // 64 or 96 lower-case hexadecimal digits
    count,    // an integer up to `limit`
    bucket,   // a power of two up to `limit`: a size class, a latency class
    version,  // digits and dots
};

/// What may be said under one name.
struct FieldRule {
    std::string name;
    FieldType type{};
    std::vector<std::string> tokens{};  // of type token
    std::uint64_t limit = 0;  // largest number; of digest and version: how many different values per boot
    std::string unit{};       // for readers: "ms", "bytes"
};
struct RecordRule {
    std::string kind;
    std::vector<FieldRule> fields;
};

/// Start and stop, digests of policy and measurements, states of keys, verdict codes, windows of metrics.
std::vector<RecordRule> default_log_schema();

/// Where lines go, outside the trust boundary.
class LogSink {
public:
    virtual ~LogSink() = default;
    /// False: unreachable. The line is then lost; nothing is kept for later.
    virtual bool write(std::string_view line) = 0;
};

class LogGate {
public:
    using Value = std::variant<std::uint64_t, std::string>;
    struct Field {
        std::string name;
        Value value;
    };

    /// `sink` outlives it.
    LogGate(LogSink& sink, std::vector<RecordRule> schema) : sink_(sink), schema_(std::move(schema)) {}

    /// One line with what the schema lets through, if anything: `{"kind":"policy","digest":"...","svn":3}`.
    void record(std::string_view kind, std::span<const Field> fields);
    void record(std::string_view kind, std::initializer_list<Field> fields) {
        record(kind, std::span{fields.begin(), fields.size()});
    }

    /// Dropped fields by kind; whole records of a kind that is not in the schema stand under "".
    const std::map<std::string, std::uint64_t, std::less<>>& dropped() const { return dropped_; }
    std::uint64_t dropped_total() const;
    std::uint64_t written() const { return written_; }
    std::uint64_t lost() const { return lost_; }

private:
    bool permitted(const std::string& kind, const FieldRule& rule, const Value& value);

    LogSink& sink_;
    std::vector<RecordRule> schema_;
    std::map<std::string, std::uint64_t, std::less<>> dropped_;
    std::map<std::string, std::set<std::string>> seen_;  // different values of a field, by "kind/field"
    std::uint64_t written_ = 0, lost_ = 0;
};

/// Counts requests and says something about them only in the sum: once a window has 1000 of them or is a
/// minute old.
class MetricsWindow {
public:
    static constexpr std::uint64_t requests_per_window = 1000;
    static constexpr std::chrono::seconds longest_window{60};
    static constexpr std::size_t buckets = 24;  // 1, 2, 4 ... 2^23

    /// Both outlive it.
    MetricsWindow(LogGate& gate, const Clock& clock) : gate_(gate), clock_(clock), began_(clock.now()) {}

    /// One request: its time in milliseconds and its padded size in bytes, both kept as powers of two.
    void observe(std::uint64_t latency_ms, std::uint64_t size_class, bool ok);
    /// Emits the window when it is full or old; to be called as time goes on.
    void tick();

private:
    void close();

    LogGate& gate_;
    const Clock& clock_;
    Instant began_;
    std::uint64_t requests_ = 0, failures_ = 0;
    std::array<std::uint64_t, buckets> latency_{}, size_{};
};

}  // namespace assay::runtime
