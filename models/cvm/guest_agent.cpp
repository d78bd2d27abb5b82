#include "models/cvm/guest_agent.hpp"

#include "models/tpm/digests.hpp"
#include "sim/crypto/key_wrap.hpp"

namespace assay::cvm {
namespace {

constexpr int attempts = 3;
constexpr std::size_t rsa_2048_size = 256;

VmError agent_fault(std::string step, std::string what) {
    return {std::move(step), tpm::Rc::success, std::move(what)};
}

Bytes composite_of(const std::map<unsigned, Bytes>& registers) {
    std::vector<Bytes> values;
    for (const auto& [pcr, value] : registers) values.push_back(value);
    return tpm::pcr_composite(tpm::Alg::sha256, values);
}

}  // namespace

Bytes gpu_binding(ByteView nonce, ByteView ak_spki) {
    return crypto::digest(crypto::Hash::sha256, {as_bytes("assay-gpu-binding/v1"), nonce, ak_spki});
}

tpm::TpmlPcrSelection GuestAgent::selection() const {
    return {{tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, pcrs_)}};
}

Result<std::map<unsigned, Bytes>, VmError> GuestAgent::read_registers() {
    std::map<unsigned, Bytes> out;
    for (std::uint32_t left = pcrs_; left != 0;) {
        const auto answer = ask(tpm_, "TPM2_PCR_Read",
                                tpm::PcrReadIn{{{tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, left)}}});
        if (!answer) return answer.error();
        const auto& given = answer->pcr_selection_out.items;
        std::size_t next = 0;
        if (given.size() == 1)
            for (unsigned pcr = 0; pcr < tpm::pcr_count && next < answer->pcr_values.items.size(); ++pcr) {
                if (!given.front().has(pcr) || (left >> pcr & 1U) == 0) continue;
                out[pcr] = answer->pcr_values.items[next++].value;
                left &= ~(1U << pcr);
            }
        if (next == 0) return agent_fault("TPM2_PCR_Read", "the TPM gives no register of the SHA-256 bank");
    }
    return out;
}

Result<Nothing, VmError> GuestAgent::make_wrapping_key() {
    if (wrapping_key_) return Nothing{};
    const auto registers = read_registers();
    if (!registers) return registers.error();
    tpm::Policy policy{tpm::Alg::sha256};
    policy.pcr(selection(), composite_of(*registers));
    const auto made =
        ask(tpm_, "TPM2_CreatePrimary of the wrapping key",
            tpm::CreatePrimaryIn{.primary_handle = tpm::rh::null,
                                 .in_public = {tpm::templates::policy_bound_decryption_key(policy.digest())}},
            {tpm::password()});
    if (!made) return made.error();
    wrapping_key_ = made->object_handle;
    wrapping_public_ = encode(made->out_public.value, tpm::byte_order);
    return Nothing{};
}

Result<CertifiedKey, VmError> GuestAgent::certify(ByteView nonce) {
    const auto answer = ask(tpm_, "TPM2_Certify",
                            tpm::CertifyIn{.object_handle = *wrapping_key_,
                                           .sign_handle = ak_handle,
                                           .qualifying_data = {{nonce.begin(), nonce.end()}}},
                            {tpm::password(), tpm::password()});
    if (!answer) return answer.error();
    return CertifiedKey{wrapping_public_, answer->attest.value, answer->signature.rsa.value};
}

Result<Quote, VmError> GuestAgent::quote(ByteView extra_data) {
    for (int i = 0; i < attempts; ++i) {
        auto registers = read_registers();
        if (!registers) return registers.error();
        const auto answer = ask(tpm_, "TPM2_Quote",
                                tpm::QuoteIn{.sign_handle = ak_handle,
                                             .qualifying_data = {{extra_data.begin(), extra_data.end()}},
                                             .pcr_select = selection()},
                                {tpm::password()});
        if (!answer) return answer.error();
        const auto attest = decode<tpm::TpmsAttest>(answer->attest.value, tpm::byte_order);
        if (!attest) return agent_fault("TPM2_Quote", attest.error().text());
        if (attest->quote.pcr_digest.value != composite_of(*registers)) continue;
        Quote out{answer->attest.value, answer->signature.rsa.value, {}};
        out.pcrs.emplace("sha256", *std::move(registers));
        return out;
    }
    return agent_fault("TPM2_Quote", "the registers change all the time");
}

