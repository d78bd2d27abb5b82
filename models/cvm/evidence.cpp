#include "models/cvm/evidence.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::cvm {
namespace {

using nlohmann::json;
using Form = CompositeEvidence::Form;

constexpr std::size_t max_evidence = 4 << 20;
constexpr std::string_view composite_format = "assay-cvm/1";
constexpr unsigned quoted_pcrs = 24;

struct Bank {
    std::string_view name;
    crypto::Hash hash;
};
constexpr Bank banks[] = {{"sha1", crypto::Hash::sha1},
                          {"sha256", crypto::Hash::sha256},
                          {"sha384", crypto::Hash::sha384},
                          {"sha512", crypto::Hash::sha512}};

/// Reads members; the first fault stays and makes everything after it empty.
class MemberReader {
public:
    std::optional<FormatError> fault;

    void fail(std::string path, std::string what) {
        if (!fault) fault = FormatError{"E_SCHEMA", std::move(path), {}, std::move(what)};
    }
    /// Refuses members that are not in `known`.
    void only(const json& object, const std::string& at, std::initializer_list<std::string_view> known) {
        if (!object.is_object()) return fail(at, "an object expected");
        for (const auto& [name, value] : object.items())
            if (std::ranges::find(known, name) == known.end())
                fail(at.empty() ? name : at + "." + name, "unknown member");
    }
    const json* member(const json& object, const std::string& name, const std::string& at) {
        if (!object.is_object()) {
            fail(at, "an object expected");
            return nullptr;
        }
        const auto found = object.find(name);
        if (found != object.end()) return &*found;
        fail(at.empty() ? name : at + "." + name, "missing");
        return nullptr;
    }
    std::string text(const json& object, const std::string& name, const std::string& at = {}) {
        const json* const found = member(object, name, at);
        if (found == nullptr) return {};
        if (found->is_string()) return found->get<std::string>();
        fail(at.empty() ? name : at + "." + name, "a string expected");
        return {};
    }
    Bytes base64url(const json& object, const std::string& name, const std::string& at = {}) {
        std::string value = text(object, name, at);
        // The recorded envelopes are padded; both forms are accepted, mixed ones are not.
        if (value.size() % 4 == 0)
            for (int i = 0; i < 2 && value.ends_with('='); ++i) value.pop_back();
        auto bytes = from_base64url(value);
        if (!bytes) fail(at.empty() ? name : at + "." + name, "not base64url");
        return std::move(bytes).value_or(Bytes{});
    }
    Bytes hex(const json& object, const std::string& name, const std::string& at = {}) {
        auto bytes = from_hex(text(object, name, at));
        if (!bytes) fail(at.empty() ? name : at + "." + name, "not hexadecimal");
        return std::move(bytes).value_or(Bytes{});
    }
    /// An array of numbers 0 to 255.
    Bytes numbers(const json& value, const std::string& at) {
        Bytes out;
        if (!value.is_array()) {
            fail(at, "an array of bytes expected");
            return out;
        }
        for (const json& one : value) {
            if (!one.is_number_unsigned() || one.get<std::uint64_t>() > 255) {
                fail(at, "an array of bytes expected");
                return out;
            }
            out.push_back(one.get<std::uint8_t>());
        }
        return out;
    }
};

std::vector<Bytes> certificates_of(MemberReader& in, const std::string& pem, const std::string& at) {
    std::vector<Bytes> out;
    const auto chain = crypto::certificates_from_pem(as_bytes(pem));
    if (!chain) {
        in.fail(at, "certificate " + std::to_string(chain.error().index) + ": " + chain.error().what);
        if (in.fault) in.fault->code = "E_PKI_PARSE";
        return out;
    }
    if (chain->empty()) in.fail(at, "no certificate");
    for (const auto& certificate : *chain) out.push_back(certificate.der());
    return out;
}

void put_pcr(MemberReader& in, Quote& out, std::size_t index, Bytes value, const std::string& at) {
    if (index >= quoted_pcrs) return in.fail(at, "more than 24 registers");
    if (value.size() != 32) return in.fail(at, "32 bytes expected");
    out.pcrs["sha256"].emplace(static_cast<unsigned>(index), std::move(value));
}

/// {quote: {message, signature, pcrs}, report, vcek}: bytes as numbers.
void read_envelope_0(MemberReader& in, const json& object, CompositeEvidence& out) {
    out.form = Form::envelope_0;
    in.only(object, "", {"quote", "report", "vcek"});
    const json* const quote = in.member(object, "quote", "");
    const json* const report = in.member(object, "report", "");
    if (quote == nullptr || report == nullptr) return;
    in.only(*quote, "quote", {"message", "signature", "pcrs"});
    const json* const message = in.member(*quote, "message", "quote");
    const json* const signature = in.member(*quote, "signature", "quote");
    const json* const pcrs = in.member(*quote, "pcrs", "quote");
    if (in.fault) return;
    out.quote.message = in.numbers(*message, "quote.message");
    out.quote.signature = in.numbers(*signature, "quote.signature");
    if (!pcrs->is_array()) return in.fail("quote.pcrs", "an array expected");
    for (std::size_t i = 0; i < pcrs->size(); ++i) {
        const std::string at = "quote.pcrs[" + std::to_string(i) + "]";
        put_pcr(in, out.quote, i, in.numbers((*pcrs)[i], at), at);
    }
    out.hcl_report = in.numbers(*report, "report");
    out.certificates = certificates_of(in, in.text(object, "vcek"), "vcek");
}

/// {version, tpm_quote: {message, signature, pcrs}, hcl_report, vcek}: hexadecimal and base64url.
void read_envelope(MemberReader& in, const json& object, CompositeEvidence& out) {
    in.only(object, "", {"version", "tpm_quote", "hcl_report", "vcek"});
    const json& version = object.at("version");
    if (version != 1 && version != 2) return in.fail("version", "1 or 2 expected");
    out.form = version == 1 ? Form::envelope_1 : Form::envelope_2;
    const json* const quote = in.member(object, "tpm_quote", "");
    if (quote == nullptr) return;
    in.only(*quote, "tpm_quote", {"message", "signature", "pcrs"});
    out.quote.message = in.hex(*quote, "message", "tpm_quote");
    out.quote.signature = in.hex(*quote, "signature", "tpm_quote");
    const json* const pcrs = in.member(*quote, "pcrs", "tpm_quote");
    if (in.fault) return;
    if (!pcrs->is_array()) return in.fail("tpm_quote.pcrs", "an array expected");
    for (std::size_t i = 0; i < pcrs->size(); ++i) {
        const std::string at = "tpm_quote.pcrs[" + std::to_string(i) + "]";
        const auto value = (*pcrs)[i].is_string() ? from_hex((*pcrs)[i].get_ref<const std::string&>())
                                                  : std::optional<Bytes>{};
        if (!value) return in.fail(at, "not hexadecimal");
        put_pcr(in, out.quote, i, *value, at);
    }
    out.hcl_report = in.base64url(object, "hcl_report");
    out.certificates = {in.base64url(object, "vcek")};
}

void read_banks(MemberReader& in, const json& object, Quote& out) {
    if (!object.is_object()) return in.fail("quote.pcrs", "an object expected");
    for (const auto& [name, values] : object.items()) {
        const std::string at = "quote.pcrs." + name;
        const auto* const bank = std::ranges::find(banks, std::string_view{name}, &Bank::name);
        if (bank == std::end(banks)) return in.fail(at, "unknown bank");
        if (!values.is_object()) return in.fail(at, "an object expected");
        for (const auto& [index, value] : values.items()) {
            const std::string here = at + "." + index;
            const bool number = !index.empty() && index.size() <= 2 &&
                                std::ranges::all_of(index, [](char c) { return c >= '0' && c <= '9'; }) &&
                                (index.size() == 1 || index[0] != '0') && std::stoul(index) < quoted_pcrs;
            if (!number) return in.fail(here, "a register from 0 to 23 expected");
            const auto bytes =
                value.is_string() ? from_hex(value.get_ref<const std::string&>()) : std::optional<Bytes>{};
            if (!bytes || bytes->size() != crypto::digest_size(bank->hash))
                return in.fail(
                    here, std::to_string(crypto::digest_size(bank->hash)) + " bytes in hexadecimal expected");
            out.pcrs[name].emplace(static_cast<unsigned>(std::stoul(index)), *bytes);
        }
    }
}

void read_composite(MemberReader& in, const json& object, CompositeEvidence& out) {
    out.form = Form::composite;
    in.only(object, "",
            {"format", "hcl_report", "certificates", "quote", "event_log", "wrapping_key", "gpu"});
    if (in.text(object, "format") != composite_format)
        in.fail("format", "\"" + std::string{composite_format} + "\" expected");
    out.hcl_report = in.base64url(object, "hcl_report");
    out.certificates = certificates_of(in, in.text(object, "certificates"), "certificates");
    const json* const quote = in.member(object, "quote", "");
    if (in.fault) return;
    in.only(*quote, "quote", {"message", "signature", "pcrs"});
    out.quote.message = in.base64url(*quote, "message", "quote");
    out.quote.signature = in.base64url(*quote, "signature", "quote");
    const json* const pcrs = in.member(*quote, "pcrs", "quote");
    if (in.fault) return;
    read_banks(in, *pcrs, out.quote);
    if (object.contains("event_log")) out.event_log = in.base64url(object, "event_log");
    if (object.contains("gpu")) out.gpu = in.text(object, "gpu");
    if (!object.contains("wrapping_key")) return;
    const json& key = object.at("wrapping_key");
    in.only(key, "wrapping_key", {"public", "certify", "signature"});
    if (in.fault) return;
    out.wrapping_key = CertifiedKey{in.base64url(key, "public", "wrapping_key"),
                                    in.base64url(key, "certify", "wrapping_key"),
                                    in.base64url(key, "signature", "wrapping_key")};
}

json written_envelope(const CompositeEvidence& e) {
    if (e.certificates.size() != 1 || e.event_log || e.wrapping_key || e.gpu)
        throw std::logic_error("an az-snp-vtpm envelope carries report, VCEK and quote alone");
    json pcrs = json::array();
    for (const auto& [pcr, value] : e.quote.pcrs.at("sha256")) {
        if (pcr != pcrs.size()) throw std::logic_error("an az-snp-vtpm envelope has registers from 0 on");
        pcrs.push_back(to_hex(value));
    }
    return {
        {"version", e.form == Form::envelope_1 ? 1 : 2},
        {"tpm_quote",
         {{"message", to_hex(e.quote.message)}, {"signature", to_hex(e.quote.signature)}, {"pcrs", pcrs}}},
        {"hcl_report", to_base64url(e.hcl_report)},
        {"vcek", to_base64url(e.certificates.front())}};
}

}  // namespace

