#include "models/cvm/hcl_report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"

namespace assay::cvm {
namespace {

using nlohmann::json;

constexpr auto little = std::endian::little;
constexpr std::uint32_t hcla = 0x414C'4348;
constexpr std::size_t header_size = 32, runtime_header_at = header_size + snp_report_size,
                      runtime_data_at = runtime_header_at + 20, max_runtime_data = 1 << 16,
                      user_data_size = 64;
constexpr std::size_t max_keys = 16;

FormatError hcl_fault(std::string path, std::size_t offset, std::string what) {
    return {"E_HCL_FORMAT", std::move(path), offset, std::move(what)};
}
FormatError claims_fault(std::string path, std::string what) {
    return {"E_RUNTIME_DATA", "runtime data" + (path.empty() ? "" : "." + path), {}, std::move(what)};
}

std::optional<FormatError> header_fault(const HclHeader& h) {
    if (h.signature != hcla) return hcl_fault("signature", 0, "\"HCLA\" expected");
    if (h.version != 1 && h.version != 2)
        return hcl_fault("version", 4, std::to_string(h.version) + " found, 1 or 2 expected");
    if (h.request_type != 2)
        return hcl_fault("request_type", 12, std::to_string(h.request_type) + " found, 2 expected");
    if (h.status != 0) return hcl_fault("status", 16, std::to_string(h.status) + " found, 0 expected");
    return {};
}

std::optional<crypto::Hash> hash_of(std::uint32_t hash_type) {
    constexpr std::array hashes{crypto::Hash::sha256, crypto::Hash::sha384, crypto::Hash::sha512};
    if (hash_type < 1 || hash_type > hashes.size()) return {};
    return hashes.at(hash_type - 1);
}

const json* member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}
std::optional<Bytes> base64url_member(const json& object, const char* name) {
    const json* const found = member(object, name);
    return found != nullptr && found->is_string() ? from_base64url(found->get_ref<const std::string&>())
                                                  : std::nullopt;
}

Result<std::pair<std::string, RuntimeClaims::Key>, FormatError> key_of(const json& jwk,
                                                                       const std::string& at) {
    if (!jwk.is_object()) return claims_fault(at, "not an object");
    const json* const kid = member(jwk, "kid");
    if (kid == nullptr || !kid->is_string()) return claims_fault(at + ".kid", "a string expected");
    const json* const kty = member(jwk, "kty");
    if (kty == nullptr || *kty != "RSA") return claims_fault(at + ".kty", "\"RSA\" expected");
    const auto modulus = base64url_member(jwk, "n"), exponent = base64url_member(jwk, "e");
    if (!modulus || !exponent || exponent->empty() || exponent->size() > 4)
        return claims_fault(at, "n and e are not base64url numbers");
    std::uint32_t e = 0;
    for (const std::uint8_t byte : *exponent) e = e << 8 | byte;
    const auto key = crypto::PublicKey::from_rsa(*modulus, e);
    if (!key) return claims_fault(at, "not an RSA key that is accepted");
    std::vector<std::string> ops;
    if (const json* const list = member(jwk, "key_ops"); list != nullptr) {
        if (!list->is_array()) return claims_fault(at + ".key_ops", "an array expected");
        for (const json& one : *list) {
            if (!one.is_string()) return claims_fault(at + ".key_ops", "strings expected");
            ops.push_back(one.get<std::string>());
        }
    }
    return std::pair{kid->get<std::string>(), RuntimeClaims::Key{std::move(ops), *key}};
}

/// Sets `out`; false where the member is there and no boolean.
bool take_flag(const json& object, const char* name, std::optional<bool>& out) {
    const json* const found = member(object, name);
    if (found == nullptr) return true;
    if (!found->is_boolean()) return false;
    out = found->get<bool>();
    return true;
}

std::optional<FormatError> read_configuration(const json& object, RuntimeClaims& out) {
    const json* const found = member(object, "vm-configuration");
    if (found == nullptr || !found->is_object())
        return claims_fault("vm-configuration", "an object expected");
    std::optional<bool> console, secure_boot, tpm;
    if (!take_flag(*found, "console-enabled", console) || !take_flag(*found, "secure-boot", secure_boot) ||
        !take_flag(*found, "tpm-enabled", tpm) || !take_flag(*found, "tpm-persisted", out.tpm_persisted))
        return claims_fault("vm-configuration", "true or false expected");
    out.console_enabled = console.value_or(false);
    out.secure_boot = secure_boot.value_or(false);
    out.tpm_enabled = tpm.value_or(false);
    if (const json* const id = member(*found, "vmUniqueId"); id != nullptr) {
        if (!id->is_string()) return claims_fault("vm-configuration.vmUniqueId", "a string expected");
        out.vm_id = id->get<std::string>();
    }
    return {};
}

}  // namespace

