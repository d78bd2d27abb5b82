// What a TPM vouches for (TPM 2.0 Library 1.59, Part 2, 10.12, 13, 14, 15): attestations, creation data, NV
// public areas, saved contexts, capabilities.
#pragma once
#include "models/tpm/public_area.hpp"

namespace assay::tpm {

/// TPMS_QUOTE_INFO (10.12.4), TPMS_CERTIFY_INFO (10.12.3), TPMS_CREATION_INFO (10.12.6), TPMS_NV_CERTIFY_INFO
/// (10.12.8), TPMS_TIME_ATTEST_INFO (10.12.2).
struct TpmsQuoteInfo {
    TpmlPcrSelection pcr_select{};
    Tpm2bDigest pcr_digest{};
    static constexpr auto wire() {
        using Q = TpmsQuoteInfo;
        return std::tuple{field("pcrSelect", &Q::pcr_select), field("pcrDigest", &Q::pcr_digest)};
    }
};
struct TpmsCertifyInfo {
    Tpm2bName name{};
    Tpm2bName qualified_name{};
    static constexpr auto wire() {
        using C = TpmsCertifyInfo;
        return std::tuple{field("name", &C::name), field("qualifiedName", &C::qualified_name)};
    }
};
struct TpmsCreationInfo {
    Tpm2bName object_name{};
    Tpm2bDigest creation_hash{};
    static constexpr auto wire() {
        using C = TpmsCreationInfo;
        return std::tuple{field("objectName", &C::object_name), field("creationHash", &C::creation_hash)};
    }
};
struct TpmsNvCertifyInfo {
    Tpm2bName index_name{};
    std::uint16_t offset = 0;
    Tpm2bMaxNvBuffer nv_contents{};
    static constexpr auto wire() {
        using N = TpmsNvCertifyInfo;
        return std::tuple{field("indexName", &N::index_name), field("offset", &N::offset),
                          field("nvContents", &N::nv_contents)};
    }
};
/// TPMS_NV_DIGEST_CERTIFY_INFO (10.12.9).
struct TpmsNvDigestCertifyInfo {
    Tpm2bName index_name{};
    Tpm2bDigest nv_digest{};
    static constexpr auto wire() {
        using N = TpmsNvDigestCertifyInfo;
        return std::tuple{field("indexName", &N::index_name), field("nvDigest", &N::nv_digest)};
    }
};
struct TpmsTimeInfo {
    std::uint64_t time = 0;
    TpmsClockInfo clock_info{};
    static constexpr auto wire() {
        using T = TpmsTimeInfo;
        return std::tuple{field("time", &T::time), field("clockInfo", &T::clock_info)};
    }
};
struct TpmsTimeAttestInfo {
    TpmsTimeInfo time{};
    std::uint64_t firmware_version = 0;
    static constexpr auto wire() {
        using T = TpmsTimeAttestInfo;
        return std::tuple{field("time", &T::time), field("firmwareVersion", &T::firmware_version)};
    }
};
struct TpmsSessionAuditInfo {
    std::uint8_t exclusive_session = 0;
    Tpm2bDigest session_digest{};
    static constexpr auto wire() {
        using S = TpmsSessionAuditInfo;
        return std::tuple{ruled<&S::exclusive_session, rule::yes_no>("exclusiveSession"),
                          field("sessionDigest", &S::session_digest)};
    }
};
struct TpmsCommandAuditInfo {
    std::uint64_t audit_counter = 0;
    Alg digest_alg = Alg::null;
    Tpm2bDigest audit_digest{};
    Tpm2bDigest command_digest{};
    static constexpr auto wire() {
        using C = TpmsCommandAuditInfo;
        return std::tuple{field("auditCounter", &C::audit_counter), field("digestAlg", &C::digest_alg),
                          field("auditDigest", &C::audit_digest), field("commandDigest", &C::command_digest)};
    }
};

/// TPMS_ATTEST (10.12.12): what `type` says is there.
struct TpmsAttest {
    std::uint32_t magic = generated_value;
    Tag type{};
    Tpm2bName qualified_signer{};
    Tpm2bData extra_data{};
    TpmsClockInfo clock_info{};
    std::uint64_t firmware_version = 0;
    TpmsCertifyInfo certify{};
    TpmsCreationInfo creation{};
    TpmsQuoteInfo quote{};
    TpmsNvCertifyInfo nv{};
    TpmsNvDigestCertifyInfo nv_digest{};
    TpmsTimeAttestInfo time{};
    TpmsSessionAuditInfo session_audit{};
    TpmsCommandAuditInfo command_audit{};

