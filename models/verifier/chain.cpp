#include "models/verifier/chain.hpp"

#include <nlohmann/json.hpp>

namespace assay::verifier {
namespace {

std::string_view reason_of(const crypto::CertificateError& error) {
    using Kind = crypto::CertificateError::Kind;
    switch (error.kind) {
        case Kind::malformed: return "E_PKI_PARSE";
        case Kind::bad_signature: return "E_PKI_SIGNATURE";
        case Kind::wrong_issuer: return "E_PKI_ISSUER";
        case Kind::not_a_ca: return "E_PKI_NOT_CA";
        case Kind::path_length: return "E_PKI_PATHLEN";
        case Kind::untrusted_root: return "E_PKI_UNTRUSTED_ROOT";
        case Kind::not_yet_valid: return "E_PKI_NOT_YET_VALID";
        case Kind::expired: return "E_PKI_EXPIRED";
        case Kind::unsupported:
            return error.what.find("extension") == std::string::npos ? "E_PKI_ALGORITHM"
                                                                     : "E_PKI_CRITICAL_EXT";
        case Kind::wrong_length: return "E_PKI_CHAIN_LENGTH";
    }
    return "E_PKI_PARSE";
}

std::string at_index(std::size_t index) { return "certificate[" + std::to_string(index) + "]"; }

}  // namespace

std::string label(const std::vector<crypto::Certificate>& chain, std::size_t index) {
    const auto name = chain[index].common_name();
    return name ? "\"" + *name + "\"" : at_index(index);
}

Finding chain_finding(const crypto::CertificateError& error, std::string subject) {
    return {std::string{reason_of(error)}, std::move(subject), at_index(error.index), {}, error.what};
}

std::optional<Finding> check_path(const std::vector<crypto::Certificate>& chain,
                                  const std::vector<crypto::Certificate>& roots,
                                  std::optional<std::size_t> length, const std::string& subject) {
    const auto path = crypto::verify_chain(chain, {{}, length, roots, {}});
    if (!path) return chain_finding(path.error(), subject);
    if (!chain.front().may_sign_data())
        return Finding{"E_PKI_KEY_USAGE", subject, at_index(0), {}, "keyUsage lacks digitalSignature"};
    return {};
}

void check_times(const std::vector<crypto::Certificate>& chain, Instant at, const std::string& subject,
                 ChainState& out) {
    Instant earliest = chain.front().not_after();
    out.status = "valid";
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const Instant from = chain[i].not_before(), to = chain[i].not_after();
        earliest = std::min(earliest, to);
        if (at > to) {
            out.status = "expired";
            out.faults.push_back(
                {"E_PKI_EXPIRED",
                 subject,
                 at_index(i),
                 {},
                 label(chain, i) + " expired " + to_rfc3339(to) + ", judged at " + to_rfc3339(at)});
        } else if (at < from) {
            if (out.status == "valid") out.status = "invalid";
            out.faults.push_back(
                {"E_PKI_NOT_YET_VALID",
                 subject,
                 at_index(i),
                 {},
                 label(chain, i) + " is valid from " + to_rfc3339(from) + ", judged at " + to_rfc3339(at)});
        }
    }
    out.expires = to_rfc3339(earliest);
    out.in_time = out.faults.empty();
}

nlohmann::json ChainState::claims() const {
    return {{"x-nvidia-cert-expiration-date",
             expires.empty() ? nlohmann::json(nullptr) : nlohmann::json(expires)},
            {"x-nvidia-cert-status", status.empty() ? "invalid" : status},
            {"x-nvidia-cert-ocsp-status", ocsp},
            {"x-nvidia-cert-revocation-reason",
             revocation_reason ? nlohmann::json(*revocation_reason) : nlohmann::json(nullptr)},
            {"x-nvidia-cert-ocsp-nonce-matches", ocsp_nonce_matches},
            {"x-nvidia-cert-ocsp-response-valid", ocsp_response_valid}};
}

}  // namespace assay::verifier