Result<CompositeEvidence, FormatError> parse_evidence(ByteView text) {
    const auto parsed = parse_strict_json(text, {.bytes = max_evidence});
    if (!parsed) {
        const bool twice = parsed.error().kind == JsonFault::Kind::duplicate_name;
        const bool limit = parsed.error().kind == JsonFault::Kind::too_long ||
                           parsed.error().kind == JsonFault::Kind::too_deep;
        return FormatError{twice   ? "E_JSON_DUPLICATE_KEY"
                           : limit ? "E_LIMIT"
                                   : "E_SCHEMA",
                           "evidence",
                           {},
                           parsed.error().text};
    }
    MemberReader in;
    CompositeEvidence out;
    if (!parsed->is_object())
        in.fail("evidence", "an object expected");
    else if (parsed->contains("format"))
        read_composite(in, *parsed, out);
    else if (parsed->contains("version"))
        read_envelope(in, *parsed, out);
    else
        read_envelope_0(in, *parsed, out);
    if (in.fault) return *std::move(in.fault);
    return out;
}

std::string write_evidence(const CompositeEvidence& e) {
    if (e.form == Form::envelope_0) throw std::logic_error("envelope 0 is read, never written");
    if (e.form != Form::composite) return written_envelope(e).dump();
    json pcrs = json::object();
    for (const auto& [bank, values] : e.quote.pcrs)
        for (const auto& [pcr, value] : values) pcrs[bank][std::to_string(pcr)] = to_hex(value);
    std::string chain;
    for (const Bytes& der : e.certificates) {
        const auto certificate = crypto::Certificate::from_der(der);
        if (!certificate) throw std::logic_error("what is no certificate is not written as one");
        chain += certificate->pem();
    }
    json out{{"format", composite_format},
             {"hcl_report", to_base64url(e.hcl_report)},
             {"certificates", chain},
             {"quote",
              {{"message", to_base64url(e.quote.message)},
               {"signature", to_base64url(e.quote.signature)},
               {"pcrs", pcrs}}}};
    if (e.event_log) out["event_log"] = to_base64url(*e.event_log);
    if (e.wrapping_key)
        out["wrapping_key"] = {{"public", to_base64url(e.wrapping_key->public_area)},
                               {"certify", to_base64url(e.wrapping_key->attest)},
                               {"signature", to_base64url(e.wrapping_key->signature)}};
    if (e.gpu) out["gpu"] = *e.gpu;
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Bytes evidence_binding(ByteView nonce, ByteView wrapping_public, std::string_view gpu_evidence) {
    using crypto::Hash;
    return crypto::digest(Hash::sha256, {as_bytes("assay-cvm-evidence/v1"), nonce,
                                         crypto::digest(Hash::sha256, {wrapping_public}),
                                         crypto::digest(Hash::sha256, {as_bytes(gpu_evidence)})});
}

}  // namespace assay::cvm
