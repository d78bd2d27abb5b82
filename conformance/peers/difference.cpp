#include "conformance/peers/difference.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/commands.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance::peers {
namespace {

tpm::Cc cc_of(const Exchange& exchange) {
    if (exchange.command.size() < tpm::header_size) return {};
    return tpm::Cc{load<std::uint32_t>(ByteView{exchange.command}.subspan(6), tpm::byte_order)};
}
std::string command_name(const Exchange& exchange) {
    const tpm::Command* row = tpm::find_command(cc_of(exchange));
    if (row != nullptr) return std::string{row->name};
    return exchange.command.empty() ? "_TPM_Init"
                                    : fmt::format("{:#x}", static_cast<std::uint32_t>(cc_of(exchange)));
}
std::string code_text(const std::optional<tpm::Rc>& code) {
    return code ? fmt::format("{:#05x}", static_cast<std::uint32_t>(*code)) : "no response";
}

/// `outPublic.unique` is and contains `outPublic.unique.x.buffer`; `pcrValues[]` any of its items.
bool is_within(std::string_view path, std::string_view field) {
    std::string plain;
    bool digits = false;
    for (const char c : path) {
        if (c == ']') digits = false;
        if (!digits) plain += c;
        if (c == '[') digits = true;
    }
    return plain.starts_with(field) &&
           (plain.size() == field.size() || plain[field.size()] == '.' || plain[field.size()] == '[');
}
bool matches(std::string_view pattern, std::string_view value) { return pattern == "*" || pattern == value; }

bool explains(const Explanation& one, const Difference& difference) {
    return matches(one.command, difference.command) && is_within(difference.field, one.field) &&
           matches(one.ours, difference.ours) && matches(one.theirs, difference.theirs) &&
           (one.mutation.empty() || difference.mutation.ends_with(one.mutation));
}

std::string member(const nlohmann::json& object, const char* name, const char* otherwise = nullptr) {
    if (otherwise != nullptr && !object.contains(name)) return otherwise;
    return object.at(name).get<std::string>();
}

}  // namespace

Expectations read_expectations(const std::string& file) {
    std::ifstream in{file};
    if (!in) throw std::runtime_error(file + ": cannot be read");
    try {
        const auto document = nlohmann::json::parse(in);
        Expectations out;
        for (const auto& row : document.at("own"))
            for (const auto& name : row.at("fields"))
                out.own.push_back({member(row, "command"), name.get<std::string>(),
                                   row.value("any_size", false), member(row, "why")});
        for (const auto& row : document.at("differences")) {
            Explanation one{member(row, "command"),      member(row, "field", "responseCode"),
                            member(row, "ours"),         member(row, "theirs"),
                            member(row, "mutation", ""), member(row, "right"),
                            member(row, "clause"),       member(row, "text")};
            if (one.right != "ours" && one.right != "theirs" && one.right != "both")
                throw std::runtime_error("right is ours, theirs or both, not " + one.right);
            out.differences.push_back(std::move(one));
        }
        return out;
    } catch (const std::exception& fault) {
        throw std::runtime_error(file + ": " + fault.what());
    }
}

void Comparison::compare(const std::string& stream, std::span<const Exchange> ours,
                         std::span<const Exchange> theirs) {
    std::size_t at = 0;
    for (; at < ours.size() && at < theirs.size(); ++at)
        if (!pair(fmt::format("{}#{}", stream, at), ours[at], theirs[at])) {
            ++at;
            break;
        }
    left_out_ += std::max(ours.size(), theirs.size()) - at;
}

bool Comparison::pair(const std::string& where, const Exchange& ours, const Exchange& theirs) {
    const std::string command = command_name(ours);
    Difference difference{.command = command,
                          .field = "commandCode",
                          .ours = command,
                          .theirs = command_name(theirs),
                          .mutation = ours.mutation,
                          .where = where,
                          .sent = ours.command,
                          .our_response = ours.response,
                          .their_response = theirs.response};
    if (difference.ours != difference.theirs || ours.mutation != theirs.mutation) {
        difference.theirs += " " + theirs.mutation;
        add(std::move(difference));
        return false;
    }
    if (ours.command.empty()) return true;
    ++compared_;
    if (!ours.mutation.empty()) ++hostile_;
    const auto mine = tpm::response_code(ours.response), other = tpm::response_code(theirs.response);
    const bool mine_done = mine == tpm::Rc::success, other_done = other == tpm::Rc::success;
    if (mine != other) {
        difference.field = "responseCode";
        difference.ours = code_text(mine);
        difference.theirs = code_text(other);
        add(std::move(difference));
        return mine_done == other_done;
    }
    if (!mine_done) return true;
    const tpm::Command* row = tpm::find_command(cc_of(ours));
    if (row == nullptr) return true;
    ++succeeded_[command];
    fields(where, command, ours, theirs, row->describe_response(ours.response),
           row->describe_response(theirs.response));
    return true;
}

void Comparison::fields(const std::string& where, const std::string& command, const Exchange& ours,
                        const Exchange& theirs, std::span<const Leaf> mine, std::span<const Leaf> other) {
    const auto differ = [&](std::string field, std::string our_value, std::string their_value) {
        add({.command = command,
             .field = std::move(field),
             .ours = std::move(our_value),
             .theirs = std::move(their_value),
             .mutation = ours.mutation,
             .where = where,
             .sent = ours.command,
             .our_response = ours.response,
             .their_response = theirs.response});
    };
    const auto own = [&](const std::string& path) {
        return std::ranges::find_if(expectations_.own, [&](const OwnField& one) {
            return matches(one.command, command) && is_within(path, one.field);
        });
    };
    std::size_t i = 0, j = 0;
    while (i < mine.size() || j < other.size()) {
        // What is a TPM's own in size too may have other fields; skipped on each side by itself.
        if (i < mine.size())
            if (const auto found = own(mine[i].path); found != expectations_.own.end() && found->any_size) {
                ++i;
                continue;
            }
        if (j < other.size())
            if (const auto found = own(other[j].path); found != expectations_.own.end() && found->any_size) {
                ++j;
                continue;
            }
        if (i == mine.size() || j == other.size() || mine[i].path != other[j].path)
            return differ(i < mine.size() ? mine[i].path : other[j].path,
                          i < mine.size() ? "field " + mine[i].path : "no such field",
                          j < other.size() ? "field " + other[j].path : "no such field");
        const bool is_own = own(mine[i].path) != expectations_.own.end();
        if (is_own ? mine[i].bytes.size() != other[j].bytes.size() : mine[i].bytes != other[j].bytes)
            differ(mine[i].path, to_hex(mine[i].bytes), to_hex(other[j].bytes));
        ++i;
        ++j;
    }
}

void Comparison::add(Difference difference) {
    for (Explanation& one : expectations_.differences)
        if (explains(one, difference)) {
            ++one.found;
            difference.explanation = &one;
            break;
        }
    const bool is_code = difference.field == "responseCode";
    const std::string key =
        difference.explanation != nullptr
            ? fmt::format("{:04}", difference.explanation - expectations_.differences.data())
            : fmt::format("{} {} {}", difference.command, difference.field,
                          is_code ? difference.ours + " " + difference.theirs : "");
    auto& kept = differences_.try_emplace(key, std::move(difference)).first->second;
    ++kept.count;
}

std::size_t Comparison::unexplained() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        differences_, [](const auto& one) { return one.second.explanation == nullptr; }));
}

}  // namespace assay::conformance::peers
