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
/// What two exchanges that belong together have in common: the command, the change, the fields that are
/// whole.
std::string form_of(const Exchange& exchange) {
    std::string out = command_name(exchange) + " " + exchange.mutation;
    if (const tpm::Command* row = tpm::find_command(cc_of(exchange)); row != nullptr)
        for (const Leaf& field : row->describe(exchange.command)) out += " " + field.path;
    return out;
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
    const auto within = [&](const std::string& field) {
        return is_within(difference.field, field);
    };
    return matches(one.command, difference.command) && std::ranges::any_of(one.fields, within) &&
           matches(one.ours, difference.ours) && matches(one.theirs, difference.theirs) &&
           (one.mutation.empty() || difference.mutation.ends_with(one.mutation));
}

std::string member(const nlohmann::json& object, const char* name) {
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
                                   row.value("any_size", false), row.value("after", ""), member(row, "why")});
        for (const auto& row : document.at("differences")) {
            Explanation one{.command = member(row, "command"),
                            .fields = row.value("fields", std::vector<std::string>{"responseCode"}),
                            .ours = member(row, "ours"),
                            .theirs = member(row, "theirs"),
                            .mutation = row.value("mutation", ""),
                            .right = member(row, "right"),
                            .clause = member(row, "clause"),
                            .text = member(row, "text"),
                            .may_be_missing = row.value("may_be_missing", false)};
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
    done_.clear();
    std::size_t i = 0, j = 0, left = 0;
    while (i < ours.size() && j < theirs.size()) {
        // A case that cuts a command everywhere has more of one whose content is longer.
        const std::size_t mine_ahead = ours.size() - i, other_ahead = theirs.size() - j;
        if (mine_ahead != other_ahead && form_of(ours[i]) != form_of(theirs[j])) {
            ++(mine_ahead > other_ahead ? i : j);
            ++left;
            continue;
        }
        if (left > 0 && form_of(ours[i]) != form_of(theirs[j])) break;  // changes that were drawn otherwise
        const bool same_state = pair(fmt::format("{}#{}", stream, i), ours[i], theirs[j]);
        ++i;
        ++j;
        if (!same_state) break;
    }
    left_out_ += left + std::max(ours.size() - i, theirs.size() - j);
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
    done_.insert(command);
    if (const auto mine_lists =
            row->code == tpm::Cc::get_capability ? capabilities(ours.response) : std::nullopt)
        if (const auto other_lists = capabilities(theirs.response)) {
            lists(difference, *mine_lists, *other_lists);
            return true;
        }
    const auto mine_fields = response_fields(*row, ours.response);
    const auto other_fields = response_fields(*row, theirs.response);
    const auto hidden = encrypted_parameter(*row, mine_fields);
    if (!hidden)
        fields(difference, mine_fields, other_fields, {});
    else if (hidden->is_blob)
        fields(difference, mine_fields, other_fields, hidden->buffer);
    return true;  // else: ciphertext, in which fields cannot be told
}

const OwnField* Comparison::own(const std::string& command, const std::string& path) const {
    const auto found = std::ranges::find_if(expectations_.own, [&](const OwnField& one) {
        return matches(one.command, command) && is_within(path, one.field) &&
               (one.after.empty() || done_.contains(one.after));
    });
    return found == expectations_.own.end() ? nullptr : &*found;
}

void Comparison::differ(Difference of, std::string field, std::string ours, std::string theirs) {
    of.field = std::move(field);
    of.ours = std::move(ours);
    of.theirs = std::move(theirs);
    add(std::move(of));
}

void Comparison::fields(const Difference& of, std::span<const Leaf> mine, std::span<const Leaf> other,
                        std::string_view ciphertext) {
    std::size_t i = 0, j = 0;
    const auto has_any_size = [&](std::span<const Leaf> leaves, std::size_t at) {
        const OwnField* found = at < leaves.size() ? own(of.command, leaves[at].path) : nullptr;
        return found != nullptr && found->any_size;
    };
    while (i < mine.size() || j < other.size()) {
        // What is a TPM's own in size too may have other fields; skipped on each side by itself.
        if (has_any_size(mine, i)) {
            ++i;
            continue;
        }
        if (has_any_size(other, j)) {
            ++j;
            continue;
        }
        if (i == mine.size() || j == other.size() || mine[i].path != other[j].path)
            return differ(of, i < mine.size() ? mine[i].path : other[j].path,
                          i < mine.size() ? "field " + mine[i].path : "no such field",
                          j < other.size() ? "field " + other[j].path : "no such field");
        const bool is_own = own(of.command, mine[i].path) != nullptr || mine[i].path == ciphertext;
        if (is_own ? mine[i].bytes.size() != other[j].bytes.size() : mine[i].bytes != other[j].bytes)
            differ(of, mine[i].path, to_hex(mine[i].bytes), to_hex(other[j].bytes));
        ++i;
        ++j;
    }
}

/// What one lists and the other could have: a list that was cut short says nothing of what would follow.
void Comparison::lists(const Difference& of, const Capabilities& mine, const Capabilities& other) {
    const auto one_way = [&](const Capabilities& from, const Capabilities& in, bool is_mine) {
        const bool is_open = in.more;
        for (const auto& [name, value] : from.items) {
            const auto found = in.items.find(name);
            if (found == in.items.end()) {
                if (is_open && (in.items.empty() || name > in.items.rbegin()->first)) continue;
                differ(of, "capabilityData." + name, is_mine ? "present" : "absent",
                       is_mine ? "absent" : "present");
            } else if (is_mine && value != found->second) {
                differ(of, "capabilityData." + name, value, found->second);
            }
        }
    };
    one_way(mine, other, true);
    one_way(other, mine, false);
    const auto same = [](const auto& a, const auto& b) {
        return a.first == b.first;
    };
    if (mine.more != other.more && std::ranges::equal(mine.items, other.items, same))
        differ(of, "moreData", mine.more ? "01" : "00", other.more ? "01" : "00");
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