Result<CompositeEvidence, VmError> GuestAgent::collect(ByteView nonce, std::optional<std::string> gpu) {
    CompositeEvidence out;
    if (const auto made = make_wrapping_key(); !made) return made.error();
    auto certified = certify(nonce);
    if (!certified) return certified.error();
    out.wrapping_key = *std::move(certified);

    const Bytes binding = evidence_binding(nonce, wrapping_public_, gpu.value_or(""));
    Bytes user_data = binding;
    user_data.resize(user_data_size);
    auto report = paravisor_.hcl_report(user_data);
    if (!report) return report.error();
    out.hcl_report = *std::move(report);
    for (const crypto::Certificate& certificate : paravisor_.chain())
        out.certificates.push_back(certificate.der());

    auto quoted = quote(binding);
    if (!quoted) return quoted.error();
    out.quote = *std::move(quoted);
    out.event_log = event_log_;
    out.gpu = std::move(gpu);
    return out;
}

Result<Secret, VmError> GuestAgent::decrypt(ByteView wrapped) {
    if (!wrapping_key_) return agent_fault("TPM2_RSA_Decrypt", "there is no wrapping key");
    const auto session =
        ask(tpm_, "TPM2_StartAuthSession",
            tpm::StartAuthSessionIn{.nonce_caller = {Bytes(32)}, .session_type = tpm::Se::policy});
    if (!session) return session.error();
    const tpm::Handle handle = session->session_handle;
    auto answer = [&]() -> Result<tpm::RsaDecryptOut, VmError> {
        const auto policy =
            ask(tpm_, "TPM2_PolicyPCR", tpm::PolicyPcrIn{.policy_session = handle, .pcrs = selection()});
        if (!policy) return policy.error();
        return ask(tpm_, "TPM2_RSA_Decrypt",
                   tpm::RsaDecryptIn{.key_handle = *wrapping_key_,
                                     .cipher_text = {{wrapped.begin(), wrapped.end()}},
                                     .in_scheme = tpm::TpmtScheme::with(tpm::Alg::oaep, tpm::Alg::sha256)},
                   {tpm::policy(handle)});
    }();
    const auto flushed = ask(tpm_, "TPM2_FlushContext", tpm::FlushContextIn{.flush_handle = handle});
    if (!answer) return answer.error();
    if (!flushed) return flushed.error();
    Secret out{answer->message.value.size()};
    std::copy(answer->message.value.begin(), answer->message.value.end(), out.bytes().begin());
    return out;
}

Result<Secret, VmError> GuestAgent::unwrap(ByteView wrapped) {
    if (wrapped.size() < rsa_2048_size + 16) return agent_fault("unwrap", "too short to be a wrapped key");
    auto key = decrypt(wrapped.first(rsa_2048_size));
    if (!key) return key;
    if (key->bytes().size() != 32) return agent_fault("unwrap", "not wrapped with AES-256");
    auto payload =
        crypto::unwrap_key(crypto::KeyWrap::kwp, std::as_const(*key).bytes(), wrapped.subspan(rsa_2048_size));
    if (!payload) return agent_fault("unwrap", "the integrity check failed");
    return *std::move(payload);
}

Result<Nothing, VmError> GuestAgent::forget() {
    if (!wrapping_key_) return Nothing{};
    const auto flushed = ask(tpm_, "TPM2_FlushContext", tpm::FlushContextIn{.flush_handle = *wrapping_key_});
    wrapping_key_.reset();
    wrapping_public_.clear();
    if (!flushed) return flushed.error();
    return Nothing{};
}

}  // namespace assay::cvm
