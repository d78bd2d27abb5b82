// Attestation (TPM 2.0 Library 1.59, Part 1, 31; Part 3, 18).
#include "models/tpm/command.hpp"
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;

/// Who signs an attestation, and how. Nobody (TPM_RH_NULL): the structure comes without a signature.
struct Signer {
    SharedObject key{};
    TpmtScheme scheme{};
    bool is_nobody() const { return key == nullptr; }
};

/// `handle_number`, `scheme_number`: for the response code.
Result<Signer, Rc> signer_of(Tpm& tpm, Handle handle, const TpmtScheme& asked, std::size_t handle_number,
                             std::size_t scheme_number) {
    if (handle == rh::null) return Signer{};  // whatever the scheme
    const SharedObject key = tpm.object(handle);
    if (!key || !key->area.has(oa::sign) || key->area.type == Alg::symcipher)
        return at_handle(Rc::key, handle_number);
    const auto scheme = signing_scheme(*key, asked);
    if (!scheme) return at_parameter(Rc::scheme, scheme_number);
    return Signer{key, *scheme};
}

/// Keys outside the endorsement and platform hierarchies see counters that are constant for them alone, so
/// that two of them cannot be linked (Part 1, 36.7).
void obfuscate(Tpm& tpm, TpmsAttest& attest) {
    const Secret offsets = kdfa(tpm.config.context_hash, tpm.permanent.owner.proof.bytes(), "OBFUSCATE",
                                attest.qualified_signer.value, {}, 128);
    attest.firmware_version += load<std::uint64_t>(offsets.bytes(), byte_order);
    attest.clock_info.reset_count += load<std::uint32_t>(offsets.bytes().subspan(8), byte_order);
    attest.clock_info.restart_count += load<std::uint32_t>(offsets.bytes().subspan(12), byte_order);
}

TpmsAttest attest_by(Tpm& tpm, const Signer& signer, Tag type, const Tpm2bData& qualifying_data) {
    TpmsAttest out{.type = type};
    out.qualified_signer.value = signer.is_nobody() ? name_of(rh::null) : signer.key->qualified_name;
    out.extra_data = qualifying_data;
    out.clock_info = tpm.clock_info();
    out.firmware_version = tpm.config.firmware_version;
    const bool in_the_clear = !signer.is_nobody() && (signer.key->hierarchy == rh::endorsement ||
                                                      signer.key->hierarchy == rh::platform);
    if (!in_the_clear) obfuscate(tpm, out);
    return out;
}

Result<AttestOut, Rc> signed_by(Tpm& tpm, const Signer& signer, const TpmsAttest& attest) {
    AttestOut out{.attest = {encode(attest, byte_order)}};
    if (signer.is_nobody()) return out;
    auto signature =
        signature_of(tpm, *signer.key, signer.scheme, digest(signer.scheme.hash_alg, {out.attest.value}));
    if (!signature) return signature.error();
    out.signature = std::move(*signature);
    return out;
}

}  // namespace

Outcome<QuoteIn> quote(Tpm& tpm, const QuoteIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 1, 2);
    if (!signer) return signer.error();
    if (signer->is_nobody()) return at_parameter(Rc::scheme, 2);  // there is no hash for the PCRs
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_quote, in.qualifying_data);
    attest.quote.pcr_select = tpm.ram.pcrs.existing(in.pcr_select);
    attest.quote.pcr_digest.value = tpm.ram.pcrs.composite(signer->scheme.hash_alg, attest.quote.pcr_select);
    return signed_by(tpm, *signer, attest);
}

Outcome<CertifyIn> certify(Tpm& tpm, const CertifyIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 2, 2);
    if (!signer) return signer.error();
    const SharedObject object = tpm.object(in.object_handle);
    if (!object) return at_handle(Rc::type, 1);
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_certify, in.qualifying_data);
    attest.certify.name.value = object->name;
    attest.certify.qualified_name.value = object->qualified_name;
    return signed_by(tpm, *signer, attest);
}

Outcome<CertifyCreationIn> certify_creation(Tpm& tpm, const CertifyCreationIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 1, 3);
    if (!signer) return signer.error();
    const SharedObject object = tpm.object(in.object_handle);
    if (!object) return at_handle(Rc::type, 2);
    const auto expected =
        tpm.ticket<Tag::creation>(in.creation_ticket.hierarchy, {object->name, in.creation_hash.value});
    // Objects of the NULL hierarchy have tickets too: only the digest of nothing proves nothing.
    if (in.creation_ticket.digest.value.empty() ||
        !same_auth(expected.digest.value, in.creation_ticket.digest.value))
        return at_parameter(Rc::ticket, 4);
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_creation, in.qualifying_data);
    attest.creation.object_name.value = object->name;
    attest.creation.creation_hash = in.creation_hash;
    return signed_by(tpm, *signer, attest);
}

Outcome<GetTimeIn> get_time(Tpm& tpm, const GetTimeIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 2, 2);
    if (!signer) return signer.error();
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_time, in.qualifying_data);
    attest.time = {{tpm.time(), tpm.clock_info()}, tpm.config.firmware_version};
    return signed_by(tpm, *signer, attest);
}

Outcome<GetSessionAuditDigestIn> get_session_audit_digest(Tpm& tpm, const GetSessionAuditDigestIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 2, 2);
    if (!signer) return signer.error();
    const Session& session = *tpm.session(in.session_handle);
    if (session.is_audit == 0) return at_handle(Rc::type, 3);
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_session_audit, in.qualifying_data);
    attest.session_audit.exclusive_session = tpm.ram.exclusive_audit_session == session.handle ? 1 : 0;
    attest.session_audit.session_digest = session.audit_digest;
    return signed_by(tpm, *signer, attest);
}

Outcome<GetCommandAuditDigestIn> get_command_audit_digest(Tpm& tpm, const GetCommandAuditDigestIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 2, 2);
    if (!signer) return signer.error();
    const CommandAudit& audit = tpm.permanent.audit;
    TpmsAttest attest = attest_by(tpm, *signer, Tag::attest_command_audit, in.qualifying_data);
    Bytes codes;
    for (const Cc code : audit.commands) append(codes, store(static_cast<std::uint32_t>(code), byte_order));
    attest.command_audit = {
        audit.counter, audit.hash, {tpm.reset.command_audit_digest}, {digest(audit.hash, {codes})}};
    auto out = signed_by(tpm, *signer, attest);
    if (out && !signer->is_nobody()) tpm.reset.command_audit_digest.clear();  // what was signed is done with
    return out;
}

Outcome<NvCertifyIn> nv_certify(Tpm& tpm, const NvCertifyIn& in) {
    const auto signer = signer_of(tpm, in.sign_handle, in.in_scheme, 1, 2);
    if (!signer) return signer.error();
    const NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_nv_read(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
    if (std::size_t{in.size} + in.offset > index.data.size()) return Rc::nv_range;
    if (in.size > max_nv_transfer) return at_parameter(Rc::value, 3);
    const bool whole = in.size == 0 && in.offset == 0;
    TpmsAttest attest =
        attest_by(tpm, *signer, whole ? Tag::attest_nv_digest : Tag::attest_nv, in.qualifying_data);
    const Bytes name = name_of(index.area);
    const ByteView data = index.data.bytes();
    if (whole)
        attest.nv_digest = {
            {name}, {digest(signer->is_nobody() ? index.area.name_alg : signer->scheme.hash_alg, {data})}};
    else
        attest.nv = {{name}, in.offset, {taken(data.subspan(in.offset, in.size))}};
    return signed_by(tpm, *signer, attest);
}

}  // namespace assay::tpm
