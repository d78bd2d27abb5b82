#include "models/cvm/paravisor.hpp"

namespace assay::cvm {

Result<Nothing, VmError> Paravisor::start() {
    const auto started = ask(tpm_, "TPM2_Startup", tpm::StartupIn{.startup_type = tpm::Su::clear});
    if (!started && started.error().rc != tpm::Rc::initialize) return started.error();

    auto area = ask(tpm_, "TPM2_ReadPublic", tpm::ReadPublicIn{.object_handle = ak_handle});
    if (!area) {
        const auto made =
            ask(tpm_, "TPM2_CreatePrimary of the attestation key",
                tpm::CreatePrimaryIn{.primary_handle = tpm::rh::endorsement,
                                     .in_public = {tpm::templates::attestation_key(tpm::Alg::rsa)}},
                {tpm::password()});
        if (!made) return made.error();
        const auto kept = ask(
            tpm_, "TPM2_EvictControl",
            tpm::EvictControlIn{
                .auth = tpm::rh::owner, .object_handle = made->object_handle, .persistent_handle = ak_handle},
            {tpm::password()});
        if (!kept) return kept.error();
        const auto flushed =
            ask(tpm_, "TPM2_FlushContext", tpm::FlushContextIn{.flush_handle = made->object_handle});
        if (!flushed) return flushed.error();
        area = ask(tpm_, "TPM2_ReadPublic", tpm::ReadPublicIn{.object_handle = ak_handle});
        if (!area) return area.error();
    }
    ak_ = crypto::PublicKey::from_rsa(area->out_public.value.unique_rsa.value);
    if (!ak_) return VmError{"attestation key", tpm::Rc::success, "not an RSA key"};
    return Nothing{};
}

Result<Bytes, VmError> Paravisor::hcl_report(ByteView user_data) {
    if (!ak_) return VmError{"HCL report", tpm::Rc::success, "the paravisor has not started"};
    if (user_data.size() != user_data_size)
        return VmError{"HCL report", tpm::Rc::success, "user data have 64 bytes"};
    RuntimeClaims claims;
    claims.keys.emplace(ak_kid, RuntimeClaims::Key{{"sign"}, *ak_});
    claims.secure_boot = facts_.secure_boot;
    claims.tpm_enabled = true;
    claims.console_enabled = facts_.console_enabled;
    claims.tpm_persisted = facts_.tpm_persisted;
    claims.vm_id = facts_.vm_id;
    claims.user_data.assign(user_data.begin(), user_data.end());

    HclReport out;
    out.hash = crypto::Hash::sha256;
    const std::string json = write_runtime_claims(claims);
    const ByteView bytes = as_bytes(json);
    out.runtime_data.assign(bytes.begin(), bytes.end());
    Bytes report_data = crypto::digest(out.hash, {out.runtime_data});
    report_data.resize(64);
    auto report = processor_.report(report_data, facts_.vmpl);
    if (!report) return VmError{"SNP report", tpm::Rc::success, std::string{name(report.error())}};
    out.hardware_report = *std::move(report);
    return write_hcl_report(out);
}

}  // namespace assay::cvm