    static constexpr Rc made_by_a_tpm(std::uint32_t value) {
        return rule::unless(value == generated_value, Rc::value);
    }
    static constexpr Rc known_type(Tag tag) {
        const bool known =
            (tag >= Tag::attest_nv && tag <= Tag::attest_creation) || tag == Tag::attest_nv_digest;
        return rule::unless(known, Rc::selector);
    }
    template <Tag tag>
    static constexpr bool is(const TpmsAttest& a) {
        return a.type == tag;
    }
    static constexpr auto wire() {
        using A = TpmsAttest;
        return std::tuple{ruled<&A::magic, made_by_a_tpm>("magic"),
                          ruled<&A::type, known_type>("type"),
                          field("qualifiedSigner", &A::qualified_signer),
                          field("extraData", &A::extra_data),
                          field("clockInfo", &A::clock_info),
                          field("firmwareVersion", &A::firmware_version),
                          field("certify", &A::certify).when(is<Tag::attest_certify>),
                          field("creation", &A::creation).when(is<Tag::attest_creation>),
                          field("quote", &A::quote).when(is<Tag::attest_quote>),
                          field("nv", &A::nv).when(is<Tag::attest_nv>),
                          field("nvDigest", &A::nv_digest).when(is<Tag::attest_nv_digest>),
                          field("time", &A::time).when(is<Tag::attest_time>),
                          field("sessionAudit", &A::session_audit).when(is<Tag::attest_session_audit>),
                          field("commandAudit", &A::command_audit).when(is<Tag::attest_command_audit>)};
    }
};
/// TPM2B_ATTEST: kept as bytes, since the signature covers them as they are. decode<TpmsAttest> reads them.
using Tpm2bAttest = Tpm2b<1280>;

/// TPMS_CREATION_DATA (15.1).
struct TpmsCreationData {
    TpmlPcrSelection pcr_select{};
    Tpm2bDigest pcr_digest{};
    std::uint8_t locality = 0;  // a bit per locality
    Alg parent_name_alg = Alg::null;
    Tpm2bName parent_name{};
    Tpm2bName parent_qualified_name{};
    Tpm2bData outside_info{};
    static constexpr auto wire() {
        using C = TpmsCreationData;
        return std::tuple{
            field("pcrSelect", &C::pcr_select),    field("pcrDigest", &C::pcr_digest),
            field("locality", &C::locality),       field("parentNameAlg", &C::parent_name_alg),
            field("parentName", &C::parent_name),  field("parentQualifiedName", &C::parent_qualified_name),
            field("outsideInfo", &C::outside_info)};
    }
};
using Tpm2bCreationData = Tpm2bOf<TpmsCreationData>;

/// TPMS_NV_PUBLIC (13.5).
struct TpmsNvPublic {
    Handle nv_index = 0;
    Alg name_alg = Alg::sha256;
    std::uint32_t attributes = 0;
    Tpm2bDigest auth_policy{};
    std::uint16_t data_size = 0;
    static constexpr std::uint16_t max_data_size = 4096;  // of any TPM here; of one: Config::nv_index_size
    static constexpr Rc known_size(std::uint16_t size) {
        return rule::unless(size <= max_data_size, Rc::size);
    }
    bool has(std::uint32_t attribute) const { return (attributes & attribute) == attribute; }
    static constexpr auto wire() {
        using N = TpmsNvPublic;
        return std::tuple{ruled<&N::nv_index, rule::nv_index>("nvIndex"),
                          ruled<&N::name_alg, rule::hash>("nameAlg"),
                          ruled<&N::attributes, rule::nv_attributes>("attributes"),
                          field("authPolicy", &N::auth_policy), ruled<&N::data_size, known_size>("dataSize")};
    }
};
using Tpm2bNvPublic = Tpm2bOf<TpmsNvPublic>;

/// TPMS_CONTEXT (14.5).
struct TpmsContext {
    std::uint64_t sequence = 0;
    Handle saved_handle = 0;
    Handle hierarchy = rh::null;
    Tpm2b<4000> context_blob{};
    static constexpr auto wire() {
        using C = TpmsContext;
        return std::tuple{field("sequence", &C::sequence),
                          ruled<&C::saved_handle, rule::saved>("savedHandle"),
                          ruled<&C::hierarchy, rule::hierarchy_or_null>("hierarchy"),
                          field("contextBlob", &C::context_blob)};
    }
};

/// A pair of a tag and a value: TPMS_ALG_PROPERTY (10.8.1), TPMS_TAGGED_PROPERTY (10.8.2),
/// TPMS_TAGGED_PCR_SELECT (10.8.3), TPMS_TAGGED_POLICY (10.8.4).
struct TpmsAlgProperty {
    Alg alg{};
    std::uint32_t alg_properties = 0;
    static constexpr auto wire() {
        using P = TpmsAlgProperty;
        return std::tuple{field("alg", &P::alg), field("algProperties", &P::alg_properties)};
    }
};
struct TpmsTaggedProperty {
    std::uint32_t property = 0;
    std::uint32_t value = 0;
    static constexpr auto wire() {
        using P = TpmsTaggedProperty;
        return std::tuple{field("property", &P::property), field("value", &P::value)};
    }
};
struct TpmsTaggedPcrSelect {
    std::uint32_t tag = 0;
    Blob<std::uint8_t, pcr_count / 8> pcr_select{};
    static constexpr auto wire() {
        using P = TpmsTaggedPcrSelect;
        return std::tuple{field("tag", &P::tag), field("pcrSelect", &P::pcr_select)};
    }
};
struct TpmsTaggedPolicy {
    Handle handle = 0;
    TpmtHa policy_hash{};
    static constexpr auto wire() {
        using P = TpmsTaggedPolicy;
        return std::tuple{field("handle", &P::handle), field("policyHash", &P::policy_hash)};
    }
};

/// TPMS_CAPABILITY_DATA (10.10.2). The lists are as long as 1024 bytes allow (MAX_CAP_BUFFER).
struct TpmsCapabilityData {
    Cap capability{};
    List<TpmsAlgProperty, std::uint32_t, 169> algorithms{};
    List<std::uint32_t, std::uint32_t, 254> numbers{};  // handles, commands (TPMA_CC or TPM_CC), ACT
    TpmlPcrSelection assigned_pcr{};
    List<TpmsTaggedProperty, std::uint32_t, 127> tpm_properties{};
    List<TpmsTaggedPcrSelect, std::uint32_t, 127> pcr_properties{};
    List<Curve, std::uint32_t, 508> ecc_curves{};
    List<TpmsTaggedPolicy, std::uint32_t, 14> auth_policies{};

    template <Cap cap>
    static constexpr bool is(const TpmsCapabilityData& c) {
        return c.capability == cap;
    }
    static constexpr bool has_numbers(const TpmsCapabilityData& c) {
        return (c.capability >= Cap::handles && c.capability <= Cap::audit_commands) ||
               c.capability == Cap::act;
    }
    static constexpr Rc known(Cap cap) { return rule::unless(cap <= Cap::act, Rc::value); }
    static constexpr auto wire() {
        using C = TpmsCapabilityData;
        return std::tuple{ruled<&C::capability, known>("capability"),
                          field("algorithms", &C::algorithms).when(is<Cap::algs>),
                          field("numbers", &C::numbers).when(has_numbers),
                          field("assignedPCR", &C::assigned_pcr).when(is<Cap::pcrs>),
                          field("tpmProperties", &C::tpm_properties).when(is<Cap::tpm_properties>),
                          field("pcrProperties", &C::pcr_properties).when(is<Cap::pcr_properties>),
                          field("eccCurves", &C::ecc_curves).when(is<Cap::ecc_curves>),
                          field("authPolicies", &C::auth_policies).when(is<Cap::auth_policies>)};
    }
};

}  // namespace assay::tpm