Result<HclReport, FormatError> parse_hcl_report(ByteView bytes) {
    HclReport out;
    Reader reader{bytes, little};
    if (!reader.get(out.header)) return format_error("E_HCL_FORMAT", reader.error());
    if (auto fault = header_fault(out.header)) return *std::move(fault);
    const Path hardware{.name = "hardware report"};
    if (!reader.get_bytes(out.hardware_report, snp_report_size, hardware) || !reader.get(out.runtime))
        return format_error("E_HCL_FORMAT", reader.error());
    const RuntimeHeader& r = out.runtime;
    if (r.version != 1)
        return hcl_fault("runtime.version", runtime_header_at + 4,
                         std::to_string(r.version) + " found, 1 expected");
    if (r.report_type != 2 && r.report_type != 4)
        return hcl_fault("report_type", runtime_header_at + 8,
                         std::to_string(r.report_type) + " found, 2 (SNP) or 4 (TDX) expected");
    const auto hash = hash_of(r.hash_type);
    if (!hash)
        return hcl_fault("hash_type", runtime_header_at + 12,
                         std::to_string(r.hash_type) + " found, 1, 2 or 3 expected");
    out.hash = *hash;
    if (r.variable_data_size > max_runtime_data)
        return FormatError{"E_LIMIT", "variable_data_size", runtime_header_at + 16,
                           std::to_string(r.variable_data_size) + " bytes, at most 65536 allowed"};
    if (r.data_size != r.variable_data_size + 20)
        return hcl_fault("data_size", runtime_header_at,
                         std::to_string(r.data_size) + " found, " +
                             std::to_string(r.variable_data_size + 20) + " expected");
    if (out.header.report_size != runtime_data_at + r.variable_data_size)
        return hcl_fault("report_size", 8,
                         std::to_string(out.header.report_size) + " found, " +
                             std::to_string(runtime_data_at + r.variable_data_size) + " expected");
    if (!reader.get_bytes(out.runtime_data, r.variable_data_size, Path{.name = "runtime data"}))
        return format_error("E_HCL_FORMAT", reader.error());
    const ByteView rest = reader.rest();
    const auto stray = std::ranges::find_if(rest, [](std::uint8_t b) { return b != 0; });
    if (stray != rest.end())
        return hcl_fault("padding", reader.offset() + static_cast<std::size_t>(stray - rest.begin()),
                         "zeros expected after the runtime data");
    return out;
}

Bytes write_hcl_report(const HclReport& report, std::size_t size) {
    if (report.hardware_report.size() != snp_report_size)
        throw std::logic_error("a hardware report has 1184 bytes");
    HclReport out = report;
    out.runtime.variable_data_size = static_cast<std::uint32_t>(report.runtime_data.size());
    out.runtime.data_size = out.runtime.variable_data_size + 20;
    out.runtime.hash_type = static_cast<std::uint32_t>(report.hash);
    out.header.report_size = static_cast<std::uint32_t>(runtime_data_at + report.runtime_data.size());
    Bytes bytes = concat(
        {encode(out.header, little), out.hardware_report, encode(out.runtime, little), out.runtime_data});
    bytes.resize(std::max(bytes.size(), size));
    return bytes;
}

Result<RuntimeClaims, FormatError> parse_runtime_claims(ByteView text) {
    const auto parsed = parse_strict_json(text);
    if (!parsed) {
        FormatError fault = claims_fault("", parsed.error().text);
        if (parsed.error().kind == JsonFault::Kind::duplicate_name) fault.code = "E_JSON_DUPLICATE_KEY";
        return fault;
    }
    if (!parsed->is_object()) return claims_fault("", "not a JSON object");
    RuntimeClaims out;
    const json* const keys = member(*parsed, "keys");
    if (keys == nullptr || !keys->is_array() || keys->size() > max_keys)
        return claims_fault("keys", "an array of at most 16 keys expected");
    for (std::size_t i = 0; i < keys->size(); ++i) {
        const std::string at = "keys[" + std::to_string(i) + "]";
        auto key = key_of((*keys)[i], at);
        if (!key) return key.error();
        if (!out.keys.insert(*std::move(key)).second)
            return claims_fault(at + ".kid", "this kid comes twice");
    }
    if (auto fault = read_configuration(*parsed, out)) return *std::move(fault);
    if (const json* const data = member(*parsed, "user-data"); data != nullptr) {
        auto bytes =
            data->is_string() ? from_hex(data->get_ref<const std::string&>()) : std::optional<Bytes>{};
        if (!bytes || bytes->size() != user_data_size)
            return claims_fault("user-data", "128 hexadecimal digits expected");
        out.user_data = *std::move(bytes);
    }
    return out;
}

std::string write_runtime_claims(const RuntimeClaims& claims) {
    using nlohmann::ordered_json;
    ordered_json keys = ordered_json::array();
    for (const auto& [kid, key] : claims.keys)
        keys.push_back(ordered_json{{"kid", kid},
                                    {"key_ops", key.key_ops},
                                    {"kty", "RSA"},
                                    {"e", "AQAB"},
                                    {"n", to_base64url(key.key.rsa_modulus())}});
    ordered_json configuration{{"console-enabled", claims.console_enabled},
                               {"secure-boot", claims.secure_boot},
                               {"tpm-enabled", claims.tpm_enabled}};
    if (claims.tpm_persisted) configuration["tpm-persisted"] = *claims.tpm_persisted;
    configuration["vmUniqueId"] = claims.vm_id;
    ordered_json out{{"keys", keys}, {"vm-configuration", configuration}};
    if (!claims.user_data.empty()) out["user-data"] = to_upper_hex(claims.user_data);
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace assay::cvm
