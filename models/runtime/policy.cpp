#include "models/runtime/policy.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/runtime/policy_sections.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::runtime {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> section_names{
    "containers", "external_processes", "files", "fragments", "logging", "network", "sandbox", "scratch",
    "shares"};

void read_commands(Shape in, Policy& policy) {
    for (std::size_t i = 0; i < command_count; ++i) {
        const Command& row = commands()[i];
        const std::string said = in.text(std::string{row.name});
        bool known = false;
        for (const auto disposition : {Disposition::deny, Disposition::allow, Disposition::rule}) {
            if (said != name(disposition)) continue;
            known = true;
            policy.commands[i] = disposition;
            if (!legal(row, disposition))
                in.refuse(std::string{row.name}, "this command cannot have \"" + said + "\"");
        }
        if (!known) in.refuse(std::string{row.name}, "not \"deny\", \"allow\" or \"rule\"");
    }
    in.finish();
}

/// A section is there exactly when a rule reads it.
void check_sections(Shape& in, const Policy& policy) {
    for (const std::string_view section : section_names) {
        bool read = false;
        for (std::size_t i = 0; i < command_count; ++i)
            read = read || (policy.commands[i] == Disposition::rule && commands()[i].section == section);
        const bool there = in.has(std::string{section});
        if (there && !read) in.refuse(std::string{section}, "a section that no rule command reads");
        if (!there && read)
            in.refuse(std::string{section}, "a rule command reads this section, which is missing");
    }
}

PolicyFault fault_of(const JsonFault& fault) {
    constexpr std::array<std::string_view, 3> reasons{"E_LIMIT", "E_SCHEMA", "E_JSON_DUPLICATE_KEY"};
    return {reasons.at(static_cast<std::size_t>(fault.kind)), "", fault.what};
}

}  // namespace

std::string canonical(const json& policy) {
    // nlohmann orders members by bytes and RFC 8785 by UTF-16 units: the same for the ASCII names of the
    // format.
    return policy.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Policy, PolicyFault> parse_policy(ByteView bytes) {
    const auto document = parse_json(bytes, max_policy_size, max_policy_depth);
    if (!document) return fault_of(document.error());
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};
    Policy policy;
    if (in.text("format") != policy_format) in.refuse("format", "not " + std::string{policy_format});
    if (in.number("command_table", 1'000'000) != command_table_version)
        in.refuse("command_table", "not a command table of this agent");
    policy.name = in.text("name");
    if (policy.name.empty()) in.refuse("name", "empty");
    policy.svn = in.number("svn", 1ULL << 32);
    read_commands(in.object("commands"), policy);
    check_sections(in, policy);
    if (!fault) read_sections(in, policy);
    in.finish();
    if (fault) return PolicyFault{"E_SCHEMA", fault->at, fault->what};
    if (!equal(as_bytes(canonical(*document)), bytes))
        return PolicyFault{"E_SCHEMA", "", "the bytes are not in canonical form (RFC 8785)"};
    policy.digest = crypto::digest(crypto::Hash::sha256, {bytes});
    return policy;
}

Result<FragmentStatement, PolicyFault> parse_fragment(ByteView statement) {
    const auto document = parse_json(statement, max_policy_size, max_policy_depth);
    if (!document) return fault_of(document.error());
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};
    FragmentStatement out;
    out.issuer = in.text("issuer");
    out.feed = in.text("feed");
    out.svn = in.number("svn", 1ULL << 32);
    out.containers = read_containers(in, "containers");
    in.finish();
    if (fault) return PolicyFault{"E_SCHEMA", fault->at, fault->what};
    out.digest = crypto::digest(crypto::Hash::sha256, {statement});
    return out;
}

}  // namespace assay::runtime
