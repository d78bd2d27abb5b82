// Steps 5 to 9 of an appraisal: quote, nonce, user data, wrapping key.
#include <algorithm>

#include "models/cvm/boot_layout.hpp"
#include "models/tpm/digests.hpp"
#include "models/verifier/cvm_appraiser.hpp"

namespace assay::verifier {
namespace {

using crypto::Hash;
using Form = cvm::CompositeEvidence::Form;

constexpr std::string_view bank_sha256 = "sha256";

std::string bank_name(tpm::Alg alg) {
    switch (alg) {
        case tpm::Alg::sha1: return "sha1";
        case tpm::Alg::sha256: return "sha256";
        case tpm::Alg::sha384: return "sha384";
        case tpm::Alg::sha512: return "sha512";
        default: return "unknown";
    }
}

bool rsa_signed(const crypto::PublicKey& key, ByteView message, ByteView signature) {
    return key.verify(crypto::SignatureScheme::rsa_pkcs1, Hash::sha256, message, signature);
}

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

Finding quote_finding(std::string_view reason, std::string path, std::string what) {
    return {std::string{reason}, "quote", std::move(path), {}, std::move(what)};
}

Finding key_finding(std::string_view reason, std::string path, std::string what) {
    return {std::string{reason}, "wrapping key", std::move(path), {}, std::move(what)};
}

/// Rules for the public area of a key that something is wrapped to (7.2).
std::optional<Finding> area_fault(const tpm::TpmtPublic& area) {
    namespace a = tpm::object_attribute;
    if (area.type != tpm::Alg::rsa || area.name_alg != tpm::Alg::sha256)
        return key_finding("E_KEY_PARAMS", "type", "RSA with a SHA-256 name expected");
    struct Bit {
        std::uint32_t mask;
        bool set;
        const char* name;
    };
    constexpr Bit bits[] = {{a::fixed_tpm, true, "fixedTPM"},
                            {a::fixed_parent, true, "fixedParent"},
                            {a::sensitive_data_origin, true, "sensitiveDataOrigin"},
                            {a::decrypt, true, "decrypt"},
                            {a::user_with_auth, false, "userWithAuth"},
                            {a::sign, false, "sign"},
                            {a::restricted, false, "restricted"}};
    for (const Bit& bit : bits)
        if (area.has(bit.mask) != bit.set)
            return key_finding("E_KEY_ATTRIBUTES", "objectAttributes",
                               std::string{bit.name} + (bit.set ? " is clear" : " is set"));
    if (area.key_bits < 2048 || area.unique_rsa.value.size() * 8 != area.key_bits)
        return key_finding("E_KEY_PARAMS", "keyBits",
                           std::to_string(area.key_bits) + " bits, at least 2048 expected");
    if (area.exponent != 0 && area.exponent != 65537)
        return key_finding("E_KEY_PARAMS", "exponent", std::to_string(area.exponent) + ", 65537 expected");
    return {};
}

}  // namespace

Finding attest_finding(const WireError& error, std::string subject) {
    const std::string_view reason = error.path == "magic"                          ? "E_QUOTE_MAGIC"
                                    : error.path == "type"                         ? "E_QUOTE_TYPE"
                                    : error.path.find("hash") != std::string::npos ? "E_PCR_BANK"
                                                                                   : "E_QUOTE_FORMAT";
    return {std::string{reason}, std::move(subject), error.path, error.offset, error.text()};
}

Bytes CvmAppraiser::expected_binding() const {
    if (expectation_.report_data) return *expectation_.report_data;
    const auto& key = evidence_.wrapping_key;
    return cvm::evidence_binding(expectation_.nonce, key ? ByteView{key->public_area} : ByteView{},
                                 evidence_.gpu.value_or(""));
}

std::optional<Finding> CvmAppraiser::selection_fault(const tpm::TpmsQuoteInfo& quoted) {
    std::vector<Bytes> values;
    std::size_t banks = 0;
    const tpm::TpmsPcrSelection* required = nullptr;
    for (const tpm::TpmsPcrSelection& selection : quoted.pcr_select.items) {
        const std::string name = bank_name(selection.hash);
        const auto bank = evidence_.quote.pcrs.find(name);
        ++banks;
        std::size_t selected = 0;
        for (unsigned pcr = 0; pcr < tpm::pcr_count; ++pcr) {
            if (!selection.has(pcr)) continue;
            ++selected;
            if (bank == evidence_.quote.pcrs.end() || !bank->second.contains(pcr))
                return quote_finding("E_PCR_SELECTION", name + "." + std::to_string(pcr),
                                     "quoted, and no value beside the quote");
            values.push_back(bank->second.at(pcr));
        }
        if (bank != evidence_.quote.pcrs.end() && bank->second.size() != selected)
            return quote_finding("E_PCR_SELECTION", name,
                                 std::to_string(bank->second.size()) + " values beside the quote, " +
                                     std::to_string(selected) + " registers quoted");
        if (selection.hash != tpm::Alg::sha256) continue;
        if (required != nullptr) return quote_finding("E_PCR_BANK", name, "selected twice");
        required = &selection;
    }
    if (required == nullptr)
        return quote_finding("E_PCR_BANK", "pcrSelect", "the SHA-256 bank is not quoted");
    if (evidence_.quote.pcrs.size() != banks)
        return quote_finding("E_PCR_BANK", "pcrs", "values of a bank that is not quoted");
    for (const unsigned pcr : policy_.pcrs)
        if (!required->has(pcr))
            return quote_finding("E_PCR_SELECTION", "pcrSelect",
                                 "PCR " + std::to_string(pcr) + " is required and not quoted");
    crypto::Hasher hasher{Hash::sha256};
    for (const Bytes& value : values) hasher.update(value);
    if (hasher.finish() != quoted.pcr_digest.value)
        return quote_finding("E_PCR_DIGEST", "pcrDigest", "not the digest of the values beside the quote");
    return {};
}

bool CvmAppraiser::quote_form() {
    const auto attest = decode<tpm::TpmsAttest>(evidence_.quote.message, tpm::byte_order);
    if (!attest) return stop("quote-form", attest_finding(attest.error(), "quote"));
    if (attest->type != tpm::Tag::attest_quote)
        return stop("quote-form", "E_QUOTE_TYPE", "quote", "type",
                    to_hex(store(static_cast<std::uint16_t>(attest->type), tpm::byte_order)) +
                        " found, 8018 expected");
    out_.quote = *attest;
    if (auto fault = selection_fault(attest->quote)) return stop("quote-form", *std::move(fault));
    out_.pcrs = evidence_.quote.pcrs.at(std::string{bank_sha256});
    if (out_.pcrs.contains(0) && all_zero(out_.pcrs.at(0)))
        return stop("quote-form", "E_PCR_CAPPED", "quote", "PCR 0", "zero: the firmware measured nothing");
    return pass("quote-form", std::to_string(out_.pcrs.size()) + " registers");
}

bool CvmAppraiser::quote_signature() {
    if (!rsa_signed(*ak_, evidence_.quote.message, evidence_.quote.signature))
        return stop("quote-signature", "E_QUOTE_SIGNATURE", "quote", "signature",
                    "not by " + std::string{cvm::ak_kid} + " of the runtime data");
    return pass("quote-signature");
}

bool CvmAppraiser::nonce() {
    const Bytes expected = expected_binding();
    const Bytes& found = out_.quote->extra_data.value;
    if (found != expected)
        return stop("nonce", "E_QUOTE_NONCE", "quote", "extraData",
                    to_hex(found) + " found, " + to_hex(expected) + " expected");
    if (const auto& boot = expectation_.same_boot) {
        const tpm::TpmsClockInfo& clock = out_.quote->clock_info;
        if (clock.reset_count != boot->reset_count)
            return stop("nonce", "E_TPM_RESET", "quote", "resetCount",
                        std::to_string(clock.reset_count) + " found, " + std::to_string(boot->reset_count) +
                            " at enrolment");
        if (clock.restart_count != boot->restart_count)
            return stop("nonce", "E_TPM_RESTART", "quote", "restartCount",
                        std::to_string(clock.restart_count) + " found, " +
                            std::to_string(boot->restart_count) + " at enrolment");
    }
    return pass("nonce");
}

bool CvmAppraiser::user_data() {
    const bool weak = evidence_.form == Form::envelope_0 || evidence_.form == Form::envelope_1;
    if (weak && policy_.hcl_v1) return not_run("user-data", "profile hcl-v1: the report says nothing of it");
    if (weak)
        return stop("user-data", "E_EVIDENCE_VERSION", "evidence", "version",
                    "the CPU report of this envelope does not cover the challenge");
    Bytes expected = expected_binding();
    const Bytes& found = out_.runtime->user_data;
    if (expected.size() <= found.size()) expected.resize(found.size());
    if (found.empty() || found != expected)
        return stop("user-data", "E_COMPOSITE_BINDING", "runtime data", "user-data",
                    (found.empty() ? "none" : to_hex(found)) + " found, " + to_hex(expected) + " expected");
    return pass("user-data");
}

std::optional<Finding> CvmAppraiser::wrapping_fault(const cvm::CertifiedKey& key) {
    const auto area = decode<tpm::TpmtPublic>(key.public_area, tpm::byte_order);
    if (!area) return key_finding("E_KEY_PARAMS", area.error().path, area.error().text());
    const auto attest = decode<tpm::TpmsAttest>(key.attest, tpm::byte_order);
    if (!attest) return attest_finding(attest.error(), "wrapping key");
    const Bytes* name = nullptr;
    if (attest->type == tpm::Tag::attest_certify) name = &attest->certify.name.value;
    if (attest->type == tpm::Tag::attest_creation) name = &attest->creation.object_name.value;
    if (name == nullptr) return key_finding("E_QUOTE_TYPE", "type", "neither CERTIFY nor CREATION");
    if (!rsa_signed(*ak_, key.attest, key.signature))
        return key_finding("E_KEY_BINDING", "signature", "not by the attestation key");
    if (attest->extra_data.value != expectation_.nonce)
        return key_finding("E_QUOTE_NONCE", "extraData",
                           to_hex(attest->extra_data.value) + " found, the challenge expected");
    if (*name != tpm::name_of(*area))
        return key_finding("E_KEY_BINDING", "name", "the certified key is another one");
    if (auto fault = area_fault(*area)) return fault;

    tpm::TpmsPcrSelection selection{.hash = tpm::Alg::sha256};
    std::vector<Bytes> values;
    for (const unsigned pcr : policy_.pcrs) selection.add(pcr);
    for (unsigned pcr = 0; pcr < tpm::pcr_count; ++pcr)
        if (selection.has(pcr)) values.push_back(out_.pcrs.at(pcr));
    tpm::Policy policy{tpm::Alg::sha256};
    policy.pcr({{selection}}, tpm::pcr_composite(tpm::Alg::sha256, values));
    if (area->auth_policy.value != policy.digest())
        return key_finding("E_KEY_POLICY", "authPolicy",
                           to_hex(area->auth_policy.value) + " found, " + to_hex(policy.digest()) +
                               " follows from the quoted registers");
    out_.pcr_policy = policy.digest();
    out_.wrapping_key = crypto::PublicKey::from_rsa(area->unique_rsa.value);
    if (!out_.wrapping_key) return key_finding("E_KEY_INVALID", "unique", "not a valid modulus");
    return {};
}

bool CvmAppraiser::wrapping_key() {
    if (!evidence_.wrapping_key) {
        if (!policy_.require_wrapping_key) return not_run("wrapping-key", "not required");
        return stop("wrapping-key", "E_KEY_BINDING", "wrapping key", "", "there is none");
    }
    if (auto fault = wrapping_fault(*evidence_.wrapping_key)) {
        out_.wrapping_key.reset();
        out_.pcr_policy.clear();
        return stop("wrapping-key", *std::move(fault));
    }
    return pass("wrapping-key", "PolicyPCR " + to_hex(out_.pcr_policy));
}

bool CvmAppraiser::policy_register() {
    const auto& demanded = expectation_.initdata_digest;
    if (!demanded) return not_run("policy-register", "no policy digest is demanded");
    const auto found = out_.pcrs.find(cvm::runtime_policy_pcr);
    const Bytes expected = crypto::digest(Hash::sha256, {Bytes(32), *demanded});
    if (found == out_.pcrs.end() || found->second != expected)
        return stop("policy-register", "E_PCR_POLICY_HASH", "quote", "PCR 8",
                    (found == out_.pcrs.end() ? "none" : to_hex(found->second)) + " found, " +
                        to_hex(expected) + " expected");
    return pass("policy-register");
}

}  // namespace assay::verifier
