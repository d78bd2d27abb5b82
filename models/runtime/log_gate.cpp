#include "models/runtime/log_gate.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include <nlohmann/json.hpp>

#include "models/runtime/command_table.hpp"

namespace assay::runtime {
namespace {

constexpr std::uint64_t any_count = (1ULL << 53) - 1;

bool digits(std::string_view text, std::string_view alphabet) {
    return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

/// The largest power of two that is not above `value`; 1 for 0. Its number in a histogram.
std::size_t bucket_of(std::uint64_t value) {
    const auto log = value == 0 ? 0 : static_cast<std::size_t>(std::bit_width(value) - 1);
    return std::min(log, MetricsWindow::buckets - 1);
}

}  // namespace

std::vector<RecordRule> default_log_schema() {
    std::vector<std::string> names, codes{"allow"};
    for (const Command& row : commands()) names.emplace_back(row.name);
    for (std::size_t i = 1; i < code_count; ++i) codes.emplace_back(name(static_cast<Code>(i)));
    const FieldRule digest{"digest", FieldType::digest, {}, 64};
    return {
        {"lifecycle",
         {{"event", FieldType::token, {"start", "ready", "stop", "failed"}},
          {"version", FieldType::version, {}, 4}}},
        {"policy", {digest, {"svn", FieldType::count, {}, any_count}}},
        {"measurement", {digest, {"pcr", FieldType::count, {}, 23}}},
        {"key", {digest, {"state", FieldType::token, {"active", "grace", "retired", "erased"}}}},
        {"verdict",
         {{"command", FieldType::token, names},
          {"code", FieldType::token, codes},
          {"count", FieldType::count, {}, any_count}}},
        {"window",
         {{"requests", FieldType::count, {}, any_count},
          {"failures", FieldType::count, {}, any_count},
          {"latency_ms", FieldType::bucket, {}, 1ULL << 23, "ms"},
          {"size", FieldType::bucket, {}, 1ULL << 23, "bytes"},
          {"count", FieldType::count, {}, any_count}}},
    };
}

bool LogGate::permitted(const std::string& kind, const FieldRule& rule, const Value& value) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        if (rule.type == FieldType::count) return *number <= rule.limit;
        return rule.type == FieldType::bucket && std::has_single_bit(*number) && *number <= rule.limit;
    }
    const auto& text = std::get<std::string>(value);
    switch (rule.type) {
        case FieldType::token: return std::ranges::find(rule.tokens, text) != rule.tokens.end();
        case FieldType::digest:
            if ((text.size() != 64 && text.size() != 96) || !digits(text, "0123456789abcdef")) return false;
            break;
        case FieldType::version:
            if (text.size() > 32 || !digits(text, "0123456789.")) return false;
            break;
        case FieldType::count:
        case FieldType::bucket: return false;
    }
    auto& seen = seen_[kind + "/" + rule.name];  // a value per request would be a channel
    if (!seen.contains(text) && seen.size() >= rule.limit) return false;
    seen.insert(text);
    return true;
}

void LogGate::record(std::string_view kind, std::span<const Field> fields) {
    const auto rule = std::ranges::find(schema_, kind, &RecordRule::kind);
    if (rule == schema_.end()) {
        ++dropped_[""];
        return;
    }
    nlohmann::ordered_json line = {{"kind", rule->kind}};
    std::size_t kept = 0;
    for (const Field& field : fields) {
        const auto known = std::ranges::find(rule->fields, field.name, &FieldRule::name);
        if (known == rule->fields.end() || line.contains(field.name) ||
            !permitted(rule->kind, *known, field.value)) {
            ++dropped_[rule->kind];
            continue;
        }
        std::visit([&](const auto& value) { line[known->name] = value; }, field.value);
        ++kept;
    }
    if (kept == 0) return;
    ++(sink_.write(line.dump()) ? written_ : lost_);
}

std::uint64_t LogGate::dropped_total() const {
    return std::accumulate(dropped_.begin(), dropped_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

void MetricsWindow::observe(std::uint64_t latency_ms, std::uint64_t size_class, bool ok) {
    ++requests_;
    if (!ok) ++failures_;
    ++latency_[bucket_of(latency_ms)];
    ++size_[bucket_of(size_class)];
    if (requests_ >= requests_per_window) close();
}

void MetricsWindow::tick() {
    if (clock_.now() - began_ >= longest_window) close();
}

void MetricsWindow::close() {
    gate_.record("window", {{"requests", requests_}, {"failures", failures_}});
    // One line per bucket, filled or not: how many lines there are tells nothing.
    for (std::size_t i = 0; i < buckets; ++i)
        gate_.record("window", {{"latency_ms", 1ULL << i}, {"count", latency_[i]}});
    for (std::size_t i = 0; i < buckets; ++i)
        gate_.record("window", {{"size", 1ULL << i}, {"count", size_[i]}});
    requests_ = failures_ = 0;
    latency_.fill(0);
    size_.fill(0);
    began_ = clock_.now();
}

}  // namespace assay::runtime
