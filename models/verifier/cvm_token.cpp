#include "models/verifier/cvm_token.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/cvm/boot_layout.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

json jwk_of(std::string_view kid, const char* operation, const crypto::PublicKey& key) {
    return {{"kid", kid},
            {"kty", "RSA"},
            {"key_ops", json::array({operation})},
            {"e", "AQAB"},
            {"n", to_base64url(key.rsa_modulus())}};
}

json isolation_tee(const CvmAppraisal& a) {
    const cvm::SnpReport& r = *a.report;
    json keys = json::array();
    for (const auto& [kid, key] : a.runtime->keys)
        keys.push_back(jwk_of(kid, kid == cvm::ek_kid ? "encrypt" : "sign", key.key));
    const json configuration{{"console-enabled", a.runtime->console_enabled},
                             {"secure-boot", a.runtime->secure_boot},
                             {"tpm-enabled", a.runtime->tpm_enabled},
                             {"vmUniqueId", a.runtime->vm_id}};
    const std::string p = "x-ms-sevsnpvm-";
    return {{"x-ms-attestation-type", "sevsnpvm"},
            {"x-ms-compliance-status", "azure-compliant-cvm"},
            {"x-ms-runtime", {{"keys", keys}, {"vm-configuration", configuration}}},
            {p + "authorkeydigest", to_hex(r.author_key_digest)},
            {p + "bootloader-svn", r.reported_tcb.boot_loader},
            {p + "chipid", to_hex(r.chip_id)},
            {p + "familyId", to_hex(r.family_id)},
            {p + "guestsvn", r.guest_svn},
            {p + "hostdata", to_hex(r.host_data)},
            {p + "idkeydigest", to_hex(r.id_key_digest)},
            {p + "imageId", to_hex(r.image_id)},
            {p + "is-debuggable", r.debug_allowed()},
            {p + "launchmeasurement", to_hex(r.measurement)},
            {p + "microcode-svn", r.reported_tcb.microcode},
            {p + "migration-allowed", r.migration_allowed()},
            {p + "reportdata", to_hex(r.report_data)},
            {p + "reportid", to_hex(r.report_id)},
            {p + "smt-allowed", r.smt_allowed()},
            {p + "snpfw-svn", r.reported_tcb.snp},
            {p + "tee-svn", r.reported_tcb.tee},
            {p + "vmpl", r.vmpl}};
}

json device_claims(const std::string& id, const GpuAppraisal& device) {
    const json claims = json::parse(device.claims, nullptr, false);
    const auto claim = [&](const char* name) {
        return claims.is_object() ? claims.value(name, json()) : json();
    };
    return {{"id", id},
            {"hwmodel", device.hwmodel},
            {"ueid", device.ueid},
            {"driver-version", device.driver_version},
            {"vbios-version", device.vbios_version},
            {"cc-mode", device.report ? cc_mode(*device.report) : "unknown"},
            {"secboot", claim("secboot")},
            {"dbgstat", claim("dbgstat")},
            {"measres", claim("measres")},
            {"bound", claim("x-assay-cvm-binding") == "bound"}};
}

/// The one value that all have, "mixed", or "absent" where there is none.
std::string common(const std::vector<std::string>& values) {
    if (values.empty()) return "absent";
    return std::ranges::all_of(values, [&](const std::string& v) { return v == values.front(); })
               ? values.front()
               : "mixed";
}

void add_gpus(const CvmAppraisal& a, json& out) {
    std::size_t count = 0;
    std::vector<std::string> modes, results;
    json devices = json::array();
    if (a.gpus) {
        const auto ids = device_ids(*a.gpus);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const GpuAppraisal& device = a.gpus->devices[i];
            devices.push_back(device_claims(ids[i], device));
            const json& result = devices.back().at("measres");
            results.push_back(result.is_string() ? result.get<std::string>() : "unknown");
            if (device.kind != gpu::DeviceKind::gpu) continue;
            ++count;
            modes.push_back(devices.back().at("cc-mode").get<std::string>());
        }
    }
    out["gpu-count"] = count;
    out["gpu-cc-mode"] = common(modes);
    out["gpu-measres"] = common(results);
    out["gpu"] = devices;
}

json assay_claims(const CvmAppraisal& a) {
    json out{{"wrapping-key-bound", a.wrapping_key.has_value()},
             {"event-log", a.log_replayed ? "replayed" : "absent"}};
    if (a.wrapping_key) out["pcr-policy"] = to_hex(a.pcr_policy);
    if (a.log_replayed) {
        json images = json::array();
        for (const Bytes& image : a.boot.images) images.push_back(to_hex(image));
        out["firmware-version"] = a.boot.firmware_version;
        out["firmware-digest"] = to_hex(a.boot.firmware);
        out["loader-digest"] = to_hex(a.boot.loader);
        out["kernel-digest"] = to_hex(a.boot.kernel);
        out["command-line"] = a.boot.command_line;
        out["verity-root-hash"] = a.boot.verity_root;
        out["runtime-policy-hash"] = to_hex(a.boot.runtime_policy);
        out["image-digests"] = images;
        out["images-hash"] = to_hex(cvm::images_hash(a.boot.images));
    }
    const tpm::TpmsClockInfo& clock = a.quote->clock_info;
    out["tpm-reset-count"] = clock.reset_count;
    out["tpm-restart-count"] = clock.restart_count;
    add_gpus(a, out);
    return out;
}

}  // namespace

Bytes policy_hash(const CvmPolicy& policy) {
    return crypto::digest(crypto::Hash::sha256, {as_bytes(policy.to_json().dump())});
}

std::string claims_of(const CvmAppraisal& a, ByteView policy_hash) {
    if (!a.accepted) throw std::logic_error("a token is made of an accepted appraisal only");
    json keys = json::array();
    if (a.wrapping_key) keys.push_back(jwk_of(cvm::wrapping_kid, "encrypt", *a.wrapping_key));
    json pcrs = json::array();
    for (const auto& [pcr, value] : a.pcrs) pcrs.push_back(pcr);
    const json out{{"eat_nonce", to_hex(a.nonce)},
                   {"secureboot", a.runtime->secure_boot},
                   {"x-ms-attestation-type", "azurevm"},
                   {"x-ms-ver", "1.0"},
                   {"x-ms-policy-hash", to_base64url(policy_hash)},
                   {"x-ms-azurevm-attestation-protocol-ver", "2.0"},
                   {"x-ms-azurevm-attested-pcrs", pcrs},
                   {"x-ms-azurevm-vmid", a.runtime->vm_id},
                   {"x-ms-isolation-tee", isolation_tee(a)},
                   {"x-ms-runtime", {{"keys", keys}}},
                   {"assay", assay_claims(a)}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string cvm_token(const TokenIssuer& issuer, const CvmAppraisal& appraisal, ByteView policy_hash,
                      Instant issued, ByteView token_id, std::chrono::seconds lifetime) {
    json claims = json::parse(claims_of(appraisal, policy_hash));
    claims["iss"] = issuer.issuer;
    claims["iat"] = claims["nbf"] = issued.time_since_epoch().count();
    claims["exp"] = (issued + lifetime).time_since_epoch().count();
    claims["jti"] = to_hex(token_id);
    return sign_token(issuer, claims.dump());
}

}  // namespace assay::verifier
