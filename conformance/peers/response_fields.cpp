#include "conformance/peers/response_fields.hpp"

#include <fmt/format.h>

#include "models/tpm/commands.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance::peers {
namespace {

constexpr std::string_view attest_bytes = "attest.buffer";

/// The name of the parameter that a field is in.
std::string_view parameter_of(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

class ItemList {
public:
    ItemList(Capabilities& out, std::string_view list) : out_(out), list_(list) {}
    void add(std::uint32_t key, std::string value) {
        out_.items.emplace(fmt::format("{}{{{:08x}}}", list_, key), std::move(value));
    }

private:
    Capabilities& out_;
    std::string_view list_;
};

std::string hex(std::uint32_t value) { return fmt::format("{:08x}", value); }

}  // namespace

std::vector<Leaf> response_fields(const tpm::Command& row, ByteView response) {
    std::vector<Leaf> out;
    for (Leaf& leaf : row.describe_response(response)) {
        const auto attest = leaf.path == attest_bytes
                                ? std::optional{describe<tpm::TpmsAttest>(leaf.bytes, tpm::byte_order)}
                                : std::nullopt;
        if (!attest || attest->fault) {
            out.push_back(std::move(leaf));
            continue;
        }
        for (Leaf inner : attest->leaves) {
            inner.path = "attest." + inner.path;
            out.push_back(std::move(inner));
        }
    }
    return out;
}

std::optional<Encrypted> encrypted_parameter(const tpm::Command& row, std::span<const Leaf> fields) {
    const bool has_one = std::ranges::any_of(fields, [](const Leaf& field) {
        return field.path.ends_with("sessionAttributes") && !field.bytes.empty() &&
               (field.bytes[0] & tpm::session_attribute::encrypt) != 0;
    });
    const std::size_t first = row.has_response_handle ? 1 : 0;
    if (!has_one || fields.size() <= first) return {};
    const std::string_view name = parameter_of(fields[first].path);
    const auto count =
        std::ranges::count_if(fields, [name](const Leaf& f) { return parameter_of(f.path) == name; });
    return Encrypted{.is_blob = count == 2 && fields[first].path.ends_with(".size"),
                     .buffer = std::string{name} + ".buffer"};
}

std::optional<Capabilities> capabilities(ByteView response) {
    const auto answer = tpm::decode_response<tpm::GetCapabilityOut>(response);
    if (!answer || answer->capability_data.capability == tpm::Cap::pcrs) return {};
    const tpm::TpmsCapabilityData& data = answer->capability_data;
    Capabilities out{.more = answer->more_data != 0};
    for (ItemList list{out, "algorithms"}; const auto& [alg, properties] : data.algorithms.items)
        list.add(static_cast<std::uint32_t>(alg), hex(properties));
    const bool are_commands = data.capability == tpm::Cap::commands;
    for (ItemList list{out, are_commands ? "commands" : "numbers"};
         const std::uint32_t one : data.numbers.items)
        list.add(are_commands ? one & 0x2000'FFFF : one, hex(one));
    for (ItemList list{out, "tpmProperties"}; const auto& [property, value] : data.tpm_properties.items)
        list.add(property, hex(value));
    for (ItemList list{out, "pcrProperties"}; const auto& [tag, select] : data.pcr_properties.items)
        list.add(tag, to_hex(select.value));
    for (ItemList list{out, "eccCurves"}; const tpm::Curve curve : data.ecc_curves.items)
        list.add(static_cast<std::uint32_t>(curve), "");
    for (ItemList list{out, "authPolicies"}; const auto& [handle, policy] : data.auth_policies.items)
        list.add(handle,
                 fmt::format("{:04x}", static_cast<unsigned>(policy.hash_alg)) + to_hex(policy.digest));
    return out;
}

}  // namespace assay::conformance::peers
